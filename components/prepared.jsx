// Prepared comparisons: a card each with what is compared, under what, and what to expect; one press runs it.
import { createElement as h } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

export const COLOURS = ["--sd-s0", "--sd-s1", "--sd-s2", "--sd-s3"];

/** The traffic that all of them get, in words. */
function terms({ workload, rate, seconds, faults, names }) {
  const done = faults.length ? `${faults.join(", ")} · ` : "";
  return `${done}${workload}, ${fmt(rate)}/s · ${names.length}\u00a0×\u00a0${fmt(seconds)}\u00a0s`;
}

function Card({ one, found, waits, onRun, onStop }) {
  const mine = found?.prepared === one.id;
  const running = waits || (mine && ["queued", "running"].includes(found.status));
  return h(
    "li",
    { className: "sd-card sd-prepared", "data-state": running ? "running" : undefined },
    h("h3", null, one.question),
    h(
      "ul",
      { className: "sd-against", "aria-label": "Variants" },
      one.names.map((name, number) =>
        h(
          "li",
          { key: name, style: { "--sd-variant": `var(${COLOURS[number]})` } },
          h("i", { className: "sd-swatch", "aria-hidden": true }),
          name,
        ),
      ),
    ),
    h("p", null, one.expect),
    h(
      "footer",
      null,
      h("small", { className: "sd-hint" }, terms(one)),
      running
        ? h(
            "button",
            { type: "button", className: "sd-btn", "aria-label": `Stop: ${one.question}`, onClick: onStop },
            "■ Stop",
          )
        : h(
            "button",
            {
              type: "button",
              className: "sd-btn p",
              "aria-label": `Compare: ${one.question}`,
              onClick: () => onRun(one.id),
            },
            "▶ Compare",
          ),
    ),
    mine && found.status === "done" && h("p", { className: "sd-cardverdict" }, found.verdict),
  );
}

/** All of a lab's; `waiting` is the id of the one that was just pressed. */
export function Prepared({ list, found, waiting, onRun, onStop }) {
  return h(
    "ul",
    { className: "sd-preparedlist", "aria-label": "Prepared comparisons" },
    list.map((one) => h(Card, { key: one.id, one, found, waits: waiting === one.id, onRun, onStop })),
  );
}

/** The figure that answers, of one variant, now: its bar is a share of the largest so far. */
export function AnswerBar({ one, found, number }) {
  const of = (variant) => variant.figures[found.answer];
  const known = found.variants.map(of).filter((value) => value !== undefined);
  const value = of(found.variants[number]);
  const largest = Math.max(...known, 0);
  return h(
    "p",
    { className: "sd-answerbar" },
    h("b", null, value === undefined ? "–" : fmt(value, Number.isInteger(value) ? 0 : 1)),
    h("small", null, value === 1 ? one.counts[0] : one.counts[1]),
    h("i", {
      "aria-hidden": true,
      style: { "--sd-share": value === undefined || !largest ? 0 : value / largest },
    }),
  );
}
