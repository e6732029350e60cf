// Create the editor that replaces the text box. It is in a shadow root, so that its styles are constructed style sheets, which the
// content security policy allows. The form still sends the text box, which the editor updates.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { sparql } from "codemirror-lang-sparql";
import { completing } from "./completion.js";
import { serverError, syntaxError } from "./diagnostics.js";
import { theme, tokens } from "./theme.js";

export function createEditor(box, messages, run) {
  let vocabulary = { prefixes: {}, terms: [] };
  let refused = null;

  const diagnostics = (view) => {
    const fromServer = refused?.text === view.state.doc.toString() ? refused.error : null;
    const found = [syntaxError(view.state, messages), fromServer].filter(Boolean);
    return found.filter((error, index) => found.findIndex(({ from }) => from === error.from) === index);
  };
  const updateBox = EditorView.updateListener.of((update) => {
    if (update.docChanged) box.value = update.state.doc.toString();
  });
  const runKey = { key: "Mod-Enter", preventDefault: true, run: () => (run(), true) };

  const host = document.createElement("div");
  host.className = "editor";
  box.after(host);
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: box.value,
      extensions: [
        Prec.highest(keymap.of([runKey])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        sparql(),
        syntaxHighlighting(tokens),
        autocompletion({ override: [completing(() => vocabulary)], icons: false, maxRenderedOptions: 40 }),
        linter(diagnostics, { delay: 400 }),
        [lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching(), closeBrackets(), indentOnInput()],
        [highlightActiveLine(), highlightSpecialChars(), EditorView.lineWrapping],
        EditorState.phrases.of(messages.phrases),
        EditorView.contentAttributes.of({ "aria-label": `${messages.query}. ${messages.keys}` }),
        [updateBox, theme],
      ],
    }),
  });
  box.hidden = true;
  box.required = false;
  document.querySelector(`label[for="${box.id}"]`).addEventListener("click", () => view.focus());
  document.getElementById("keys").hidden = false;

  return {
    setVocabulary: (terms) => (vocabulary = terms),
    showServerError(place) {
      const text = view.state.doc.toString();
      refused = place ? { text, error: serverError(view.state, place) } : null;
      forceLinting(view);
    },
  };
}
