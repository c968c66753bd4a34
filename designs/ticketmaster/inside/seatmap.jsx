// A hall with its seats: who may sit where, what is held and for how long, what
// is sold. Rows bend around the stage.
import { createElement as h, memo, useEffect, useMemo, useRef, useState } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

const PITCH = 20;
const ROW = 23;
const SIZE = 16;
const AISLE = 12;
const SIDE = 20;
const STAGE = 44;
const BEND = 15;
const AISLES = [5, 15];
const RING = 7.2;
const AROUND = 2 * Math.PI * RING;

const SAYS = {
  free: "free",
  held: "held by somebody",
  overdue: "expired, not freed yet",
  sold: "sold",
  doubled: "sold twice",
  mine: "yours for now",
  bought: "yours",
  selected: "chosen",
  unknown: "not known yet",
};
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const nameOf = (rows, row, seat) => `${rows[row]}${seat + 1}`;

function placeOf(row, seat, perRow) {
  const aisles = AISLES.filter((one) => seat >= one).length;
  const x = SIDE + seat * PITCH + aisles * AISLE + PITCH / 2;
  const middle = (perRow - 1) / 2;
  const y = STAGE + row * ROW + ROW / 2 + BEND * (1 - ((seat - middle) / middle) ** 2);
  return [x, y];
}

