// The questions of a lab, one at a time: its options, what they change, what to watch, what they cost,
// and what breaks it. The panels that it moves come first, the others are folded.
import { Children, createElement as h, useMemo } from "react";
import { fmt, LEADER_ONLY, useCell, useLatest, useMay } from "$/public/external/components/live/live.jsx";
import {
  ALL,
  asked,
  askedFor,
  askQuestion,
  comparing,
  foldPanel,
  opened,
  PanelPlace,
  panelsOf,
  useAskedFromAddress,
} from "$/public/external/components/asked/asked.jsx";
import { Dial, Dive, useConfig } from "$/public/external/components/dives/dives.jsx";
import { showTab } from "$/public/external/components/shell/shell.jsx";

function Rail({ questions, now }) {
  const choice = (id, face, jump) =>
    h(
      "li",
      { key: id },
      h(
        "button",
        {
          type: "button",
          className: "sd-question-chip",
          "aria-current": id === now ? "true" : undefined,
          "aria-controls": "question",
          "data-jump": jump,
          "data-jump-kind": "Question",
          "data-press": true,
          onClick: () => askQuestion(id),
        },
        face,
      ),
    );
  return h(
    "nav",
    { className: "sd-rail", "aria-label": "Questions" },
    h(
      "ol",
      null,
      questions.map((one, index) =>
        choice(
          one.id,
          [h("small", { key: "number", "aria-hidden": true }, index + 1), one.short],
          one.question,
        ),
      ),
      choice(ALL, "All", "All questions and panels"),
    ),
  );
}

/** How the claim that a question protects stands; until that is known, its place. */
function Standing({ claim, name }) {
  if (!claim)
    return name
      ? h("span", { className: "sd-pill sd-standing sd-unknown", "aria-hidden": true }, `✓ ${name}: holds`)
      : null;
  const broken = claim.applies && !claim.holds && !claim.again;
  const open = claim.applies && claim.holds && !claim.checked; // nothing has happened that could break it
  const tone = !claim.applies || open ? "none" : broken ? "error" : "ok";
  const text = !claim.applies
    ? "off"
    : open
      ? "unchecked"
      : broken
        ? `${fmt(claim.violations)} × broken`
        : "holds";
  return h(
    "span",
    { className: "sd-pill sd-standing", "data-tone": tone },
    `${broken ? "✕" : open ? "·" : claim.applies ? "✓" : "–"} ${claim.name}: ${text}`,
  );
}

const rateOf = ({ rate, label }) => `${label}, ${fmt(rate)}/s`;

function Provoke({ one, value, onProvoke, onChoose, onStop }) {
  const may = useMay("control");
  const { workload, invariants } = useLatest().snapshot;
  const { provokes } = one;
  if (!provokes) return null;
  const { unprotected } = provokes;
  const runs = workload.running && workload.id === provokes.workload;
  const isOff = unprotected && value === unprotected;
  const labelOf = (id) => one.options.find((option) => option.id === id)?.label;
  const terms = [unprotected && `“${labelOf(unprotected)}”`, ...provokes.terms].filter(Boolean);
  const press = (text, tone, action) =>
    h(
      "button",
      {
        type: "button",
        className: `sd-btn ${tone}`,
        disabled: !may,
        onClick: action,
      },
      text,
    );
  return [
    h(Standing, {
      key: "claim",
      claim: invariants.find((claim) => claim.id === provokes.protects),
      name: provokes.claim,
    }),
    unprotected
      ? runs && isOff
        ? h(
            "span",
            { key: "protect" },
            press(`✓ Protect it: ${labelOf(one.default)}`, "p", () => onChoose(one.default)),
          )
        : h(
            "span",
            { key: "break" },
            h("small", { className: "sd-terms" }, "with ", terms.join(" and "), " "),
            press(`⚡ Break it: ${rateOf(provokes)}`, "break", () => onProvoke(one.id)),
          )
      : runs
        ? h("span", { key: "stop" }, press("■ Stop the traffic", "", onStop))
        : h(
            "span",
            { key: "show" },
            terms.length > 0 && h("small", { className: "sd-terms" }, "with ", terms.join(" and "), " "),
            press(`▶ Show it: ${rateOf(provokes)}`, "", () => onProvoke(one.id)),
          ),
  ];
}

function Says({ name, children }) {
  return h("div", null, h("dt", null, name), h("dd", null, children));
}

const COUNTS = ["", "", "both", "all three", "all four"];

