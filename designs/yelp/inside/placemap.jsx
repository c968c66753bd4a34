// A part of the city with what a search found in it: cells that were asked for, the circle, numbered places.
// Where it may be moved, it follows mouse, finger and arrow keys at once, and tells where it is.
import { createElement as h, useEffect, useRef, useState } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";
import {
  colours,
  paintCells,
  paintCity,
  partOfCity,
  prepared,
  ring,
  useTheme,
} from "$/public/external/components/citymap/citymap.jsx";

const SPANS = [1200, 2000, 3200, 5600, 12000];
const TELL_EVERY = 160;
const ARRIVED_M = 2;
const HEIGHT = 0.72; // of the width
const HIGHEST = 340; // px
const STILL = 5; // px: a press that moves no more is meant for a place
const NEAR = 24; // px from a place, which a finger hits
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.08; // of the span

function dots(pen, places, tone, x, y, size) {
  pen.fillStyle = tone;
  for (let n = 0; n < places.length; n += 2) {
    pen.beginPath();
    pen.arc(x(places[n]), y(places[n + 1]), size, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** Tells at most every TELL_EVERY ms where the map is, and always where it came to rest. */
function useTeller(tell) {
  const line = useRef({ timer: 0, next: null, tell });
  line.current.tell = tell;
  useEffect(() => () => clearTimeout(line.current.timer), []);
  const flush = () => {
    const { next } = line.current;
    if (!next) return;
    line.current.next = null;
    line.current.tell?.(...next);
    line.current.timer = setTimeout(() => {
      line.current.timer = 0;
      flush();
    }, TELL_EVERY);
  };
  return (place) => {
    line.current.next = place;
    if (!line.current.timer) flush();
  };
}

/** The middle of the map: where the visitor has put it, until the system has heard of that. */
function useMiddle(x, y, onMove) {
  const [held, setHeld] = useState(null);
  const dragging = useRef(false);
  const tell = useTeller(onMove);
  useEffect(() => {
    if (held && !dragging.current && Math.hypot(x - held[0], y - held[1]) < ARRIVED_M) setHeld(null);
  }, [x, y, held]);
  const move = (place) => {
    setHeld(place);
    tell(place);
  };
  return [held ?? [x, y], move, dragging];
}

export function PlaceMap({
  city,
  explorer,
  span = 2000,
  cells = false,
  movable = false,
  label,
  onMove,
  onPick,
}) {
  const [ref, width] = useWidth(420);
  const height = Math.min(HIGHEST, Math.round(width * HEIGHT));
  const [wide, setWide] = useState(span);
  const [middle, move, dragging] = useMiddle(explorer.x, explorer.y, movable ? onMove : null);
  const below = useRef(null),
    above = useRef(null),
    grip = useRef(null),
    still = useRef(false),
    theme = useTheme();
  const view = partOfCity(middle, (wide * width * HEIGHT) / height, width, height);
  const [left, up] = middle;

  useEffect(() => {
    if (below.current) paintCity(below.current, city, width, height, view);
  }, [city, width, height, theme, left, up, wide]);
  useEffect(() => {
    const canvas = above.current;
    if (!canvas) return;
    const pen = prepared(canvas, width, height),
      tone = colours(canvas),
      { x, y, scale } = view;
    if (cells) paintCells(pen, explorer.cells, tone, x, y);
    if (cells) dots(pen, explorer.vain, tone.miss, x, y, 2);
    dots(pen, explorer.others, tone.acc, x, y, 2.6);
    if (explorer.radius > 0) {
      const [atX, atY] = movable ? middle : [explorer.x, explorer.y];
      ring(pen, x(atX), y(atY), explorer.radius * scale, tone.strong, [5, 4]);
      pen.fillStyle = tone.strong;
      pen.fillRect(x(atX) - 5, y(atY) - 1, 10, 2);
      pen.fillRect(x(atX) - 1, y(atY) - 5, 2, 10);
    }
  }, [explorer, width, height, theme, left, up, wide, cells]);

  const clamped = ([east, north]) => [
    Math.max(0, Math.min(city.width, east)),
    Math.max(0, Math.min(city.height, north)),
  ];
  // Places lie on each other where there are many: the nearest is meant. The list has them as buttons.
  const pick = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [atX, atY] = [event.clientX - box.left, event.clientY - box.top];
    const near = explorer.hits
      .map((one) => [Math.hypot(view.x(one.x) - atX, view.y(one.y) - atY), one.id])
      .filter(([distance]) => distance <= NEAR)
      .sort(([a], [b]) => a - b);
    if (near.length) onPick?.(near[0][1]);
  };
  const drag = {
    onPointerDown: (event) => {
      if (event.target.closest("button")) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      grip.current = [event.clientX, event.clientY, ...middle];
      still.current = true;
      dragging.current = true;
    },
    onPointerMove: (event) => {
      if (!grip.current) return;
      const [fromX, fromY, east, north] = grip.current;
      if (still.current && Math.hypot(event.clientX - fromX, event.clientY - fromY) < STILL) return;
      still.current = false;
      move(
        clamped([east - (event.clientX - fromX) / view.scale, north + (event.clientY - fromY) / view.scale]),
      );
    },
    onPointerUp: (event) => {
      if (grip.current && still.current) pick(event);
      grip.current = null;
      dragging.current = false;
    },
    onPointerCancel: () => {
      grip.current = null;
      dragging.current = false;
    },
    onKeyDown: (event) => {
      const step = KEYS[event.key];
      if (!step || event.target !== event.currentTarget) return;
      event.preventDefault();
      event.stopPropagation();
      const far = wide * STEP * (event.shiftKey ? 3 : 1);
      move(clamped([left + step[0] * far, up + step[1] * far]));
    },
    tabIndex: 0,
    role: "group",
    "aria-label": `${label}. Drag it, or use the arrow keys`,
  };
  const nearer = (by) => setWide(SPANS[Math.max(0, Math.min(SPANS.length - 1, SPANS.indexOf(wide) + by))]);
  return h(
    "div",
    {
      ref,
      className: movable ? "ye-stage ye-movable" : "ye-stage",
      style: { height },
      ...(movable ? drag : {}),
    },
    h("canvas", { ref: below, "aria-hidden": true }),
    h("canvas", {
      ref: above,
      role: "img",
      "aria-label": `${label}: ${fmt(explorer.found)} found within ${fmt(explorer.radius)} m`,
    }),
    explorer.hits.map((one) => {
      const style = { left: view.x(one.x), top: view.y(one.y) };
      const outside = style.left < 0 || style.left > width || style.top < 0 || style.top > height;
      if (outside) return null;
      return h(
        "span",
        {
          key: one.id,
          style,
          className: "ye-pin",
          "data-chosen": one.chosen,
          title: one.name,
          "aria-hidden": true,
        },
        one.rank,
      );
    }),
    movable &&
      h(
        "div",
        { className: "ye-zoom" },
        h(
          "button",
          { type: "button", className: "sd-btn small", "aria-label": "Nearer", onClick: () => nearer(-1) },
          "+",
        ),
        h(
          "button",
          { type: "button", className: "sd-btn small", "aria-label": "Farther", onClick: () => nearer(1) },
          "−",
        ),
      ),
  );
}
