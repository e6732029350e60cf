// Complete variables of the query, prefixes, terms of the release by name or label, and keywords.
import { pickedCompletion } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";

const KEYWORDS = `SELECT ASK CONSTRUCT DESCRIBE WHERE DISTINCT REDUCED FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES UNDEF AS
  GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET PREFIX BASE EXISTS NOT IN COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT SEPARATOR STR LANG
  LANGMATCHES DATATYPE BOUND IRI BNODE ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE LCASE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR
  MONTH DAY NOW COALESCE IF STRLANG STRDT sameTerm isIRI isBlank isLiteral isNumeric SUBSTR REPLACE REGEX true false`.split(/\s+/);
const NOT_COMPLETED = new Set(["Comment", "String", "IriRef"]);
const MOST = 40;

const declaration = (prefix) => new RegExp(`\\bprefix\\s+${prefix}:`, "i");

/** Insert a prefixed name, and the declaration of its prefix if the query has none. */
const withPrefix = (prefix, iri) => (view, completion, from, to) => {
  const { doc } = view.state;
  const missing = !declaration(prefix).test(doc.toString());
  const declared = missing ? `PREFIX ${prefix}: <${iri}>\n` : "";
  view.dispatch({
    changes: [{ from: placeOfPrefix(doc), insert: declared }, { from, to, insert: completion.label }],
    selection: { anchor: declared.length + from + completion.label.length },
    annotations: pickedCompletion.of(completion),
    userEvent: "input.complete",
    scrollIntoView: true,
  });
};

/** After the last PREFIX line of the prologue, else at the very beginning. */
function placeOfPrefix(doc) {
  let place = 0;
  for (let number = 1; number <= doc.lines; number++) {
    const line = doc.line(number);
    if (/^\s*(prefix|base)\b/i.test(line.text)) place = Math.min(line.to + 1, doc.length);
    else if (/^\s*[^\s#]/.test(line.text)) break;
  }
  return place;
}

const variables = (text, but) => [...new Set(text.match(/[?$]\w+/g) ?? [])].filter((name) => name !== but).sort();

/** How well a term matches the typed text: 3 if its name begins with it, 2 if a word of its label does, 1 if either contains it, else 0. */
function matchScore(term, typed) {
  const [name, label] = [term.name.toLowerCase(), term.label.toLowerCase()];
  const local = name.slice(name.indexOf(":") + 1);
  if (name.startsWith(typed) || local.startsWith(typed)) return 3;
  if (label.split(/[\s’']+/).some((word) => word.startsWith(typed))) return 2;
  return name.includes(typed) || label.includes(typed) ? 1 : 0;
}

const termsFor = ({ terms, prefixes }, typed, classesFirst) =>
  terms
    .map((term) => ({ term, score: matchScore(term, typed) + (classesFirst && term.kind === "class" ? 4 : 0) }))
    .filter(({ term, score }) => score && matchScore(term, typed))
    .sort((a, b) => b.score - a.score || b.term.count - a.term.count || a.term.name.localeCompare(b.term.name))
    .slice(0, MOST)
    .map(({ term }) => ({
      label: term.name,
      detail: `${term.label} · ${term.count}`,
      type: term.kind,
      apply: term.prefix ? withPrefix(term.prefix, prefixes[term.prefix]) : undefined,
    }));

const prefixesFor = ({ prefixes }, typed) =>
  Object.entries(prefixes)
    .filter(([prefix]) => prefix.startsWith(typed))
    .map(([prefix, iri]) => ({ label: `${prefix}:`, detail: iri, type: "namespace", apply: withPrefix(prefix, iri) }));

const declarationsFor = ({ prefixes }, typed) =>
  Object.entries(prefixes)
    .filter(([prefix]) => prefix.startsWith(typed))
    .map(([prefix, iri]) => ({ label: `${prefix}: <${iri}>`, type: "namespace" }));

const keywordsFor = (typed) =>
  KEYWORDS.filter((word) => word.toLowerCase().startsWith(typed)).map((label) => ({ label, type: "keyword" }));

export const completing = (vocabulary) => (context) => {
  const { state, pos, explicit } = context;
  if (NOT_COMPLETED.has(syntaxTree(state).resolveInner(pos, -1).name)) return null;
  const variable = context.matchBefore(/[?$]\w*/);
  if (variable) {
    const options = variables(state.doc.toString(), variable.text).map((label) => ({ label, type: "variable" }));
    return { from: variable.from, options, validFor: /^[?$]\w*$/ };
  }
  const name = context.matchBefore(/[\p{L}\w-]*:?[\p{L}\w.-]*/u);
  if (!name || (!name.text && !explicit)) return null;
  const typed = name.text.toLowerCase();
  const before = state.sliceDoc(state.doc.lineAt(pos).from, name.from);
  if (/^\s*prefix\s+$/i.test(before)) return { from: name.from, options: declarationsFor(vocabulary(), typed), filter: false };
  const terms = termsFor(vocabulary(), typed, /(\ba|rdf:type)\s+$/.test(before));
  const others = typed ? [...keywordsFor(typed), ...prefixesFor(vocabulary(), typed)] : [];
  const options = typed.includes(":") || typed.length > 3 ? [...terms, ...others] : [...others, ...terms];
  return { from: name.from, options, filter: false };
};
