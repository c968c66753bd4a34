// A graph of members on which posts spread.
import { createElement as h, memo, useEffect, useLayoutEffect, useRef } from "react";
import { fmt, fmtMs } from "$/public/external/components/live/live.jsx";
import { colourOf, stillness, useWidth } from "$/public/external/components/controls/controls.jsx";

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const members = (text) => {
  const raw = bytes(text);
  return new Uint16Array(raw.buffer, 0, raw.length >> 1);
};
const HEIGHT = 340;
const EDGE = 14;
const FADE = 300;
const WORKERS = ["--sd-s0", "--sd-s1", "--sd-s3", "--sd-s4", "--sd-s5", "--sd-s6"];

const inkOf = (delivery) =>
  colourOf(
    delivery.state === "interrupted"
      ? "--sd-error"
      : WORKERS[(Number(/\d+/.exec(delivery.worker)?.[0] ?? 1) - 1) % WORKERS.length],
  );

function draw(context, width, scene, now) {
  const { at, size, deliveries, users, born, still } = scene;
  const place = (n) => [
    EDGE + (at[2 * n] / 255) * (width - 2 * EDGE),
    EDGE + (at[2 * n + 1] / 255) * (HEIGHT - 2 * EDGE),
  ];
  context.clearRect(0, 0, width, HEIGHT);
  context.fillStyle = colourOf("--sd-line2");
  for (let n = 0; n < size.length; n += 1) {
    const [x, y] = place(n);
    const radius = 0.9 + (size[n] / 255) * 4.5;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fill();
  }
  let moving = false;
  for (const [order, delivery] of [...deliveries.entries()].reverse()) {
    const from = place(delivery.author);
    const ink = inkOf(delivery);
    const reached = delivery.reached ? members(delivery.reached) : [];
    const first = born.get(delivery.id)?.times ?? [];
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = order === 0 ? 0.9 : 0.6;
    reached.forEach((n, index) => {
      const age = still ? 1 : Math.min(1, (now - (first[index] ?? now)) / FADE);
      if (age < 1) moving = true;
      const [x, y] = place(n);
      context.globalAlpha = (order === 0 ? 0.3 : 0.07) * age + (age < 1 ? 0.35 * (1 - age) : 0);
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(from[0] + (x - from[0]) * age, from[1] + (y - from[1]) * age);
      context.stroke();
      if (order) return;
      context.globalAlpha = age;
      context.beginPath();
      context.arc(x, y, 1.7, 0, 7);
      context.fill();
    });
    context.globalAlpha = order === 0 ? 1 : 0.45;
    context.lineWidth = 2;
    context.setLineDash(delivery.state === "merged" ? [4, 3] : []);
    context.strokeStyle = delivery.state === "merged" ? colourOf("--sd-miss") : ink;
    context.beginPath();
    context.arc(...from, 9, 0, 7);
    context.stroke();
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
  context.font = "600 11px Inter, system-ui, sans-serif";
  const labelled = [
    ...users.map((one) => [one.number, one.name]),
    ...deliveries.slice(0, 1).map((one) => [one.author, one.name]),
  ];
  for (const [n, name] of new Map(labelled)) {
    const [x, y] = place(n);
    const wide = context.measureText(name).width;
    const left = Math.max(3, Math.min(width - wide - 3, x - wide / 2));
    context.lineWidth = 3;
    context.strokeStyle = colourOf("--sd-panel");
    context.strokeText(name, left, y - 12);
    context.fillStyle = colourOf("--sd-strong");
    context.fillText(name, left, y - 12);
    context.beginPath();
    context.arc(x, y, 3.2, 0, 7);
    context.fill();
  }
  return moving;
}

function wayOf({ id, name, state, followers, written, ms, worker }) {
  const reached =
    state === "merged"
      ? `no feed written; ${fmt(followers)} followers merge it in when they read`
      : `${fmt(Math.min(written, followers))} of ${fmt(followers)} feeds, ` +
        `${fmtMs(ms)} ms, by ${worker || "nobody yet"}`;
  return `Post ${id} by ${name}: ${reached}`;
}

/** All members as dots; the newest posts as lines to those whose feeds have them, in the order of writing. */
export const SpreadGraph = memo(function SpreadGraph({ positions, sizes, deliveries, users, label }) {
  const canvas = useRef(null);
  const [box, width] = useWidth();
  const still = useRef(null);
  const born = useRef(new Map());
  if (!still.current) still.current = { at: bytes(positions), size: bytes(sizes) };
  useLayoutEffect(() => {
    const now = performance.now();
    const kept = new Map();
    for (const delivery of deliveries) {
      const count = delivery.reached ? Math.floor((delivery.reached.length * 3) / 8) : 0;
      const before = born.current.get(delivery.id) ?? { times: [] };
      // What came within one frame is spread over it: the order is real, the moments in between are not
      // known.
      const times = before.times.slice(0, count);
      const fresh = count - times.length;
      for (let n = 0; n < fresh; n += 1) times.push(now + (n / Math.max(1, fresh)) * 180);
      kept.set(delivery.id, { times });
    }
    born.current = kept;
  }, [deliveries]);
  useEffect(() => {
    const one = canvas.current;
    const ratio = window.devicePixelRatio || 1;
    one.width = width * ratio;
    one.height = HEIGHT * ratio;
    const context = one.getContext("2d");
    let frame = 0;
    const paint = () => {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const scene = { ...still.current, deliveries, users, born: born.current, still: stillness() };
      if (draw(context, width, scene, performance.now())) frame = requestAnimationFrame(paint);
    };
    paint();
    const themed = new MutationObserver(paint);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => {
      cancelAnimationFrame(frame);
      themed.disconnect();
    };
  }, [deliveries, users, width]);
  const said = deliveries.length ? wayOf(deliveries[0]) : "Nothing is on its way. Post something.";
  return h(
    "div",
    { className: "so-graph", ref: box },
    h("canvas", {
      ref: canvas,
      role: "img",
      "aria-label": `${label}. ${said}`,
      style: { width: "100%", height: HEIGHT },
    }),
    h("p", null, said),
  );
});
