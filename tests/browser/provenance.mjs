// Walks in a real browser from a bar of a chart to a line in a source file and prints what it saw as JSON: node provenance.mjs CHROMIUM ADDRESS.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`);
};

const walk = async (browser, javaScriptEnabled, width) => {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 900 }, locale: "en" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const seen = { clicks: 0, axe: {}, policy: [], overflow: [] };
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) seen.policy.push(message.text());
  });
  const click = async (element, position) => {
    await element.click(position ? { position } : {});
    await page.waitForLoadState();
    seen.clicks += 1;
  };
  const look = async (name) => {
    const { scroll, inner } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, inner: innerWidth }));
    if (scroll > inner) seen.overflow.push(`${name}: ${scroll} > ${inner}`);
    if (javaScriptEnabled) seen.axe[name] = await violations(page);
  };

  await page.goto(`${address}/compare/costs?lang=en`);
  const bar = page.locator(".chart-rows li", { hasText: "Emilia-Romagna" }).locator("svg");
  const { width: length } = await bar.boundingBox();
  await page.mouse.move(0, 0);
  await page.locator(".chart-rows li", { hasText: "Emilia-Romagna" }).scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  await page.mouse.click(box.x + length / 3, box.y + box.height / 2);
  await page.waitForURL(/group=istat-08/);
  seen.clicks += 1;
  await look("processes");

  seen.amount = await page.locator("td.number a").first().textContent();
  await click(page.locator("td.number a").first());
  seen.provenance = page.url().slice(address.length);
  seen.file = await page.locator("#of code").textContent();
  seen.line = await page.locator("#of a").textContent();
  seen.field = await page.locator("#of em").textContent();
  seen.inView = await page.locator("#of").evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top > -1 && bottom < innerHeight + 1;
  });
  await look("provenance");

  await click(page.locator("#of a"));
  seen.row = (await page.locator("tr:target").textContent()).replace(/\s+/g, " ").trim();
  seen.source = await page.locator("dd a.outside").last().getAttribute("href");

  await page.goto(`${address}${seen.provenance.replace("/provenance?", "?lang=en&").replace(/#.*/, "")}`);
  await look("process");
  const note = page.locator("small.from a", { hasText: seen.line }).first();
  seen.note = await note.getAttribute("title");
  await note.click();
  seen.noted = (await page.locator("tr:target").textContent()).replace(/\s+/g, " ").trim();
  await context.close();
  return seen;
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const walks = {};
for (const [name, ...how] of [["with", true, 1440], ["without", false, 1440], ["phone", true, 360]]) {
  walks[name] = await walk(browser, ...how);
}
await browser.close();
console.log(JSON.stringify(walks));
