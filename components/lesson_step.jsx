// One step of a lesson of one's own: its line in the list, and the fields that change it.
import { createElement as h, useId } from "react";
import { fmtSpan } from "$/public/external/components/live/live.jsx";

const MOST_OPTIONS = 6;
const FEWEST_OPTIONS = 2;
const USUAL_WAIT = 10;
const NEW_QUESTION = { question: "", options: ["", ""], right: 0, because: "" };
const OWN_WORDS = ["title", "say", "minutes", "ask", "expect"];
const RUNS = [10, 20, 30, 45, 60, 90, 120];
const MAX_CHANGE = 200;
const WAITS = [2, 5, 10, 20];

const VERDICTS = {
  playing: ["◌", "selected", "rehearsing"],
  true: ["✓", "ok", "came true"],
  false: ["✕", "miss", "not seen in time"],
  none: ["✓", "ok", "set up; expects nothing"],
  failed: ["✕", "error", "could not be rehearsed"],
};

const without = (object, ...names) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

function Field({ label, children, hint }) {
  const id = useId();
  return h(
    "div",
    { className: "ol-field" },
    h("label", { htmlFor: id }, label),
    children(id),
    hint && h("p", { className: "sd-hint" }, hint),
  );
}

function Words({ step, base, onChange }) {
  return h(
    "div",
    { className: "ol-words" },
    h(Field, { label: "Title" }, (id) =>
      h("input", {
        id,
        className: "sd-input",
        value: step.title ?? base?.title ?? "",
        maxLength: 80,
        onChange: (event) => onChange({ ...step, title: event.target.value }),
      }),
    ),
    h(Field, { label: "Minutes" }, (id) =>
      h("input", {
        id,
        className: "sd-input",
        type: "number",
        min: 0.5,
        max: 60,
        step: 0.5,
        value: step.minutes ?? base?.minutes ?? 2,
        onChange: (event) => onChange({ ...step, minutes: Number(event.target.value) }),
      }),
    ),
    h(Field, { label: "What to say", hint: "Markdown. It is shown in your notes, not to the class." }, (id) =>
      h("textarea", {
        id,
        className: "sd-input",
        rows: 5,
        maxLength: 4000,
        value: step.say ?? base?.say ?? "",
        onChange: (event) => onChange({ ...step, say: event.target.value }),
      }),
    ),
  );
}

function Options({ ask, onChange }) {
  const name = useId();
  const put = (index, text) =>
    onChange({ ...ask, options: ask.options.map((one, at) => (at === index ? text : one)) });
  const drop = (index) =>
    onChange({
      ...ask,
      options: ask.options.filter((_, at) => at !== index),
      right: Math.max(0, ask.right - (index <= ask.right && ask.right > 0 ? 1 : 0)),
    });
  return h(
    "fieldset",
    { className: "ol-options" },
    h("legend", null, "Answers, with the right one marked"),
    ask.options.map((option, index) =>
      h(
        "div",
        { className: "sd-row", key: index },
        h("input", {
          type: "radio",
          name,
          checked: ask.right === index,
          "aria-label": `Answer ${index + 1} is right`,
          onChange: () => onChange({ ...ask, right: index }),
        }),
        h("input", {
          className: "sd-input",
          "aria-label": `Answer ${index + 1}`,
          value: option,
          maxLength: 120,
          onChange: (event) => put(index, event.target.value),
        }),
        ask.options.length > FEWEST_OPTIONS &&
          h(
            "button",
            {
              type: "button",
              className: "sd-btn icon",
              "aria-label": `Remove answer ${index + 1}`,
              onClick: () => drop(index),
            },
            "✕",
          ),
      ),
    ),
    ask.options.length < MOST_OPTIONS &&
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          onClick: () => onChange({ ...ask, options: [...ask.options, ""] }),
        },
        "One more answer",
      ),
  );
}

