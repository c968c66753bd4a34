// The code editor, with what it needs of CodeMirror: loaded by itself, once the page is shown.
import { createElement as h } from "react";
import CodeMirror, { EditorView } from "@uiw/react-codemirror";
import { python } from "@codemirror/lang-python";
import { javascript } from "@codemirror/lang-javascript";

const NAMED = EditorView.contentAttributes.of({ "aria-label": "Code" });
const LANGUAGES = { python: [NAMED, python()], javascript: [NAMED, javascript()] };
const SETUP = { foldGutter: false, autocompletion: false };

/** Code of that language; Tab leaves it, as it leaves any field. */
export function Editor({ language, code, dark, held, onCode }) {
  return h(CodeMirror, {
    value: code,
    height: "252px",
    theme: dark ? "dark" : "light",
    extensions: LANGUAGES[language],
    basicSetup: SETUP,
    autoFocus: held,
    indentWithTab: false,
    onChange: onCode,
  });
}
