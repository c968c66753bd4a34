// A scheduler's desk: what falls due on a line of time, a form, the bin of callbacks, what was given up.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { fmt, fmtMs, fmtSpan, useLatest, useMay } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const AHEAD_MS = 12000;
const BEHIND_MS = 6000;
const HEIGHT = 96;
const TICK_MS = 250;
const LANES = 4;
const JOBS = 5;
const CALLS = 6;

const RECEIVERS = [
  ["/bin", "the request bin"],
  ["/bin/slow", "a slow one"],
  ["/bin/flapping", "a flapping one"],
  ["/bin/failing", "always failing"],
];
const POLICIES = [
  ["", "as the lab does"],
  ["none", "never"],
  ["immediate", "at once"],
  ["exponential", "ever later"],
];
const PROPOSED = { delay: "10", cron: "*/5 * * * *" };

/** The server's time, which goes on between frames while something moves. */
function useServerTime(moves) {
  const frame = useLatest();
  const offset = useRef(null);
  const seen = useRef(0);
  const [, setTurn] = useState(0);
  if (frame?.t && frame.t !== seen.current) {
    seen.current = frame.t;
    const ahead = frame.t * 1000 - Date.now();
    offset.current = offset.current === null ? ahead : Math.max(offset.current, ahead);
  }
  useEffect(() => {
    if (!moves) return undefined;
    const timer = setInterval(() => document.hidden || setTurn((one) => one + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [moves]);
  return Date.now() + (offset.current ?? 0);
}

function TimeLine({ screen, now }) {
  const [box, width] = useWidth(360);
  const x = (ms) => ((ms - now + BEHIND_MS) / (AHEAD_MS + BEHIND_MS)) * width;
  const inSight = (ms) => ms > now - BEHIND_MS && ms < now + AHEAD_MS;
  const coming = screen.coming.filter((one) => inSight(one.due_ms));
  const came = screen.callbacks.filter((one) => inSight(one.at_ms));
  const lane = (n) => 22 + (n % LANES) * 14;
  return h(
    "div",
    { ref: box, className: "js-line" },
    h(
      "svg",
      {
        viewBox: `0 0 ${width} ${HEIGHT}`,
        width,
        height: HEIGHT,
        role: "img",
        "aria-label": `${fmt(screen.waiting)} wait; ${fmt(coming.length)} of them fall due within 12 s`,
      },
      h("rect", { className: "js-past", x: 0, y: 0, width: x(now), height: HEIGHT }),
      h("line", { className: "js-now", x1: x(now), x2: x(now), y1: 12, y2: HEIGHT - 14 }),
      h("text", { x: x(now), y: 10, textAnchor: "middle" }, "now"),
      came.map((one) =>
        h(
          "g",
          { key: one.id, className: "js-came", "data-mine": one.mine },
          h("line", { x1: x(one.due_ms), x2: x(one.at_ms), y1: HEIGHT - 24, y2: HEIGHT - 24 }),
          h("circle", { cx: x(one.at_ms), cy: HEIGHT - 24, r: 4 }),
        ),
      ),
      coming.map((one, n) =>
        h(
          "g",
          { key: one.id, className: "js-coming", "data-mine": one.mine },
          h("circle", { cx: x(one.due_ms), cy: lane(n), r: 5 }),
          coming.length < 9 && h("text", { x: x(one.due_ms) + 8, y: lane(n) + 4 }, one.name.slice(0, 18)),
        ),
      ),
      h("text", { x: 4, y: HEIGHT - 3 }, "6 s ago"),
      h("text", { x: width - 4, y: HEIGHT - 3, textAnchor: "end" }, "in 12 s"),
    ),
  );
}

function Field({ label, children }) {
  const id = useId();
  return h("span", { className: "js-field" }, h("label", { htmlFor: id }, label), children(id));
}

const choose = (id, value, set, options) =>
  h(
    "select",
    { id, className: "sd-input", value, onChange: (event) => set(event.target.value) },
    options.map(([key, text]) => h("option", { key, value: key }, text)),
  );

function Form({ wrong, may, onSchedule }) {
  const [when, setWhen] = useState("delay");
  const [value, setValue] = useState(PROPOSED.delay);
  const [callback, setCallback] = useState("/bin");
  const [policy, setPolicy] = useState("");
  const [payload, setPayload] = useState("water the plants");
  const wrongId = useId();
  const kinds = [
    ["delay", "after a delay"],
    ["cron", "by cron (UTC)"],
  ];
  return h(
    "form",
    {
      className: "js-form",
      onSubmit: (event) => {
        event.preventDefault();
        onSchedule(when, value, callback, policy, payload);
      },
    },
    h(Field, { label: "When" }, (id) =>
      choose(
        id,
        when,
        (next) => {
          setWhen(next);
          setValue(PROPOSED[next]);
        },
        kinds,
      ),
    ),
    h(Field, { label: when === "cron" ? "Cron expression" : "Seconds" }, (id) =>
      h("input", {
        id,
        className: "sd-input",
        value,
        "aria-invalid": wrong ? "true" : undefined,
        "aria-describedby": wrong ? wrongId : undefined,
        onChange: (event) => setValue(event.target.value),
      }),
    ),
    h(Field, { label: "Call" }, (id) => choose(id, callback, setCallback, RECEIVERS)),
    h(Field, { label: "Try again" }, (id) => choose(id, policy, setPolicy, POLICIES)),
    h(Field, { label: "With" }, (id) =>
      h("input", {
        id,
        className: "sd-input",
        value: payload,
        maxLength: 200,
        onChange: (event) => setPayload(event.target.value),
      }),
    ),
    h("button", { type: "submit", className: "sd-btn", disabled: !may }, "Schedule"),
    wrong && h("p", { id: wrongId, className: "sd-fielderror", role: "alert" }, wrong),
  );
}

const TONES = { done: "ok", dead: "error", dropped: "miss", cancelled: "none", scheduled: "selected" };

function stateOf(one, now) {
  if (one.state !== "scheduled") return one.state;
  const left = (one.due_ms - now) / 1000;
  return left > 0 ? `in ${fmtSpan(Math.ceil(left))}` : "due";
}

function Jobs({ screen, now, may, onCancel }) {
  return h(
    "section",
    { className: "js-list", "aria-label": "My jobs" },
    h("h3", null, "My jobs"),
    screen.jobs.length === 0 && h("p", { className: "sd-hint" }, "None yet. Press “Run in 5 s”."),
    h(
      "ul",
      null,
      screen.jobs.slice(0, JOBS).map((one) =>
        h(
          "li",
          { key: one.id },
          h(
            "span",
            null,
            h("b", null, one.name),
            h("small", null, ` ${one.cron ? `${one.cron} · next ` : ""}${one.clock} UTC`),
          ),
          h("span", { className: "sd-pill", "data-tone": TONES[one.state] ?? "none" }, stateOf(one, now)),
          one.state === "scheduled"
            ? h(
                "button",
                {
                  type: "button",
                  className: "sd-btn small",
                  disabled: !may,
                  "aria-label": `Cancel ${one.name}, ${one.clock}`,
                  onClick: () => onCancel(one.id),
                },
                "Cancel",
              )
            : h("span", null),
        ),
      ),
    ),
  );
}

function Bin({ screen }) {
  return h(
    "section",
    { className: "js-list", "aria-label": "Request bin" },
    h("h3", null, "Request bin", h("small", null, " what was called, newest first")),
    screen.callbacks.length === 0 && h("p", { className: "sd-hint" }, "Nothing was called yet."),
    h(
      "ul",
      { role: "list" },
      screen.callbacks
        .slice(0, CALLS)
        .map((one) =>
          h(
            "li",
            { key: one.id, "data-mine": one.mine },
            h("span", null, h("b", null, one.name), h("small", null, ` ${one.clock} UTC by ${one.worker}`)),
            h("span", { className: "sd-pill", "data-tone": "ok" }, `${fmtMs(one.delay_ms)} ms late`),
            h("span", null),
          ),
        ),
    ),
  );
}

function Dead({ screen, may, onRequeue }) {
  const mine = screen.dead.filter((one) => one.mine);
  if (!mine.length) return null;
  return h(
    "section",
    { className: "js-list", "aria-label": "My dead letters" },
    h("h3", null, "My dead letters"),
    h(
      "ul",
      null,
      mine.map((one) =>
        h(
          "li",
          { key: one.id },
          h("span", null, h("b", null, one.name), h("small", null, ` ${fmt(one.attempts)} tries`)),
          h("span", { className: "sd-pill", "data-tone": "error" }, "dead"),
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              disabled: !may,
              "aria-label": `Try ${one.name} anew`,
              onClick: () => onRequeue(one.job),
            },
            "Try anew",
          ),
        ),
      ),
    ),
  );
}

/** The product. Until the first look at the store it is a skeleton. */
export function Screen({ screen, ready, wrong, onSoon, onSchedule, onCancel, onRequeue }) {
  const may = useMay("verb");
  const newest = Math.max(
    0,
    ...screen.callbacks.map((one) => one.at_ms),
    ...screen.jobs.map((one) => one.due_ms),
  );
  const still = useRef(0);
  const moves = screen.coming.length > 0 || still.current < newest + BEHIND_MS;
  const now = useServerTime(ready && moves);
  still.current = now;
  if (!ready)
    return h("div", { className: "js-desk" }, h("div", { className: "js-skeleton", "aria-busy": "true" }));
  return h(
    "div",
    { className: "js-desk" },
    h(
      "div",
      { className: "js-head" },
      h("h2", null, "What falls due"),
      h("span", { className: "sd-hint" }, `${fmt(screen.waiting)} waiting`),
      h(
        "button",
        { type: "button", className: "sd-btn p", disabled: !may, onClick: () => onSoon() },
        "Run in 5 s",
      ),
    ),
    h(TimeLine, { screen, now }),
    h(Form, { wrong, may, onSchedule }),
    h(Jobs, { screen, now, may, onCancel }),
    h(Bin, { screen }),
    h(Dead, { screen, may, onRequeue }),
  );
}
