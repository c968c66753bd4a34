// Who listens for what: servers with their streams, and servers by streams.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

/** Each server with its fill, and the streams that it holds connections for. */
export const ServerMap = memo(function ServerMap({ rows }) {
  return h(
    "ul",
    { className: "sd-servers" },
    rows.map((one) =>
      h(
        "li",
        { key: one.id, "data-up": one.up },
        h(
          "div",
          { className: "sd-serverhead" },
          h("b", null, one.label),
          one.up
            ? h("span", null, h("strong", null, fmt(one.connections)), ` / ${fmt(one.capacity)}`)
            : h("span", { className: "sd-pill", "data-tone": "error" }, "✕ ended"),
        ),
        h(
          "div",
          {
            className: "sd-bar",
            role: "meter",
            "aria-label": `${one.label}, connections`,
            "aria-valuenow": one.connections,
            "aria-valuemin": 0,
            "aria-valuemax": one.capacity,
          },
          h("i", {
            className: "sd-fill",
            style: { width: `${Math.min(100, (100 * one.connections) / Math.max(1, one.capacity))}%` },
          }),
        ),
        h(
          "ol",
          null,
          [0, 1, 2, 3].map((n) => {
            const held = one.held[n];
            return h(
              "li",
              { key: n },
              held
                ? [h("span", { key: "s" }, held.stream), h("b", { key: "v" }, fmt(held.viewers))]
                : h("span", null, n === 0 ? "nobody" : " "),
            );
          }),
        ),
        h("small", null, `${fmt(one.received)} in · ${fmt(one.useful_pct, 0)} % useful`),
      ),
    ),
  );
});

const SIGNS = {
  2: ["●", "listened for and watched"],
  1: ["○", "listened for, watched by nobody"],
  0: ["·", "neither"],
  x: ["✕", "watched, not listened for"],
};

/** A row per server, a column per stream. */
export const SubscriptionMatrix = memo(function SubscriptionMatrix({ streams, rows, label }) {
  return h(
    "div",
    { className: "sd-scroll", tabIndex: 0, role: "region", "aria-label": label },
    h(
      "table",
      { className: "sd-matrix" },
      h("caption", { className: "sd-sr" }, label),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, h("span", { className: "sd-sr" }, "server")),
          streams.map((one) => h("th", { key: one, scope: "col" }, one)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            { key: row.server },
            h("th", { scope: "row" }, row.server),
            streams.map((one, n) =>
              h(
                "td",
                {
                  key: one,
                  "data-sign": row.signs[n] ?? "0",
                  title: `${row.server}, ${one}: ${SIGNS[row.signs[n] ?? "0"][1]}`,
                },
                SIGNS[row.signs[n] ?? "0"][0],
              ),
            ),
          ),
        ),
      ),
    ),
  );
});