function Question({ step, base, onChange }) {
  const ask = "ask" in step ? step.ask : (base?.ask ?? null);
  const put = (changed) => onChange({ ...step, ask: changed });
  return h(
    "div",
    { className: "ol-question" },
    h(
      "label",
      { className: "sd-row" },
      h("input", {
        type: "checkbox",
        checked: Boolean(ask),
        onChange: (event) => put(event.target.checked ? (base?.ask ?? NEW_QUESTION) : null),
      }),
      "Asks the class before the step is done",
    ),
    ask &&
      h(Field, { label: "Question" }, (id) =>
        h("input", {
          id,
          className: "sd-input",
          value: ask.question,
          maxLength: 300,
          onChange: (event) => put({ ...ask, question: event.target.value }),
        }),
      ),
    ask && h(Options, { ask, onChange: put }),
    ask &&
      h(Field, { label: "Because" }, (id) =>
        h("input", {
          id,
          className: "sd-input",
          value: ask.because,
          maxLength: 600,
          onChange: (event) => put({ ...ask, because: event.target.value }),
        }),
      ),
  );
}

/** What must show: as in the lab's lesson, nothing, or that a claim of the lab holds or is broken. */
function Expectation({ step, base, lab, onChange }) {
  const own = step.expect;
  const chosen = !("expect" in step)
    ? base
      ? "lab"
      : "none"
    : own
      ? `${own.broken ? "broken" : "holds"}:${own.claim}`
      : "none";
  const choose = (value) => {
    if (value === "lab") return onChange(without(step, "expect"));
    if (value === "none") return onChange({ ...step, expect: null });
    const [kind, claim] = value.split(":");
    onChange({ ...step, expect: { claim, broken: kind === "broken", seconds: own?.seconds ?? USUAL_WAIT } });
  };
  return h(
    "div",
    { className: "ol-words" },
    h(Field, { label: "Expect" }, (id) =>
      h(
        "select",
        { id, className: "sd-select", value: chosen, onChange: (event) => choose(event.target.value) },
        base &&
          h("option", { value: "lab" }, base.expect ? `as in the lab: ${base.expect}` : "as in the lab"),
        h("option", { value: "none" }, "nothing"),
        lab.claims.map(({ id: claim, text }) => [
          h("option", { key: `h${claim}`, value: `holds:${claim}` }, `holds: ${text}`),
          h("option", { key: `b${claim}`, value: `broken:${claim}` }, `is broken: ${text}`),
        ]),
      ),
    ),
    own &&
      h(Field, { label: "Within" }, (id) =>
        h(
          "select",
          {
            id,
            className: "sd-select",
            value: own.seconds,
            onChange: (event) =>
              onChange({ ...step, expect: { ...own, seconds: Number(event.target.value) } }),
          },
          [...new Set([...WAITS, own.seconds])].map((one) =>
            h("option", { key: one, value: one }, `${one} s`),
          ),
        ),
      ),
  );
}

/** What the class is to predict before the step, where it is. */
function Predicts({ step, lab, onChange }) {
  const { predict } = step;
  const put = (changed) => onChange({ ...step, predict: { ...predict, ...changed } });
  const choice = (label, value, options, onChoose) =>
    h(Field, { label }, (id) =>
      h(
        "select",
        { id, className: "sd-select", value, onChange: (event) => onChoose(event.target.value) },
        options.map(([one, face]) => h("option", { key: one, value: one }, face)),
      ),
    );
  if (!predict)
    return h(
      "label",
      { className: "sd-row" },
      h("input", {
        type: "checkbox",
        checked: false,
        onChange: () => put({ figure: lab.figures[0]?.id ?? "", kind: "curve", seconds: 30, change: "" }),
      }),
      "Lets the class predict a figure",
    );
  const known = lab.figures.some((one) => one.id === predict.figure);
  return h(
    "div",
    { className: "ol-words" },
    h(
      "label",
      { className: "sd-row" },
      h("input", {
        type: "checkbox",
        checked: true,
        onChange: () => onChange(without(step, "predict")),
      }),
      "Lets the class predict a figure",
    ),
    choice(
      "Figure",
      predict.figure,
      [
        ...(known ? [] : [[predict.figure, predict.figure]]),
        ...lab.figures.map((one) => [one.id, one.label]),
      ],
      (figure) => put({ figure }),
    ),
    choice(
      "How to predict",
      predict.kind ?? "curve",
      [
        ["curve", "as a curve"],
        ["value", "as a value"],
      ],
      (kind) => put({ kind }),
    ),
    h(Field, { label: "What will be changed" }, (id) =>
      h("input", {
        id,
        className: "sd-input",
        value: predict.change ?? "",
        maxLength: MAX_CHANGE,
        onChange: (event) => put({ change: event.target.value }),
      }),
    ),
    choice(
      "Run length",
      predict.seconds ?? 30,
      [...new Set([...RUNS, predict.seconds ?? 30])].map((one) => [one, `${one} s`]),
      (seconds) => put({ seconds: Number(seconds) }),
    ),
  );
}

