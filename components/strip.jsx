// The architecture strip: the running parts, the calls between them, and dots that stand for real requests.
import { createElement as h, useEffect, useMemo, useRef, useState } from "react";
import {
  fmt,
  fmtMs,
  frameBefore,
  useKnown,
  useLatest,
  useShown,
  useTimeline,
} from "$/public/external/components/live/live.jsx";
import { colourOf, sign, stillness, useWidth } from "$/public/external/components/controls/controls.jsx";
import { FaultList, faultsOf } from "$/public/external/components/faults/faults.jsx";
import { Replay, closeReplay, hopAt, useReplay } from "$/public/external/components/replay/replay.jsx";

const FLIGHT = 380;
const SPREAD = 190;
const MOST_PACKETS = 90;
const OUTCOMES = ["ok", "miss", "error"];
const VISITOR = {
  id: "visitor",
  label: "visitors",
  kind: "visitor",
  state: "up",
  detail: "",
  rate: 0,
  outside: true,
};
const NARROWEST = 92;

function columnsOf(nodes) {
  const first = Math.min(...nodes.map((node) => node.column));
  const all = nodes.some((node) => node.id === VISITOR.id)
    ? nodes
    : [{ ...VISITOR, column: first - 1 }, ...nodes];
  const numbers = [...new Set(all.map((node) => node.column))].sort((a, b) => a - b);
  return numbers.map((number) => all.filter((node) => node.column === number));
}

/** Boxes by id: left to right while the width allows, else top to bottom. */
function layout(nodes, width) {
  if (!nodes.length) return { boxes: new Map(), height: 112, upright: false };
  const columns = columnsOf(nodes);
  const boxWidth = Math.min(168, (width - 48 * (columns.length - 1)) / columns.length);
  return boxWidth >= NARROWEST ? sideways(columns, width, boxWidth) : upright(columns, width);
}

function sideways(columns, width, boxWidth) {
  const most = Math.max(...columns.map((column) => column.length));
  const sizeOf = (column) => (column.length > 4 ? [32, 6] : most > 3 ? [40, 8] : [44, 12]);
  const tallness = (column) => column.length * (sizeOf(column)[0] + sizeOf(column)[1]) - sizeOf(column)[1];
  const height = Math.max(112, ...columns.map((column) => tallness(column) + 4));
  const pitch = columns.length > 1 ? (width - boxWidth - 2) / (columns.length - 1) : 0;
  const boxes = new Map();
  columns.forEach((column, at) => {
    const [tall, gap] = sizeOf(column);
    const top = (height - tallness(column)) / 2;
    column.forEach((node, row) => {
      boxes.set(node.id, {
        node,
        x: 1 + at * pitch,
        y: top + row * (tall + gap),
        w: boxWidth,
        h: tall,
        column: at,
      });
    });
  });
  return { boxes, height, upright: false };
}

function upright(columns, width) {
  const perRow = Math.max(2, Math.floor(width / 108));
  const [tall, gap, between] = [40, 6, 30];
  const boxes = new Map();
  let y = 2;
  columns.forEach((column, at) => {
    for (let start = 0; start < column.length; start += perRow) {
      const row = column.slice(start, start + perRow);
      const boxWidth = Math.min(156, (width - gap * (row.length - 1)) / row.length);
      const left = (width - row.length * (boxWidth + gap) + gap) / 2;
      row.forEach((node, place) => {
        boxes.set(node.id, { node, x: left + place * (boxWidth + gap), y, w: boxWidth, h: tall, column: at });
      });
      y += tall + gap;
    }
    y += between - gap;
  });
  return { boxes, height: y - between + 4, upright: true };
}

/** Where a line may pass a column without running behind a box: the free height nearest to the wanted one. */
function freeHeight(boxes, wanted) {
  const inside = (box) => wanted > box.y - 3 && wanted < box.y + box.h + 3;
  if (!boxes.some(inside)) return wanted;
  const sorted = boxes.toSorted((one, other) => one.y - other.y);
  const gaps = sorted.slice(1).map((box, at) => (sorted[at].y + sorted[at].h + box.y) / 2);
  const last = sorted.at(-1);
  const free = [Math.max(1, sorted[0].y - 5), ...gaps, last.y + last.h + 5];
  return free.reduce((best, y) => (Math.abs(y - wanted) < Math.abs(best - wanted) ? y : best));
}

