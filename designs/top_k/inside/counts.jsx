// Pictures of counting. Each says in words what it shows; the same data is in the table of its panel.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const TALL = 24;
const GAP = 3;
const compact = (count) =>
  count >= 1e6
    ? `${Math.round(count / 1e5) / 10}M`
    : count >= 1e4
      ? `${Math.round(count / 1e3)}k`
      : String(count);

// Shared counters

function Mark({ one, size, kind }) {
  const [x, y] = [one.column * size, one.row * (TALL + GAP)];
  const wide = Math.max(size - 1, 4);
  const [cx, cy] = [x + size / 2, y + TALL / 2];
  return h(
    "g",
    { className: "sd-cellmark", "data-kind": kind },
    h("rect", { x: x - 0.5, y: y - 1, width: wide + 1, height: TALL + 2, rx: 2 }),
    one.collision && h("path", { d: `M${cx - 3} ${y + 3}l6 6m0 -6l-6 6`, className: "collision" }),
    one.minimum && h("circle", { cx, cy: cy + 5, r: 3, className: "minimum" }),
    h(
      "title",
      null,
      `${kind}: row ${one.row + 1}, ${fmt(one.count)}` +
        `${one.minimum ? ", the least" : ""}${one.collision ? ", shared with others" : ""}`,
    ),
  );
}

/** Counters as a heat map on a square-root scale, so that small counts can be seen beside large ones. */
export const CounterGrid = memo(function CounterGrid({ rows, written, read, label }) {
  const [ref, width] = useWidth(480);
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const size = (width - 2) / columns;
  const top = Math.max(1, ...rows.map((row) => Math.max(0, ...row)));
  const height = Math.max(1, rows.length) * (TALL + GAP) + 2;
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height,
        role: "img",
        "aria-label": `${label}: ${rows.length} rows of ${columns}, largest ${fmt(top)}`,
      },
      h(
        "g",
        { transform: "translate(1 1)" },
        rows.map((row, y) =>
          row.map((count, x) =>
            h("rect", {
              key: `${y}:${x}`,
              x: x * size,
              y: y * (TALL + GAP),
              width: Math.max(1, size - 1),
              height: TALL,
              rx: 1.5,
              className: "sd-heat",
              style: { "--heat": `${Math.round(Math.sqrt(count / top) * 90)}%` },
            }),
          ),
        ),
        read.map((one) => h(Mark, { key: `r${one.row}`, one, size, kind: "read" })),
        written.map((one) => h(Mark, { key: `w${one.row}`, one, size, kind: "written" })),
      ),
    ),
  );
});

// Heap

const LEVELS = 4;

export const HeapTree = memo(function HeapTree({ entries, label }) {
  const [ref, width] = useWidth(320);
  const shown = entries.slice(0, 2 ** LEVELS - 1);
  const level = (n) => Math.floor(Math.log2(n + 1));
  const deepest = shown.length ? level(shown.length - 1) : 0;
  const at = (n) => {
    const row = level(n);
    const across = 2 ** row;
    return [(width * (n + 1 - across + 0.5)) / across, 16 + row * 42];
  };
  const box = Math.min(54, width / 2 ** deepest - 3);
  const least = shown[0] ? `${shown[0].label} with ${fmt(shown[0].count)}` : "none";
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height: 34 + deepest * 42,
        role: "img",
        "aria-label": `${label}: ${shown.length} entries, the least is ${least}`,
      },
      shown.map((_, n) => {
        if (!n) return null;
        const [[x1, y1], [x2, y2]] = [at(Math.floor((n - 1) / 2)), at(n)];
        return h("line", { key: `l${n}`, x1, y1: y1 + 14, x2, y2: y2 - 14, className: "axis" });
      }),
      shown.map((one, n) => {
        const [x, y] = at(n);
        return h(
          "g",
          { key: n, className: "sd-heapnode", "data-root": n === 0 },
          h("rect", { x: x - box / 2, y: y - 14, width: box, height: 28, rx: 5 }),
          h(
            "text",
            { x, y: y - 2, textAnchor: "middle", className: "dim" },
            one.label.length > 7 ? `${one.label.slice(0, 6)}…` : one.label,
          ),
          h("text", { x, y: y + 10, textAnchor: "middle" }, compact(one.count)),
          h("title", null, `entry ${n}: ${one.label}, ${fmt(one.count)}`),
        );
      }),
    ),
  );
});

// Slots

const SLOT_SIGNS = { ok: "", moved: "→", stale: "◆", lost: "∅", down: "✕" };

