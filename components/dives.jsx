// The controls of a question: its options and numbers. They act on the running system at once.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { usePending } from "$/public/external/components/controls/controls.jsx";
import { useLatest, useMay, useShown, useTimeline } from "$/public/external/components/live/live.jsx";

/** What is in force, and (where a past frame is shown) what was in force then. */
export function useConfig(defaults) {
  const newest = useLatest().snapshot.config;
  const past = useShown().snapshot.config;
  const { paused } = useTimeline();
  const now = (id) => newest[id] ?? defaults[id];
  return { now, then: (id) => (paused ? past[id] : now(id)) };
}

/** The options of a question as a switch; `aside` (above) and `children` (below) get the one in force. */
export function Dive({ toggle, current, then, onToggle, aside, children }) {
  const may = useMay("control");
  const [value, waiting, ask] = usePending(current);
  const name = useId();
  const choose = (id) => {
    ask(id);
    onToggle(toggle.id, id);
  };
  return h(
    "div",
    { className: "sd-dive", "data-waiting": waiting },
    h("h3", { className: "sd-divehead", id: `${name}-question` }, toggle.question),
    aside?.(value, choose),
    h(
      "div",
      {
        className: "sd-seg",
        role: "radiogroup",
        "aria-labelledby": `${name}-question`,
        tabIndex: -1,
        id: `dive-${toggle.id}`,
      },
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
    children?.(value, choose),
  );
}

export function Dial({ knob, current, onKnob }) {
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
    h("label", { className: "sd-divehead", htmlFor: id, title: knob.changes }, knob.label),
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
