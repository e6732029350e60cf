// Drives the query page in a real browser and prints what it saw as JSON: node query-page.mjs CHROMIUM ADDRESS.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const seen = { axe: {}, policy: [], elsewhere: [], errors: [] };

const COUNTS = 'SELECT ?a ?n { VALUES (?a ?n) { ("uno" 3) ("due" 5) } }';
const POINTS = 'SELECT ?a ?lat ?long { VALUES (?a ?lat ?long) { ("Roma" 41.9 12.5) ("Torino" 45.07 7.68) } }';
const asked = (query, more = {}) => `${address}/sparql?${new URLSearchParams({ query, format: "html", lang: "en", ...more })}`;

const watched = async (browser, options = {}) => {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) seen.elsewhere.push(request.url());
  });
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) seen.policy.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(error.message));
  return page;
};
const check = async (page, name) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  seen.axe[name] = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`);
};
const editor = (page) => page.locator(".cm-content");
const write = async (page, text) => {
  await editor(page).click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
};
const text = (page) => page.evaluate(() => document.getElementById("query").value);

const completes = async (page) => {
  await page.goto(`${address}/sparql?lang=en`);
  await page.waitForResponse((answer) => answer.url().includes("words.json")).catch(() => null);
  await check(page, "empty");
  await write(page, "SELECT ?title { ?p a ");
  await page.keyboard.type("participatory");
  const option = page.locator(".cm-tooltip-autocomplete li[aria-selected]");
  await option.filter({ hasText: "passo:ParticipatoryProcess" }).waitFor();
  seen.offered = await option.textContent();
  await check(page, "completing");
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  seen.completed = await text(page);
  await page.keyboard.insertText(" ; <http://purl.org/dc/terms/title> ?title }");
};
const runs = async (page) => {
  await page.keyboard.press("Control+Enter");
  await page.locator("#result table tbody tr").first().waitFor();
  seen.rows = await page.locator("#result table tbody tr").count();
  seen.state = await page.locator("#run-state").textContent();
  seen.shared = new URL(page.url()).searchParams.get("query") === (await text(page));
  await check(page, "table");
};
const copies = async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("summary", { hasText: "curl" }).click();
  await page.getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  seen.copied = await page.evaluate(() => navigator.clipboard.readText());
  await check(page, "snippet");
};
const draws = async (page) => {
  await write(page, COUNTS);
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator("#result td", { hasText: "due" }).waitFor();
  await page.locator('#result a[data-view="chart"]').click();
  await page.locator("#result svg.chart rect").first().waitFor();
  seen.bars = await page.locator("#result svg.chart rect").count();
  await check(page, "chart");
  await page.goto(asked(POINTS, { view: "map" }));
  seen.points = await page.locator("#result svg.map .dot").count();
  await check(page, "map");
};
const fails = async (page) => {
  await write(page, "SELECT ?x {\n  ?x skos:broader ?y\n}");
  await page.keyboard.press("Control+Enter");
  await page.locator("#result .alert").waitFor();
  seen.fault = await page.locator("#result .alert pre").textContent();
  await page.locator(".cm-lintRange-error").waitFor();
  seen.marked = await page.locator(".cm-lintRange-error").first().textContent();
  await check(page, "error");
  await write(page, "SELECT ?x { ?x ?y ");
  await page.locator(".cm-lintRange-error").waitFor();
  seen.linted = await page.locator(".cm-lint-marker-error").count();
};
const runsLong = async (page) => {
  await page.goto(asked(COUNTS, { view: "chart" }));
  await write(page, `${COUNTS.replace("due", "long")} #${"x".repeat(9000)}`);
  await page.keyboard.press("Control+Enter");
  await page.locator("#result svg.chart", { hasText: "long" }).waitFor();
  seen.long = {
    rows: await page.locator("#result svg.chart rect").count(),
    view: await page.locator("#result a[aria-current]").getAttribute("data-view"),
  };
};
const cancels = async (page) => {
  await page.route("**/sparql?query=*", async () => {});
  await write(page, COUNTS);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#run-state", { hasText: "Cancelled" }).waitFor();
  seen.cancelled = !(await page.locator("#cancel").isVisible());
};
const leaves = async (page) => {
  await editor(page).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  seen.leftBy = await page.evaluate(() => document.activeElement.id);
};
const withoutScript = async (browser) => {
  const page = await watched(browser, { javaScriptEnabled: false });
  await page.goto(asked(COUNTS));
  seen.plain = { box: await page.locator("textarea").isVisible(), rows: await page.locator("#result tbody tr").count() };
  await page.getByRole("button", { name: "Run" }).click();
  seen.plain.again = await page.locator("#result tbody tr").count();
};
const unscripted = async (browser) => {
  const page = await watched(browser);
  await page.route("**/static/built/*.js*", (route) => route.abort());
  await page.goto(asked(COUNTS));
  await check(page, "plain");
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await watched(browser);
  for (const step of [completes, runs, copies, draws, fails, runsLong, cancels, leaves]) await step(page);
  await withoutScript(browser);
  await unscripted(browser);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
