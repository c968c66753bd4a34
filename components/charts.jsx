// Pictures of structures and of numbers over time. Each says in words what it
// shows; a table of the same data is its panel's twin.
import { createElement as h, memo, useEffect, useMemo, useRef } from "react";
import { fmt, fmtMs, framesUntilShown, useShown } from "$/public/external/components/live/live.jsx";
import { colourOf, useWidth } from "$/public/external/components/controls/controls.jsx";

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

// Counter grid

/**
 * Rows of counts as a heat map. `marks`: [row, column] pairs that stand out. Numbers are written where they
 * fit.
 */
export const HeatGrid = memo(function HeatGrid({ rows, marks = [], labels = [], maximum, label }) {
  const [ref, width] = useWidth(320);
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const top = maximum || Math.max(1, ...rows.map((row) => Math.max(0, ...row)));
  const margin = labels.length ? 52 : 0;
  const size = (width - margin) / columns;
  const tall = clamp(size, 12, 24);
  const written = size >= 22;
  const marked = useMemo(() => new Set(marks.map(([row, column]) => `${row}:${column}`)), [marks]);
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height: rows.length * (tall + 2),
        role: "img",
        "aria-label": `${label}: ${rows.length} rows of ${columns}, largest ${fmt(top)}`,
      },
      rows.map((row, y) => [
        labels[y] &&
          h(
            "text",
            { key: `l${y}`, x: 0, y: y * (tall + 2) + tall / 2, dy: "0.35em", className: "dim" },
            labels[y],
          ),
        row.map((count, x) => {
          const heat = count / top;
          const isMarked = marked.has(`${y}:${x}`);
          return h(
            "g",
            { key: `${y}:${x}` },
            h(
              "rect",
              {
                x: margin + x * size + 0.5,
                y: y * (tall + 2),
                width: Math.max(1, size - 1.5),
                height: tall,
                rx: 2,
                className: "sd-heat",
                style: { "--heat": `${Math.round(heat * 100)}%` },
                "data-marked": isMarked,
              },
              size > 8 ? h("title", null, `${fmt(count)}`) : null,
            ),
            written &&
              count > 0 &&
              h(
                "text",
                {
                  x: margin + x * size + size / 2,
                  y: y * (tall + 2) + tall / 2,
                  dy: "0.35em",
                  textAnchor: "middle",
                  className: heat > 0.55 ? "on" : "",
                },
                compact(count),
              ),
          );
        }),
      ]),
    ),
  );
});

const compact = (count) =>
  count >= 1e6
    ? `${Math.round(count / 1e5) / 10}M`
    : count >= 1e4
      ? `${Math.round(count / 1e3)}k`
      : count >= 1e3
        ? fmt(count)
        : String(count);

// Bit array

const CELL_SIZES = [12, 11, 10, 9, 8, 7, 6, 5, 4];
const linesOf = (count, width, cell) => Math.ceil(count / columnsOf(width, cell));
const columnsOf = (width, cell) => Math.max(8, Math.floor(width / cell / 8) * 8);

/**
 * Cells in reading order, one digit each: from 0, nothing set, to `full`, all set (1 for single bits).
 * `marks` are cells that the last operation looked at. The cells shrink until they fit `height`.
 */
export const BitArray = memo(function BitArray({
  bits,
  full = 1,
  marks = [],
  tone = "selected",
  height = 118,
  label,
}) {
  const [ref, width] = useWidth(320);
  const canvas = useRef(null);
  const cell = CELL_SIZES.find((size) => linesOf(bits.length, width, size) * size <= height) ?? 4;
  const columns = columnsOf(width, cell);
  const lines = Math.max(1, linesOf(bits.length, width, cell));
  useEffect(() => {
    const draw = () =>
      canvas.current && drawBits(canvas.current, { bits, full, marks, tone, cell, columns, lines });
    draw();
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => themed.disconnect();
  }, [bits, full, marks, tone, cell, columns, lines]);
  const some = useMemo(() => bits.replaceAll("0", "").length, [bits]);
  return h(
    "div",
    { ref, className: "sd-chart" },
    h("canvas", {
      ref: canvas,
      style: { width: columns * cell, height: lines * cell },
      role: "img",
      "aria-label": `${label}: ${fmt(some)} of ${fmt(bits.length)} cells hold something`,
    }),
  );
});

