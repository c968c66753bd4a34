// The rule as a sentence with fields, and clients who send requests.
import { createElement as h, useEffect, useRef, useState } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { AnswerLine, WORDS } from "$/public/external/designs/rate_limiter/inside/limits/limits.jsx";

const SOON = 220;

/**
 * A value that the visitor edits and the server confirms: what is typed shows at once, and is sent a moment
 * later.
 */
function useDraft(value, send) {
  const [draft, setDraft] = useState(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (draft === null || Number(draft) === value) return undefined;
    const patience = setTimeout(() => setDraft(null), 2500);
    return () => clearTimeout(patience);
  }, [draft, value]);
  const change = (text, valid = true) => {
    setDraft(text);
    clearTimeout(timer.current);
    if (valid) timer.current = setTimeout(() => send(Number(text)), SOON);
  };
  const settle = () => setDraft((now) => (now !== null && Number(now) === value ? null : now));
  return [draft ?? value, change, settle];
}

function RuleNumber({ knob, value, onRule }) {
  const [shown, change, settle] = useDraft(value, (number) => onRule(knob.id, number));
  const number = Number(shown);
  const valid = shown !== "" && Number.isInteger(number) && number >= knob.minimum && number <= knob.maximum;
  const check = (text) =>
    text !== "" &&
    Number.isInteger(Number(text)) &&
    Number(text) >= knob.minimum &&
    Number(text) <= knob.maximum;
  return h("input", {
    className: "sd-num short",
    type: "number",
    inputMode: "numeric",
    min: knob.minimum,
    max: knob.maximum,
    value: shown,
    "aria-label": `${knob.label}, ${knob.minimum} to ${knob.maximum} ${knob.unit}`,
    "aria-invalid": !valid,
    title: `${knob.minimum} to ${knob.maximum} ${knob.unit}`,
    onChange: (event) => change(event.target.value, check(event.target.value)),
    onBlur: settle,
  });
}

/** The rule in words, each number of it a field. */
export function RuleForm({ algorithms, knobs, config, onRule, onAlgorithm }) {
  const knob = Object.fromEntries(knobs.map((one) => [one.id, one]));
  const field = (id) => h(RuleNumber, { knob: knob[id], value: config[id] ?? knob[id].default, onRule });
  return h(
    "form",
    {
      className: "sd-productform sd-rule",
      "aria-label": "The rule",
      onSubmit: (event) => event.preventDefault(),
    },
    h("h2", null, "Who may pass?"),
    h(
      "select",
      {
        className: "sd-select tall",
        "aria-label": "Algorithm that decides",
        value: config.algorithm ?? algorithms[0].id,
        onChange: (event) => onAlgorithm("algorithm", event.target.value),
      },
      algorithms.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
    ),
    h(
      "p",
      { className: "sd-ruleline" },
      field("limit"),
      " requests per ",
      field("window_s"),
      " s, burst ",
      field("burst"),
    ),
  );
}

function Sender({ sender, now, span, focused, onSend, onBurst, onRate, onFocus }) {
  const [rate, change] = useDraft(sender.rate, (value) => onRate(sender.name, value));
  const last = sender.verdicts.at(-1);
  return h(
    "li",
    { className: "sd-sender", "data-focused": focused },
    h(
      "div",
      { className: "sd-itemline" },
      h(
        "button",
        {
          type: "button",
          className: "sd-who",
          "aria-pressed": focused,
          title: "Show this client inside",
          onClick: () => onFocus(sender.name),
        },
        h("b", null, sender.name),
        h("small", { className: "mono" }, sender.address),
      ),
      h(
        "span",
        { className: "sd-tallied" },
        h("span", null, `✓ ${fmt(sender.passed)}`),
        h("span", null, `✕ ${fmt(sender.refused)}`),
      ),
    ),
    h(AnswerLine, { times: sender.times, verdicts: sender.verdicts, now, span, label: sender.name }),
    h(
      "div",
      { className: "sd-senderrow" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p small",
          "aria-label": `Send a request as ${sender.name}`,
          onClick: () => onSend(sender.name),
        },
        "Send request",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          "aria-label": `Send ten requests as ${sender.name}`,
          onClick: () => onBurst(sender.name),
        },
        "× 10",
      ),
      h(
        "label",
        { className: "sd-rate" },
        h("input", {
          type: "range",
          min: 0,
          max: 20,
          step: 0.5,
          value: rate,
          "aria-label": `Requests per second of ${sender.name}`,
          "aria-valuetext": `${rate} per second`,
          onChange: (event) => change(event.target.value),
        }),
        h("output", null, `${fmt(Number(rate), 1)}/s`),
      ),
    ),
    h(
      "span",
      { className: "sd-sr", role: "status" },
      focused && last && !(sender.rate > 0) ? `${sender.name}: ${WORDS[last]}, ${sender.sent} sent` : "",
    ),
  );
}

/** All who send requests: by a click, ten at once, or steadily. */
export function Senders({ senders, now, span = 30, focus, onSend, onBurst, onRate, onFocus }) {
  return h(
    "ul",
    { className: "sd-senders", "aria-label": "Clients" },
    senders.map((sender) =>
      h(Sender, {
        key: sender.name,
        sender,
        now,
        span,
        focused: sender.name === focus,
        onSend,
        onBurst,
        onRate,
        onFocus,
      }),
    ),
  );
}
