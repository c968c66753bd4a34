// The code editor, with what it needs of CodeMirror: loaded by itself, once the page is shown.
import { createElement as h } from "react";
import CodeMirror from "@uiw/react-codemirror";
import { python } from "@codemirror/lang-python";
import { javascript } from "@codemirror/lang-javascript";

const LANGUAGES = { python: [python()], javascript: [javascript()] };

/** Code of that language; Escape, then Tab leaves it. */
export function Editor({ language, code, dark, onCode }) {
  return h(CodeMirror, {
    value: code,
    height: "252px",
    theme: dark ? "dark" : "light",
    extensions: LANGUAGES[language],
    basicSetup: { foldGutter: false, autocompletion: false },
    indentWithTab: false,
    "aria-label": "Code",
    onChange: onCode,
  });
}
