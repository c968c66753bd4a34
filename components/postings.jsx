// Posting lists on one axis of ids, and a walk over
// them: what is looked at, what a pointer skips, what is found.
import { createElement as h, memo, useEffect, useMemo, useRef, useState } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { stillness, useWidth } from "$/public/external/components/controls/controls.jsx";

const ROW = 46;
const EDGE = 14;
const TICK = 14;
const EVERY = 420; // ms for a step, long enough to be read beside its sentence

/** Where each list stands, what was looked at and found, after the first `count` steps. */
function stateAfter(steps, count, lists) {
  const state = {
    at: lists.map(() => null),
    looked: lists.map(() => new Set()),
    found: [],
    visited: 0,
    passed: 0,
  };
  for (const step of steps.slice(0, count)) {
    if (step.kind === "match") state.found.push(step.id);
    else {
      state.visited += 1;
      state.looked[step.which].add(step.id);
      if (step.kind === "skip") state.passed += step.at - step.start - 1;
      if (step.kind !== "overshoot") state.at[step.which] = step.id;
    }
  }
  return state;
}

function sentence(step, lists) {
  if (!step) return "Not begun";
  const name = lists[step.which]?.label ?? "";
  const over = step.at - step.start - 1;
  if (step.kind === "match") return `${fmt(step.id)} is in the answer`;
  if (step.kind === "skip") return `${name}: skips ${fmt(over)} to ${fmt(step.id)}`;
  if (step.kind === "overshoot") return `${name}: the pointer leads to ${fmt(step.id)}, too far`;
  return `${name}: next is ${fmt(step.id)}`;
}

function Arc({ from, to, y, kind }) {
  const high = Math.min(22, 8 + (to - from) / 8);
  const path = `M${from},${y} C${from},${y - high} ${to},${y - high} ${to},${y}`;
  return h("path", { d: path, className: "arc", "data-kind": kind });
}

function Row({ list, row, x, state, step }) {
  const y = row * ROW + 30;
  const here = state.at[row];
  const moving = step && step.which === row && (step.kind === "skip" || step.kind === "overshoot");
  const from = moving ? list.ids[step.start] : undefined;
  return h(
    "g",
    null,
    h("text", { x: 0, y: y - TICK, className: "name" }, list.label),
    h("line", { x1: EDGE, x2: x.end, y1: y, y2: y, className: "rail" }),
    list.ids.map((id) =>
      h("line", {
        key: id,
        x1: x.of(id),
        x2: x.of(id),
        y1: y - TICK / 2,
        y2: y + TICK / 2,
        className: "entry",
        "data-looked": state.looked[row].has(id),
      }),
    ),
    from !== undefined && h(Arc, { from: x.of(from), to: x.of(step.id), y: y - TICK / 2, kind: step.kind }),
    here !== null && h("circle", { cx: x.of(here), cy: y, r: 4.5, className: "cursor" }),
    h("text", { x: x.end, y: y - TICK, textAnchor: "end", className: "dim" }, `${fmt(list.total)} ids`),
  );
}

/** Which step is shown; begins anew with another walk and stops at its end. */
function usePlayed(walk, last) {
  const [at, setAt] = useState(last);
  const [playing, setPlaying] = useState(false);
  const ends = useRef(last);
  ends.current = last;
  useEffect(() => {
    const still = stillness();
    setAt(still ? ends.current : 0);
    setPlaying(!still);
  }, [walk]);
  useEffect(() => {
    if (!playing) return undefined;
    if (at >= last) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => setAt(at + 1), EVERY);
    return () => clearTimeout(timer);
  }, [playing, at, last]);
  const go = (to) => {
    setPlaying(false);
    setAt(Math.max(0, Math.min(last, to)));
  };
  const toggle = () => {
    if (!playing && at >= last) setAt(0);
    setPlaying(!playing);
  };
  return { at: Math.min(at, last), playing, go, toggle };
}

function Player({ at, last, playing, go, toggle }) {
  const press = (label, face, on, off) =>
    h(
      "button",
      { type: "button", className: "sd-btn small icon", "aria-label": label, disabled: off, onClick: on },
      face,
    );
  return h(
    "div",
    { className: "player" },
    press("Step back", "‹", () => go(at - 1), at === 0),
    press(playing ? "Hold the walk" : "Play the walk", playing ? "❚❚" : "▶", toggle, last === 0),
    press("Step on", "›", () => go(at + 1), at >= last),
    h("input", {
      type: "range",
      min: 0,
      max: last,
      value: at,
      "aria-label": "Step of the walk",
      onChange: (event) => go(Number(event.target.value)),
    }),
    h("span", { className: "dim" }, `${at} of ${last}`),
  );
}

export const Postings = memo(function Postings({ lists, steps, walk, label, more = 0 }) {
  const [ref, width] = useWidth(420);
  const played = usePlayed(walk, steps.length);
  const { at } = played;
  const step = steps[at - 1];
  const state = useMemo(() => stateAfter(steps, at, lists), [steps, at, lists]);
  const x = useMemo(() => {
    const ids = lists.flatMap((list) => list.ids);
    const from = ids.length ? Math.min(...ids) : 0;
    const span = Math.max(1, (ids.length ? Math.max(...ids) : 0) - from);
    return { end: width - 2, of: (id) => EDGE + Math.min(1, (id - from) / span) * (width - 2 * EDGE) };
  }, [lists, width]);
  const height = lists.length * ROW + 8;
  return h(
    "div",
    { ref, className: "sd-chart sd-postings" },
    h("p", { className: "walk" }, walk),
    h(
      "svg",
      { width, height, role: "img", "aria-label": `${label}. ${lists.map((one) => one.label).join(", ")}` },
      state.found.map((id) =>
        h("line", { key: id, x1: x.of(id), x2: x.of(id), y1: 20, y2: height, className: "found" }),
      ),
      lists.map((list, row) => h(Row, { key: `${row}:${list.label}`, list, row, x, state, step })),
    ),
    h(
      "p",
      { className: "said" },
      h("b", null, sentence(step, lists)),
      h(
        "span",
        { className: "dim" },
        ` · looked at ${fmt(state.visited)}, skipped ${fmt(state.passed)}, found ${fmt(state.found.length)}`,
      ),
    ),
    h(Player, { ...played, last: steps.length }),
    more > 0 && h("p", { className: "dim" }, `and ${fmt(more)} more steps like these`),
  );
});