export const SlotMap = memo(function SlotMap({ slots, label }) {
  const faulty = slots.filter((one) => one.state !== "ok").length;
  return h(
    "div",
    {
      className: "sd-slots",
      role: "img",
      "aria-label": `${label}: ${slots.length} slots, ${faulty} of them not as they should be`,
    },
    slots.map((one) =>
      h(
        "i",
        {
          key: one.id,
          className: `sd-slot s${one.owner < 0 ? "none" : one.owner % 8}`,
          "data-state": one.state,
          title: `slot ${one.id}: hosts ${one.copies}, ${one.state}`,
        },
        h("b", null, one.owner < 0 ? "–" : one.owner),
        SLOT_SIGNS[one.state] && h("span", null, SLOT_SIGNS[one.state]),
      ),
    ),
  );
});

// Slices of windows

const ROW = 46;

export const Slices = memo(function Slices({ windows, label }) {
  const said = (one) => `${one.label} ${fmt(one.views)} views in ${one.slices.length - 1} slices`;
  const [ref, width] = useWidth(320);
  const left = 44;
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height: windows.length * ROW,
        role: "img",
        "aria-label": `${label}: ${windows.map(said).join(", ")}`,
      },
      windows.map((one, row) => {
        const top = Math.max(1, ...one.slices.map((slice) => slice.views));
        const size = (width - left) / Math.max(1, one.slices.length);
        const floor = (row + 1) * ROW - 10;
        return h(
          "g",
          { key: one.label },
          h("text", { x: 0, y: floor - 14 }, one.label),
          h("text", { x: 0, y: floor - 2, className: "dim" }, compact(one.views)),
          one.slices.map((slice, at) => {
            const tall = Math.max(slice.views ? 2 : 0.8, (slice.views / top) * (ROW - 18));
            const newest = at === one.slices.length - 1;
            return h(
              "rect",
              {
                key: at,
                x: left + at * size + 0.5,
                y: floor - tall,
                width: Math.max(1, size - 1.5),
                height: tall,
                rx: 1,
                className: "sd-slice",
                "data-live": slice.live,
                "data-newest": newest,
              },
              h("title", null, `${fmt(slice.views)} views${slice.live ? "" : ", left the window"}`),
            );
          }),
          h("line", { x1: left, x2: width, y1: floor + 0.5, y2: floor + 0.5, className: "axis" }),
        );
      }),
    ),
  );
});

// Errors of estimates

export const ErrorPlot = memo(function ErrorPlot({ points, bound, label }) {
  const [ref, width] = useWidth(320);
  const height = 148;
  const [left, right, top, bottom] = [34, 8, 12, 22];
  const most = Math.max(1, bound, ...points.map((one) => one.error)) * 1.05;
  const least = Math.min(0, ...points.map((one) => one.error));
  const widest = Math.max(2, ...points.map((one) => one.truth));
  const root = (value) => Math.sign(value) * Math.sqrt(Math.abs(value));
  const x = (truth) => left + ((width - left - right) * Math.log(Math.max(1, truth))) / Math.log(widest);
  const y = (error) =>
    top + (height - top - bottom) * (1 - (root(error) - root(least)) / (root(most) - root(least)));
  const largest = Math.max(0, ...points.map((one) => one.error));
  const ticks = [1, 10, 100, 1000, 10000, 100000].filter(
    (one) => one <= widest && x(one) < width - right - 66,
  );
  return h(
    "div",
    { ref, className: "sd-chart" },
    h(
      "svg",
      {
        width,
        height,
        role: "img",
        "aria-label":
          `${label}: ${points.length} videos, ` + `largest error ${fmt(largest)}, bound ${fmt(bound, 1)}`,
      },
      h("line", { x1: left, x2: width - right, y1: y(0), y2: y(0), className: "axis" }),
      h("text", { x: left - 5, y: y(0), dy: "0.35em", textAnchor: "end", className: "dim" }, "0"),
      bound > 0 &&
        h("line", { x1: left, x2: width - right, y1: y(bound), y2: y(bound), className: "sd-boundline" }),
      bound > 0 &&
        h(
          "text",
          { x: width - right, y: y(bound) - 4, textAnchor: "end" },
          `ε·N = ${fmt(bound, bound < 10 ? 1 : 0)}`,
        ),
      [most / 16, most / 4].map((one) =>
        h(
          "text",
          { key: one, x: left - 5, y: y(one), dy: "0.35em", textAnchor: "end", className: "dim" },
          one < 10 ? one.toFixed(1) : compact(Math.round(one)),
        ),
      ),
      ticks.map((one) =>
        h(
          "text",
          { key: `x${one}`, x: x(one), y: height - 8, textAnchor: "middle", className: "dim" },
          compact(one),
        ),
      ),
      h("text", { x: width - right, y: height - 8, textAnchor: "end", className: "dim" }, "true views"),
      points.map((one, n) =>
        h(
          "circle",
          {
            key: n,
            cx: x(one.truth),
            cy: y(one.error),
            r: 3,
            className: "sd-errorpoint",
            "data-under": one.error < 0,
          },
          h(
            "title",
            null,
            `${one.label}: ${fmt(one.truth)} views, ${one.error < 0 ? "" : "+"}${fmt(one.error)}`,
          ),
        ),
      ),
    ),
  );
});
