// Swim lanes: segments of several actors on one time axis. A table of the same data is the panel's twin.
import { createElement as h, memo } from "react";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const LANE = 44;
const BAR = 24;
const NAMES = [84, 160]; // from the narrowest to the widest column of names
const AXIS = 22;
const LEAST = 3;
const PER_LETTER = 6.6;
const SIGNS = { ok: "✓", miss: "◆", error: "✕", moved: "→" };

const inMs = (ms) => `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;

function Segment({ one, x, y, width }) {
  const text = `${SIGNS[one.tone] ? `${SIGNS[one.tone]} ` : ""}${one.label}`;
  return h(
    "g",
    { className: "sd-swimsegment", "data-tone": one.tone },
    h("rect", { x, y, width, height: BAR, rx: 3 }),
    text.length * PER_LETTER < width - 6 && h("text", { x: x + 5, y: y + BAR / 2 + 4 }, text),
    h("title", null, `${text}: ${inMs(one.start_ms)} to ${inMs(one.end_ms)}`),
  );
}

export const SwimLanes = memo(function SwimLanes({ lanes, label }) {
  const [ref, width] = useWidth(480);
  const all = lanes.flatMap((lane) => lane.segments);
  const from = all.length ? Math.min(...all.map((one) => one.start_ms)) : 0;
  const span = Math.max(0.001, ...all.map((one) => one.end_ms - from));
  const longest = Math.max(0, ...lanes.map((lane) => lane.label.length));
  const names = Math.min(NAMES[1], Math.max(NAMES[0], longest * PER_LETTER + 8));
  const room = Math.max(40, width - names - 8);
  const at = (ms) => names + ((ms - from) / span) * room;
  const height = lanes.length * LANE + AXIS;
  const spoken = (one) => `${one.label} ${inMs(one.start_ms - from)} to ${inMs(one.end_ms - from)}`;
  const said = lanes.map((lane) => `${lane.label}: ${lane.segments.map(spoken).join(", ")}`).join("; ");
  return h(
    "div",
    { ref, className: "sd-chart sd-swimlanes" },
    h(
      "svg",
      { width, height, role: "img", "aria-label": `${label}. ${said}` },
      lanes.map((lane, row) =>
        h(
          "g",
          { key: `${row}:${lane.label}` },
          h("line", {
            x1: names,
            x2: names + room,
            y1: row * LANE + LANE / 2,
            y2: row * LANE + LANE / 2,
            className: "lane",
          }),
          h("text", { x: 0, y: row * LANE + LANE / 2 + 4, className: "name" }, lane.label),
          lane.segments.map((one, n) =>
            h(Segment, {
              key: n,
              one: { ...one, start_ms: one.start_ms - from, end_ms: one.end_ms - from },
              x: at(one.start_ms),
              y: row * LANE + (LANE - BAR) / 2,
              width: Math.max(LEAST, at(one.end_ms) - at(one.start_ms)),
            }),
          ),
        ),
      ),
      [0, 0.5, 1].map((share) =>
        h(
          "text",
          {
            key: share,
            x: names + share * room,
            y: height - 6,
            className: "tick",
            textAnchor: share === 0 ? "start" : share === 1 ? "end" : "middle",
          },
          inMs(share * span),
        ),
      ),
    ),
  );
});
