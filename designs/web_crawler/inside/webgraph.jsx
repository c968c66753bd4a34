// The web as it is crawled: a node for each address, coloured by state, joined to what led there.
import { createElement as h, memo, useEffect, useMemo, useRef } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { stillness, useWidth } from "$/public/external/components/controls/controls.jsx";
import { colours, prepared, useTheme } from "$/public/external/components/citymap/citymap.jsx";

const EDGE = 4096;
const NONE = 65535;
const APPEAR_MS = 380;
const GLOW_MS = 900;
const NEAR_PX = 14;
// Signs of states, with the colour of each, its name, and whether it is drawn hollow.
const STATES = {
  q: ["dim", "waits", true],
  f: ["miss", "fetched", false],
  s: ["ok", "stored", false],
  d: ["moved", "a copy", false],
  x: ["error", "forbidden", true],
  r: ["acc", "redirect", true],
  m: ["miss", "missing", true],
  o: ["line2", "not a page", false],
  e: ["error", "dead", false],
  "!": ["error", "refused", true],
};
const LEGEND = ["q", "f", "s", "d", "r", "x", "e"];

function bytes(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer;
}

function unpacked(graph) {
  return {
    points: new Uint16Array(bytes(graph.points)),
    parents: new Uint16Array(bytes(graph.parents)),
    numbers: new Uint32Array(bytes(graph.numbers)),
    states: graph.states,
    count: graph.nodes,
  };
}

/** When each node was seen first, so that new ones appear and old ones stand. */
function useAges(data) {
  const seen = useRef({ count: 0, at: [] });
  const now = performance.now();
  const before = seen.current;
  const at = data.count < before.count ? [] : before.at;
  const first = at.length === 0;
  for (let n = at.length; n < data.count; n += 1) at.push(first ? 0 : now);
  seen.current = { count: data.count, at };
  return at;
}

function paintLines(pen, data, x, y, tone) {
  pen.strokeStyle = tone.line;
  pen.lineWidth = 0.7;
  pen.beginPath();
  for (let n = 0; n < data.count; n += 1) {
    const parent = data.parents[n];
    if (parent === NONE) continue;
    pen.moveTo(x(data.points[2 * parent]), y(data.points[2 * parent + 1]));
    pen.lineTo(x(data.points[2 * n]), y(data.points[2 * n + 1]));
  }
  pen.stroke();
}

function paintNodes(pen, data, ages, now, x, y, tone, size) {
  for (const [sign, [name, , hollow]] of Object.entries(STATES)) {
    pen.fillStyle = pen.strokeStyle = tone[name] || tone.dim;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let n = 0; n < data.count; n += 1) {
      if (data.states[n] !== sign) continue;
      const grown = Math.min(1, Math.max(0.25, (now - ages[n]) / APPEAR_MS));
      const [left, top, radius] = [x(data.points[2 * n]), y(data.points[2 * n + 1]), size * grown];
      pen.moveTo(left + radius, top);
      pen.arc(left, top, radius, 0, 6.2832);
    }
    if (hollow) pen.stroke();
    else pen.fill();
  }
}

function paintSites(pen, sites, now, x, y, tone, width, still) {
  pen.font = "10px Inter, system-ui, sans-serif";
  pen.textAlign = "center";
  const every = width > 620;
  for (const site of sites) {
    const [left, top] = [x(site.x), y(site.y)];
    if (site.hot) {
      const beat = still ? 1 : 0.6 + 0.4 * Math.sin((now / GLOW_MS) * 6.2832);
      pen.globalAlpha = 0.35 * beat;
      pen.fillStyle = tone.error;
      pen.beginPath();
      pen.arc(left, top, width / 22, 0, 6.2832);
      pen.fill();
      pen.globalAlpha = 1;
    }
    if (!every && !site.hot) continue;
    const name = site.host.replace(/\.test$/, "");
    pen.lineWidth = 3;
    pen.strokeStyle = tone.panel;
    pen.fillStyle = site.hot ? tone.error : tone.dim;
    pen.strokeText(name, left, top - width / 30);
    pen.fillText(name, left, top - width / 30);
  }
}

function legend(graph) {
  const many = {};
  for (const sign of graph.states) many[sign] = (many[sign] || 0) + 1;
  return h(
    "ul",
    { className: "cw-legend", "aria-label": "Colours of the picture" },
    LEGEND.map((sign) =>
      h(
        "li",
        { key: sign },
        h("i", { "data-tone": STATES[sign][0], "data-hollow": STATES[sign][2] }),
        `${STATES[sign][1]} ${fmt(many[sign] || 0)}`,
      ),
    ),
  );
}

/** Addresses as nodes. With `onChoose` a click near a node tells its number. */
export const WebGraph = memo(function WebGraph({ graph, label, onChoose }) {
  const [box, width] = useWidth(420);
  const height = Math.round(width * 0.72);
  const canvas = useRef(null);
  const theme = useTheme();
  const data = useMemo(
    () => unpacked(graph),
    [graph.points, graph.parents, graph.numbers, graph.states, graph.nodes],
  );
  const ages = useAges(data);
  const hot = graph.sites
    .filter((one) => one.hot)
    .map((one) => one.host)
    .join(" ");
  const told = hot ? `; asked too often: ${hot}` : "";
  const margin = 16;
  const x = (at) => margin + (at / EDGE) * (width - 2 * margin);
  const y = (at) => margin + (at / EDGE) * (height - 2 * margin);
  useEffect(() => {
    let request = 0;
    let last = 0;
    const still = stillness();
    const paint = (now) => {
      if (!canvas.current) return;
      const young = data.count && now - (ages[data.count - 1] || 0) < APPEAR_MS;
      if (now - last > 30 || !last) {
        last = now;
        const pen = prepared(canvas.current, width, height);
        const tone = colours(canvas.current);
        const size = Math.max(1.6, width / 260);
        paintLines(pen, data, x, y, tone);
        paintSites(pen, graph.sites, now, x, y, tone, width, still);
        paintNodes(pen, data, ages, still ? Infinity : now, x, y, tone, size);
      }
      if (!still && (young || hot) && !document.hidden) request = requestAnimationFrame(paint);
    };
    request = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(request);
  }, [data, hot, width, height, theme]);
  const choose = (event) => {
    const area = event.currentTarget.getBoundingClientRect();
    let best = NEAR_PX;
    let found = -1;
    for (let n = 0; n < data.count; n += 1) {
      const away = Math.hypot(
        x(data.points[2 * n]) - event.clientX + area.left,
        y(data.points[2 * n + 1]) - event.clientY + area.top,
      );
      if (away < best && (data.states[n] === "s" || data.states[n] === "d")) {
        best = away;
        found = n;
      }
    }
    if (found >= 0) onChoose(data.numbers[found]);
  };
  return h(
    "div",
    { ref: box, className: "cw-graph" },
    h("canvas", {
      ref: canvas,
      role: "img",
      style: { cursor: onChoose ? "pointer" : undefined },
      "aria-label": `${label}: ${fmt(graph.nodes)} addresses on ${fmt(graph.sites.length)} sites${told}`,
      onClick: onChoose ? choose : undefined,
    }),
    legend(graph),
  );
});
