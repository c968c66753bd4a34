// Small drawings of what the shop sells; one colour each, from the theme's series.
import { createElement as h } from "react";

const SHAPES = {
  console: [
    "s4",
    "M4 10c0-3 2-4 4-4h8c2 0 4 1 4 4l1 6c0 2-3 3-4 1l-2-2H9l-2 2c-1 2-4 1-4-1zM7 10h4M9 8v4M15 9h.1M17 11h.1",
  ],
  "ice-cream": ["s2", "M7 10a5 5 0 0 1 10 0zM7.5 10.5 12 21l4.5-10.5"],
  "oat-milk": ["s0", "M8 8l2-4h4l2 4v13H8zM8 8h8M8 13h8"],
  bananas: ["s3", "M5 6c1 8 6 12 14 11-1 3-5 4-8 3C6 18 4 12 5 6zM5 6l1-2"],
  crisps: ["s5", "M7 4h10l-1 3 1 12-1 1H8l-1-1 1-12zM10 11h4M10 14h4"],
  cola: ["s1", "M8 6h8v14H8zM9 4h6l1 2H8zM8 11c3 2 5-2 8 0"],
  pizza: ["s2", "M4 6c5-3 11-3 16 0l-8 15zM10 10h.1M14 10h.1M12 14h.1"],
  nappies: ["s0", "M4 8h16v4c0 5-3 7-8 7s-8-2-8-7zM4 11h4M16 11h4"],
  headache: ["s6", "M7 17 17 7a3.5 3.5 0 0 0-5-5L3.5 11a3.5 3.5 0 0 0 5 5zM8 7l5 5"],
  coffee: ["s5", "M7 7h10l1 13H6zM9 7V4h6v3M10 13c0-3 4-3 4 0s-4 3-4 0z"],
  bread: ["s3", "M4 11c0-4 4-5 8-5s8 1 8 5c0 1-1 2-2 2v6H6v-6c-1 0-2-1-2-2zM9 10v3M13 10v3"],
  batteries: ["s4", "M7 6h10v14H7zM10 3h4v3h-4zM12 9l-2 4h4l-2 4"],
};

/** The drawing of a thing, by its slug. */
export function Thing({ slug }) {
  const [tone, path] = SHAPES[slug] ?? ["s0", "M5 5h14v14H5z"];
  return h(
    "svg",
    { viewBox: "0 0 24 24", className: "ld-thing", "data-tone": tone, "aria-hidden": true },
    h("path", { d: path }),
  );
}
