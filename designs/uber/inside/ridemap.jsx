// A city with cars that glide from frame to frame. Over it either a search (cells, ring, drivers found)
// or a trip: two ends that can be moved by hand or by arrow keys, the way of the car, the growing ring.
import { createElement as h, useEffect, useMemo, useRef, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";
import { stillness, useWidth } from "$/public/external/components/controls/controls.jsx";
import {
  badge,
  colours,
  paintCells,
  paintCity,
  partOfCity,
  prepared,
  ring,
  useTheme,
} from "$/public/external/components/citymap/citymap.jsx";

const PER_METRE = 2;
const GLIDE_MS = [150, 1500]; // the least and the most that a car takes to where it was said to be
const JUMP = 400;
const STEP_M = 60;
const NEAR_M = 3600; // of the city around a trip, at least
const LOW = 0.6; // height of a map with a trip, by its width
const WELL_WITHIN = 0.86; // what is farther out moves the map
const CAR_M = 34; // its length as it is drawn, so that it can be seen
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function unpack(text) {
  if (!text) return new Uint16Array(0);
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** Points that glide from where they are drawn to where they were said to be, and take as long as that is
 * from one time to the next; who jumps far or is new is there at once. */
function useGlide(to) {
  const state = useRef({ from: to, to, at: 0, lasts: GLIDE_MS[0] });
  const before = state.current;
  if (before.to !== to) {
    const at = performance.now();
    const from = before.to.length === to.length ? between(before, at, false)[0] : to;
    const lasts = Math.max(GLIDE_MS[0], Math.min(GLIDE_MS[1], at - before.at));
    state.current = { from, to, at, lasts };
  }
  return state;
}

function between({ from, to, at, lasts }, now, still) {
  const share = still ? 1 : Math.min(1, (now - at) / lasts);
  if (share >= 1 || from === to) return [to, true];
  const places = new Float32Array(to.length);
  for (let n = 0; n < to.length; n += 1)
    places[n] = Math.abs(to[n] - from[n]) > JUMP ? to[n] : from[n] + (to[n] - from[n]) * share;
  return [places, false];
}

/** The rider's car and the visitor's, in the unit of the others. */
const ownCars = (rider, driver) =>
  Float32Array.of(...[rider?.car_x, rider?.car_y, driver?.x, driver?.y].map((at) => (at ?? -1) * PER_METRE));

/** Which way cars stand: the way that they moved last. */
function turned(before, { from, to }) {
  const ways = before.length * 2 === to.length ? before : new Uint8Array(to.length / 2);
  for (let n = 0; n < ways.length; n += 1) {
    const east = Math.abs(to[2 * n] - from[2 * n]),
      north = Math.abs(to[2 * n + 1] - from[2 * n + 1]);
    if (east !== north) ways[n] = north > east ? 1 : 0;
  }
  return ways;
}

function paintCars(pen, places, marks, ways, tone, view, many) {
  const fills = { 0: tone.acc, 1: tone.moved, 2: null, 3: tone.miss };
  const long = Math.max(many ? 3 : 4.4, CAR_M * view.scale * 1.5),
    wide = Math.max(2.6, long * 0.55);
  for (const [mark, fill] of Object.entries(fills)) {
    pen.beginPath();
    for (let n = 0; n < places.length / 2; n += 1) {
      if (marks[n] !== mark) continue;
      const left = view.x(places[2 * n] / PER_METRE),
        top = view.y(places[2 * n + 1] / PER_METRE);
      const [across, down] = ways[n] ? [wide, long] : [long, wide];
      pen.rect(left - across / 2, top - down / 2, across, down);
    }
    pen.fillStyle = fill ?? tone.panel;
    pen.strokeStyle = tone.error;
    pen.lineWidth = 1.3;
    if (fill) pen.fill();
    else pen.stroke();
  }
}

function paintWay(pen, way, tone, view, from) {
  if (!way?.length) return;
  pen.strokeStyle = tone;
  pen.lineWidth = 3.5;
  pen.lineJoin = "round";
  pen.beginPath();
  if (from) pen.moveTo(view.x(from[0]), view.y(from[1]));
  for (let n = 0; n < way.length; n += 2)
    (n || from ? pen.lineTo : pen.moveTo).call(pen, view.x(way[n]), view.y(way[n + 1]));
  pen.stroke();
}

function paintSearch(pen, search, tone, view) {
  paintCells(pen, search.cells, tone, view.x, view.y);
  if (!search.asked) return;
  const left = view.x(search.x),
    top = view.y(search.y);
  if (search.ring > 0) ring(pen, left, top, search.ring * view.scale, tone.strong, [4, 4]);
  pen.fillStyle = tone.strong;
  pen.fillRect(left - 6, top - 1, 12, 2);
  pen.fillRect(left - 1, top - 6, 2, 12);
}

function paintSurges(pen, surges, tone, view) {
  for (const { corners, factor } of surges ?? []) {
    if (factor <= 1 || !corners.length) continue;
    let left = 0,
      top = 0;
    pen.beginPath();
    for (let n = 0; n < corners.length; n += 2) {
      const [x, y] = [view.x(corners[n]), view.y(corners[n + 1])];
      (n ? pen.lineTo : pen.moveTo).call(pen, x, y);
      left += (2 * x) / corners.length;
      top += (2 * y) / corners.length;
    }
    pen.closePath();
    pen.globalAlpha = 0.08 + 0.11 * (factor - 1);
    pen.fillStyle = tone.miss;
    pen.fill();
    pen.globalAlpha = 0.6;
    pen.lineWidth = 1;
    pen.strokeStyle = tone.miss;
    pen.stroke();
    pen.globalAlpha = 1;
    badge(pen, `${fmt(factor, 1)} ×`, left, top + 22, tone.miss, tone.panel);
  }
}

function paintStadium(pen, [x, y], tone, view) {
  const left = view.x(x),
    top = view.y(y);
  pen.beginPath();
  pen.ellipse(left, top, 9, 6, 0, 0, 2 * Math.PI);
  pen.fillStyle = tone.cell;
  pen.strokeStyle = tone.dim;
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  pen.font = "10px Inter, system-ui, sans-serif";
  pen.lineWidth = 3;
  pen.strokeStyle = tone.panel;
  pen.fillStyle = tone.dim;
  pen.strokeText("Stadium", left + 13, top + 3.5);
  pen.fillText("Stadium", left + 13, top + 3.5);
}

function paintTrip(pen, rider, driver, cars, tone, view) {
  if (rider.ring > 0 && rider.status === "requested")
    ring(pen, view.x(rider.x), view.y(rider.y), rider.ring * view.scale, tone.miss, [5, 4]);
  const car = rider.car_x >= 0 ? [cars[0] / PER_METRE, cars[1] / PER_METRE] : null;
  const mine = [cars[2] / PER_METRE, cars[3] / PER_METRE];
  paintWay(pen, rider.way, tone.acc, view, car);
  if (rider.driver_id !== "you") paintWay(pen, driver.way, tone.moved, view, mine);
  if (car) badge(pen, rider.driver, view.x(car[0]), view.y(car[1]), tone.acc, "#fff");
  if (driver.x > 0 && rider.driver_id !== "you")
    badge(pen, "your car", view.x(mine[0]), view.y(mine[1]), tone.strong, tone.panel);
}

function End({ kind, place, view, may, onMove, label }) {
  const stage = (event) => event.currentTarget.parentElement.getBoundingClientRect();
  const drag = (event) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = stage(event);
    onMove([view.back.x(event.clientX - box.left), view.back.y(event.clientY - box.top)], false);
  };
  return h(
    "button",
    {
      type: "button",
      className: "ub-end",
      "data-kind": kind,
      disabled: !may,
      style: { left: view.x(place[0]), top: view.y(place[1]) },
      "aria-label": `${label}: drag it, or move it with the arrow keys`,
      onPointerDown: (event) => event.currentTarget.setPointerCapture(event.pointerId),
      onPointerMove: drag,
      onPointerUp: () => onMove(null, true),
      onKeyDown: (event) => {
        const step = KEYS[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const far = event.shiftKey ? 5 * STEP_M : STEP_M;
        onMove([place[0] + step[0] * far, place[1] + step[1] * far], false);
      },
      onKeyUp: (event) => KEYS[event.key] && onMove(null, true),
    },
    h("b", null, kind === "from" ? "A" : "B"),
  );
}

/** The two ends of the trip: where the visitor has put them, until the system has heard of that. */
function useEnds(rider, onTrip) {
  const [held, setHeld] = useState(null);
  const ends = held ?? { from: [rider.x, rider.y], to: [rider.to_x, rider.to_y] };
  useEffect(() => setHeld(null), [rider.x, rider.y, rider.to_x, rider.to_y, rider.ride]);
  const mover = (kind, city) => (place, done) => {
    if (place) {
      const [x, y] = place;
      const inside = [Math.max(0, Math.min(city.width, x)), Math.max(0, Math.min(city.height, y))];
      setHeld({ ...ends, [kind]: inside });
    }
    if (done && held) onTrip(...held.from, ...held.to);
  };
  return [ends, mover, Boolean(held)];
}

/** What is shown of the city. The part around a trip stays as it is while all that matters is well within. */
function useView(city, near, width, height, matters, steady) {
  const shown = useRef(null);
  const before = shown.current;
  const well = ([x, y]) =>
    Math.abs(x - before.x) < (WELL_WITHIN * before.span) / 2 &&
    Math.abs(y - before.y) < (WELL_WITHIN * before.span * height) / width / 2;
  const places = matters.filter(([x]) => x >= 0);
  if (places.length && !(before && (steady || places.every(well)))) {
    const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
    const wide = Math.max(...xs) - Math.min(...xs),
      tall = Math.max(...ys) - Math.min(...ys);
    const span = Math.max(NEAR_M, wide / 0.7, (tall * width) / height / 0.7);
    shown.current = { x: Math.min(...xs) + wide / 2, y: Math.min(...ys) + tall / 2, span };
  }
  const whole = Math.max(city.width, (city.height * width) / height);
  const { x, y, span } =
    near && shown.current ? shown.current : { x: city.width / 2, y: city.height / 2, span: whole };
  const view = partOfCity([x, y], span, width, height);
  view.back = {
    x: (at) => x + (at - width / 2) / view.scale,
    y: (at) => y - (at - height / 2) / view.scale,
  };
  return [view, `${x} ${y} ${span}`];
}

export function RideMap({ city, points, search, rider, driver, surges, label, onTrip }) {
  const [ref, width] = useWidth(440);
  const ratio = rider ? LOW : city.height / city.width;
  const height = Math.round(width * ratio);
  const [near, setNear] = useState(true);
  const below = useRef(null),
    above = useRef(null),
    theme = useTheme(),
    glide = useGlide(useMemo(() => unpack(points.data), [points.data])),
    own = useGlide(useMemo(() => ownCars(rider, driver), [rider?.car_x, rider?.car_y, driver?.x, driver?.y]));
  const may = useMay("verb");
  const ways = useRef(new Uint8Array(0));
  const [ends, mover, held] = useEnds(rider ?? { x: 0, y: 0, to_x: 0, to_y: 0 }, onTrip);
  const matters = rider?.ready ? [ends.from, ends.to, [rider.car_x, rider.car_y]] : [];
  const [view, part] = useView(city, near, width, height, matters, held);

  useEffect(() => {
    if (below.current) paintCity(below.current, city, width, height, view);
  }, [city, width, height, theme, part]);
  useEffect(() => {
    let request = 0;
    const still = stillness();
    const paint = (now) => {
      const canvas = above.current;
      if (!canvas) return;
      const pen = prepared(canvas, width, height),
        tone = colours(canvas);
      const [places, there] = between(glide.current, now, still);
      const [cars, stand] = between(own.current, now, still);
      paintSurges(pen, surges, tone, view);
      if (search) paintSearch(pen, search, tone, view);
      ways.current = turned(ways.current, glide.current);
      if (rider) paintStadium(pen, city.stadium, tone, view);
      paintCars(pen, places, points.marks, ways.current, tone, view, points.drawn > 1500);
      if (rider) paintTrip(pen, rider, driver, cars, tone, view);
      if (!there || !stand) request = requestAnimationFrame(paint);
    };
    request = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(request);
  }, [points.data, points.marks, search, rider, driver, surges, width, height, theme, part]);

  const free = rider && rider.ready && !rider.ride;
  return h(
    "div",
    { ref, className: "ub-map", style: { aspectRatio: 1 / ratio } },
    h("canvas", { ref: below, "aria-hidden": true }),
    h("canvas", {
      ref: above,
      role: "img",
      "aria-label": `${label}: ${fmt(points.total)} cars, ${fmt(points.drawn)} drawn`,
    }),
    rider?.ready &&
      h(End, {
        kind: "from",
        place: ends.from,
        view,
        may: may && free,
        onMove: mover("from", city),
        label: "Pick-up",
      }),
    rider?.ready &&
      h(End, {
        kind: "to",
        place: ends.to,
        view,
        may: may && free,
        onMove: mover("to", city),
        label: "Drop-off",
      }),
    rider &&
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small ub-zoom",
          "aria-pressed": near,
          onClick: () => setNear(!near),
        },
        near ? "Whole city" : "Closer",
      ),
  );
}
