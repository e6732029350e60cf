// Print the first syntax error of each query by the grammar of the editor: node check.mjs FILE…
import { readFileSync } from "node:fs";
import { SparqlLanguage } from "codemirror-lang-sparql";

const firstError = (text) => {
  let found = null;
  SparqlLanguage.parser.parse(text).iterate({
    enter({ type, from }) {
      if (found === null && type.isError) found = from;
    },
  });
  return found;
};

for (const file of process.argv.slice(2)) {
  const at = firstError(readFileSync(file, "utf8"));
  if (at !== null) console.log(`${file}: at character ${at}`);
}