function Recorded({ step, lab, onChange, onRecord }) {
  return h(
    "div",
    { className: "ol-words" },
    h(Field, { label: "Light on" }, (id) =>
      h(
        "select",
        {
          id,
          className: "sd-select",
          value: step.spotlight ?? "",
          onChange: (event) => onChange({ ...step, spotlight: event.target.value }),
        },
        h("option", { value: "" }, "no panel"),
        lab.panels.map((one) => h("option", { key: one.id, value: one.id }, one.title)),
      ),
    ),
    h(
      "label",
      { className: "sd-row" },
      h("input", {
        type: "checkbox",
        checked: step.restart ?? false,
        onChange: (event) => onChange({ ...step, restart: event.target.checked }),
      }),
      "Begins with no data: what broke before counts no more",
    ),
    h("button", { type: "button", className: "sd-btn small", onClick: onRecord }, "Record the set-up again"),
  );
}

function Verdict({ verdict }) {
  const found = verdict && VERDICTS[verdict.state];
  return h(
    "span",
    { role: "status", className: "ol-verdict", "data-verdict": verdict?.state },
    found && h("span", { className: "sd-pill", "data-tone": found[1] }, `${found[0]} ${found[2]}`),
    verdict?.text && ` ${verdict.text}`,
  );
}

/** A step in the list; `base` is what the lab's lesson says at it, `view` what the server makes of it. */
export function Step(props) {
  const { number, last, step, base, view, lab, errors, verdict, open, busy } = props;
  const { onChange, onMove, onRemove, onOpen, onRecord, onRehearse } = props;
  const title = step.title ?? base?.title ?? lab.beats[step.beat - 1] ?? "";
  const minutes = step.minutes ?? base?.minutes ?? 2;
  const button = (label, face, onClick, more) =>
    h(
      "button",
      { type: "button", className: "sd-btn small", "aria-label": `${label}: ${title}`, onClick, ...more },
      face,
    );
  return h(
    "li",
    { className: "sd-card ol-step", "data-skip": step.skip ?? false, "data-step": number },
    h(
      "header",
      null,
      h("b", null, `${number}. ${title}`),
      h(
        "small",
        null,
        `${lab.title} · ${step.beat ? `beat ${step.beat}` : "recorded"} · ${fmtSpan(minutes * 60)}`,
        step.skip && " · skipped",
      ),
      h(Verdict, { verdict }),
    ),
    h(
      "div",
      { className: "sd-row ol-buttons" },
      button("Up", "↑", () => onMove(-1), { disabled: number === 1 }),
      button("Down", "↓", () => onMove(1), { disabled: last }),
      button(open ? "Close" : "Edit", open ? "Close" : "Edit", onOpen, { "aria-expanded": open }),
      button("Skip", "Skip", () => onChange({ ...step, skip: !step.skip }), {
        "aria-pressed": Boolean(step.skip),
      }),
      button("Rehearse", "Rehearse", onRehearse, { disabled: busy || Boolean(step.skip) }),
      button("Remove", "Remove", onRemove),
    ),
    errors.length > 0 &&
      h(
        "ul",
        { className: "ol-errors", role: "alert" },
        errors.map(({ field, detail }) =>
          h("li", { key: field + detail }, h("b", null, field), ` ${detail}`),
        ),
      ),
    view?.does.length > 0 && h("p", { className: "sd-hint" }, `Sets: ${view.does.join(" · ")}`),
    view?.expect && h("p", { className: "sd-hint" }, `Expects: ${view.expect}`),
    open &&
      h(
        "div",
        { className: "ol-edit" },
        h(Words, { step, base, onChange }),
        !step.beat && h(Recorded, { step, lab, onChange, onRecord }),
        h(Question, { step, base, onChange }),
        h(Expectation, { step, base, lab, onChange }),
        h(Predicts, { step, lab, onChange }),
        base &&
          OWN_WORDS.some((name) => name in step) &&
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              onClick: () => onChange(without(step, ...OWN_WORDS)),
            },
            "Back to the lab's own words",
          ),
      ),
  );
}
