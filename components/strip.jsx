// The architecture strip: the running parts, the calls between them, and dots that stand for real requests.
import { createElement as h, useEffect, useMemo, useRef, useState } from "react";
import {
  fmt,
  fmtMs,
  frameBefore,
  framesUntilShown,
  useKnown,
  useLatest,
  useShown,
  useTimeline,
} from "$/public/external/components/live/live.jsx";
import { colourOf, sign, stillness, useWidth } from "$/public/external/components/controls/controls.jsx";
import { useNarrow } from "$/public/external/components/sheets/sheets.jsx";
import { faultsOf } from "$/public/external/components/faults/faults.jsx";
import { BoxCard, cardOf } from "$/public/external/components/boxcard/boxcard.jsx";
import {
  keyOf,
  layout,
  pathOf,
  pointOn,
  routesOf,
  tipOf,
} from "$/public/external/components/routes/routes.jsx";
import {
  Replay,
  closeReplay,
  hopAt,
  openTrace,
  useReplay,
} from "$/public/external/components/replay/replay.jsx";

const FLIGHT = 380;
const SPREAD = 190;
const MOST_PACKETS = 90;
const OUTCOMES = ["ok", "miss", "error"];
const LETTER = 6; // pixels that a letter of the second line takes
const FRAME = 20; // pixels of a box beside its text
const ROOMY = 132; // pixels that a flat box needs for its name and a figure beside it
const PHONE = 366; // what a phone of 390 pixels leaves to the boxes
const LASTING = 10; // frames for which an arrow stays lit after a call
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

function Packets({ frame, place, routes, width, still }) {
  const canvas = useRef(null);
  const flying = useRef([]);
  const running = useRef(0);
  const last = useRef(null);
  const size = useRef([width, place.height]);
  useEffect(() => {
    size.current = [width, place.height]; // also of an animation that is under way
    const before = last.current ?? frameBefore(frame);
    last.current = frame;
    if (still || stillness() || document.hidden) {
      flying.current = [];
      return;
    }
    launch(flying.current, growth(before, frame), routes);
    window.sdlabHands?.(flying.current, before, frame, routes, canvas.current);
    if (!running.current && flying.current.length)
      running.current = animate(canvas.current, flying, running, size);
  }, [frame, routes, width, still]);
  useEffect(() => () => cancelAnimationFrame(running.current), []);
  return h("canvas", {
    ref: canvas,
    className: "sd-packets",
    style: { width, height: place.height },
    "aria-hidden": true,
  });
}

function launch(flying, grown, routes) {
  const now = performance.now();
  for (const [key, counts] of grown) {
    const points = routes.get(key);
    if (!points) continue;
    counts.forEach((count, index) => {
      const many = Math.min(4, Math.ceil(Math.log2(count + 1)));
      for (let one = 0; one < many && flying.length < MOST_PACKETS; one += 1)
        flying.push({ points, outcome: OUTCOMES[index], starts: now + ((one + index / 3) / many) * SPREAD });
    });
  }
}

function animate(canvas, flying, running, size) {
  if (!canvas) return 0;
  const inks = colours();
  let [width, height] = size.current;
  let context = sizeCanvas(canvas, width, height);
  const draw = (now) => {
    if (width !== size.current[0] || height !== size.current[1]) {
      [width, height] = size.current;
      context = sizeCanvas(canvas, width, height);
    }
    context.clearRect(0, 0, width, height);
    flying.current = flying.current.filter((packet) => now - packet.starts < FLIGHT);
    for (const packet of flying.current) {
      const t = (now - packet.starts) / FLIGHT;
      if (t < 0) continue;
      const paint = packet.draw ?? drawPacket;
      paint(context, packet.outcome, ...pointOn(packet.points, t), inks);
    }
    running.current = flying.current.length ? requestAnimationFrame(draw) : 0;
  };
  return requestAnimationFrame(draw);
}

// Boxes and arrows