/** The points at which a line crosses the columns between two boxes, in its direction. */
function crossings(from, to, boxes) {
  const [first, last] = [Math.min(from.column, to.column), Math.max(from.column, to.column)];
  const crossed = [];
  for (let column = first + 1; column < last; column += 1) {
    const here = [...boxes.values()].filter((box) => box.column === column);
    if (here.length) crossed.push(here);
  }
  const forward = to.column > from.column;
  if (!forward) crossed.reverse();
  const [y1, y2] = [from.y + from.h / 2, to.y + to.h / 2];
  return crossed.flatMap((here, at) => {
    const y = freeHeight(here, y1 + ((y2 - y1) * (at + 1)) / (crossed.length + 1));
    const [left, right] = [here[0].x, here[0].x + here[0].w];
    return forward
      ? [
          [left, y],
          [right, y],
        ]
      : [
          [right, y],
          [left, y],
        ];
  });
}

/** Control points of the curve from one box to another: a start, and three points for each bend. */
function curve(from, to, isUpright, boxes) {
  if (isUpright) {
    const down = to.y >= from.y;
    const [x1, y1] = [from.x + from.w / 2, down ? from.y + from.h : from.y];
    const [x2, y2] = [to.x + to.w / 2, down ? to.y : to.y + to.h];
    const bend = (y2 - y1) / 2;
    return [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2];
  }
  const [y1, y2] = [from.y + from.h / 2, to.y + to.h / 2];
  if (from.column === to.column) {
    const x = from.x + from.w;
    return [x, y1, x + 30, y1, x + 30, y2, x, y2];
  }
  const forward = to.column > from.column;
  const [x1, x2] = forward ? [from.x + from.w, to.x] : [from.x, to.x + to.w];
  const points = [x1, y1];
  for (const [x, y] of [...crossings(from, to, boxes), [x2, y2]]) {
    const [px, py] = points.slice(-2);
    const bend = (x - px) / 2;
    points.push(px + bend, py, x - bend, y, x, y);
  }
  return points;
}

const pathOf = ([x1, y1, ...rest]) => `M${x1} ${y1}C${rest.join(" ")}`;

function pointOn(points, way) {
  const bends = (points.length - 2) / 6;
  const at = Math.min(bends - 1, Math.floor(way * bends));
  const [x0, y0, x1, y1, x2, y2, x3, y3] = points.slice(at * 6, at * 6 + 8);
  const t = way * bends - at;
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3];
}

const keyOf = (edge) => `${edge.source}>${edge.target}`;

/** How many calls each arrow carried between two frames. */
function growth(before, frame) {
  if (!before) return new Map();
  const old = new Map(before.snapshot.edges.map((edge) => [keyOf(edge), edge]));
  const found = new Map();
  for (const edge of frame.snapshot.edges) {
    const was = old.get(keyOf(edge));
    const more = OUTCOMES.map((outcome) => Math.max(0, edge[outcome] - (was?.[outcome] ?? 0)));
    if (more.some(Boolean)) found.set(keyOf(edge), more);
  }
  return found;
}

// Packets

function drawPacket(context, outcome, x, y, inks) {
  context.fillStyle = inks[outcome];
  context.strokeStyle = inks[outcome];
  context.beginPath();
  if (outcome === "miss") {
    context.moveTo(x, y - 5);
    context.lineTo(x + 5, y);
    context.lineTo(x, y + 5);
    context.lineTo(x - 5, y);
    context.fill();
  } else if (outcome === "error") {
    context.lineWidth = 2.4;
    context.moveTo(x - 4, y - 4);
    context.lineTo(x + 4, y + 4);
    context.moveTo(x + 4, y - 4);
    context.lineTo(x - 4, y + 4);
    context.stroke();
  } else {
    context.arc(x, y, 3.6, 0, 7);
    context.fill();
  }
}

const colours = () => ({
  ok: colourOf("--sd-acc"),
  miss: colourOf("--sd-miss"),
  error: colourOf("--sd-error"),
});

function sizeCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function Packets({ frame, place, width, still }) {
  const canvas = useRef(null);
  const flying = useRef([]);
  const running = useRef(0);
  const last = useRef(null);
  useEffect(() => {
    const before = last.current ?? frameBefore(frame);
    last.current = frame;
    if (still || stillness() || document.hidden) {
      flying.current = [];
      return;
    }
    launch(flying.current, growth(before, frame), place);
    if (!running.current && flying.current.length)
      running.current = animate(canvas.current, flying, running, width, place.height);
  }, [frame, place, width, still]);
  useEffect(() => () => cancelAnimationFrame(running.current), []);
  return h("canvas", {
    ref: canvas,
    className: "sd-packets",
    style: { width, height: place.height },
    "aria-hidden": true,
  });
}

