// Find places: words, a map to be moved, the list of what is there, and a place with its reviews.
import { createElement as h, useEffect, useRef, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";
import { PlaceMap } from "$/public/external/designs/yelp/inside/placemap/placemap.jsx";

const TYPED = 220;
const RADII = [300, 600, 1000, 2000, 5000];
const TRY = ["coffee", "ramen", "books", "late", "coffee terrace"];
const far = (metres) => (metres < 1000 ? `${fmt(metres)} m` : `${fmt(metres / 1000, 1)} km`);

function Stars({ stars, ratings }) {
  if (!ratings) return h("span", { className: "ye-stars none" }, "not rated yet");
  return h(
    "span",
    {
      className: "ye-stars",
      role: "img",
      "aria-label": `${fmt(stars, 1)} of 5 stars, ${fmt(ratings)} ratings`,
    },
    h("i", { "aria-hidden": true, style: { "--share": `${(100 * stars) / 5}%` } }, "★★★★★"),
    h("b", null, fmt(stars, 1)),
    h("small", null, `(${fmt(ratings)})`),
  );
}

function Hit({ one, onOpen }) {
  return h(
    "li",
    { "data-chosen": one.chosen },
    h(
      "button",
      { type: "button", onClick: () => onOpen(one.id) },
      h("span", { className: "ye-rank" }, one.rank),
      h(
        "span",
        { className: "ye-what" },
        h("b", null, one.name),
        h("small", null, `${one.kind}${one.tags ? ` · ${one.tags}` : ""}`),
        h(Stars, one),
      ),
      h(
        "span",
        { className: "ye-far" },
        h("b", null, far(one.metres)),
        h("small", null, `${fmt(one.score, 1)} points`),
      ),
    ),
  );
}

function Rate({ place, may, onRate }) {
  const [stars, setStars] = useState(0);
  const [text, setText] = useState("");
  const [sent, setSent] = useState(false);
  useEffect(() => {
    setStars(place.mine);
    setSent(false);
  }, [place.id, place.mine]);
  return h(
    "form",
    {
      className: "ye-rate",
      onSubmit: (event) => {
        event.preventDefault();
        if (!stars) return;
        setSent(true);
        onRate(place.id, stars, text);
      },
    },
    h(
      "fieldset",
      null,
      h("legend", null, place.mine ? `You gave ${place.mine} of 5. Change it:` : "Your rating"),
      [1, 2, 3, 4, 5].map((one) =>
        h(
          "label",
          { key: one, "data-on": one <= stars },
          h("input", {
            type: "radio",
            name: "ye-stars",
            value: one,
            checked: one === stars,
            disabled: !may,
            onChange: () => {
              setStars(one);
              setSent(false);
            },
            "aria-label": one === 1 ? "1 star" : `${one} stars`,
          }),
          h("span", { "aria-hidden": true }, "★"),
        ),
      ),
    ),
    h("input", {
      type: "text",
      className: "sd-input",
      placeholder: "What was it like? (if you want to say)",
      "aria-label": "Your review",
      maxLength: 500,
      value: text,
      disabled: !may,
      onChange: (event) => setText(event.target.value),
    }),
    h(
      "button",
      { type: "submit", className: "sd-btn p", disabled: !may || !stars },
      place.mine ? "Change my rating" : "Rate",
    ),
    h("span", { role: "status", className: "sd-hint" }, sent && place.mine === stars ? "Thank you." : ""),
  );
}

function Place({ place, may, onLeave, onRate }) {
  const back = useRef(null);
  useEffect(() => back.current?.focus({ preventScroll: true }), [place.id]);
  return h(
    "section",
    { className: "ye-place", "aria-label": place.name },
    h("button", { ref: back, type: "button", className: "sd-btn small", onClick: onLeave }, "← All places"),
    h("h3", null, place.name),
    h("p", null, h(Stars, place), h("small", null, `${place.kind}${place.tags ? ` · ${place.tags}` : ""}`)),
    h("p", { className: "sd-hint" }, place.street),
    h(Rate, { place, may, onRate }),
    h(
      "ul",
      { className: "ye-reviews", "aria-label": "Reviews, newest first" },
      place.reviews.map((one) =>
        h(
          "li",
          { key: one.by },
          h("b", null, one.by),
          h("span", { role: "img", "aria-label": `${one.stars} of 5 stars` }, "★".repeat(one.stars)),
          h("small", null, one.when),
          one.text && h("p", null, one.text),
        ),
      ),
      !place.reviews.length && h("li", { className: "sd-empty" }, "Nobody has written anything here yet."),
    ),
  );
}

function Search({ explorer, term, radius, onTerm, onRadius }) {
  return h(
    "div",
    { className: "ye-search", role: "search" },
    h("input", {
      type: "search",
      className: "sd-input",
      placeholder: "coffee, ramen, late …",
      "aria-label": "What are you looking for?",
      maxLength: 80,
      value: term,
      onChange: (event) => onTerm(event.target.value),
    }),
    h(
      "select",
      {
        className: "sd-select",
        "aria-label": "Within",
        value: radius,
        onChange: (event) => onRadius(Number(event.target.value)),
      },
      RADII.map((one) => h("option", { key: one, value: one }, far(one))),
    ),
    h(
      "div",
      { className: "ye-try" },
      TRY.map((one) =>
        h(
          "button",
          {
            key: one,
            type: "button",
            className: "sd-btn small",
            "aria-pressed": one === explorer.term,
            onClick: () => onTerm(one, true),
          },
          one,
        ),
      ),
    ),
  );
}

export function Explore({ city, explorer, onLook, onOpen, onLeave, onRate }) {
  const may = useMay("verb");
  const [term, setTerm] = useState(null);
  const [radius, setRadius] = useState(0);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const words = term ?? explorer.term,
    within = radius || explorer.radius || 600;
  const look = (changed) => {
    const wanted = { term: words, x: explorer.x, y: explorer.y, radius: within, ...changed };
    onLook(wanted.term, wanted.x, wanted.y, wanted.radius);
  };
  const type = (text, now) => {
    setTerm(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => look({ term: text }), now ? 0 : TYPED);
  };
  const place = explorer.place;
  return h(
    "div",
    { className: "ye-product" },
    h(Search, {
      explorer,
      term: words,
      radius: within,
      onTerm: type,
      onRadius: (one) => {
        setRadius(one);
        look({ radius: one });
      },
    }),
    h(PlaceMap, {
      city,
      explorer,
      span: 2000,
      movable: true,
      label: "The city",
      onMove: (x, y) => look({ x, y }),
      onPick: onOpen,
    }),
    h(
      "p",
      { className: "sd-hint", role: "status" },
      explorer.radius
        ? `${fmt(explorer.found)} within ${far(explorer.radius)}, from the ${explorer.source}` +
            (explorer.fallback ? ": the index does not answer" : "")
        : "…",
    ),
    place.id
      ? h(Place, { place, may, onLeave, onRate })
      : h(
          "ol",
          { className: "ye-hits", "aria-label": "Places, best first" },
          explorer.hits.map((one) => h(Hit, { key: one.id, one, onOpen })),
          !explorer.hits.length &&
            explorer.radius > 0 &&
            h("li", { className: "sd-empty" }, "Nothing of that kind here. Drag the map, or look farther."),
        ),
  );
}
