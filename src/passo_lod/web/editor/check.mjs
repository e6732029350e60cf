// Say where queries are not SPARQL by the editor's grammar: node check.mjs FILE…
import { readFileSync } from "node:fs";
import { SparqlLanguage } from "codemirror-lang-sparql";

const faultIn = (text) => {
  let found = null;
  SparqlLanguage.parser.parse(text).iterate({
    enter({ type, from }) {
      if (found === null && type.isError) found = from;
    },
  });
  return found;
};

for (const file of process.argv.slice(2)) {
  const at = faultIn(readFileSync(file, "utf8"));
  if (at !== null) console.log(`${file}: at character ${at}`);
}
