# Compare participatory processes: reads the answer to a question of any passo-lod, looks at its denominators, draws it, and asks one SPARQL query.
# It needs R alone. Questions, measures, dimensions and columns are described in docs/comparison.md.
#
#   Rscript compare.R                      # http://127.0.0.1:8000
#   PASSO_ADDRESS=https://… Rscript compare.R

ADDRESS <- Sys.getenv("PASSO_ADDRESS", "http://127.0.0.1:8000")  # of any passo-lod
QUESTION <- "costs"                                              # one of the questions at /compare
PARAMETERS <- "lang=en"                                          # filters and dimensions too: "lang=en&region=istat-08&from=2015"

# The answer as a table: one row for each group and currency. An empty cell (NA) means that no value is known, never zero.
answer <- read.csv(
  paste0(ADDRESS, "/compare/", QUESTION, ".csv?", PARAMETERS),
  encoding = "UTF-8", na.strings = "", colClasses = c(group = "character")
)

# Of how many processes is the value known? Known values and the reasons for absence add up to all processes in each group.
reasons <- c("notComparable", "notUnderstood", "withheld", "notCaptured", "notStated", "notApplicable", "notAsked")
groups <- answer[!duplicated(answer$group), c("groupName", "processes", "known", reasons)]
stopifnot(groups$known + rowSums(groups[reasons]) == groups$processes)
said <- c(TRUE, TRUE, TRUE, colSums(groups[reasons]) > 0)
print(groups[, said], row.names = FALSE)

# A chart: the median of the known values (of a question with yes and no: the yes in a hundred), with their number. Currencies are never added, so it
# shows the most frequent one. Processes that are in no group are left out.
value <- intersect(c("median", "percent", "per100000", "processes"), names(answer))[1]
without_group <- c("not-comparable", "not-understood", "withheld", "not-captured", "not-stated", "not-applicable", "not-asked")
drawn <- answer[!is.na(answer[[value]]) & !(answer$group %in% without_group), ]
unit <- value
if ("unit" %in% names(drawn) && any(!is.na(drawn$unit))) {
  currency <- names(which.max(table(drawn$unit)))
  drawn <- drawn[drawn$unit == currency, ]
  unit <- paste0(value, ", ", currency)
}
drawn <- drawn[order(drawn[[value]]), ]
labels <- if ("seriesName" %in% names(drawn)) paste(drawn$groupName, drawn$seriesName, sep = " / ") else drawn$groupName
if (nrow(drawn) > 0) {
  pdf("comparison.pdf", width = 8, height = 2 + 0.3 * nrow(drawn))
  par(mar = c(5, 14, 1, 1))
  barplot(
    drawn[[value]],
    names.arg = paste0(labels, " (", drawn$known, ")"), horiz = TRUE, las = 1,
    xlab = paste(unit, "(in brackets: known values)")
  )
  invisible(dev.off())
} else {
  print("No group has enough known values for a chart.")
}

# A query of your own: what no question asks can be asked in SPARQL; the page /sparql has an editor and examples.
query <- "
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
SELECT ?process ?title ?value ?currency {
  ?process a passo:ParticipatoryProcess ; dct:title ?title ; passo:cost ?cost .
  ?cost schema:value ?value ; schema:currency ?currency .
}
ORDER BY DESC(?value) LIMIT 10
"
costliest <- read.csv(
  paste0(ADDRESS, "/sparql?format=csv&query=", URLencode(query, reserved = TRUE)),
  encoding = "UTF-8"
)
print(costliest[, c("title", "value", "currency")], row.names = FALSE)
