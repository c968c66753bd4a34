// Deep dives: one control per question of the design. They act on the running system at once.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import {
  LEADER_ONLY,
  useLatest,
  useMay,
  useShown,
  useTimeline,
} from "$/public/external/components/live/live.jsx";
import { Popover } from "$/public/external/components/controls/controls.jsx";

const grouped = (value) => value.toLocaleString("en");

const PATIENCE = 4000;
const FEW = 3;

/** What the visitor asked for, until a frame shows it (or refuses it by not showing it in time). */
function usePending(current) {
  const [pending, setPending] = useState(null);
  const timer = useRef(0);
  useEffect(() => {
    if (pending !== null && String(pending) === String(current)) setPending(null);
  }, [pending, current]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (value) => {
    setPending(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setPending(null), PATIENCE);
  };
  return [pending ?? current, pending !== null, ask];
}

function Card({ changes, watch, children, title }) {
  return h(
    "div",
    { className: "sd-divecard" },
    h("h4", null, title),
    changes && h("p", null, h("b", null, "Changes "), changes),
    watch && h("p", null, h("b", null, "Watch "), watch),
    children,
  );
}

function Dive({ toggle, current, then, onToggle }) {
  const may = useMay("control");
  const [value, waiting, ask] = usePending(current);
  const name = useId();
  const choose = (id) => {
    ask(id);
    onToggle(toggle.id, id);
  };
  return h(
    "div",
    {
      className: "sd-dive",
      role: "radiogroup",
      "aria-labelledby": `${name}-question`,
      "data-waiting": waiting,
      "data-jump": toggle.question,
      "data-jump-kind": "Deep dive",
      tabIndex: -1,
      id: `dive-${toggle.id}`,
    },
    h(
      "div",
      { className: "sd-divehead" },
      h("span", { id: `${name}-question` }, toggle.question),
      h(
        Popover,
        { className: "sd-ask", label: `About: ${toggle.question}`, face: "?" },
        h(
          Card,
          { title: toggle.question, changes: toggle.changes, watch: toggle.watch },
          h(
            "dl",
            null,
            toggle.options.map((one) => [
              h("dt", { key: one.id, "data-on": one.id === value }, one.label),
              h("dd", { key: `${one.id}-cost` }, one.tradeoff),
            ]),
          ),
          toggle.breaks &&
            h("p", { className: "sd-risk" }, h("i", { "aria-hidden": true }, "▲ "), toggle.breaks),
        ),
      ),
    ),
    h(
      "div",
      { className: "sd-seg" },
      toggle.options.map((one) =>
        h(
          "label",
          { key: one.id, title: one.tradeoff, "data-then": then !== current && one.id === then },
          h("input", {
            type: "radio",
            name,
            value: one.id,
            disabled: !may,
            checked: value === one.id,
            onChange: () => choose(one.id),
          }),
          h("span", null, one.label),
        ),
      ),
    ),
  );
}

function Dial({ knob, current, onKnob }) {
  const may = useMay("control");
  const [value, waiting, ask] = usePending(current);
  const [typed, setTyped] = useState(null);
  const id = useId();
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (text, soon) => {
    const number = Number(text);
    clearTimeout(timer.current);
    if (text === "" || Number.isNaN(number) || number < knob.minimum || number > knob.maximum)
      return setTyped(text);
    setTyped(null);
    ask(number);
    timer.current = setTimeout(() => onKnob(knob.id, number), soon ? 0 : 150);
    return undefined;
  };
  const bad = typed !== null;
  return h(
    "div",
    {
      className: "sd-dive sd-dial",
      role: "group",
      "aria-label": knob.label,
      "data-waiting": waiting,
      "data-jump": knob.label,
      "data-jump-kind": "Knob",
      tabIndex: -1,
      id: `dive-${knob.id}`,
    },
    h(
      "div",
      { className: "sd-divehead" },
      h("label", { htmlFor: id }, knob.label),
      h(
        Popover,
        { className: "sd-ask", label: `About: ${knob.label}`, face: "?" },
        h(
          Card,
          { title: knob.label, changes: knob.changes },
          h(
            "p",
            null,
            `From ${grouped(knob.minimum)} to ${grouped(knob.maximum)} ${knob.unit}; ` +
              `at first ${grouped(knob.default)}.`,
          ),
        ),
      ),
    ),
    h(
      "div",
      { className: "sd-dialrow" },
      h("input", {
        type: "range",
        id,
        disabled: !may,
        min: knob.minimum,
        max: knob.maximum,
        step: knob.step,
        value,
        onChange: (event) => set(event.target.value),
      }),
      h("input", {
        type: "number",
        className: "sd-num short",
        min: knob.minimum,
        max: knob.maximum,
        step: knob.step,
        value: typed ?? value,
        disabled: !may,
        "aria-label": `${knob.label}${knob.unit ? `, ${knob.unit}` : ""}`,
        "aria-invalid": bad,
        title: bad ? `from ${knob.minimum} to ${knob.maximum}` : undefined,
        onChange: (event) => set(event.target.value),
        onBlur: () => setTyped(null),
      }),
      h("small", null, knob.unit),
    ),
  );
}

export function Dives({ toggles, knobs, defaults, onToggle, onKnob }) {
  const newest = useLatest().snapshot.config;
  const past = useShown().snapshot.config;
  const { paused } = useTimeline();
  const may = useMay("control");
  const now = (id) => newest[id] ?? defaults[id];
  return h(
    "section",
    { className: "sd-card sd-dives", "aria-label": "Deep dives" },
    !may && h("p", { className: "tc-onlynote" }, LEADER_ONLY),
    toggles.map((toggle) =>
      h(Dive, {
        key: toggle.id,
        toggle,
        current: now(toggle.id),
        then: paused ? past[toggle.id] : now(toggle.id),
        onToggle,
      }),
    ),
    knobs.length > 0 &&
      h(
        "details",
        { className: "sd-dials", open: knobs.length <= FEW || undefined },
        h(
          "summary",
          null,
          `${knobs.length} ${knobs.length === 1 ? "number" : "numbers"}: ${knobs
            .slice(0, FEW)
            .map((knob) => knob.label.toLowerCase())
            .join(", ")}${knobs.length > FEW ? " …" : ""}`,
        ),
        h(
          "div",
          null,
          knobs.map((knob) => h(Dial, { key: knob.id, knob, current: now(knob.id), onKnob })),
        ),
      ),
  );
}
