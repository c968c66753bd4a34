// True likes against the likes that the index knows. On the diagonal it knows them; the lower line is
// half of them.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";

const HEIGHT = 190;
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 10, 14, 24];
const TICKS = [1, 10, 100, 1000, 10000, 100000, 1000000];
const SHORT = ["1", "10", "100", "1k", "10k", "100k", "1M"];

export const LikePlot = memo(function LikePlot({ points, label }) {
  const [ref, width] = useWidth(320);
  const most = Math.max(10, ...points.map((one) => one.likes)) * 1.3;
  const along = (value) => Math.log(1 + Math.max(0, value)) / Math.log(1 + most);
  const x = (value) => LEFT + (width - LEFT - RIGHT) * along(value);
  const y = (value) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * along(value);
  const ticks = TICKS.map((value, n) => [value, SHORT[n]]).filter(([value]) => value <= most);
  const halves = TICKS.filter((one) => one <= most);
  const half = [...halves, most].map((one) => `${x(one)},${y(one / 2)}`).join(" ");
  return h(
    "div",
    { ref, className: "sd-chart ts-plot" },
    h(
      "svg",
      {
        width,
        height: HEIGHT,
        role: "img",
        "aria-label": `${label}: ${fmt(points.length)} tweets, at most ${fmt(
          Math.max(0, ...points.map((one) => one.likes)),
        )} likes`,
      },
      ticks.map(([value, short]) =>
        h(
          "g",
          { key: value },
          h("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), className: "axis" }),
          h("text", { x: LEFT - 5, y: y(value), dy: "0.35em", textAnchor: "end", className: "dim" }, short),
          h("text", { x: x(value), y: HEIGHT - 9, textAnchor: "middle", className: "dim" }, short),
        ),
      ),
      h("line", { x1: x(0), y1: y(0), x2: x(most), y2: y(most), className: "ts-exact" }),
      h("polyline", { points: half, className: "ts-half" }),
      points
        .filter((one) => one.known >= 0)
        .map((one) =>
          h(
            "circle",
            {
              key: one.id,
              cx: x(one.likes),
              cy: y(one.known),
              r: 3.2,
              className: "ts-point",
              "data-behind": one.known < one.likes,
            },
            h("title", null, `tweet ${fmt(one.id)}: ${fmt(one.likes)} likes, ${fmt(one.known)} in the index`),
          ),
        ),
    ),
  );
});
