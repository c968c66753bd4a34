// Evidence as a space–time diagram: a lane per actor, one true axis,
// reads, writes and causes, what was lost in red.
import { createElement as h } from "react";
import { sign, useWidth } from "$/public/external/components/controls/controls.jsx";

const ROW = 26;
const PAD = 8;
const BAR = 16;
const NAME = 104;
const AXIS = 20;
const LEAST = 3;
const TAG = 17; // what the number of a step needs beside others
const KINDS = { read: "read", write: "wrote", step: "did", cause: "cause" };

/** From the earliest step, in ms: where each begins and ends. */
export function timed(steps) {
  const first = Math.min(...steps.map((one) => one.t));
  return steps
    .map((one) => ({
      ...one,
      from: (one.t - first) * 1000,
      to: (Math.max(one.t, one.end || one.t) - first) * 1000,
    }))
    .sort((a, b) => a.from - b.from || a.to - b.to)
    .map((one, index) => ({ ...one, number: index + 1 }));
}

/** Lanes in order of first appearance; a lane has as many rows as it has steps that overlap. */
export function lanesOf(steps, at) {
  const lanes = [];
  for (const one of steps) {
    let lane = lanes.find((other) => other.actor === one.actor);
    if (!lane) lanes.push((lane = { actor: one.actor, ends: [], steps: [] }));
    const x = at(one.from);
    const width = Math.max(LEAST, at(one.to) - x);
    let row = lane.ends.findIndex((end) => end <= x);
    if (row < 0) row = lane.ends.length;
    lane.ends[row] = x + Math.max(width, TAG) + 2;
    lane.steps.push({ ...one, x, width, row });
  }
  return lanes;
}

const digits = (span) => (span < 1 ? 3 : span < 100 ? 2 : span < 10_000 ? 1 : 0);

function inTime(ms, span) {
  return span < 10_000
    ? `${ms.toFixed(digits(span))} ms`
    : `${(ms / 1000).toFixed(span < 100_000 ? 2 : 1)} s`;
}

function Step({ one, y, bottom }) {
  const middle = y + BAR / 2;
  return h(
    "g",
    { className: "sd-evstep", "data-kind": one.kind, "data-lost": one.lost || undefined },
    one.kind === "cause" &&
      h("line", { className: "cause", x1: one.x, x2: one.x, y1: 0, y2: bottom - AXIS + 4 }),
    one.kind === "cause"
      ? h("path", { d: `M${one.x} ${y}l8 8l-8 8l-8 -8z` })
      : h("rect", { x: one.x, y, width: one.width, height: BAR, rx: Math.min(3, one.width / 2) }),
    h(
      "text",
      one.width >= TAG && one.kind !== "cause"
        ? { x: one.x + one.width / 2, y: middle + 4, textAnchor: "middle" }
        : { x: one.x + (one.kind === "cause" ? 10 : one.width + 3), y: middle + 4, className: "beside" },
      one.number,
    ),
    h("title", null, `${one.number}: ${one.actor} ${KINDS[one.kind]} ${one.text} ${one.value}`),
  );
}

function Row({ one, span }) {
  const range =
    one.to > one.from ? `${inTime(one.from, span)} to ${inTime(one.to, span)}` : inTime(one.from, span);
  return h(
    "tr",
    { "data-kind": one.kind, "data-lost": one.lost || undefined },
    h("th", { scope: "row", className: "num" }, one.number),
    h("td", null, one.actor || "system"),
    h("td", { className: "num" }, range),
    h("td", null, h("span", { className: "sd-pill", "data-tone": toneOf(one) }, KINDS[one.kind])),
    h(
      "td",
      null,
      one.text,
      one.value && [
        one.kind === "read" ? ", saw " : ": ",
        h("b", { key: "value", className: "mono" }, one.value),
      ],
      one.lost && h("span", { className: "sd-pill", "data-tone": "error" }, `${sign("error")} lost`),
    ),
  );
}

const toneOf = (one) =>
  one.lost ? "error" : { read: "selected", write: "ok", cause: "miss", step: "none" }[one.kind];

/** Steps {t, end, actor, text, kind, value, lost}, seconds. */
export function SpaceTime({ steps, label }) {
  const [ref, width] = useWidth(540);
  const all = timed(steps);
  const span = Math.max(0.001, ...all.map((one) => one.to));
  const room = Math.max(60, width - NAME - TAG - 12);
  const lanes = lanesOf(all, (ms) => NAME + 8 + (ms / span) * room);
  let top = 0;
  for (const lane of lanes) {
    lane.top = top;
    top += lane.ends.length * ROW + PAD;
  }
  const height = top + AXIS;
  return h(
    "div",
    { ref, className: "sd-evidencepicture" },
    h(
      "svg",
      { width, height, role: "img", "aria-label": `${label}: ${all.length} steps of ${lanes.length} actors` },
      lanes.map((lane) =>
        h(
          "g",
          { key: lane.actor },
          h("line", {
            className: "lane",
            x1: NAME,
            x2: width,
            y1: lane.top + ROW / 2,
            y2: lane.top + ROW / 2,
          }),
          h(
            "foreignObject",
            { x: 0, y: lane.top, width: NAME - 4, height: lane.ends.length * ROW + PAD },
            h("div", { className: "sd-evname", title: lane.actor }, lane.actor || "system"),
          ),
        ),
      ),
      lanes.map((lane) =>
        lane.steps.map((one) =>
          h(Step, {
            key: one.number,
            one,
            y: lane.top + one.row * ROW + (ROW - BAR) / 2,
            bottom: height,
          }),
        ),
      ),
      [0, 0.5, 1].map((share) =>
        h(
          "text",
          {
            key: share,
            className: "tick",
            x: NAME + 8 + share * room,
            y: height - 4,
            textAnchor: share === 0 ? "start" : share === 1 ? "end" : "middle",
          },
          inTime(share * span, span),
        ),
      ),
    ),
    h(
      "div",
      { className: "sd-scroll", tabIndex: 0, role: "region", "aria-label": `${label}, as table` },
      h(
        "table",
        { className: "sd-table sd-evtable" },
        h("caption", { className: "sd-sr" }, label),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            ["step", "who", "when", "", "what"].map((text, at) =>
              h(
                "th",
                { key: at, scope: "col", className: at === 0 || at === 2 ? "num" : "" },
                text || h("span", { className: "sd-sr" }, "kind"),
              ),
            ),
          ),
        ),
        h(
          "tbody",
          null,
          all.map((one) => h(Row, { key: one.number, one, span })),
        ),
      ),
    ),
  );
}
