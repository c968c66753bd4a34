// The presenter's card of predictions: asking for one, how many have sent, running it, showing it to all.
import { createElement as h, useEffect, useId, useState } from "react";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { Countdown } from "$/public/external/components/moments/moments.jsx";
import {
  Outcome,
  sentOf,
  short,
  useOutcome,
  withUnit,
} from "$/public/external/components/prediction/prediction.jsx";

const GROUPS = {
  traffic: "All requests, of the last seconds",
  lab: "Of this lab, since it was opened",
  part: "Calls of parts, of the last seconds",
  claim: "How often claims were broken",
};
const KINDS = { curve: "as a curve", value: "as a value" };
const SECONDS = [10, 20, 30, 45, 60, 90, 120];
const USUAL = { figure: "traffic.p95", seconds: 30 };
const MAX_CHANGE = 200;

const select = (label, value, onChange, children) =>
  h(
    "select",
    {
      className: "sd-select",
      "aria-label": label,
      value,
      onChange: (event) => onChange(event.target.value),
    },
    children,
  );

const options = (pairs) => pairs.map(([id, face]) => h("option", { key: id, value: id }, face));

/** The figures that the lab measures, by whose they are. */
function FigureSelect({ figures, figure, onChange }) {
  const groups = Object.keys(GROUPS).filter((group) => figures.some((one) => one.group === group));
  return select(
    "Figure",
    figure,
    onChange,
    groups.map((group) =>
      h(
        "optgroup",
        { key: group, label: GROUPS[group] },
        options(
          figures
            .filter((one) => one.group === group)
            .map((one) => [one.id, one.unit.length > 2 ? `${one.label} (${one.unit})` : one.label]),
        ),
      ),
    ),
  );
}

const number = (text) => (text.trim() === "" ? null : Number(text));

/** Least and most that may be predicted; left empty, what suits what was measured so far. */
function Range({ chosen, low, high, onLow, onHigh }) {
  const ids = [useId(), useId()];
  const field = (id, label, value, onChange, usual) => [
    h("label", { key: `l${id}`, htmlFor: id }, label),
    h("input", {
      key: id,
      id,
      className: "sd-input",
      type: "number",
      step: "any",
      value,
      placeholder: usual,
      onChange: (event) => onChange(event.target.value),
    }),
  ];
  return h(
    "details",
    { className: "tp-read" },
    h("summary", null, `Range: ${low || 0} to ${withUnit(number(high) ?? chosen.top, chosen.unit)}`),
    h(
      "div",
      { className: "tq-range" },
      field(ids[0], "from", low, onLow, "0"),
      field(ids[1], "to", high, onHigh, short(chosen.top)),
      h("span", { className: "sd-hint" }, chosen.unit),
    ),
  );
}

/** `ahead` is what the step of the lesson means to ask for, if anything. */
function Ask({ figures, ahead, onLook, onAsk }) {
  const [figure, setFigure] = useState(ahead?.figure ?? USUAL.figure);
  const [kind, setKind] = useState(ahead?.wanted.kind ?? "curve");
  const [seconds, setSeconds] = useState(ahead?.wanted.seconds ?? USUAL.seconds);
  const [change, setChange] = useState(ahead?.wanted.change ?? "");
  const [low, setLow] = useState("");
  const [high, setHigh] = useState("");
  const chosen = figures.find((one) => one.id === figure) ?? figures[0];
  const id = useId();
  const choose = (next) => {
    setFigure(next);
    setLow("");
    setHigh("");
  };
  const ask = (event) => {
    event.preventDefault();
    onAsk({ figure: chosen.id, kind, seconds, change, low: number(low), high: number(high) });
  };
  return h(
    "form",
    { className: "tm-ask tq-ask", onSubmit: ask, onFocus: onLook }, // the range follows what was measured
    h(FigureSelect, { figures, figure: chosen.id, onChange: choose }),
    ahead &&
      !figures.some((one) => one.id === ahead.figure) &&
      h("p", { className: "sd-hint" }, `The step asks for ${ahead.figure}, which is not measured now.`),
    h("label", { htmlFor: id, className: "sd-sr" }, "What will be changed"),
    h("input", {
      id,
      className: "sd-input",
      maxLength: MAX_CHANGE,
      placeholder: "What will be changed? (may be empty)",
      autoComplete: "off",
      value: change,
      onChange: (event) => setChange(event.target.value),
    }),
    h(
      "div",
      { className: "sd-row" },
      select("How to predict", kind, setKind, options(Object.entries(KINDS))),
      select(
        "How long it runs",
        seconds,
        (value) => setSeconds(Number(value)),
        options([...new Set([...SECONDS, seconds])].map((one) => [one, `${one} s`])),
      ),
      h("button", { type: "submit", className: "sd-btn p" }, "Ask"),
    ),
    h(Range, { chosen, low, high, onLow: setLow, onHigh: setHigh }),
  );
}