/** A status is a refusal; a word is what a miss is called at that part. */
const toneOf = ({ text }) => (/^[45]\d\d/.test(text) ? "error" : "miss");

const reasonOf = ({ text, times }) => `${text} × ${fmt(times)}`;

function Box({ box, chosen, onChoose, role, isSmall }) {
  const { node } = box;
  const rate = node.rate > 0 ? `${fmt(node.rate, node.rate < 10 ? 1 : 0)}/s` : "";
  const first = node.state === "up" ? node.detail : node.state;
  const all = [first, rate].filter(Boolean).join(" · ");
  const isFlat = box.h <= 32;
  const fits = all.length * LETTER <= box.w - FRAME;
  // a name is never cut for a figure, and no figure for another
  const second = !isFlat ? (fits ? all : first || rate) : box.w < ROOMY ? "" : first || rate;
  const [reason] = node.reasons ?? [];
  const face = [
    h(
      "b",
      { key: "name" },
      node.state !== "up" && h("i", { "aria-hidden": true }, sign(node.state)),
      node.label,
    ),
    !isSmall &&
      (second || !isFlat) &&
      h("span", { key: "more" }, second || (node.outside ? "all traffic" : "idle")),
    reason &&
      h("em", { key: "reason", className: "sd-reason", "data-tone": toneOf(reason) }, reasonOf(reason)),
  ];
  const told = [all || "idle", ...(node.reasons ?? []).map(reasonOf)].join(" · ");
  const common = {
    className: "sd-node",
    style: { left: box.x, top: box.y, width: box.w, height: box.h },
    "data-state": node.state,
    "data-flat": isFlat,
    "data-role": role,
    title: `${node.label} – ${told}`,
  };
  if (node.outside || isSmall) return h("div", { ...common, "data-outside": node.outside }, face);
  return h(
    "button",
    {
      ...common,
      type: "button",
      "aria-expanded": chosen,
      "aria-label": `${node.label}, ${node.state}, ${told}: what it is, faults`,
      onClick: () => onChoose(chosen ? null : node.id),
    },
    face,
  );
}

function Arrows({ edges, grown, routes, place, width, hop }) {
  return h(
    "svg",
    { className: "sd-arrows", width, height: place.height, "aria-hidden": true },
    edges.map((edge) => {
      const points = routes.get(keyOf(edge));
      if (!points) return null;
      const more = grown.get(keyOf(edge));
      const tone = !more ? "idle" : more[2] ? "error" : more[1] ? "miss" : "ok";
      const current = hop && hop.source === edge.source && hop.target === edge.target;
      return h(
        "g",
        {
          key: keyOf(edge),
          "data-tone": current ? hop.outcome : hop ? "idle" : tone,
          "data-current": Boolean(current),
        },
        h("path", { className: "way", d: pathOf(points) }),
        h("path", { className: "tip", d: tipOf(points) }),
      );
    }),
  );
}

const ENDED = { ok: "", miss: ": miss", error: ": failed" };

