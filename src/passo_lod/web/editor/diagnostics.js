// Find the errors of a query: by the grammar while it is written, and from the server's response after it was refused.
import { syntaxTree } from "@codemirror/language";

const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const span = (state, at) => {
  const { to } = state.doc.lineAt(at);
  const word = /^[\w:?$.-]+/.exec(state.sliceDoc(at, to))?.[0].length ?? 1;
  return at < to ? { from: at, to: Math.min(at + word, to) } : { from: Math.max(at - 1, 0), to: at };
};

const firstError = (state) => {
  let found = null;
  syntaxTree(state).iterate({
    enter(node) {
      if (found === null && node.type.isError) found = node.from;
      return found === null;
    },
  });
  return found;
};

/** The first syntax error by the grammar; later ones mostly follow from it. An empty query has none. */
export function syntaxError(state, messages) {
  const at = state.doc.toString().trim() ? firstError(state) : null;
  if (at === null) return null;
  const line = state.doc.lineAt(at);
  const message = fillIn(messages.fault, { line: line.number, column: at - line.from + 1 });
  return { ...span(state, at), severity: "error", message };
}

/** The error that the server found, from the data attributes of an element: `line`, `column` (in code points), `message`. */
export function serverError(state, { line, column, message }) {
  const { text, from } = state.doc.line(Math.min(Number(line), state.doc.lines));
  const before = [...text].slice(0, Number(column) - 1).join("");
  return { ...span(state, from + before.length), severity: "error", message };
}
