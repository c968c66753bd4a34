// Runs as points: to the right when they were due, upwards how much later they were called.
import { createElement as h, memo } from "react";
import { fmt, fmtMs } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const HEIGHT = 132;
const LEFT = 54;
const FOOT = 20;
const TOP = 8;
const STEPS = [1, 10, 100, 1000, 10000, 100000];

const up = (ms, most) => Math.log10(Math.max(1, ms)) / Math.log10(most);

/** A logarithmic axis of delays, a linear one of times. */
export const Scatter = memo(function Scatter({ points, label }) {
  const [box, width] = useWidth(360);
  const span = Math.max(1000, ...points.map((one) => one[0]));
  const most = STEPS.find((one) => one > Math.max(100, ...points.map((p) => p[1]))) ?? 1000000;
  const wide = Math.max(10, width - LEFT - 8);
  const x = (ms) => LEFT + (ms / span) * wide;
  const y = (ms) => HEIGHT - FOOT - up(ms, most) * (HEIGHT - FOOT - TOP);
  return h(
    "div",
    { ref: box, className: "js-scatter" },
    h(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
      STEPS.filter((one) => one <= most).map((one) =>
        h(
          "g",
          { key: one },
          h("line", { x1: LEFT, x2: width - 8, y1: y(one), y2: y(one) }),
          h("text", { x: LEFT - 6, y: y(one) + 4, textAnchor: "end" }, `${fmt(one)} ms`),
        ),
      ),
      points.map((one, n) => h("circle", { key: n, cx: x(one[0]), cy: y(one[1]), r: 2.5 })),
      h("text", { x: LEFT, y: HEIGHT - 4 }, "due first"),
      h("text", { x: width - 8, y: HEIGHT - 4, textAnchor: "end" }, `${fmtMs(span / 1000)} s later`),
    ),
  );
});