/** A chip for each kind of request that there was; it replays the latest of its kind. */
function Kinds({ lab, kinds, playing }) {
  return h(
    "div",
    { className: "sd-kinds", role: "group", "aria-label": "Replay the latest request of a kind" },
    h("span", null, "replay the last"),
    kinds.length
      ? kinds.map(({ trace, title, outcome, reason }) =>
          h(
            "button",
            {
              key: trace,
              type: "button",
              className: "sd-kind",
              "data-tone": outcome,
              "aria-pressed": playing?.id === trace,
              onClick: () => openTrace(lab, trace),
            },
            h("i", { "aria-hidden": true }, sign(outcome)),
            title + (reason ? `: ${reason}` : ENDED[outcome]),
          ),
        )
      : h("em", null, "nothing yet"),
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

/** How high the small path stands at the top of the window, for what has to be seen below it. */
function useHeightSaid(isSmall) {
  const section = useRef(null);
  useEffect(() => {
    const say = (height) => document.documentElement.style.setProperty("--sd-path", `${height}px`);
    if (!isSmall) return undefined;
    const observer = new ResizeObserver(() => say(section.current?.offsetHeight ?? 0));
    observer.observe(section.current);
    return () => {
      observer.disconnect();
      say(0);
    };
  }, [isSmall]);
  return section;
}

/** On a phone the path is small and stays in sight until it is opened, by hand or by what it has to show. */
function useSize(shrinks, isBusy, isMeasured, onClose) {
  const [isOpen, setOpen] = useState(false);
  const narrow = useNarrow();
  const canShrink = shrinks && narrow;
  const isSmall = canShrink && !isOpen && !isBusy;
  const flip = () => {
    setOpen(isSmall);
    if (!isSmall) onClose();
  };
  return { canShrink, isSmall, flip, isUnknown: shrinks && (narrow === null || (narrow && !isMeasured)) };
}

export function Strip({ lab, shrinks, planned, faults, onFault, onMend }) {
  const frame = useShown();
  const { paused } = useTimeline();
  const newest = useLatest();
  const playing = useReplay();
  const known = useKnown();
  const [ref, measured] = useWidth(0);
  const width = measured || 960;
  const [chosen, setChosen] = useState(null);
  const [table, setTable] = useState(false);
  const { edges, kinds = [], traffic } = frame.snapshot;
  const nodes = frame.snapshot.nodes.length ? frame.snapshot.nodes : planned;
  const { canShrink, isSmall, flip, isUnknown } = useSize(
    shrinks,
    Boolean(playing || chosen || table),
    measured > 0,
    () => {
      setChosen(null);
      setTable(false);
      closeReplay();
    },
  );
  const section = useHeightSaid(isSmall);
  const place = useMemo(() => layout(nodes, width, isSmall), [nodes, width, isSmall]);
  const phoneHeight = isUnknown ? layout(nodes, PHONE, true).height : 0;
  const grown = useMemo(
    () => growth(paused ? frameBefore(frame) : framesUntilShown(LASTING)[0], frame),
    [frame, paused],
  );
  const hop = playing?.status === "ready" ? hopAt(playing) : null;
  const node = newest.snapshot.nodes.find((one) => one.id === chosen);
  const arrows = withHops(edges, playing);
  const ways = arrows.map(keyOf).join();
  const routes = useMemo(() => routesOf(arrows, place), [ways, place]);
  useEffect(() => () => closeReplay(), []);
  return h(
    "section",
    {
      ref: section,
      className: "sd-card sd-panel sd-strip",
      id: "path",
      "data-small": isSmall || isUnknown, // which means something on a phone only
      "data-unknown": isUnknown || undefined,
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
      canShrink &&
        h(
          "button",
          { type: "button", className: "sd-btn sd-enlarge", "aria-expanded": !isSmall, onClick: flip },
          isSmall ? "Open" : "Smaller",
        ),
    ),
    h(
      "p",
      { className: "sd-says" },
      "Boxes are running parts, dots are real requests. Choose a box to learn what it is, and to break it.",
    ),
    table && h(StripTable, { snapshot: frame.snapshot }),
    h(
      "div",
      {
        className: "sd-stage",
        ref,
        style: { height: place.height, "--sd-phone": `${phoneHeight}px` },
        hidden: table,
        role: "group",
        "aria-label": "Parts of the system",
      },
      h(Arrows, { edges: arrows, grown, routes, place, width, hop }),
      [...place.boxes.values()].map((box) =>
        h(Box, {
          key: box.node.id,
          box,
          chosen: chosen === box.node.id,
          onChoose: setChosen,
          role: roleOf(box.node.id, hop),
          isSmall,
        }),
      ),
      h(Packets, { frame, place, routes, width, still: paused || Boolean(playing) }),
    ),
    h(Kinds, { lab, kinds, playing }),
    node &&
      h(BoxCard, {
        node,
        card: cardOf(faults, node),
        specs: faultsOf(faults, node),
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
