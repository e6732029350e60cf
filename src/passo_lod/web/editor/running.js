// Run a query: ask the server for the page with its result, show how long it has been running, take the result out of that page.
const LONGEST_ADDRESS = 6000;
const CHOICES = ["view", "value", "label", "series"];

const asked = (parameters, signal) => {
  const headers = { Accept: "text/html" };
  const address = `/sparql?${parameters}`;
  if (address.length <= LONGEST_ADDRESS) return fetch(address, { headers, signal });
  const rest = new URLSearchParams(parameters);
  rest.delete("query");
  const body = new URLSearchParams({ query: parameters.get("query") });
  return fetch(`/sparql?${rest}`, { method: "POST", headers, body, signal });
};

/** The view that is looked at is the view of the next query too. */
const keepChoices = (form, parameters) => {
  for (const name of CHOICES) {
    form.querySelector(`input[name="${name}"]`)?.remove();
    if (!parameters.has(name)) continue;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: parameters.get(name) }));
  }
};

export function createRunner(form, words, { onAnswer }) {
  const state = document.getElementById("run-state");
  const clock = document.getElementById("run-clock");
  const cancel = document.getElementById("cancel");
  let running = null;

  const say = (text) => (state.textContent = text);
  const tick = (since) => (clock.textContent = `${Math.floor((Date.now() - since) / 1000)} s`);
  const replace = (page, selector) => {
    const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
    if (old && fresh) old.replaceWith(fresh);
  };
  const show = (page, parameters) => {
    if (!page.getElementById("result")) return say(page.querySelector(".alert")?.textContent.trim() ?? words.failed);
    replace(page, "#result");
    replace(page, "nav.languages");
    const address = `/sparql?${parameters}`;
    if (address.length <= LONGEST_ADDRESS) window.history.pushState(null, "", address);
    const result = document.getElementById("result");
    say(result.dataset.said ?? "");
    keepChoices(form, parameters);
    onAnswer(result);
  };

  async function run(parameters) {
    running?.abort();
    const controller = (running = new AbortController());
    const since = Date.now();
    const timer = setInterval(() => tick(since), 250);
    say(words.running);
    tick(since);
    cancel.hidden = false;
    try {
      const answer = await asked(parameters, controller.signal);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (running === controller) show(page, parameters);
    } catch (error) {
      if (running === controller) say(error.name === "AbortError" ? words.cancelled : words.failed);
    } finally {
      clearInterval(timer);
      if (running === controller) {
        running = null;
        clock.textContent = "";
        cancel.hidden = true;
      }
    }
  }

  cancel.addEventListener("click", () => running?.abort());
  return { run };
}
