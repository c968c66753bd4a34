// A waiting room: who is inside, who stands in line, and where somebody stands in it.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

const CELLS = 50;
const DOTS = 96;
const PER_LINE = 16;

/** One dot stands for so many people. */
const each = (count, most) => Math.max(1, Math.ceil(count / most));

/**
 * Those inside as cells of a batch, those who wait as dots, the next ones first;
 * `marks` are `{name, position}`.
 * A dot stands for more than one person when there are many, and the legend says for how many.
 */
export const WaitingRoom = memo(function WaitingRoom({ waiting, inside, batch, marks }) {
  const perCell = each(batch, CELLS);
  const cells = Math.ceil(batch / perCell);
  const filled = Math.min(cells, Math.ceil(inside / perCell));
  const perDot = each(waiting, DOTS);
  const dots = Math.ceil(waiting / perDot);
  const markAt = Object.fromEntries(
    marks
      .filter((one) => one.position > 0)
      .map((one) => [Math.min(dots - 1, Math.floor((one.position - 1) / perDot)), one.name]),
  );
  const says = `${fmt(inside)} of ${fmt(batch)} inside, ${fmt(waiting)} wait`;
  return h(
    "div",
    { className: "wr-room", role: "img", "aria-label": says },
    h(
      "div",
      { className: "wr-inside" },
      h("small", null, "inside"),
      h(
        "div",
        { className: "wr-cells" },
        Array.from({ length: cells }, (_, n) => h("i", { key: n, "data-on": n < filled || undefined })),
      ),
      h("b", null, `${fmt(inside)} / ${fmt(batch)}`),
    ),
    h("span", { className: "wr-door", "aria-hidden": true }, "◂"),
    h(
      "div",
      { className: "wr-line" },
      h("small", null, "in line"),
      h(
        "div",
        { className: "wr-dots", style: { "--per-line": PER_LINE } },
        Array.from({ length: Math.max(PER_LINE, dots) }, (_, n) =>
          h(
            "i",
            {
              key: n,
              "data-on": n < dots || undefined,
              "data-next": (n < dots && n * perDot < batch) || undefined,
              "data-me": markAt[n] || undefined,
            },
            markAt[n] ?? "",
          ),
        ),
      ),
      h("b", null, fmt(waiting), perDot > 1 && h("small", null, ` · a dot is ${perDot} buyers`)),
    ),
  );
});
