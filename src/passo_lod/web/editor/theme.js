// The theme of the editor: the colours of the page, each with a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3).
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const tokens = HighlightStyle.define([
  { tag: tags.keyword, color: "#7a2c86" },
  { tag: tags.variableName, color: "#8a3a00" },
  { tag: [tags.string, tags.annotation], color: "#1d6b2f" },
  { tag: [tags.integer, tags.float, tags.bool], color: "#8f2313" },
  { tag: [tags.namespace, tags.url, tags.typeName], color: "#0b5a8a" },
  { tag: tags.comment, color: "#51606e" },
]);

const FOCUS = "3px solid #e0a100";

export const theme = EditorView.theme({
  "&": { fontSize: "14.5px", border: "1px solid #8493a0", borderRadius: "6px", backgroundColor: "#fff", overflow: "hidden" },
  "&.cm-focused": { outline: FOCUS, outlineOffset: "2px" },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
    lineHeight: "1.5",
    minHeight: "15rem",
    maxHeight: "34rem",
    overflow: "auto",
  },
  ".cm-gutters": { backgroundColor: "#f3f6f8", color: "#51606e", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "#f3f6f8" },
  ".cm-content": { padding: "8px 0" },
  ".cm-tooltip": { border: "1px solid #8493a0", borderRadius: "6px", backgroundColor: "#fff" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "#0b5a8a", color: "#fff" },
  ".cm-completionDetail": { fontStyle: "normal", color: "#51606e", marginLeft: "1em" },
  "li[aria-selected] .cm-completionDetail": { color: "#fff" },
  // No background images as in the base theme: the content security policy forbids data: URLs.
  ".cm-lint-marker-error": { content: "normal", width: "0.6em", height: "0.6em", margin: "0.45em 0.2em", borderRadius: "50%", backgroundColor: "#8f2313" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy #8f2313", backgroundColor: "#fbeeec" },
  ".cm-diagnostic": { borderLeft: "4px solid #8f2313", padding: "4px 8px" },
});
