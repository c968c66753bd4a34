// The card of a box: what it is, why it is here, what breaks without it, what else one could use;
// its numbers now; and what can be done to it.
import { createElement as h } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";
import { sign } from "$/public/external/components/controls/controls.jsx";
import { FaultList } from "$/public/external/components/faults/faults.jsx";

export const cardOf = (faults, node) => faults.cards[faults.card_of[node.id] ?? faults.card_of[node.kind]];

const TOLD = [
  ["what", "What it is"],
  ["why", "Why it is here"],
  ["without", "Without it"],
  ["instead", "Instead"],
];

export function BoxCard({ node, card, specs, active, onFault, onMend, onClose }) {
  const figures = [
    node.detail,
    `${fmt(node.rate, 1)}/s now`,
    `${fmt(node.calls)} calls`,
    `${fmt(node.errors)} errors`,
    ...(node.reasons ?? []).map(({ text, times }) => `${text} × ${fmt(times)}`),
  ];
  return h(
    "section",
    { className: "sd-nodecard", "aria-label": node.label },
    h(
      "header",
      null,
      h("b", null, node.label),
      h(
        "span",
        { className: "sd-pill", "data-tone": node.state === "up" ? "ok" : "error" },
        `${sign(node.state)} ${node.state}`,
      ),
      h("span", { className: "sd-unit" }, figures.filter(Boolean).join(" · ")),
      h("button", { type: "button", className: "sd-btn small", onClick: onClose }, "Close"),
    ),
    card &&
      h(
        "dl",
        { className: "sd-boxtold" },
        TOLD.map(([name, title]) => h("div", { key: name }, h("dt", null, title), h("dd", null, card[name]))),
      ),
    h(FaultList, { node, specs, active, onFault, onMend }),
  );
}
