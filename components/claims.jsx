// What must hold: a chip per claim, by its short name; opened, the whole sentence and the evidence.
import { createElement as h } from "react";
import { fmt, useKnown } from "$/public/external/components/live/live.jsx";
import { Popover } from "$/public/external/components/controls/controls.jsx";
import { SpaceTime } from "$/public/external/components/evidence/evidence.jsx";

const timeOf = (t) => new Date(t * 1000).toLocaleTimeString("en-GB");
const times = (count) => (count === 1 ? "once" : `${fmt(count)} times`);

/** How a claim stands: tone, mark, a word, what the chip adds to the name, and what the card says. */
function verdict(one) {
  if (!one.applies)
    return {
      tone: "none",
      mark: "–",
      word: "not claimed now",
      brief: "off",
      says: "The present configuration does not claim this.",
    };
  if (!one.checked && one.holds)
    return {
      tone: "none",
      mark: "·",
      word: "not checked yet",
      brief: "unchecked",
      says: "Not checked yet: nothing has happened that could break it.",
    };
  if (one.holds)
    return {
      tone: "ok",
      mark: "✓",
      word: "holds",
      brief: fmt(one.checked),
      says: `Checked ${times(one.checked)} while the system ran; it held each time.`,
    };
  const broken = `Broken ${times(one.violations)} in ${fmt(one.checked)} checks. `;
  const shortest = "The shortest history that broke it:";
  if (one.again)
    return {
      tone: "again",
      mark: "✓",
      word: `holds again since ${timeOf(one.again)}`,
      brief: `again since ${timeOf(one.again)}`,
      says: `${broken}It holds again since ${timeOf(one.again)}. ${shortest}`,
    };
  return {
    tone: "error",
    mark: "✕",
    word: "broken",
    brief: `${fmt(one.violations)} × · evidence`,
    says: broken + shortest,
  };
}

function Evidence({ one, says }) {
  return h(
    "div",
    { className: "sd-evidence" },
    h("h4", null, one.claim),
    h("p", null, says),
    one.evidence.length > 0 && h(SpaceTime, { steps: one.evidence, label: `Evidence against: ${one.claim}` }),
  );
}

function Claim({ one }) {
  const { tone, mark, word, brief, says } = verdict(one);
  return h(
    Popover,
    {
      className: "sd-claim",
      label: `${one.name}: ${brief}. ${one.claim}: ${word}`,
      face: h(
        "span",
        { "data-tone": tone, className: "sd-claimface", title: one.claim },
        h("i", { "aria-hidden": true }, mark),
        h("span", null, one.name),
        h("small", null, brief),
      ),
      wide: true,
    },
    h(Evidence, { one, says }),
  );
}

const isBroken = (one) => one.applies && !one.holds && !one.again;

export function Claims({ invariants }) {
  const known = useKnown();
  const broken = invariants.filter(isBroken).length;
  const holding = invariants.filter((one) => one.applies && one.checked && !isBroken(one)).length;
  return h(
    "div",
    {
      className: "sd-must",
      role: "group",
      "aria-label": "What must hold",
      "data-jump": "What must hold",
      "data-jump-kind": "Part",
    },
    h("span", { className: "sd-lead" }, "Must hold"),
    h(
      "span",
      { className: "sd-pill sd-brief", "data-tone": broken ? "error" : known && holding ? "ok" : "none" },
      broken ? `✕ ${broken} broken` : known && holding ? `✓ ${holding} hold` : "–",
    ),
    h(
      "div",
      { className: "sd-claims" },
      invariants.map((one) => h(Claim, { key: one.id, one })),
    ),
    h(
      "span",
      { className: "sd-sr", role: "status" },
      broken ? `${broken} ${broken === 1 ? "claim is" : "claims are"} broken` : "",
    ),
  );
}