function drawBits(canvas, { bits, full, marks, tone, cell, columns, lines }) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(columns * cell * ratio), Math.round(lines * cell * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const [off, on, mark] = ["--sd-cell", "--sd-acc", `--sd-${tone === "selected" ? "strong" : tone}`].map(
    colourOf,
  );
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const side = cell - (cell > 6 ? 2 : 1);
  const square = (at) => [(at % columns) * cell, Math.floor(at / columns) * cell];
  context.fillStyle = off;
  for (let at = 0; at < bits.length; at += 1) context.fillRect(...square(at), side, side);
  context.fillStyle = on;
  for (let at = 0; at < bits.length; at += 1) {
    if (bits[at] === "0") continue;
    context.globalAlpha = 0.25 + (0.45 * Number(bits[at])) / full;
    context.fillRect(...square(at), side, side);
  }
  context.globalAlpha = 1;
  context.fillStyle = mark;
  context.strokeStyle = mark;
  context.lineWidth = 1.5;
  for (const at of marks) {
    const [x, y] = square(at);
    if (bits[at] === "0") context.strokeRect(x + 0.75, y + 0.75, side - 1.5, side - 1.5);
    else context.fillRect(x, y, side, side);
  }
}

// Hash ring

function arc(cx, cy, r, from, to) {
  const span = Math.min(to - from, 0.99999);
  const at = (turn) => [cx + r * Math.sin(turn * 2 * Math.PI), cy - r * Math.cos(turn * 2 * Math.PI)];
  const [x1, y1] = at(from);
  const [x2, y2] = at(from + span);
  return `M${x1} ${y1}A${r} ${r} 0 ${span > 0.5 ? 1 : 0} 1 ${x2} ${y2}`;
}

/**
 * Segments {start, end, [owner]} in turns (0..1, clockwise from the top); owner is an index. Marks {at,
 * label}.
 */
export const HashRing = memo(function HashRing({
  segments: given,
  owner = "owner",
  marks = [],
  down = [],
  centre,
  unit,
  label,
  size = 148,
}) {
  const segments = useMemo(
    () => given.map((one) => ({ start: one.start, end: one.end, owner: one[owner] })),
    [given, owner],
  );
  const [middle, radius] = [size / 2, size / 2 - 16];
  const dead = new Set(down);
  const owners = [...new Set(segments.map((one) => one.owner))].sort((a, b) => a - b);
  return h(
    "svg",
    {
      className: "sd-ring",
      width: size,
      height: size,
      viewBox: `0 0 ${size} ${size}`,
      role: "img",
      "aria-label": `${label}: ${segments.length} segments of ${owners.length} owners`,
    },
    segments.map((one, index) =>
      h(
        "path",
        {
          key: index,
          d: arc(middle, middle, radius, one.start, one.end),
          className: `seg s${one.owner % 8}`,
          "data-down": dead.has(one.owner),
        },
        h("title", null, `owner ${one.owner}`),
      ),
    ),
    widest(segments).map((one) => {
      const turn = (one.start + one.end) / 2;
      return h(
        "text",
        {
          key: `o${one.owner}`,
          x: middle + (radius + 11.5) * Math.sin(turn * 2 * Math.PI),
          y: middle - (radius + 11.5) * Math.cos(turn * 2 * Math.PI),
          dy: "0.35em",
          textAnchor: "middle",
          className: "dim",
        },
        one.owner,
      );
    }),
    marks.map((mark, index) => {
      const angle = mark.at * 2 * Math.PI;
      return h(
        "circle",
        {
          key: `m${index}`,
          cx: middle + radius * Math.sin(angle),
          cy: middle - radius * Math.cos(angle),
          r: 4,
          className: "mark",
        },
        h("title", null, mark.label),
      );
    }),
    h("text", { x: middle, y: middle - 1, textAnchor: "middle", className: "big" }, centre),
    h("text", { x: middle, y: middle + 13, textAnchor: "middle", className: "dim" }, unit),
  );
});

