// Limits at work: answers on a time axis, lanes of several algorithms, buckets, windows.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

/** What the signs of verdicts mean. */
export const WORDS = {
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

/** Several algorithms on the same requests, one lane each, on one time axis with aligned windows. */
export const AlgorithmLanes = memo(function AlgorithmLanes({ rows, times, now, span, window: wide, label }) {
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

/** Buckets filled to `level` of `capacity`; `change` per second says which way the level goes by itself. */
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
            className: "sd-bucket",
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

const ALGORITHMS = [
  ["fixed", "fixed window", "s2"],
  ["counter", "sliding counter", "s4"],
  ["log", "sliding log", "s0"],
];

/**
 * Aligned windows on a time axis with what three algorithms let pass in each, the limit, and the window
 * that ends now.
 */
export const WindowAxis = memo(function WindowAxis({ rows, limit, width: wide, now, height = 128, label }) {
  const [ref, across] = useWidth(420);
  const first = rows[0]?.start ?? 0;
  const last = (rows[rows.length - 1]?.start ?? 0) + wide;
  const x = (t) => 4 + ((t - first) / Math.max(last - first, 0.001)) * (across - 40);
  const top = Math.max(1, limit * 1.25, ...rows.flatMap((row) => [row.fixed, row.counter, row.log]));
  const floor = height - 18;
  const y = (count) => 14 + (floor - 14) * (1 - count / top);
  const slot = x(first + wide) - x(first);
  const bar = Math.max(3, Math.min(16, (slot - 10) / ALGORITHMS.length));
  const said = (row) => ALGORITHMS.map(([key, name]) => `${name} ${row[key]}`).join(", ");
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width: across,
        height,
        role: "img",
        "aria-label": `${label}: ${rows.map(said).join("; ")}; limit ${fmt(limit)}`,
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
          ALGORITHMS.map(([key, name, tone], index) => {
            const left = x(row.start) + (slot - bar * ALGORITHMS.length) / 2 + index * bar;
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
  const oldest = rows.at(-1)?.leaves_in ?? 0;
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height: 58,
        role: "img",
        "aria-label": `${label}: ${held} of ${limit}; the oldest leaves in ${fmt(oldest, 1)} seconds`,
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
