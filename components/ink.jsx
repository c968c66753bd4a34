// The leader's pointer and pen: marks on parts of the page, which each screen finds by their names.
import { createElement as h, useEffect, useRef, useState } from "react";
import { draw, inkHeard, useCell } from "$/public/external/components/live/live.jsx";

const SEND_EVERY = 50; // 20 times a second
const MOST_POINTS = 64;
const POINTER_STAYS = 2000;
const PLACES = ".sd-panel[id], .sd-product, .sd-title, .sd-dock, [role='tabpanel'][id]";
const NAMED = { product: ".sd-product", title: ".sd-title", dock: ".sd-dock" };

const nameOf = (element) => Object.keys(NAMED).find((name) => element.matches(NAMED[name])) ?? element.id;
const elementOf = (name) =>
  NAMED[name] ? document.querySelector(NAMED[name]) : document.getElementById(name);

const share = (value, from, size) => Math.min(1, Math.max(0, (value - from) / Math.max(1, size)));

/** Where on which part of the page a point of the screen is. */
function placeAt(x, y) {
  const found = document
    .elementsFromPoint(x, y)
    .map((one) => (one.closest(".ti-surface") ? null : one.closest(PLACES)))
    .find(Boolean);
  if (!found) return null;
  const box = found.getBoundingClientRect();
  return { at: nameOf(found), point: [share(x, box.left, box.width), share(y, box.top, box.height)] };
}

// What has been drawn, as it is on every screen of the class

function collected(strokes, marks) {
  const found = new Map(strokes);
  for (const mark of marks) {
    if (mark.clear) found.clear();
    else if (mark.pen) {
      const key = `${mark.stroke} ${mark.at}`;
      found.set(key, { at: mark.at, points: [...(found.get(key)?.points ?? []), ...mark.points] });
    }
  }
  return found;
}

const screenPoint = (box, [x, y]) => [box.left + x * box.width, box.top + y * box.height];

function Stroke({ stroke }) {
  const box = elementOf(stroke.at)?.getBoundingClientRect();
  if (!box?.width) return null;
  const points = stroke.points.map((one) => screenPoint(box, one).join(",")).join(" ");
  return h("polyline", { points });
}

function Pointer({ mark }) {
  const box = mark && elementOf(mark.at)?.getBoundingClientRect();
  if (!box?.width) return null;
  const [cx, cy] = screenPoint(box, mark.points[mark.points.length - 1]);
  return h("circle", { cx, cy, r: 11 });
}

/** Draws anew while something is drawn: the parts of the page move under the marks. */
function useFrames(on) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return undefined;
    let next = 0;
    const turn = () => {
      tick((count) => count + 1);
      next = requestAnimationFrame(turn);
    };
    next = requestAnimationFrame(turn);
    return () => cancelAnimationFrame(next);
  }, [on]);
}

export function Ink() {
  const heard = useCell(inkHeard);
  const [strokes, setStrokes] = useState(() => new Map());
  const [pointer, setPointer] = useState(null);
  useEffect(() => {
    if (!heard) return undefined;
    setStrokes((before) => collected(before, heard));
    const last = heard[heard.length - 1];
    setPointer(last.clear || last.pen ? null : last);
    const gone = setTimeout(() => setPointer(null), POINTER_STAYS);
    return () => clearTimeout(gone);
  }, [heard]);
  useFrames(strokes.size > 0 || pointer !== null);
  if (!strokes.size && !pointer) return null;
  return h(
    "svg",
    {
      className: "ti-ink",
      role: "img",
      "aria-label": "The leader points here",
      "data-strokes": strokes.size,
    },
    [...strokes].map(([key, stroke]) => h(Stroke, { key, stroke })),
    h(Pointer, { mark: pointer }),
  );
}

// The leader's side

/** Gathers points and says them twenty times a second. */
function useTelling() {
  const open = useRef(null);
  const timer = useRef(0);
  const flush = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    if (open.current?.points.length) draw(open.current);
    if (open.current) open.current = { ...open.current, points: open.current.points.slice(-1) };
  };
  return {
    begin: () => (open.current = null),
    add(pen, stroke, place) {
      if (open.current?.at !== place.at || open.current.stroke !== stroke || open.current.pen !== pen) {
        if (open.current) flush();
        open.current = { at: place.at, stroke, pen, points: [] };
      }
      open.current.points.push(place.point);
      if (open.current.points.length >= MOST_POINTS) flush();
      else if (!timer.current) timer.current = setTimeout(flush, SEND_EVERY);
    },
  };
}

function Surface({ mode }) {
  const stroke = useRef(Math.floor(Date.now() / 1000) % 2 ** 30);
  const down = useRef(false);
  const telling = useTelling();
  const move = (event) => {
    if (mode === "pen" && !down.current) return;
    const place = placeAt(event.clientX, event.clientY);
    if (place) telling.add(mode === "pen", stroke.current, place);
  };
  return h("div", {
    className: "ti-surface",
    "data-mode": mode,
    onPointerDown: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      down.current = true;
      stroke.current += 1;
      telling.begin();
      move(event);
    },
    onPointerMove: move,
    onPointerUp: () => (down.current = false),
    onPointerCancel: () => (down.current = false),
    onWheel: (event) => window.scrollBy(0, event.deltaY),
  });
}

/** Pointer, pen, clear: for whoever leads. */
export function InkTools() {
  const [mode, setMode] = useState("");
  const button = (name, label) =>
    h(
      "button",
      {
        type: "button",
        className: "sd-btn small",
        "aria-pressed": mode === name,
        onClick: () => setMode(mode === name ? "" : name),
      },
      label,
    );
  return [
    mode && h(Surface, { key: "surface", mode }),
    h(
      "div",
      { key: "tools", className: "ti-tools", role: "group", "aria-label": "Point and draw" },
      button("pointer", "Pointer"),
      button("pen", "Pen"),
      h(
        "button",
        { type: "button", className: "sd-btn small", onClick: () => draw({ clear: true }) },
        "Clear",
      ),
    ),
  ];
}