function widest(segments) {
  const best = new Map();
  for (const one of segments) {
    const known = best.get(one.owner);
    if (!known || one.end - one.start > known.end - known.start) best.set(one.owner, one);
  }
  return [...best.values()];
}

// Lines over time

const DASHES = ["", "5 3", "1.5 3", "8 3 1.5 3"];

function linePath(values, x, y) {
  return values.map((value, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}

/**
 * Lines {label, values, tone} on one scale from zero; the axis says the scale, the legend the last value.
 * With `log` each step up doubles.
 */
export const Series = memo(function Series({
  lines,
  unit = "",
  height = 92,
  span = "",
  label,
  digits = 0,
  log = false,
}) {
  const [ref, width] = useWidth(320);
  const most = Math.max(1, ...lines.map((line) => line.values.length));
  const peak = Math.max(0, ...lines.flatMap((line) => line.values));
  const top = log ? 2 ** Math.ceil(Math.log2(Math.max(2, peak))) : niceTop(peak);
  const ticks = log ? [0, 2 ** Math.round(Math.log2(top) / 2), top] : [0, top / 2, top];
  const scaled = log ? (value) => Math.log2(1 + Math.max(0, value)) : (value) => value;
  const [left, right, bottom] = [4, 40, 4];
  const x = (at) => left + ((width - left - right) * at) / Math.max(1, most - 1);
  const y = (value) => 6 + (height - 6 - bottom) * (1 - scaled(value) / scaled(top));
  const words = lines
    .map((line) => `${line.label} ${fmt(line.values.at(-1) ?? 0, digits)} ${unit}`)
    .join(", ");
  return h(
    "div",
    { ref, className: "sd-chart sd-series" },
    h(
      "svg",
      {
        width,
        height,
        role: "img",
        "aria-label": `${label}. Now: ${words}. Scale to ${fmt(top)} ${unit}${log ? ", logarithmic" : ""}.`,
      },
      ticks.map((tick) =>
        h("line", {
          key: tick,
          x1: left,
          x2: width - right,
          y1: y(tick),
          y2: y(tick),
          className: "rule",
        }),
      ),
      ticks
        .slice(1)
        .map((tick) =>
          h(
            "text",
            { key: tick, x: width - right + 5, y: y(tick), dy: "0.35em", className: "dim" },
            compact(niceLabel(tick)),
          ),
        ),
      lines.map((line, index) =>
        h("path", {
          key: line.label,
          d: linePath(line.values, x, y),
          className: `line ${line.tone ?? `s${index}`}`,
          strokeDasharray: DASHES[index % DASHES.length],
        }),
      ),
    ),
    h(
      "ul",
      { className: "sd-keys" },
      lines.map((line, index) =>
        h(
          "li",
          { key: line.label },
          h(
            "svg",
            { width: 18, height: 8, "aria-hidden": true },
            h("path", {
              d: "M0 4H18",
              className: `line ${line.tone ?? `s${index}`}`,
              strokeDasharray: DASHES[index % DASHES.length],
            }),
          ),
          line.label,
          h("b", null, `${fmt(line.values.at(-1) ?? 0, digits)}${unit ? ` ${unit}` : ""}`),
        ),
      ),
      span && h("li", { className: "sd-span" }, span),
    ),
  );
});

function niceTop(peak) {
  if (peak <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(peak));
  return [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= peak) ?? peak;
}

const niceLabel = (value) => (value >= 10 ? Math.round(value) : Math.round(value * 100) / 100);

const read = (snapshot, path) => path.split(".").reduce((value, name) => value?.[name], snapshot) ?? 0;

const PER_SECOND = 5;

/** What the frames showed five times a second: they come when something changed, and time passes evenly. */
function evenly(frames, count) {
  if (!frames.length) return [];
  const since = (one) => one.since ?? one.t;
  const end = frames.at(-1).t;
  const steps = Math.min(count, 1 + Math.round((end - since(frames[0])) * PER_SECOND));
  let at = 0;
  return Array.from({ length: steps }, (_, step) => {
    const t = end - (steps - 1 - step) / PER_SECOND + 0.001;
    while (at + 1 < frames.length && since(frames[at + 1]) <= t) at += 1;
    return frames[at];
  });
}

/** Numbers of the kept frames over time: `paths` are {label, path, tone}, as "traffic.rate". */
export function Trend({ paths, count = 150, ...rest }) {
  const frame = useShown();
  const lines = useMemo(() => {
    const frames = evenly(framesUntilShown(count), count);
    return paths.map(({ path, ...line }) => ({
      ...line,
      values: frames.map((one) => read(one.snapshot, path)),
    }));
  }, [frame, paths, count]);
  return h(Series, { lines, span: `last ${Math.round(count / PER_SECOND)} s`, ...rest });
}

// Histogram

const TICKS = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000];

/** Counts {low, high, samples} (ms) on a logarithmic axis, with marks at the quantiles. */
export const Histogram = memo(function Histogram({
  buckets,
  p50 = 0,
  p95 = 0,
  p99 = 0,
  height = 104,
  label,
}) {
  const [ref, width] = useWidth(320);
  const filled = buckets.filter((one) => one.samples > 0);
  if (!filled.length)
    return h(
      "div",
      { ref, className: "sd-chart sd-empty", style: { minHeight: height } },
      "Nothing in the last seconds.",
    );
  const from = Math.log(Math.min(filled[0].low, Math.max(p50, filled[0].low) / 8));
  const to = Math.log(Math.max(filled.at(-1).high, p99) * 1.3);
  const x = (ms) => ((Math.log(Math.max(ms, 0.0005)) - from) / Math.max(0.7, to - from)) * width;
  const top = Math.max(...filled.map((one) => one.samples));
  const floor = height - 16;
  const tall = (one) => Math.max(1.5, (one.samples / top) * (floor - 14));
  const marks = [
    ["p50", p50],
    ["p95", p95],
    ["p99", p99],
  ].filter(([, value]) => value > 0);
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height,
        role: "img",
        "aria-label": `${label}: p50 ${fmtMs(p50)} ms, p95 ${fmtMs(p95)} ms, p99 ${fmtMs(p99)} ms`,
      },
      filled.map((one) =>
        h(
          "rect",
          {
            key: one.low,
            x: x(one.low) + 0.5,
            width: Math.max(1, x(one.high) - x(one.low) - 1),
            y: floor - tall(one),
            height: tall(one),
            rx: 1,
            className: "bar",
          },
          h("title", null, `${fmtMs(one.low)}–${fmtMs(one.high)} ms: ${fmt(one.samples)}`),
        ),
      ),
      h("line", { x1: 0, x2: width, y1: floor + 0.5, y2: floor + 0.5, className: "axis" }),
      TICKS.filter((ms) => x(ms) > 8 && x(ms) < width - 14).map((ms) =>
        h(
          "text",
          { key: ms, x: x(ms), y: height - 3, textAnchor: "middle", className: "dim" },
          ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`,
        ),
      ),
      marks.map(([name, value], index) =>
        h(
          "g",
          { key: name, className: `quantile ${name}` },
          h("line", { x1: x(value), x2: x(value), y1: 3 + index * 3, y2: floor }),
          h("text", { x: clamp(x(value) + 3, 0, width - 22), y: 10 + index * 11 }, name),
        ),
      ),
    ),
  );
});
