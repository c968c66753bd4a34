// A city with one hour drawn along its streets around a pin: centres in time or not, couriers on their way.
import { createElement as h, useEffect, useRef, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";
import {
  colours,
  paintCity,
  prepared,
  ring,
  useTheme,
  wholeCity,
} from "$/public/external/components/citymap/citymap.jsx";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP_M = 120;
const ARRIVED_M = 2;
const EAST = 0.72; // of the width: names of centres beyond it stand on their left
const BESIDE_M = 1600; // so near the pin a name stands on the far side of its centre
const ROOMY = 420; // px: minutes have room beside names

/** Every street between two crossings: from, to, and the minutes at both. */
function segments(city, minutes) {
  const columns = city.xs.length,
    found = [];
  city.ys.forEach((y, row) =>
    city.xs.forEach((x, column) => {
      const here = minutes[row * columns + column];
      if (column + 1 < columns)
        found.push([x, y, city.xs[column + 1], y, here, minutes[row * columns + column + 1]]);
      if (row + 1 < city.ys.length)
        found.push([x, y, x, city.ys[row + 1], here, minutes[(row + 1) * columns + column]]);
    }),
  );
  return found;
}

/** The part of every street from which a courier is at the pin within so many minutes. */
function paintHour(pen, city, reach, tone, view) {
  if (!reach.minutes.length || reach.limit <= 0) return;
  pen.strokeStyle = tone.acc;
  pen.lineCap = "round";
  pen.lineWidth = Math.max(2, 26 * view.scale);
  pen.globalAlpha = 0.55;
  pen.beginPath();
  for (const [x, y, x2, y2, a, b] of segments(city, reach.minutes)) {
    const near = Math.min(a, b),
      far = Math.max(a, b);
    if (near > reach.limit) continue;
    const share = far <= reach.limit ? 1 : (reach.limit - near) / Math.max(0.01, far - near);
    const [fromX, fromY, toX, toY] = a <= b ? [x, y, x2, y2] : [x2, y2, x, y];
    pen.moveTo(view.x(fromX), view.y(fromY));
    pen.lineTo(view.x(fromX + (toX - fromX) * share), view.y(fromY + (toY - fromY) * share));
  }
  pen.stroke();
  pen.globalAlpha = 1;
}

function paintTrip(pen, trip, tone, view) {
  if (!trip.way.length) return;
  pen.strokeStyle = tone.moved;
  pen.lineWidth = 3;
  pen.lineJoin = "round";
  pen.beginPath();
  for (let n = 0; n < trip.way.length; n += 2)
    (n ? pen.lineTo : pen.moveTo).call(pen, view.x(trip.way[n]), view.y(trip.way[n + 1]));
  pen.stroke();
  if (!trip.on_road) return;
  pen.fillStyle = tone.strong;
  pen.beginPath();
  pen.arc(view.x(trip.x), view.y(trip.y), 6, 0, 2 * Math.PI);
  pen.fill();
}

/** The pin: where the visitor has put it, until the system has heard of that. */
function usePin(reach, onMove) {
  const [held, setHeld] = useState(null);
  const dragging = useRef(false);
  useEffect(() => {
    if (held && !dragging.current && Math.hypot(reach.x - held[0], reach.y - held[1]) < ARRIVED_M)
      setHeld(null);
  }, [reach.x, reach.y, held]);
  return [held ?? [reach.x, reach.y], setHeld, dragging, (place) => onMove?.(...place)];
}

function Pin({ city, view, reach, onMove }) {
  const may = useMay("verb");
  const [place, hold, dragging, tell] = usePin(reach, onMove);
  const clamped = ([x, y]) => [
    Math.round(Math.max(0, Math.min(city.width, x))),
    Math.round(Math.max(0, Math.min(city.height, y))),
  ];
  const at = (event) => {
    const box = event.currentTarget.parentElement.getBoundingClientRect();
    return clamped([
      (event.clientX - box.left) / view.scale,
      (box.height - (event.clientY - box.top)) / view.scale,
    ]);
  };
  const stop = () => {
    if (!dragging.current) return;
    dragging.current = false;
    tell(place);
  };
  return h(
    "button",
    {
      type: "button",
      className: "ld-pin",
      disabled: !may,
      style: { left: view.x(place[0]), top: view.y(place[1]) },
      "aria-label": "The pin: drag it, or move it with the arrow keys",
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragging.current = true;
      },
      onPointerMove: (event) => dragging.current && hold(at(event)),
      onPointerUp: stop,
      onPointerCancel: stop,
      onKeyDown: (event) => {
        const step = KEYS[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const far = STEP_M * (event.shiftKey ? 4 : 1);
        const next = clamped([place[0] + step[0] * far, place[1] + step[1] * far]);
        hold(next);
        tell(next);
      },
    },
    h("span", { "aria-hidden": true }),
  );
}

function toneOf(centre) {
  if (!centre.open) return "closed";
  if (centre.reaches) return centre.in_time ? "ok" : "error";
  return "far";
}

function sideOf(centre, city, reach) {
  const beside = Math.hypot(centre.x - reach.x, centre.y - reach.y) < BESIDE_M && centre.x < reach.x;
  return beside || centre.x > city.width * EAST ? "left" : "right";
}

export function StreetMap({ city, reach, trips = [], movable = false, label, onMove }) {
  const [ref, width] = useWidth(420);
  const height = Math.round((width * city.height) / city.width);
  const below = useRef(null),
    above = useRef(null),
    theme = useTheme();
  const view = wholeCity(city, width, height);
  useEffect(() => {
    if (below.current) paintCity(below.current, city, width, height, view);
  }, [city, width, height, theme]);
  useEffect(() => {
    const canvas = above.current;
    if (!canvas) return;
    const pen = prepared(canvas, width, height),
      paint = colours(canvas);
    paintHour(pen, city, reach, paint, view);
    if (!movable && reach.circle > 0)
      ring(pen, view.x(reach.x), view.y(reach.y), reach.circle * view.scale, paint.strong, [5, 4]);
    for (const trip of trips) paintTrip(pen, trip, paint, view);
  }, [city, reach, trips, width, height, theme, movable]);
  return h(
    "div",
    { ref, className: "ld-stage", style: { aspectRatio: `${city.width} / ${city.height}` } },
    h("canvas", { ref: below, "aria-hidden": true }),
    h("canvas", {
      ref: above,
      role: "img",
      "aria-label": `${label}: ${fmt(reach.reach)} of ${fmt(reach.centres.length)} centres promise the hour`,
    }),
    reach.centres.map((one) =>
      h(
        "span",
        {
          key: one.id,
          className: "ld-centre",
          "data-tone": toneOf(one),
          "data-side": sideOf(one, city, reach),
          style: { left: view.x(one.x), top: view.y(one.y) },
        },
        h("i", { "aria-hidden": true }),
        h("b", null, one.name),
        (!one.open || width >= ROOMY) && h("small", null, one.open ? `${fmt(one.ride)} min` : "closed"),
      ),
    ),
    movable
      ? h(Pin, { city, view, reach, onMove })
      : h("span", {
          className: "ld-here",
          "aria-hidden": true,
          style: { left: view.x(reach.x), top: view.y(reach.y) },
        }),
  );
}
