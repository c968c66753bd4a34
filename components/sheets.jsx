// What a phone shows of a lab below its path: one sheet at a time, by tabs under the thumb. And of a product
// with several sides, one side at a time. On a wide screen all of it stands beside each other, without tabs.
import { Children, createElement as h, useEffect, useId, useRef, useState } from "react";
import { cell, useCell } from "$/public/external/components/live/live.jsx";

const NARROW = "(max-width: 768px)"; // as in the style sheet
const SHEETS = [
  ["product", "Product"],
  ["question", "Question"],
  ["panels", "Panels"],
  ["feed", "Feed"],
  ["missions", "Missions"],
];

const sheet = cell(SHEETS[0][0]);

/** Whether the window is as narrow as a phone's; null before that is known. */
export function useNarrow() {
  const [narrow, setNarrow] = useState(null);
  useEffect(() => {
    const asked = window.matchMedia(NARROW);
    const follow = () => setNarrow(asked.matches);
    follow();
    asked.addEventListener("change", follow);
    return () => asked.removeEventListener("change", follow);
  }, []);
  return narrow;
}

/** A sheet begins at its top: the page goes back to where the path stands. */
function toTop() {
  if (!window.matchMedia(NARROW).matches) return;
  const { top } = document.querySelector(".sd-bench").getBoundingClientRect();
  if (top < 0) window.scrollBy({ top, behavior: "instant" });
}

export function showSheet(name) {
  if (sheet.get() !== name) requestAnimationFrame(toTop);
  sheet.set(name);
}

/** Bring the sheet in front that this element stands in; on a wide screen all of them are. */
export function showSheetOf(element) {
  const holder = element.closest(".sd-sheet");
  if (holder) showSheet(holder.dataset.sheet);
}

/** The tab that a key leads to, of so many: the arrows, Home and End. */
export function byKey(event, at, count) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = by ? (at + by + count) % count : { Home: 0, End: count - 1 }[event.key];
  if (next !== undefined) event.preventDefault();
  return next;
}

/** Tabs of which one is chosen: `tabs` as {id, face, of}, where `of` is the id of what it shows. */
function TabRow({ className, label, tabs, at, onChoose }) {
  const row = useRef(null);
  const press = (event) => {
    const next = byKey(event, at, tabs.length);
    if (next === undefined) return;
    onChoose(next);
    row.current.children[next].focus();
  };
  return h(
    "div",
    { className, role: "tablist", "aria-label": label, ref: row, onKeyDown: press },
    tabs.map(({ id, face, of }, index) =>
      h(
        "button",
        {
          key: id,
          id,
          type: "button",
          role: "tab",
          "aria-selected": index === at,
          "aria-controls": of,
          tabIndex: index === at ? 0 : -1,
          onClick: () => onChoose(index),
        },
        face,
      ),
    ),
  );
}

export function SheetTabs() {
  const now = useCell(sheet);
  return h(TabRow, {
    className: "sd-sheettabs",
    label: "Sheets of this lab",
    tabs: SHEETS.map(([name, label]) => ({ id: `sheettab-${name}`, face: label, of: `sheet-${name}` })),
    at: SHEETS.findIndex(([name]) => name === now),
    onChoose: (index) => showSheet(SHEETS[index][0]),
  });
}

const panelOf = (narrow, tab) => (narrow ? { role: "tabpanel", "aria-labelledby": tab } : {});

export function Sheet({ name, children }) {
  const open = useCell(sheet) === name;
  const narrow = useNarrow();
  return h(
    "div",
    {
      id: `sheet-${name}`,
      className: "sd-sheet",
      "data-sheet": name,
      "data-open": open,
      ...panelOf(narrow, `sheettab-${name}`),
    },
    children,
  );
}

/** The sides of a product, each with a name (or what else its tab shows); `className` arranges them. */
export function Sides({ label, faces, className = "", children }) {
  const [at, setAt] = useState(0);
  const narrow = useNarrow();
  const id = useId();
  const sides = Children.toArray(children);
  return [
    h(TabRow, {
      key: "tabs",
      className: "sd-sidetabs",
      label,
      tabs: faces.map((face, index) => ({ id: `${id}-tab-${index}`, face, of: `${id}-${index}` })),
      at,
      onChoose: setAt,
    }),
    h(
      "div",
      { key: "sides", className },
      sides.map((side, index) =>
        h(
          "div",
          {
            key: side.key,
            id: `${id}-${index}`,
            className: "sd-oneside",
            "data-open": index === at,
            ...panelOf(narrow, `${id}-tab-${index}`),
          },
          side,
        ),
      ),
    ),
  ];
}
