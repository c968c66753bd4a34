// Alerts in force around the price of one stock, and the band that the last move has crossed.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

const FRESH_S = 6;

const inBand = (one, ladder) => {
  const [low, high] = [
    Math.min(ladder.crossed_from, ladder.crossed_to),
    Math.max(ladder.crossed_from, ladder.crossed_to),
  ];
  return ladder.crossed > 0 && one.price >= low && one.price <= high;
};

const rung = (one, ladder, most) =>
  h(
    "li",
    {
      key: `${one.above}${one.price}`,
      className: "sa-rung",
      "data-side": one.above ? "above" : "below",
      "data-band": inBand(one, ladder),
    },
    h("span", { className: "sa-rungprice" }, fmt(one.price, 2)),
    h("span", { className: "sa-rungbar" }, h("i", { style: { width: `${(100 * one.alerts) / most}%` } })),
    h("span", { className: "sa-rungcount" }, fmt(one.alerts), one.mine ? h("b", null, " yours") : ""),
  );

/** Above the price those that wait for a rise, below it those that wait for a fall. */
export const Ladder = memo(function Ladder({ ladder, label }) {
  const most = Math.max(1, ...ladder.rungs.map((one) => one.alerts));
  const above = ladder.rungs.filter((one) => one.above);
  const below = ladder.rungs.filter((one) => !one.above);
  const fresh = ladder.crossed > 0 && ladder.crossed_ago <= FRESH_S;
  const move = `${fmt(ladder.crossed_from, 2)} → ${fmt(ladder.crossed_to, 2)}`;
  return h(
    "div",
    { className: "sa-ladder" },
    h(
      "ol",
      { "aria-label": label },
      above.map((one) => rung(one, ladder, most)),
      h(
        "li",
        { className: "sa-now", "data-fresh": fresh },
        h("b", null, `${ladder.symbol} ${fmt(ladder.price, 2)}`),
        h("span", null, "▲ waits for a rise · ▼ waits for a fall"),
      ),
      below.map((one) => rung(one, ladder, most)),
    ),
    h(
      "p",
      { className: "sd-hint sa-band" },
      ladder.crossed > 0
        ? [`Crossed last: ${move}, `, h("b", { key: "n" }, fmt(ladder.crossed)), " fired"]
        : "No alert of this stock was crossed of late.",
    ),
  );
});
