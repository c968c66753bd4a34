// A city on two canvases: streets, drawn when the size or the theme changes;
// cells, points and answers, as they move.
import { createElement as h, useEffect, useMemo, useRef, useState } from "react";
import { apiUrl, room, useMay } from "$/public/external/components/live/live.jsx";
import { stillness, useWidth } from "$/public/external/components/controls/controls.jsx";
import {
  badge,
  colours,
  paintCells,
  paintCity,
  prepared,
  ring,
  useTheme,
} from "$/public/external/components/citymap/citymap.jsx";

const PER_METRE = 2;
const GLIDE_MS = 240;
const JUMP = 400;
const SEND_EVERY = 180;
const STEP_M = 40;
const BACK_AFTER = 800;
const METRES_PER_DEGREE = 111195.08;
const SOUTH = 48,
  WEST = 11;
const metresPerLng = (height) =>
  METRES_PER_DEGREE * Math.cos(((SOUTH + height / 2 / METRES_PER_DEGREE) * Math.PI) / 180);

function unpack(text) {
  if (!text) return new Uint16Array(0);
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

function paintPoints(pen, places, marks, tone, x, y, size) {
  for (const stale of [false, true]) {
    pen.beginPath();
    for (let n = 0; n < places.length / 2; n += 1) {
      if ((marks[n] === "1") !== stale) continue;
      const left = x(places[2 * n] / PER_METRE),
        top = y(places[2 * n + 1] / PER_METRE);
      pen.moveTo(left + size, top);
      pen.arc(left, top, size, 0, 2 * Math.PI);
    }
    pen.fillStyle = tone.acc;
    pen.strokeStyle = tone.error;
    pen.lineWidth = 1.3;
    if (stale) pen.stroke();
    else pen.fill();
  }
}

function paintAnswer(pen, query, tone, x, y, scale) {
  if (!query?.asked) return;
  const left = x(query.x),
    top = y(query.y);
  if (query.radius > 0) ring(pen, left, top, query.radius * scale, tone.strong, [4, 4]);
  for (const hit of query.hits) {
    pen.strokeStyle = hit.missed ? tone.error : tone.ok;
    pen.lineWidth = 1.4;
    pen.setLineDash(hit.missed ? [2, 3] : []);
    pen.beginPath();
    pen.moveTo(left, top);
    pen.lineTo(x(hit.x), y(hit.y));
    pen.stroke();
    pen.setLineDash([]);
    ring(pen, x(hit.x), y(hit.y), 6, hit.missed ? tone.error : tone.ok);
    if (hit.missed) badge(pen, "missed", x(hit.x), y(hit.y), tone.error, "#fff");
  }
  pen.strokeStyle = tone.strong;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(left - 6, top);
  pen.lineTo(left + 6, top);
  pen.moveTo(left, top - 6);
  pen.lineTo(left, top + 6);
  pen.stroke();
}

function paintJourney(pen, followed, fences, buses, tone, x, y, scale) {
  for (const fence of fences ?? []) {
    pen.globalAlpha = 0.14;
    pen.fillStyle = tone.moved;
    pen.beginPath();
    pen.arc(x(fence.x), y(fence.y), fence.radius * scale, 0, 2 * Math.PI);
    pen.fill();
    pen.globalAlpha = 1;
    ring(pen, x(fence.x), y(fence.y), fence.radius * scale, tone.moved);
  }
  const route = followed?.route ?? [];
  if (route.length) {
    pen.strokeStyle = tone["acc-soft"];
    pen.lineWidth = 3;
    pen.beginPath();
    for (let n = 0; n < route.length; n += 2)
      (n ? pen.lineTo : pen.moveTo).call(pen, x(route[n]), y(route[n + 1]));
    pen.closePath();
    pen.stroke();
  }
  for (const stop of followed?.stops ?? []) {
    const mine = stop.id === followed.stop;
    pen.fillStyle = mine ? tone.moved : tone.panel;
    pen.strokeStyle = tone.moved;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.rect(x(stop.x) - 4, y(stop.y) - 4, 8, 8);
    pen.fill();
    pen.stroke();
    if (mine) badge(pen, "my stop", x(stop.x), y(stop.y), tone.moved, "#fff");
  }
  const order = [...(buses ?? [])].sort((a, b) => (a.id === followed?.bus) - (b.id === followed?.bus));
  for (const bus of order) {
    if (bus.age < 0) continue;
    const chosen = bus.id === followed?.bus;
    badge(
      pen,
      chosen ? bus.label : bus.label.replace("Bus ", ""),
      x(bus.x),
      y(bus.y),
      bus.stale ? tone.error : chosen ? tone.acc : tone.dim,
      chosen || bus.stale ? "#fff" : tone.panel,
    );
  }
}

/**
 * Points that glide from the last frame's places to this frame's; who jumps far or is new is there at once.
 */
function useGlide(points) {
  const state = useRef({ from: new Uint16Array(0), to: new Uint16Array(0), at: 0 });
  const fresh = useMemo(() => unpack(points.data), [points.data]);
  if (state.current.to !== fresh) {
    const from = state.current.to.length === fresh.length ? state.current.to : fresh;
    state.current = { from, to: fresh, at: performance.now() };
  }
  return state;
}

function between({ from, to, at }, now, still) {
  const share = still ? 1 : Math.min(1, (now - at) / GLIDE_MS);
  if (share >= 1 || from === to) return [to, true];
  const places = new Float32Array(to.length);
  for (let n = 0; n < to.length; n += 1)
    places[n] = Math.abs(to[n] - from[n]) > JUMP ? to[n] : from[n] + (to[n] - from[n]) * share;
  return [places, false];
}

/** A connection that sends places, at most every SEND_EVERY ms, and comes back when it is lost. */
function useSender(path) {
  const line = useRef({ socket: null, next: null, timer: 0, back: 0 });
  const [trouble, setTrouble] = useState("");
  useEffect(
    () => () => {
      clearTimeout(line.current.timer);
      clearTimeout(line.current.back);
      const open = line.current.socket;
      line.current.socket = null;
      open?.close();
    },
    [],
  );
  function connect() {
    const url = apiUrl(`${path}?room=${encodeURIComponent(room.get())}`).replace(/^http/, "ws");
    const socket = new WebSocket(url);
    line.current.socket = socket;
    socket.onopen = flush;
    socket.onmessage = (message) => {
      const said = JSON.parse(message.data);
      setTrouble(said.status === 200 ? (said.stored ? "" : `dropped: ${said.why}`) : said.detail);
    };
    socket.onclose = () => {
      if (line.current.socket !== socket) return;
      line.current.socket = null;
      setTrouble("connection lost, coming back");
      line.current.back = setTimeout(() => {
        setTrouble("");
        connect();
      }, BACK_AFTER);
    };
  }
  function flush() {
    const { socket, next, timer } = line.current;
    if (timer || !next || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify(next));
    line.current.next = null;
    line.current.timer = setTimeout(() => {
      line.current.timer = 0;
      flush();
    }, SEND_EVERY);
  }
  const send = (place) => {
    line.current.next = place;
    if (!line.current.socket) connect();
    else flush();
  };
  return [send, trouble];
}

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function CityMap({
  city,
  points,
  cells = [],
  query,
  buses,
  own,
  followed,
  fences,
  drive,
  label,
  onAsk,
}) {
  const [ref, width] = useWidth(640);
  const height = Math.round((width * city.height) / city.width),
    scale = width / city.width;
  const below = useRef(null),
    above = useRef(null),
    theme = useTheme(),
    glide = useGlide(points);
  const may = useMay("verb");
  const [held, setHeld] = useState(null);
  const [send, trouble] = useSender(drive);
  const x = (m) => m * scale,
    y = (m) => height - m * scale;

  useEffect(() => {
    if (below.current) paintCity(below.current, city, width, height);
  }, [city, width, height, theme]);
  useEffect(() => {
    let request = 0;
    const still = stillness();
    const paint = (now) => {
      const canvas = above.current;
      if (!canvas) return;
      const pen = prepared(canvas, width, height),
        tone = colours(canvas);
      const [places, there] = between(glide.current, now, still);
      paintCells(pen, cells, tone, x, y);
      paintJourney(pen, followed, fences, [], tone, x, y, scale);
      paintPoints(pen, places, points.marks, tone, x, y, points.drawn > 1500 ? 1.6 : width < 420 ? 2 : 2.6);
      paintAnswer(pen, query, tone, x, y, scale);
      if (buses) paintJourney(pen, { bus: followed?.bus }, [], buses, tone, x, y, scale);
      if (!there) request = requestAnimationFrame(paint);
    };
    request = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(request);
  }, [points.data, points.marks, cells, query, followed, fences, buses, width, height, theme]);

  const placeOf = (event) => {
    const box = above.current.getBoundingClientRect();
    const clamp = (value, most) => Math.max(0, Math.min(most, value));
    return [
      clamp((event.clientX - box.left) / scale, city.width),
      clamp((height - (event.clientY - box.top)) / scale, city.height),
    ];
  };
  const move = (left, up) => {
    const place = [Math.max(0, Math.min(city.width, left)), Math.max(0, Math.min(city.height, up))];
    setHeld(place);
    send({ lat: SOUTH + place[1] / METRES_PER_DEGREE, lng: WEST + place[0] / metresPerLng(city.height) });
  };
  useEffect(() => {
    // what the system says counts again, once it has heard the last place
    if (held && own?.age >= 0 && Math.hypot(own.x - held[0], own.y - held[1]) < 3) setHeld(null);
  }, [own?.x, own?.y]);
  const at = held ?? (own?.age >= 0 ? [own.x, own.y] : null);
  const share = () =>
    navigator.geolocation?.watchPosition(
      (() => {
        let first = null;
        return ({ coords }) => {
          first = first ?? coords;
          const east =
            (coords.longitude - first.longitude) *
            METRES_PER_DEGREE *
            Math.cos((coords.latitude * Math.PI) / 180);
          move(
            city.centre[0] + east,
            city.centre[1] + (coords.latitude - first.latitude) * METRES_PER_DEGREE,
          );
        };
      })(),
      () => {},
    );
  return h(
    "div",
    { className: "cm-map" },
    h(
      "div",
      { ref, className: "cm-stage", style: { aspectRatio: `${city.width} / ${city.height}` } },
      h("canvas", { ref: below, "aria-hidden": true }),
      h("canvas", {
        ref: above,
        role: "img",
        "aria-label": `${label}: ${points.total} buses, ${points.drawn} drawn`,
        onClick: (event) => onAsk && onAsk(...placeOf(event)),
      }),
      drive &&
        at &&
        h(
          "button",
          {
            type: "button",
            className: "cm-own",
            disabled: !may,
            style: { left: `${(100 * at[0]) / city.width}%`, bottom: `${(100 * at[1]) / city.height}%` },
            "aria-label": "Your bus: drag it, or move it with the arrow keys",
            title: "Drag, or use the arrow keys",
            onPointerDown: (event) => event.currentTarget.setPointerCapture(event.pointerId),
            onPointerMove: (event) =>
              event.currentTarget.hasPointerCapture(event.pointerId) && move(...placeOf(event)),
            onKeyDown: (event) => {
              const step = KEYS[event.key];
              if (!step) return;
              event.preventDefault();
              event.stopPropagation();
              const far = event.shiftKey ? 5 * STEP_M : STEP_M;
              move(at[0] + step[0] * far, at[1] + step[1] * far);
            },
          },
          "You",
        ),
    ),
    drive &&
      h(
        "div",
        { className: "cm-tools" },
        !at &&
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              disabled: !may,
              onClick: () => move(...city.centre),
            },
            "Drive a bus yourself",
          ),
        at && h("span", { className: "sd-hint" }, "Drag “You”, or use the arrow keys"),
        h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            disabled: !may,
            onClick: share,
            title: "Moves your bus as you move, from the middle of the city",
          },
          "Use my position",
        ),
        trouble && h("span", { role: "status", className: "cm-trouble" }, trouble),
      ),
  );
}
