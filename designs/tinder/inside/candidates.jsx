// How candidates are found and put in order: cells of an index, a queue of cards, the parts of a score.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { Avatar } from "$/public/external/components/avatar/avatar.jsx";

const DOT = { candidate: 2.2, queue: 3.6, other: 5, me: 5 };

/** The area from above: cells of the index with people in them, how far the search reached, who was found. */
export const GeoGrid = memo(function GeoGrid({ view, label }) {
  const size = 400,
    scale = size / view.area_km;
  const up = (km) => size - km * scale;
  const most = Math.max(1, view.fullest);
  return h(
    "svg",
    {
      className: "td-grid",
      viewBox: `0 0 ${size} ${size}`,
      role: "img",
      "aria-label":
        `${label}: ${view.candidates} candidates in ${view.looked} cells, ` +
        `${view.examined} people examined`,
    },
    h("clipPath", { id: "td-area" }, h("rect", { width: size, height: size })),
    h(
      "g",
      { clipPath: "url(#td-area)" },
      view.cells.map((one) =>
        h(
          "g",
          { key: one.name, className: "td-cell", "data-looked": one.looked },
          h(
            "rect",
            {
              x: one.x * scale,
              y: up(one.y + one.tall),
              width: one.wide * scale,
              height: one.tall * scale,
              style: { "--full": (Math.sqrt(one.people / most) * 0.6).toFixed(3) },
            },
            h("title", null, `${one.name}: ${one.people} people${one.looked ? ", read" : ""}`),
          ),
          one.people >= most * 0.12 &&
            h(
              "text",
              { x: (one.x + one.wide / 2) * scale, y: up(one.y + one.tall) + 11, textAnchor: "middle" },
              fmt(one.people),
            ),
        ),
      ),
      h("circle", { className: "td-reach", cx: view.x * scale, cy: up(view.y), r: view.km * scale }),
      view.dots.map((one, n) =>
        h("circle", {
          key: `${n}`,
          className: "td-dot",
          "data-kind": one.kind,
          cx: one.x * scale,
          cy: up(one.y),
          r: DOT[one.kind] ?? 2,
        }),
      ),
      view.dots
        .filter((one) => one.name)
        .map((one) =>
          h(
            "text",
            {
              key: one.name,
              className: "td-dotname",
              x: one.x * scale + 7,
              y: up(one.y) + (one.kind === "me" ? 14 : -5),
            },
            one.name,
          ),
        ),
    ),
  );
});

/** The queue from its head; the mark says where a refill begins. */
export const CardQueue = memo(function CardQueue({ view, label }) {
  const places = Array.from({ length: 24 }, (_, n) => view.cards[n] ?? null);
  return h(
    "div",
    { className: "td-queuebox" },
    h(
      "ol",
      { className: "td-queue", "aria-label": label },
      places.map((one, n) =>
        h(
          "li",
          {
            key: n,
            "data-stale": Boolean(one && !one.fits),
            "data-none": !one,
            title: one ? `${one.name}, ${one.age}, ${one.km} km, ${one.score} points` : "",
          },
          one
            ? [
                h(Avatar, { key: "a", seed: one.face, size: 30 }),
                h("small", { key: "s" }, one.fits ? fmt(one.score) : "✕ out"),
              ]
            : h("i", { "aria-hidden": true }),
        ),
      ),
    ),
    h(
      "div",
      {
        className: "td-fill",
        role: "meter",
        "aria-label": "Cards in the queue",
        "aria-valuenow": view.size,
        "aria-valuemin": 0,
        "aria-valuemax": view.capacity,
      },
      h("i", {
        style: { width: `${Math.min(100, (100 * view.size) / Math.max(1, view.capacity))}%` },
        "data-asking": view.refilling,
      }),
      h("b", {
        style: { left: `${Math.min(100, (100 * view.refill_below) / Math.max(1, view.capacity))}%` },
        title: `refilled below ${view.refill_below}`,
      }),
    ),
  );
});

export const ScoreBars = memo(function ScoreBars({ view }) {
  const longest = Math.max(1, ...view.parts.map((one) => one.most));
  if (!view.name)
    return h("p", { className: "sd-empty" }, "No card in the queue. Swipe, and the feed is made again.");
  return h(
    "div",
    { className: "td-score" },
    h(
      "div",
      { className: "td-scorehead" },
      h(Avatar, { seed: view.face, size: 44 }),
      h(
        "div",
        null,
        h("b", null, view.name),
        h(
          "small",
          null,
          view.rank
            ? `number ${fmt(view.rank)} of ${fmt(view.of)} when the feed was made`
            : `first in ${view.who}’s queue`,
        ),
      ),
      h("strong", null, fmt(view.total, 1)),
    ),
    h(
      "ul",
      null,
      view.parts.map((one) =>
        h(
          "li",
          { key: one.label },
          h("span", null, one.label),
          h(
            "span",
            { className: "td-points" },
            h("i", { style: { width: `${(100 * one.most) / longest}%` } }),
            h("i", { className: "got", style: { width: `${(100 * one.points) / longest}%` } }),
          ),
          h("b", null, `${fmt(one.points, 1)} of ${fmt(one.most)}`),
          h("small", null, one.why),
        ),
      ),
    ),
  );
});
