// Parts that show limits at work: marks of answers on a time axis, lanes of several judges, buckets, windows.
import { createElement as h, memo, useEffect, useRef, useState } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const PASSED = new Set(["1", "h", "u"]);
const WORDS = {
  1: "passed",
  h: "passed after waiting",
  0: "refused (429)",
  u: "passed unchecked",
  d: "no answer (503)",
};

const round = (value) => value.toFixed(1);
const dot = (x, y, r) =>
  `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
const cross = (x, y, r) =>
  `M${round(x - r)} ${round(y - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
const diamond = (x, y, r) => `M${round(x)} ${round(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const square = (x, y, r) => `M${round(x - r)} ${round(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`;
const SHAPES = { 1: dot, h: dot, 0: cross, u: diamond, d: square };

function counted(verdicts) {
  const found = {};
  for (const one of verdicts) found[one] = (found[one] ?? 0) + 1;
  return [..."1h0ud"]
    .filter((key) => found[key])
    .map((key) => `${found[key]} ${WORDS[key]}`)
    .join(", ");
}

/** All marks of one kind as one path; what was held back is drawn where it leaves, tied to where it came. */
function Marks({ times, verdicts, delays = [], x, y, from, until, size = 3 }) {
  const paths = { 1: "", h: "", 0: "", u: "", d: "", ties: "" };
  for (let at = 0; at < times.length; at += 1) {
    const verdict = verdicts[at];
    if (!(verdict in SHAPES) || times[at] < from) continue;
    const leaves = times[at] + (delays[at] ?? 0);
    if (verdict === "h" && delays[at]) {
      const end = Math.min(leaves, until);
      paths.ties += `M${round(x(times[at]))} ${y - size}V${y}H${round(x(end))}`;
      if (leaves > until) continue;
    }
    paths[verdict] += SHAPES[verdict](x(leaves), y, size);
  }
  return Object.entries(paths).map(
    ([kind, d]) => d && h("path", { key: kind, d, className: "sd-answer", "data-kind": kind }),
  );
}

const AXIS = 14;

function secondsAgo(span, width) {
  const most = Math.max(1, Math.floor(width / 52));
  const step = [1, 2, 5, 10, 20, 30, 60].find((one) => span / one <= Math.min(6, most)) ?? 60;
  return Array.from({ length: Math.floor(span / step) }, (_, n) => n * step);
}

/** The answers to one sender: `verdicts` has one sign per time. */
export const AnswerLine = memo(function AnswerLine({ times, verdicts, now, span = 30, height = 22, label }) {
  const [ref, width] = useWidth(300);
  const x = (t) => width - 6 - ((now - t) / span) * (width - 8);
  const shown = verdicts.slice(times.findIndex((t) => t >= now - span));
  const words = times.some((t) => t >= now - span) ? counted(shown) : "no requests";
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      { width, height, role: "img", "aria-label": `${label}, last ${fmt(span)} seconds: ${words}` },
      h("line", { x1: 0, x2: width, y1: height / 2, y2: height / 2, className: "rule" }),
      h(Marks, { times, verdicts, x, y: height / 2, from: now - span, until: now, size: 3.5 }),
    ),
  );
});

/** Several judges of the same requests, one lane each, on one time axis with the edges of aligned windows. */
export const JudgeLanes = memo(function JudgeLanes({ rows, times, now, span, window: wide, label }) {
  const [ref, width] = useWidth(640);
  const [tall, name] = [26, width < 460 ? 96 : 148];
  const tail = width < 460 ? 44 : 92;
  const right = width - tail;
  const x = (t) => right - 4 - ((now - t) / span) * (right - name - 8);
  const edges = [];
  for (let edge = Math.floor(now / wide) * wide; edge > now - span; edge -= wide) edges.push(edge);
  const height = rows.length * tall + AXIS;
  const words = rows.map((row) => `${row.label} ${row.passed} passed, ${row.refused} refused`).join("; ");
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      { width, height, role: "img", "aria-label": `${label}: ${words}` },
      h(
        "rect",
        {
          x: x(now - wide),
          y: 0,
          width: Math.max(0, x(now) - x(now - wide)),
          height: rows.length * tall,
          className: "sd-trailing",
        },
        h("title", null, "the window that ends now"),
      ),
      edges.map((edge) =>
        h(
          "line",
          { key: edge, x1: x(edge), x2: x(edge), y1: 0, y2: rows.length * tall, className: "sd-edge" },
          h("title", null, "edge of two aligned windows"),
        ),
      ),
      rows.map((row, index) => {
        const y = index * tall + tall / 2;
        const seen = row.passed + row.refused > 0;
        return h(
          "g",
          { key: row.id },
          index > 0 && h("line", { x1: 0, x2: width, y1: index * tall, y2: index * tall, className: "rule" }),
          row.decides &&
            h("rect", {
              x: 0,
              y: index * tall + 3,
              width: 3,
              height: tall - 6,
              rx: 1.5,
              className: "sd-decides",
            }),
          h(
            "text",
            { x: 8, y, dy: "0.35em", className: row.decides ? "strong" : "" },
            shorter(row.label, name),
          ),
          h(Marks, { times, verdicts: row.verdicts, delays: row.delays, x, y, from: now - span, until: now }),
          h(
            "text",
            { x: width, y, dy: "0.35em", textAnchor: "end", className: "dim" },
            !seen ? "–" : tail > 60 ? `${row.passed} ✓  ${row.refused} ✕` : `${row.passed}/${row.refused}`,
          ),
        );
      }),
      secondsAgo(span, right - name).map((ago) =>
        h(
          "text",
          { key: ago, x: x(now - ago), y: height - 2, textAnchor: ago ? "middle" : "end", className: "dim" },
          ago ? `−${ago} s` : "now",
        ),
      ),
    ),
  );
});

const shorter = (text, width) =>
  width < 120 && text.length > 14
    ? text.replace("Sliding-window", "Sliding").replace(" bucket", " b.").replace(" window", " w.")
    : text;

/** Vessels filled to `level` of `capacity`; `change` per second says which way the level goes by itself. */
export const Buckets = memo(function Buckets({ rows }) {
  return h(
    "ul",
    { className: "sd-buckets" },
    rows.map((row) => {
      const share = Math.max(0, Math.min(1, row.level / Math.max(row.capacity, 0.001)));
      const marks = row.capacity <= 24 ? Math.round(row.capacity) : 0;
      return h(
        "li",
        { key: row.id, "data-decides": row.decides },
        h(
          "div",
          {
            className: "sd-vessel",
            role: "meter",
            "aria-label": `${row.label}, ${row.unit}`,
            "aria-valuenow": row.level,
            "aria-valuemin": 0,
            "aria-valuemax": row.capacity,
          },
          h("i", {
            style: { height: `${share * 100}%` },
            "data-kind": row.id === "token_bucket" ? "stock" : "debt",
          }),
          Array.from({ length: Math.max(0, marks - 1) }, (_, n) =>
            h("s", { key: n, style: { bottom: `${((n + 1) / marks) * 100}%` } }),
          ),
        ),
        h("b", null, row.label),
        h("span", null, h("strong", null, fmt(row.level, 1)), ` / ${fmt(row.capacity)} ${row.unit}`),
        h("small", null, row.says),
      );
    }),
  );
});

const JUDGES = [
  ["fixed", "fixed window", "s2"],
  ["counter", "sliding counter", "s4"],
  ["log", "sliding log", "s0"],
];

/** Aligned windows on a time axis with what three judges let pass in each, the limit, and the window that ends now. */
export const WindowAxis = memo(function WindowAxis({ rows, limit, width: wide, now, height = 128, label }) {
  const [ref, across] = useWidth(420);
  const first = rows[0]?.start ?? 0;
  const last = (rows[rows.length - 1]?.start ?? 0) + wide;
  const x = (t) => 4 + ((t - first) / Math.max(last - first, 0.001)) * (across - 40);
  const top = Math.max(1, limit * 1.25, ...rows.flatMap((row) => [row.fixed, row.counter, row.log]));
  const floor = height - 18;
  const y = (count) => 14 + (floor - 14) * (1 - count / top);
  const slot = x(first + wide) - x(first);
  const bar = Math.max(3, Math.min(16, (slot - 10) / JUDGES.length));
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width: across,
        height,
        role: "img",
        "aria-label": `${label}: ${rows.map((row) => JUDGES.map(([key, name]) => `${name} ${row[key]}`).join(", ")).join("; ")}; limit ${fmt(limit)}`,
      },
      h("rect", {
        x: x(Math.max(first, now - wide)),
        y: 14,
        width: Math.max(0, x(now) - x(Math.max(first, now - wide))),
        height: floor - 14,
        className: "sd-trailing",
      }),
      rows.map((row) =>
        h(
          "g",
          { key: row.start },
          h("line", { x1: x(row.start), x2: x(row.start), y1: 14, y2: floor + 4, className: "sd-edge" }),
          JUDGES.map(([key, name, tone], index) => {
            const left = x(row.start) + (slot - bar * JUDGES.length) / 2 + index * bar;
            return h(
              "g",
              { key },
              h(
                "rect",
                {
                  x: left,
                  y: y(row[key]),
                  width: bar - 1.5,
                  height: Math.max(0, floor - y(row[key])),
                  rx: 1,
                  className: `sd-tone ${tone}`,
                },
                h("title", null, `${name}: ${row[key]}`),
              ),
              row[key] > 0 &&
                bar >= 9 &&
                h("text", { x: left + bar / 2 - 1, y: y(row[key]) - 2, textAnchor: "middle" }, row[key]),
            );
          }),
          h(
            "text",
            { x: x(row.start) + slot / 2, y: height - 4, textAnchor: "middle", className: "dim" },
            slot > 58 ? `${row.asked} asked` : row.asked,
          ),
        ),
      ),
      h("line", { x1: 0, x2: across - 34, y1: y(limit), y2: y(limit), className: "sd-limit" }),
      h("text", { x: across, y: y(limit), dy: "0.35em", textAnchor: "end", className: "dim" }, `limit`),
      h("line", { x1: 0, x2: across - 34, y1: floor + 0.5, y2: floor + 0.5, className: "axis" }),
      h("line", { x1: x(now), x2: x(now), y1: 12, y2: floor, className: "sd-now" }),
      h(
        "text",
        { x: x(now), y: 9, textAnchor: x(now) > across - 60 ? "end" : "middle", className: "dim" },
        "now",
      ),
    ),
  );
});

/** Times that a log still holds, and when each leaves: the window moves over them. */
export const LogAxis = memo(function LogAxis({ rows, held, limit, window: wide, now, label }) {
  const [ref, width] = useWidth(300);
  const x = (t) => 6 + ((t - (now - wide)) / wide) * (width - 12);
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height: 58,
        role: "img",
        "aria-label": `${label}: ${held} of ${limit}; the oldest leaves in ${fmt(rows.at(-1)?.leaves_in ?? 0, 1)} seconds`,
      },
      h("rect", { x: 6, y: 6, width: Math.max(0, width - 12), height: 30, rx: 4, className: "sd-trailing" }),
      rows.map((row, index) =>
        h(
          "line",
          { key: `${row.t}-${index}`, x1: x(row.t), x2: x(row.t), y1: 10, y2: 32, className: "sd-entry" },
          h("title", null, `leaves in ${fmt(row.leaves_in, 1)} s`),
        ),
      ),
      h("text", { x: 6, y: 52, className: "dim" }, `−${fmt(wide)} s: leaves here`),
      h("text", { x: width - 6, y: 52, textAnchor: "end", className: "dim" }, "now"),
    ),
  );
});

// The product: a rule, and people who send requests

const SOON = 220;

/** A value that the visitor edits and the server confirms: what is typed shows at once, and is sent a moment later. */
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

function Sender({ person, now, span, focused, onSend, onBurst, onRate, onFocus }) {
  const [rate, change] = useDraft(person.rate, (value) => onRate(person.name, value));
  const last = person.verdicts.at(-1);
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
          onClick: () => onFocus(person.name),
        },
        h("b", null, person.name),
        h("small", { className: "mono" }, person.address),
      ),
      h(
        "span",
        { className: "sd-tallied" },
        h("span", null, `✓ ${fmt(person.passed)}`),
        h("span", null, `✕ ${fmt(person.refused)}`),
      ),
    ),
    h(AnswerLine, { times: person.times, verdicts: person.verdicts, now, span, label: person.name }),
    h(
      "div",
      { className: "sd-senderrow" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p small",
          "aria-label": `Send a request as ${person.name}`,
          onClick: () => onSend(person.name),
        },
        "Send request",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          "aria-label": `Send ten requests as ${person.name}`,
          onClick: () => onBurst(person.name),
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
          "aria-label": `Requests per second of ${person.name}`,
          "aria-valuetext": `${rate} per second`,
          onChange: (event) => change(event.target.value),
        }),
        h("output", null, `${fmt(Number(rate), 1)}/s`),
      ),
    ),
    h(
      "span",
      { className: "sd-sr", role: "status" },
      focused && last && !(person.rate > 0) ? `${person.name}: ${WORDS[last]}, ${person.sent} sent` : "",
    ),
  );
}

/** Everybody who sends requests: by a click, ten at once, or steadily. */
export function Senders({ people, now, span = 30, focus, onSend, onBurst, onRate, onFocus }) {
  return h(
    "ul",
    { className: "sd-senders", "aria-label": "Clients" },
    people.map((person) =>
      h(Sender, {
        key: person.name,
        person,
        now,
        span,
        focused: person.name === focus,
        onSend,
        onBurst,
        onRate,
        onFocus,
      }),
    ),
  );
}
