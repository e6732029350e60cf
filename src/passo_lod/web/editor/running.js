// Run a query: request the page with its result, show for how long it has been running, and insert the result into this page.
const LONGEST_ADDRESS = 6000;
const CHOICES = ["view", "value", "label", "series"];

const sendQuery = (parameters, signal) => {
  const headers = { Accept: "text/html" };
  const address = `/sparql?${parameters}`;
  if (address.length <= LONGEST_ADDRESS) return fetch(address, { headers, signal });
  const rest = new URLSearchParams(parameters);
  rest.delete("query");
  const body = new URLSearchParams({ query: parameters.get("query") });
  return fetch(`/sparql?${rest}`, { method: "POST", headers, body, signal });
};

/** Copy the view of the result and the columns of its chart into the form, for the next query. */
const copyChoices = (form, parameters) => {
  for (const name of CHOICES) {
    form.querySelector(`input[name="${name}"]`)?.remove();
    if (!parameters.has(name)) continue;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: parameters.get(name) }));
  }
};

export function createRunner(form, messages, { onAnswer }) {
  const state = document.getElementById("run-state");
  const clock = document.getElementById("run-clock");
  const cancel = document.getElementById("cancel");
  let running = null;

  const showState = (text) => (state.textContent = text);
  const tick = (since) => (clock.textContent = `${Math.floor((Date.now() - since) / 1000)} s`);
  const replace = (page, selector) => {
    const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
    if (old && fresh) old.replaceWith(fresh);
  };
  const show = (page, parameters) => {
    if (!page.getElementById("result")) return showState(page.querySelector(".alert")?.textContent.trim() ?? messages.failed);
    replace(page, "#result");
    replace(page, "nav.languages");
    const address = `/sparql?${parameters}`;
    if (address.length <= LONGEST_ADDRESS) window.history.pushState(null, "", address);
    const result = document.getElementById("result");
    showState(result.dataset.status ?? "");
    copyChoices(form, parameters);
    onAnswer(result);
  };

  async function run(parameters) {
    running?.abort();
    const controller = (running = new AbortController());
    const since = Date.now();
    const timer = setInterval(() => tick(since), 250);
    showState(messages.running);
    tick(since);
    cancel.hidden = false;
    try {
      const answer = await sendQuery(parameters, controller.signal);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (running === controller) show(page, parameters);
    } catch (error) {
      if (running === controller) showState(error.name === "AbortError" ? messages.cancelled : messages.failed);
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
