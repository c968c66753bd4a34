// The way into a class: six characters, on a phone as on a keyboard.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { apiUrl } from "$/public/external/components/live/live.jsx";

const LENGTH = 6;
const clean = (text) =>
  text
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .slice(0, LENGTH);

async function joined(code) {
  const answer = await fetch(apiUrl(`/api/classes/${encodeURIComponent(code)}/join`), { method: "POST" });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw new Error(
    answer.status === 404
      ? "No class has that code now. Look again at the presenter's screen."
      : (told.detail ?? "The server did not answer."),
  );
}

export function JoinForm() {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  const button = useRef(null);
  const ids = { field: useId(), problem: useId() };
  useEffect(() => {
    // What was typed before the page came to life stays.
    const given = clean(
      field.current.value || (new URL(window.location.href).searchParams.get("code") ?? ""),
    );
    setCode(given);
    (given.length === LENGTH ? button : field).current.focus();
  }, []);
  const enter = async (event) => {
    event.preventDefault();
    if (code.length < LENGTH) {
      setProblem(`A code has ${LENGTH} letters and digits.`);
      field.current.focus();
      return;
    }
    setBusy(true);
    setProblem("");
    try {
      const { lab, room } = await joined(code);
      // A whole new page: its socket must carry the cookie that holds the right to vote.
      window.location.assign(`/labs/${encodeURIComponent(lab)}?room=${encodeURIComponent(room)}&class=1`);
    } catch (error) {
      setBusy(false);
      setProblem(
        error instanceof TypeError
          ? "The server does not answer. Are you on the same network?"
          : error.message,
      );
      field.current.focus();
    }
  };
  return h(
    "form",
    { className: "sd-card", onSubmit: enter, noValidate: true },
    h("h1", null, "Join a class"),
    h("p", null, "Enter the code that the presenter shows. You need no name and no account."),
    h("label", { htmlFor: ids.field }, "Code"),
    h("input", {
      id: ids.field,
      ref: field,
      type: "text",
      value: code.length > 3 ? `${code.slice(0, 3)} ${code.slice(3)}` : code,
      onChange: (event) => setCode(clean(event.target.value)),
      autoComplete: "off",
      autoCapitalize: "characters",
      spellCheck: false,
      enterKeyHint: "go",
      placeholder: "ABC 234",
      "aria-describedby": ids.problem,
      "aria-invalid": Boolean(problem),
    }),
    h("p", { id: ids.problem, role: "alert", className: "sd-fielderror" }, problem),
    h(
      "button",
      { type: "submit", ref: button, className: "sd-btn p wide", disabled: busy },
      busy ? "Joining" : "Join",
    ),
  );
}
