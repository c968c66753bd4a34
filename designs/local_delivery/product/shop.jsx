// A shop that delivers within the hour: the pin, the shelf of what is left, two carts, orders on their way.
import { createElement as h, useEffect, useState } from "react";
import { fmt, noun, useMay } from "$/public/external/components/live/live.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";
import { StreetMap } from "$/public/external/designs/local_delivery/inside/streetmap/streetmap.jsx";
import { Thing } from "$/public/external/designs/local_delivery/product/things/things.jsx";

const FEW = 5;
const YOU = "visitor";
const SAM = "Sam";
const nameOf = (who) => (who === YOU ? "You" : who);

/** Seconds that are left of a time that ends, counted down between two frames. */
function useCountdown(leftS, key) {
  const [deadline, setDeadline] = useState(0);
  const [now, setNow] = useState(0);
  const running = leftS > 0;
  useEffect(() => {
    setDeadline(performance.now() / 1000 + leftS);
    setNow(performance.now() / 1000);
  }, [key, running]);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(performance.now() / 1000), 250);
    return () => clearInterval(timer);
  }, [running, key]);
  return running ? Math.max(0, deadline - now) : 0;
}

function left(one) {
  if (one.left < 0) return "…";
  if (!one.left) return "gone here";
  return `${fmt(one.left)} left here`;
}

function Card({ one, carts, may, onPut }) {
  const mine = carts.map((cart) => cart.lines.find((line) => line.id === one.id)?.many ?? 0);
  const put = (who, name) =>
    h(
      "button",
      {
        type: "button",
        className: who === YOU ? "sd-btn small p" : "sd-btn small",
        disabled: !may || one.left < 1,
        "aria-label": who === YOU ? `Add ${one.name}` : `Sam takes ${one.name}`,
        onClick: () => onPut(who, one.id, 1),
      },
      name,
    );
  return h(
    "li",
    { className: "ld-card", "data-few": one.left >= 0 && one.left < FEW, "data-gone": one.left === 0 },
    h(Thing, one),
    h("b", null, one.name),
    h("small", null, one.price),
    h("span", { className: "ld-left" }, left(one)),
    h(
      "span",
      { className: "ld-adds" },
      put(YOU, mine[0] ? `Add (${mine[0]})` : "Add"),
      put(SAM, mine[1] ? `Sam (${mine[1]})` : "Sam"),
    ),
  );
}

function Time({ one }) {
  const seconds = useCountdown(one.left_s, `${one.cart} ${one.lines.map((line) => line.many).join()}`);
  if (!one.cart) return h("p", { className: "ld-time" });
  if (!one.kept) return h("p", { className: "ld-time" }, h("span", null, "Nothing is kept"));
  if (!one.of_s) return h("p", { className: "ld-time" }, h("span", null, `no end · ${one.kept_at}`));
  return h(
    "p",
    { className: "ld-time", role: "timer", "aria-label": `Kept for ${Math.ceil(seconds)} s` },
    h("i", { style: { width: `${Math.min(100, (100 * seconds) / one.of_s)}%` } }),
    h("span", null, `${Math.ceil(seconds)} s · ${one.kept_at}`),
  );
}

function Trip({ trip }) {
  if (!trip.id) return null;
  const there = trip.step.includes("door");
  const minutes = `≤ ${fmt(Math.ceil(trip.minutes))} min`;
  return h(
    "p",
    { className: "ld-trip", "data-late": trip.late },
    h("b", null, trip.said),
    h("span", null, `${trip.centre}: ${trip.step}`),
    !there && h("span", { className: "ld-min" }, trip.late ? `late, ${minutes}` : minutes),
  );
}

function Cart({ one, may, onPut, onPay, onEmpty }) {
  const who = one.name || YOU;
  return h(
    "section",
    { className: "ld-cart", "aria-label": who === YOU ? "Your cart" : `${who}'s cart` },
    h("h3", null, who === YOU ? "Your cart" : `${who}, next door`),
    h(
      "ul",
      null,
      one.lines.map((line) =>
        h(
          "li",
          { key: line.id },
          h("span", null, `${fmt(line.many)} × ${line.name}`),
          h("small", null, line.price),
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              disabled: !may,
              "aria-label": `${nameOf(who)}: one ${line.name} fewer`,
              onClick: () => onPut(who, line.id, -1),
            },
            "−",
          ),
        ),
      ),
      !one.lines.length && h("li", { className: "sd-empty" }, "Nothing in it."),
    ),
    h(Time, { one }),
    h(
      "div",
      { className: "ld-acts" },
      h(
        "button",
        {
          type: "button",
          className: who === YOU ? "sd-btn p" : "sd-btn",
          disabled: !may || !one.lines.length,
          onClick: () => onPay(who),
        },
        one.lines.length ? `Order · ${one.total}` : "Order",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          disabled: !may || !one.lines.length,
          onClick: () => onEmpty(who),
        },
        "Empty",
      ),
    ),
    h("p", { className: "ld-note", role: "status", "data-tone": one.tone }, one.note),
    h(Trip, one),
  );
}

export function Shop({ city, shop, reach, onMove, onPut, onPay, onEmpty, onRace }) {
  const may = useMay("verb");
  const trips = shop.shoppers.map((one) => one.trip).filter((one) => one.id);
  const carts = shop.shoppers;
  return h(
    "div",
    { className: "ld-shop" },
    h(StreetMap, { city, reach, trips, movable: true, label: "The city", onMove }),
    h(
      "p",
      { className: "sd-hint ld-says", role: "status" },
      shop.ready
        ? shop.centres
          ? `${fmt(shop.centres)} ${noun(shop.centres, "centre", "centres")} can be here within the hour` +
            ` · what is left: from the ${shop.source}`
          : "No centre can be here within the hour. Move the pin."
        : "…",
    ),
    h(
      "ul",
      { className: "ld-shelf", "aria-label": "What can be had here within the hour" },
      shop.shelf.map((one) => h(Card, { key: one.id, one, carts, may: may && shop.ready, onPut })),
    ),
    h(
      Sides,
      {
        label: "Whose cart",
        className: "ld-carts",
        faces: carts.map((one) => `${nameOf(one.name || YOU)} (${fmt(one.lines.length)})`),
      },
      carts.map((one, n) =>
        h(Cart, {
          key: n,
          one: one.name ? one : { ...one, name: n ? SAM : YOU },
          may,
          onPut,
          onPay,
          onEmpty,
        }),
      ),
    ),
    h(
      "button",
      {
        type: "button",
        className: "sd-btn small ld-race",
        disabled: !may || !shop.ready,
        title: "Both order one console at the same moment, without a cart",
        onClick: () => onRace(shop.shelf[0].id),
      },
      "⚡ Both order a console at once",
    ),
  );
}