function Opened({ one, config, onToggle, onKnob, onProvoke, onStop }) {
  const compare = () => {
    (one.compares ? askedFor : comparing).set(one.compares || one.id);
    showTab("compare");
  };
  const count = COUNTS[one.options.length] ?? `all ${one.options.length}`;
  const tries = (value, choose) =>
    h(
      "div",
      { className: "sd-tries" },
      h(Provoke, { one, value, onProvoke, onChoose: choose, onStop }),
      h(
        "button",
        { type: "button", className: "sd-btn", onClick: compare },
        one.compares ? "⇄ Compare" : `⇄ Compare ${count}`,
      ),
    );
  return h(
    Dive,
    { toggle: one, current: config.now(one.id), then: config.then(one.id), onToggle, aside: tries },
    (value) => [
      h(
        "dl",
        { className: "sd-told", key: "told" },
        h(Says, { name: "changes" }, one.changes),
        h(Says, { name: "watch" }, one.watch),
        h(
          Says,
          { name: `costs of “${one.options.find((option) => option.id === value)?.label}”` },
          one.options.find((option) => option.id === value)?.tradeoff,
        ),
      ),
      one.knobs.length > 0 &&
        h(
          "div",
          { className: "sd-dials", key: "dials" },
          one.knobs.map((knob) => h(Dial, { key: knob.id, knob, current: config.now(knob.id), onKnob })),
        ),
    ],
  );
}

function Everything({ questions, config, onToggle, onKnob }) {
  return h(
    "div",
    { className: "sd-everything" },
    questions.map((one) =>
      h(
        Dive,
        { key: one.id, toggle: one, current: config.now(one.id), then: config.then(one.id), onToggle },
        () => one.knobs.map((knob) => h(Dial, { key: knob.id, knob, current: config.now(knob.id), onKnob })),
      ),
    ),
  );
}

export function Questions({ questions, defaults, ...does }) {
  useAskedFromAddress(questions);
  const now = useCell(asked) || questions[0]?.id;
  const config = useConfig(defaults);
  const may = useMay("control");
  const one = questions.find((other) => other.id === now);
  return h(
    "section",
    { className: "sd-card sd-dives", "aria-label": "Questions of this design" },
    h(Rail, { questions, now }),
    !may && h("p", { className: "tc-onlynote" }, LEADER_ONLY),
    h(
      "div",
      { id: "question", className: "sd-question-card", "data-question": now },
      one ? h(Opened, { key: one.id, one, config, ...does }) : h(Everything, { questions, config, ...does }),
    ),
  );
}

// Panels

const COLUMNS = [2, 3, 4]; // as many as the style sheet gives by the width: known before anything is measured

/** How many columns each takes: what does not fill a row is made wider, so that no gap is left. */
export function spread(spans, columns) {
  const found = [];
  let row = [];
  let used = 0;
  const close = () => {
    for (let spare = columns - used; row.length && spare > 0; spare -= 1) row[(spare - 1) % row.length] += 1;
    found.push(...row);
    row = [];
    used = 0;
  };
  for (const span of spans) {
    const wanted = Math.min(span, columns);
    if (used + wanted > columns) close();
    row.push(wanted);
    used += wanted;
  }
  close();
  return found;
}

/** The panels in their order of now: those of the question first; the rest folded, until they are opened. */
function orderOf(ids, now, list, beside) {
  if (now === ALL) return { open: ids, folded: [] };
  const first = panelsOf(now, list).filter((id) => ids.includes(id));
  const open = [...first, ...ids.filter((id) => !first.includes(id) && beside.includes(id))];
  return { open, folded: ids.filter((id) => !open.includes(id)) };
}

export function Panels({ ids, spans, questions, children }) {
  const all = Children.toArray(children);
  const now = useCell(asked) || questions[0]?.id || ALL;
  const beside = useCell(opened);
  const { open, folded } = useMemo(() => orderOf(ids, now, questions, beside), [ids, now, questions, beside]);
  const wanted = open.map((id) => spans[ids.indexOf(id)]);
  const wide = COLUMNS.map((columns) => [`--sd-of-${columns}`, spread(wanted, columns)]);
  const place = (id, index, isFolded) =>
    h(
      "div",
      {
        key: id,
        className: "sd-place",
        "data-folded": isFolded,
        style: isFolded ? undefined : Object.fromEntries(wide.map(([of, taken]) => [of, taken[index]])),
      },
      h(
        PlaceOf,
        { id, isFolded, fixed: now === ALL || panelsOf(now, questions).includes(id) },
        all[ids.indexOf(id)],
      ),
    );
  return h(
    "div",
    { className: "sd-panelbox" },
    h("div", { className: "sd-panels" }, [
      ...open.map((id, index) => place(id, index, false)),
      ...folded.map((id, index) => place(id, index, true)),
    ]),
  );
}

function PlaceOf({ id, isFolded, fixed, children }) {
  const value = useMemo(
    () => ({ folded: isFolded, fold: fixed ? null : (to) => foldPanel(id, to) }),
    [id, isFolded, fixed],
  );
  return h(PanelPlace.Provider, { value }, children);
}