function launch(flying, grown, { boxes, upright: isUpright }) {
  const now = performance.now();
  for (const [key, counts] of grown) {
    const [source, target] = key.split(">");
    if (!boxes.has(source) || !boxes.has(target)) continue;
    const points = curve(boxes.get(source), boxes.get(target), isUpright, boxes);
    counts.forEach((count, index) => {
      const many = Math.min(4, Math.ceil(Math.log2(count + 1)));
      for (let one = 0; one < many && flying.length < MOST_PACKETS; one += 1)
        flying.push({ points, outcome: OUTCOMES[index], starts: now + ((one + index / 3) / many) * SPREAD });
    });
  }
}

function animate(canvas, flying, running, width, height) {
  if (!canvas) return 0;
  const context = sizeCanvas(canvas, width, height);
  const inks = colours();
  const draw = (now) => {
    context.clearRect(0, 0, width, height);
    flying.current = flying.current.filter((packet) => now - packet.starts < FLIGHT);
    for (const packet of flying.current) {
      const t = (now - packet.starts) / FLIGHT;
      if (t >= 0) drawPacket(context, packet.outcome, ...pointOn(packet.points, t), inks);
    }
    running.current = flying.current.length ? requestAnimationFrame(draw) : 0;
  };
  return requestAnimationFrame(draw);
}

// Boxes and arrows

function Box({ box, chosen, onChoose, role }) {
  const { node } = box;
  const rate = node.rate > 0 ? `${fmt(node.rate, node.rate < 10 ? 1 : 0)}/s` : "";
  const first = node.state === "up" ? node.detail : node.state;
  const all = [first, rate].filter(Boolean).join(" · ");
  const second = box.h <= 32 ? first || rate : all;
  const face = [
    h(
      "b",
      { key: "name" },
      node.state !== "up" && h("i", { "aria-hidden": true }, sign(node.state)),
      node.label,
    ),
    (second || box.h > 32) &&
      h("span", { key: "more" }, second || (node.outside ? "you and the traffic" : "idle")),
  ];
  const common = {
    className: "sd-node",
    style: { left: box.x, top: box.y, width: box.w, height: box.h },
    "data-state": node.state,
    "data-flat": box.h <= 32,
    "data-role": role,
    title: `${node.label} – ${all || "idle"}`,
  };
  if (node.outside) return h("div", { ...common, "data-outside": true }, face);
  return h(
    "button",
    {
      ...common,
      type: "button",
      "aria-expanded": chosen,
      "aria-label": `${node.label}, ${node.state}${all ? `, ${all}` : ""}: faults`,
      onClick: () => onChoose(chosen ? null : node.id),
    },
    face,
  );
}

function Arrows({ edges, grown, place, width, hop }) {
  return h(
    "svg",
    { className: "sd-arrows", width, height: place.height, "aria-hidden": true },
    edges.map((edge) => {
      const [from, to] = [place.boxes.get(edge.source), place.boxes.get(edge.target)];
      if (!from || !to) return null;
      const more = grown.get(keyOf(edge));
      const tone = !more ? "idle" : more[2] ? "error" : more[1] ? "miss" : "ok";
      const current = hop && hop.source === edge.source && hop.target === edge.target;
      return h("path", {
        key: keyOf(edge),
        d: pathOf(curve(from, to, place.upright, place.boxes)),
        "data-tone": current ? hop.outcome : hop ? "idle" : tone,
        "data-current": Boolean(current),
      });
    }),
  );
}

function NodeCard({ node, faults, active, onFault, onMend, onClose }) {
  return h(
    "section",
    { className: "sd-nodecard", "aria-label": node.label },
    h(
      "header",
      null,
      h("b", null, node.label),
      h(
        "span",
        { className: "sd-pill", "data-tone": node.state === "up" ? "ok" : "error" },
        `${sign(node.state)} ${node.state}`,
      ),
      h(
        "span",
        { className: "sd-unit" },
        `${fmt(node.rate, 1)}/s · ${fmt(node.calls)} calls · ${fmt(node.errors)} errors`,
      ),
      h("button", { type: "button", className: "sd-btn small", onClick: onClose }, "Close"),
    ),
    h(FaultList, { node, specs: faultsOf(faults, node), active, onFault, onMend }),
  );
}

