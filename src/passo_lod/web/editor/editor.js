// The text box as an editor. It stands in a shadow root, where its styles are constructed style sheets: the page's security policy
// needs no exception for them. The text box stays what the form sends.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { sparql } from "codemirror-lang-sparql";
import { completing } from "./completion.js";
import { refusalIn, syntaxFault } from "./faults.js";
import { look, tokens } from "./look.js";

export function createEditor(box, words, run) {
  let vocabulary = { prefixes: {}, terms: [] };
  let refused = null;

  const faults = (view) => {
    const refusal = refused?.text === view.state.doc.toString() ? refused.fault : null;
    const found = [syntaxFault(view.state, words), refusal].filter(Boolean);
    return found.filter((fault, place) => found.findIndex(({ from }) => from === fault.from) === place);
  };
  const keepBox = EditorView.updateListener.of((update) => {
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
        linter(faults, { delay: 400 }),
        [lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching(), closeBrackets(), indentOnInput()],
        [highlightActiveLine(), highlightSpecialChars(), EditorView.lineWrapping],
        EditorState.phrases.of(words.phrases),
        EditorView.contentAttributes.of({ "aria-label": `${words.query}. ${words.keys}` }),
        [keepBox, look],
      ],
    }),
  });
  box.hidden = true;
  box.required = false;
  document.querySelector(`label[for="${box.id}"]`).addEventListener("click", () => view.focus());
  document.getElementById("keys").hidden = false;

  return {
    learn: (terms) => (vocabulary = terms),
    showRefusal(place) {
      const text = view.state.doc.toString();
      refused = place ? { text, fault: refusalIn(view.state, place) } : null;
      forceLinting(view);
    },
  };
}
