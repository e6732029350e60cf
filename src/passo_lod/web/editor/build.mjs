// Build static/built/ for the query page: the editor as one file, the outlines of countries, and the licences of all packages.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { outlines } from "./outlines.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "..", "static", "built");
const MAP = "world-atlas";

const packagesOf = (inputs) => {
  const names = Object.keys(inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
  return [...new Set([...names.filter(Boolean), MAP])].sort();
};

const licenceOf = (name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
};

const bundle = async () => {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ["page.js"],
    outfile: join(built, "editor.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  return packagesOf(metafile.inputs);
};

mkdirSync(built, { recursive: true });
const packages = await bundle();
const atlas = JSON.parse(readFileSync(join(here, "node_modules", MAP, "countries-50m.json"), "utf8"));
writeFileSync(join(built, "outlines.json"), JSON.stringify(outlines(atlas)));
writeFileSync(join(built, "LICENSES.txt"), packages.map(licenceOf).join(`\n${"-".repeat(80)}\n\n`));
