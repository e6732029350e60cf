// The script of the query page: replace the text box by an editor, and show results without reloading the page.
// The page works without this script: it is a form and links.
import { createEditor } from "./editor.js";
import { copyButtons } from "./copying.js";
import { createRunner } from "./running.js";
import { loadVocabulary } from "./vocabulary.js";

const form = document.getElementById("query-form");
const box = document.getElementById("query");
const messages = JSON.parse(form.dataset.messages);

const editor = createEditor(box, messages, () => form.requestSubmit());
const runner = createRunner(form, messages, {
  onAnswer(result) {
    editor.showServerError(result.querySelector("[data-line]")?.dataset);
    copyButtons(result, messages);
  },
});

const wantsPage = (event) => new FormData(form, event.submitter).get("format") === "html";

form.addEventListener("submit", (event) => {
  if (!wantsPage(event)) return;
  event.preventDefault();
  runner.run(new URLSearchParams(new FormData(form, event.submitter)));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#result a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  runner.run(new URL(link.href).searchParams);
});
document.addEventListener("submit", (event) => {
  if (!event.target.closest("#result")) return;
  event.preventDefault();
  runner.run(new URLSearchParams(new FormData(event.target)));
});
window.addEventListener("popstate", () => window.location.reload());

loadVocabulary(form.dataset.vocabulary).then((vocabulary) => editor.setVocabulary(vocabulary));
const shown = document.getElementById("result");
editor.showServerError(shown.querySelector("[data-line]")?.dataset);
copyButtons(shown, messages);