function StripTable({ snapshot }) {
  const row = (cells, Cell = "td") =>
    h(
      "tr",
      null,
      cells.map((text, at) =>
        h(
          at === 0 && Cell === "td" ? "th" : Cell,
          {
            key: at,
            scope: Cell === "th" ? "col" : at === 0 ? "row" : undefined,
            className: at > 1 ? "num" : "",
          },
          text,
        ),
      ),
    );
  return h(
    "div",
    { className: "sd-scroll sd-two", tabIndex: 0, role: "region", "aria-label": "Path of requests as table" },
    h(
      "table",
      { className: "sd-table" },
      h("caption", { className: "sd-sr" }, "Parts"),
      h("thead", null, row(["part", "state", "per second", "calls", "errors", "detail"], "th")),
      h(
        "tbody",
        null,
        snapshot.nodes.map((node) =>
          h(
            "tr",
            { key: node.id },
            h("th", { scope: "row" }, node.label),
            h("td", null, node.state),
            h("td", { className: "num" }, fmt(node.rate, 1)),
            h("td", { className: "num" }, fmt(node.calls)),
            h("td", { className: "num" }, fmt(node.errors)),
            h("td", { className: "num" }, node.detail),
          ),
        ),
      ),
    ),
    h(
      "table",
      { className: "sd-table" },
      h("caption", { className: "sd-sr" }, "Calls between parts"),
      h("thead", null, row(["from", "to", "ok", "miss", "error"], "th")),
      h(
        "tbody",
        null,
        snapshot.edges.map((edge) =>
          h(
            "tr",
            { key: keyOf(edge) },
            h("th", { scope: "row" }, edge.source),
            h("td", null, edge.target),
            OUTCOMES.map((outcome) => h("td", { key: outcome, className: "num" }, fmt(edge[outcome]))),
          ),
        ),
      ),
    ),
  );
}

const KEY = [
  ["ok", "ok"],
  ["miss", "miss or wait"],
  ["error", "error"],
];

export function Strip({ faults, onFault, onMend }) {
  const frame = useShown();
  const { paused } = useTimeline();
  const newest = useLatest();
  const playing = useReplay();
  const known = useKnown();
  const [ref, width] = useWidth(960);
  const [chosen, setChosen] = useState(null);
  const [table, setTable] = useState(false);
  const { nodes, edges, traffic } = frame.snapshot;
  const place = useMemo(() => layout(nodes, width), [nodes, width]);
  const grown = useMemo(() => (paused ? growth(frameBefore(frame), frame) : new Map()), [frame, paused]);
  const hop = playing?.status === "ready" ? hopAt(playing) : null;
  const node = newest.snapshot.nodes.find((one) => one.id === chosen);
  const arrows = withHops(edges, playing);
  useEffect(() => () => closeReplay(), []);
  return h(
    "section",
    {
      className: "sd-card sd-panel sd-strip",
      id: "path",
      "aria-labelledby": "path-title",
      "data-jump": "Path of requests",
      "data-jump-kind": "Panel",
      tabIndex: -1,
    },
    h(
      "header",
      null,
      h("h3", { id: "path-title" }, "Path of requests"),
      h(
        "ul",
        { className: "sd-keys" },
        KEY.map(([tone, text]) =>
          h("li", { key: tone }, h("i", { className: `sd-key ${tone}`, "aria-hidden": true }), text),
        ),
      ),
      h(
        "div",
        { className: "sd-figure" },
        h(
          "span",
          null,
          h("b", null, known ? fmt(traffic.rate, traffic.rate < 10 ? 1 : 0) : "–"),
          " req/s · p95 ",
          h("b", null, known && traffic.samples ? fmtMs(traffic.p95) : "–"),
          " ms",
        ),
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-twin",
          "aria-pressed": table,
          "aria-label": "Path of requests: show as table",
          title: "Show as table",
          onClick: () => setTable(!table),
        },
        h("span", { "aria-hidden": true }, "⊞"),
      ),
    ),
    h(
      "p",
      { className: "sd-says" },
      "Boxes are running parts, dots are real requests. Choose a box to break it.",
    ),
    table && h(StripTable, { snapshot: frame.snapshot }),
    h(
      "div",
      {
        className: "sd-stage",
        ref,
        style: { height: place.height },
        hidden: table,
        role: "group",
        "aria-label": "Parts of the system",
      },
      h(Arrows, { edges: arrows, grown, place, width, hop }),
      [...place.boxes.values()].map((box) =>
        h(Box, {
          key: box.node.id,
          box,
          chosen: chosen === box.node.id,
          onChoose: setChosen,
          role: roleOf(box.node.id, hop),
        }),
      ),
      h(Packets, { frame, place, width, still: paused || Boolean(playing) }),
    ),
    !nodes.length && h("p", { className: "sd-empty" }, "Waiting for the first frame …"),
    node &&
      h(NodeCard, {
        node,
        faults,
        active: newest.snapshot.faults,
        onFault,
        onMend,
        onClose: () => setChosen(null),
      }),
    h(Replay),
  );
}

function roleOf(id, hop) {
  if (!hop) return undefined;
  return hop.target === id ? "target" : hop.source === id ? "source" : "aside";
}

function withHops(edges, playing) {
  if (playing?.status !== "ready") return edges;
  const known = new Set(edges.map(keyOf));
  return [...edges, ...playing.trace.hops.filter((hop) => !known.has(keyOf(hop)) && known.add(keyOf(hop)))];
}