/** Seconds of this page, once a second and only while something counts down. */
export function useSeconds(running) {
  const [now, setNow] = useState(() => performance.now() / 1000);
  useEffect(() => {
    if (!running) return undefined;
    setNow(performance.now() / 1000);
    const timer = setInterval(() => setNow(performance.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

function Face({ state, share, mark }) {
  const half = SIZE / 2;
  if (state === "sold") return h("path", { className: "cross", d: "M-4 -4l8 8m0 -8l-8 8" });
  if (state === "held" || state === "overdue")
    return h(
      "g",
      null,
      h("circle", { className: "disc", r: half - 0.5 }),
      h("circle", {
        className: "left",
        r: RING,
        strokeDasharray: `${(AROUND * share).toFixed(1)} ${AROUND.toFixed(1)}`,
        transform: "rotate(-90)",
      }),
      mark && h("text", { y: 3.6, textAnchor: "middle" }, mark),
    );
  return h(
    "g",
    null,
    h("rect", { x: -half, y: -half, width: SIZE, height: SIZE, rx: 4.5 }),
    (state === "mine" || state === "bought") && h("path", { className: "tick", d: "M-4 0.4l2.8 3l5.4 -6" }),
    state === "selected" && h("circle", { className: "dot", r: 3.4 }),
    state === "doubled" && h("text", { y: 4.2, textAnchor: "middle" }, "2"),
  );
}

const Seat = memo(function Seat({ name, x, y, state, tier, share, mark, says, tab, onChoose, onFocus }) {
  const open = onChoose && (state === "free" || state === "selected");
  return h(
    "g",
    {
      className: "sm-seat",
      role: onChoose ? "gridcell" : undefined,
      "data-seat": name,
      "data-state": state,
      "data-tier": tier,
      "data-open": open || undefined,
      transform: `translate(${x} ${y})`,
      tabIndex: onChoose ? (tab ? 0 : -1) : undefined,
      "aria-label": onChoose ? `${name}, ${says}` : undefined,
      "aria-selected": onChoose ? state === "selected" : undefined,
      "aria-disabled": onChoose ? !open : undefined,
      onClick: open ? () => onChoose(name) : undefined,
      onFocus: onFocus ? () => onFocus(name) : undefined,
    },
    h("rect", { className: "reach", x: -PITCH / 2, y: -ROW / 2, width: PITCH, height: ROW }),
    h(Face, { state, share, mark }),
    h("title", null, `${name}: ${says}`),
  );
});

/** Moves by arrow keys from seat to seat; `choose` is called for space and enter. */
function useKeys(rows, perRow, choose) {
  const [at, setAt] = useState(nameOf(rows, 3, Math.floor(perRow / 2) - 1));
  const grid = useRef(null);
  const move = (event) => {
    const row = rows.indexOf(at[0]);
    const seat = Number(at.slice(1)) - 1;
    const step = STEPS[event.key];
    let next = null;
    if (step)
      next = [
        Math.max(0, Math.min(rows.length - 1, row + step[0])),
        Math.max(0, Math.min(perRow - 1, seat + step[1])),
      ];
    else if (event.key === "Home") next = [row, 0];
    else if (event.key === "End") next = [row, perRow - 1];
    else if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (!next) return choose(at);
    const name = nameOf(rows, ...next);
    setAt(name);
    grid.current?.querySelector(`[data-seat="${name}"]`)?.focus();
  };
  return [at, setAt, grid, move];
}

/**
 * The hall. `stateOf(name)` gives `{state, left, of, mark}`: a state, the seconds left of a hold and of
 * how many, and a letter to mark it with. With `onChoose` seats can be chosen, also by keyboard.
 */
export function Hall({ rows, perRow, tiers, stateOf, label, onChoose, stage = "stage" }) {
  const [at, setAt, grid, move] = useKeys(rows, perRow, (name) => {
    const { state } = stateOf(name);
    if (onChoose && (state === "free" || state === "selected")) onChoose(name);
  });
  const width = 2 * SIDE + perRow * PITCH + AISLES.length * AISLE;
  const height = STAGE + rows.length * ROW + BEND + 4;
  const tierOf = useMemo(
    () => Object.fromEntries(tiers.flatMap((one, n) => [...one.rows].map((row) => [row, n]))),
    [tiers],
  );
  return h(
    "svg",
    {
      ref: grid,
      className: "sm-hall",
      viewBox: `0 0 ${width} ${height}`,
      role: onChoose ? "grid" : "img",
      "aria-label": label,
      "aria-multiselectable": onChoose ? true : undefined,
      onKeyDown: onChoose ? move : undefined,
    },
    h("path", {
      className: "sm-stage",
      d: `M${width / 2 - 120} 8h240l14 18q-134 22 -268 0z`,
      role: "presentation",
    }),
    h(
      "text",
      { className: "sm-stagename", x: width / 2, y: 23, textAnchor: "middle", role: "presentation" },
      stage,
    ),
    [...rows].map((row, r) =>
      h(
        "g",
        { key: row, role: onChoose ? "row" : undefined, "aria-label": onChoose ? `row ${row}` : undefined },
        [0, perRow - 1].map((end) => {
          const [x, y] = placeOf(r, end, perRow);
          return h(
            "text",
            {
              key: end,
              className: "sm-row",
              x: end ? x + 19 : x - 19,
              y: y + 4,
              textAnchor: "middle",
              role: "presentation",
              "aria-hidden": true,
            },
            row,
          );
        }),
        Array.from({ length: perRow }, (_, seat) => {
          const name = nameOf(rows, r, seat);
          const [x, y] = placeOf(r, seat, perRow);
          const { state, left = 0, of = 1, mark = "" } = stateOf(name);
          const share = state === "held" ? Math.max(0, Math.min(1, left / of)) : 1;
          const says = state === "held" ? `${SAYS.held}, ${fmt(Math.max(0, left))} s left` : SAYS[state];
          return h(Seat, {
            key: name,
            name,
            x: Math.round(x * 10) / 10,
            y: Math.round(y * 10) / 10,
            state,
            tier: tierOf[row],
            share: Math.round(share * 40) / 40,
            mark,
            says,
            tab: name === at,
            onChoose,
            onFocus: onChoose ? setAt : undefined,
          });
        }),
      ),
    ),
  );
}

const LETTERS = { f: "free", h: "held", o: "overdue", s: "sold", d: "doubled" };
const markOf = (by) => (by.startsWith("buyer ") && by.length === 7 ? by[6] : "");

/** The hall as the stores have it: one letter per seat, and who holds what for how long. */
export const HallPicture = memo(function HallPicture({ seats, held, rows, perRow, tiers, holdS, label }) {
  const held_by = useMemo(() => Object.fromEntries(held.map((one) => [one.seat, one])), [held]);
  const stateOf = (name) => {
    const n = rows.indexOf(name[0]) * perRow + Number(name.slice(1)) - 1;
    const one = held_by[name];
    return {
      state: LETTERS[seats[n]] ?? "unknown",
      left: one?.left_s ?? 0,
      of: holdS,
      mark: one ? markOf(one.by) : "",
    };
  };
  const many = (letter) => [...seats].filter((one) => one === letter).length;
  const says = `${label}: ${many("f")} free, ${held.length} held, ${many("s")} sold`;
  return h("div", { className: "sm-picture" }, h(Hall, { rows, perRow, tiers, stateOf, label: says }));
});

/** Held seats with the time that the store gives them, the next to end first. */
export const LockTable = memo(function LockTable({ rows, empty, label }) {
  if (!rows.length) return h("p", { className: "sd-empty" }, empty);
  return h(
    "div",
    { className: "sd-scroll sm-locks", tabIndex: 0, role: "region", "aria-label": label },
    h(
      "ol",
      null,
      rows.map((one) =>
        h(
          "li",
          { key: one.seat, "data-late": one.left_s <= 0 || undefined },
          h("b", { className: "mono" }, one.seat),
          h("span", { className: "who", title: one.by }, one.by),
          h("code", null, one.hold),
          h(
            "span",
            { className: "sm-ttl", role: "presentation" },
            h("i", { style: { width: `${Math.max(0, one.share)}%` } }),
          ),
          h(
            "span",
            { className: "num" },
            one.left_s > 0 ? `${fmt(one.left_s, 1)} s` : `✕ ${fmt(-one.left_s, 1)} s late`,
          ),
        ),
      ),
    ),
  );
});
