// A query plan as a tree: the root on the left, rows flow to it along lines as wide as they are many.
import { createElement as h, memo, useMemo } from "react";
import { fmt, fmtMs } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const BOX = { width: 176, height: 58 };
const GAP = { x: 34, y: 12 };

/** Where each box stands: leaves one below the other, a step halfway between those below it. */
function layOut(steps) {
  const below = steps.map(() => []);
  steps.forEach((step, number) => step.parent >= 0 && below[step.parent].push(number));
  const rows = steps.map(() => 0);
  let next = 0;
  const place = (number) => {
    below[number].forEach(place);
    const inner = below[number];
    rows[number] = inner.length ? (rows[inner[0]] + rows[inner[inner.length - 1]]) / 2 : next++;
  };
  if (steps.length) place(0);
  const deepest = Math.max(0, ...steps.map((step) => step.depth));
  return {
    at: steps.map((step, number) => ({
      x: step.depth * (BOX.width + GAP.x),
      y: rows[number] * (BOX.height + GAP.y),
    })),
    width: (deepest + 1) * (BOX.width + GAP.x) - GAP.x,
    height: Math.max(1, next) * (BOX.height + GAP.y) - GAP.y,
  };
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const rowsOf = (step) => step.rows * step.loops;

function Line({ step, from, to }) {
  const middle = to.x + BOX.width + GAP.x / 2;
  const y = [to.y + BOX.height / 2, from.y + BOX.height / 2];
  return h("path", {
    d: `M${from.x},${y[1]} C${middle},${y[1]} ${middle},${y[0]} ${to.x + BOX.width},${y[0]}`,
    className: "flow",
    style: { strokeWidth: 1 + Math.min(7, Math.log10(1 + rowsOf(step)) * 1.6) },
  });
}

function Box({ step, at }) {
  const whole = `${step.node} ${step.on}. ${step.condition}. ${fmt(rowsOf(step))} rows`;
  return h(
    "g",
    { transform: `translate(${at.x},${at.y})`, className: "box", "data-scan": step.scan },
    h("title", null, `${whole}, ${fmtMs(step.ms)} ms, pages ${step.hit} hit, ${step.read} read`),
    h("rect", { width: BOX.width, height: BOX.height, rx: 6 }),
    h("rect", {
      className: "own",
      y: BOX.height - 4,
      width: (BOX.width * Math.min(100, step.share)) / 100,
      height: 4,
    }),
    h("text", { x: 8, y: 16, className: "node" }, cut(step.node, 26)),
    h("text", { x: 8, y: 31 }, cut(step.on || step.condition, 29)),
    h(
      "text",
      { x: 8, y: 47, className: "dim" },
      `${fmt(rowsOf(step))} rows${step.removed ? `, ${fmt(step.removed * step.loops)} thrown away` : ""}`,
    ),
  );
}

export const PlanTree = memo(function PlanTree({ steps, label }) {
  const [ref, width] = useWidth(520);
  const tree = useMemo(() => layOut(steps), [steps]);
  const said = steps.map((step) => `${step.node} ${step.on}: ${fmt(rowsOf(step))} rows`).join("; ");
  const scale = Math.min(1, Math.max(0.62, width / Math.max(1, tree.width)));
  return h(
    "div",
    { ref, className: "sd-chart sd-plantree", tabIndex: 0, role: "group", "aria-label": label },
    h(
      "svg",
      {
        width: tree.width * scale,
        height: tree.height * scale,
        viewBox: `0 0 ${tree.width} ${tree.height}`,
        role: "img",
        "aria-label": `${label}: ${said}`,
      },
      steps.map(
        (step, number) =>
          step.parent >= 0 &&
          h(Line, { key: `l${number}`, step, from: tree.at[number], to: tree.at[step.parent] }),
      ),
      steps.map((step, number) => h(Box, { key: number, step, at: tree.at[number] })),
    ),
  );
});