const button = (face, onClick, primary) =>
  h("button", { key: face, type: "button", className: primary ? "sd-btn p" : "sd-btn", onClick }, face);

/** What the leader may do with it now. */
function Acts({ asked, waits, call }) {
  const run = (reveal) => call("/run", "POST", { reveal });
  const away = button("Put away", () => call("", "DELETE"));
  const acts = {
    open: [
      button("Close and run", () => run(false), !waits),
      waits && button("Close, run and reveal the beat", () => run(true), true),
      away,
    ],
    running: [button("Break off", () => call("/run", "DELETE"))],
    closed: [button("Run", () => run(false), true), away],
    measured: [
      button("Show to all", () => call("/show", "POST"), true),
      button("Run again", () => run(false)),
      away,
    ],
    shown: [away],
  };
  return h("div", { className: "sd-row te-acts" }, acts[asked.state]);
}

const STATES = {
  open: "sketches are hidden until you show them",
  running: "being measured",
  closed: "not measured yet",
  measured: "only you see it so far",
  shown: "shown to all",
};

function Asked({ standing, call }) {
  const { prediction: asked } = standing;
  const outcome = useOutcome(standing, asked.state === "measured" || asked.state === "shown");
  const waits = Boolean(standing.beat) && !standing.revealed;
  return [
    h(
      "p",
      { key: "what" },
      h("b", null, asked.label),
      `, ${asked.kind === "curve" ? "over" : "after"} ${asked.seconds} s, `,
      `${short(asked.low)} to ${withUnit(asked.high, asked.unit)}`,
    ),
    asked.change && h("p", { key: "change", className: "tq-change" }, asked.change),
    asked.failed && h("p", { key: "failed", role: "alert", className: "tp-problem" }, asked.failed),
    asked.state === "open" &&
      h("p", { key: "sent", role: "status", className: "tc-count" }, sentOf(standing)),
    outcome && h(Outcome, { key: "outcome", outcome }),
    h(Acts, { key: "acts", asked, waits, call }),
  ];
}

/** `onStanding` gets where the class stands after each change; `ahead` is what the present step asks for. */
export function SetPrediction({ standing, ahead, onStanding }) {
  const { prediction: asked, room, lab, now } = standing;
  const [figures, setFigures] = useState([]);
  const [problem, setProblem] = useState("");
  const id = useId();
  const load = () =>
    callClass(`/${room}/figures`, "GET").then(
      (told) => {
        setFigures(told.figures);
        setProblem("");
      },
      (error) => setProblem(error.message),
    );
  useEffect(() => {
    setFigures([]);
    load();
  }, [room, lab, Boolean(asked)]);
  const call = (path, method, body) =>
    callClass(`/${room}/prediction${path}`, method, body).then(
      (told) => {
        setProblem("");
        onStanding(told);
      },
      (error) => setProblem(error.message),
    );
  return h(
    "section",
    { className: "sd-card tp-card tq-card", "aria-labelledby": id, "data-on": Boolean(asked) },
    h(
      "header",
      null,
      h("h2", { id }, "Prediction"),
      h(
        "small",
        null,
        asked ? STATES[asked.state] : ahead ? "this step asks for one" : "drawn before it is measured",
      ),
      asked?.state === "running" ? h(Countdown, { ends: asked.ends, now }) : h("span", null),
    ),
    problem && h("p", { role: "alert", className: "tp-problem" }, problem),
    asked
      ? h(Asked, { standing, call })
      : figures.length > 0
        ? h(Ask, {
            key: JSON.stringify(ahead ?? null),
            figures,
            ahead,
            onLook: load,
            onAsk: (body) => call("", "POST", body),
          })
        : problem && h("div", { className: "sd-row" }, button("Try again", load)),
  );
}
