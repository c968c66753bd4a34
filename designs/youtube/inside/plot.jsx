// A player moment by moment: kbit/s of network and rendition above, seconds in the buffer below.
import { createElement as h } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const ABOVE = 96;
const BELOW = 56;
const HEIGHT = ABOVE + BELOW + 26;
const LEFT = 34;
const NAMES = ["240p", "360p", "720p"];

export function PlayerPlot({ points, ladder, target }) {
  const [box, width] = useWidth(320);
  const first = points[0]?.t ?? 0;
  const last = Math.max(first + 5, points[points.length - 1]?.t ?? 0);
  const top = Math.max(500, (ladder[ladder.length - 1] ?? 0) * 1.6);
  const most = Math.max(target || 6, 2, ...points.map((one) => one.buffer_s));
  const x = (t) => LEFT + ((t - first) / (last - first)) * (width - LEFT - 4);
  const y = (kbits) => ABOVE - (Math.min(kbits, top) / top) * (ABOVE - 10);
  const low = ABOVE + 12 + BELOW;
  const yBuffer = (seconds) => low - (seconds / most) * BELOW;
  const network = points.map((one) => `${x(one.t)},${y(one.kbits)}`).join(" ");
  const chosen = points
    .map((one, n) => `${n ? `H${x(one.t)}` : `M${x(one.t)},${y(one.chosen)}`}V${y(one.chosen)}`)
    .join("");
  const filled = points.map((one) => `${x(one.t)},${yBuffer(one.buffer_s)}`).join(" ");
  const end = points[points.length - 1];
  const said = end
    ? `${NAMES[end.level]} chosen, network ${fmt(end.kbits)} kbit/s, ${end.buffer_s.toFixed(1)} s buffered`
    : "nobody plays";
  return h(
    "div",
    { ref: box, className: "yt-plot" },
    h(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": said },
      ladder.map((kbits, n) =>
        h(
          "g",
          { key: n },
          h("line", { className: "yt-step", x1: LEFT, x2: width, y1: y(kbits), y2: y(kbits) }),
          h("text", { x: 0, y: y(kbits) + 4 }, NAMES[n]),
        ),
      ),
      points.length > 1 && h("polyline", { className: "yt-net", points: network }),
      points.length > 1 && h("path", { className: "yt-chosen", d: chosen }),
      points.length > 1 &&
        h("polygon", {
          className: "yt-buffer",
          points: `${x(points[0].t)},${low} ${filled} ${x(end.t)},${low}`,
        }),
      points
        .filter((one) => one.stalled)
        .map((one, n) =>
          h("rect", { key: n, className: "yt-stall", x: x(one.t) - 2, y: 4, width: 4, height: low - 4 }),
        ),
      h("text", { x: 0, y: yBuffer(most) + 8 }, `${fmt(most)} s`),
      h("text", { x: LEFT, y: HEIGHT - 2 }, `${fmt(first)} s`),
      h("text", { x: width - 4, y: HEIGHT - 2, textAnchor: "end" }, `${fmt(last)} s`),
    ),
  );
}
