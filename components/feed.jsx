// The event feed: plain sentences of what just happened and why; a sentence with a trace can be replayed.
import { createElement as h, memo, useRef, useState } from "react";
import { fmtMs, useShown } from "$/public/external/components/live/live.jsx";
import { sign } from "$/public/external/components/controls/controls.jsx";
import { openTrace, useReplay } from "$/public/external/components/replay/replay.jsx";

const KINDS = { config: "⚙", fault: "⚡", crash: "✕", system: "•" };

/** Equal lines in a row are one with a count. */
function folded(events) {
  const groups = [];
  for (const event of events) {
    const last = groups[groups.length - 1];
    if (last && sameLine(last.event, event)) last.times += 1;
    else groups.push({ event, times: 1 });
  }
  return groups;
}

const sameLine = (one, other) =>
  one.text === other.text &&
  one.why === other.why &&
  one.kind === other.kind &&
  one.hand === other.hand &&
  one.outcome === other.outcome;

const Line = memo(function Line({ event, times, lab, playing }) {
  const face = [
    h("time", { key: "time", className: "mono" }, event.clock),
    h(
      "span",
      {
        key: "sign",
        className: "sd-sign",
        "data-tone": event.kind === "request" ? event.outcome : event.kind,
        "aria-label": event.kind === "request" ? event.outcome : event.kind,
        role: "img",
      },
      KINDS[event.kind] ?? sign(event.outcome),
    ),
    h(
      "span",
      { key: "text", className: "sd-sentence", title: [event.text, event.why].filter(Boolean).join("\n") },
      event.hand &&
        h("i", { className: "tc-hand", style: { background: globalThis.sdlabInk?.(event.hand) } }),
      event.text,
      times > 1 && h("b", { className: "sd-times" }, ` × ${times}`),
      event.why && h("em", null, event.why),
    ),
    event.ms > 0 && h("small", { key: "ms" }, `${fmtMs(event.ms)} ms`),
  ];
  if (!event.trace) return h("li", null, h("div", null, face));
  return h(
    "li",
    { "data-playing": playing },
    h(
      "button",
      { type: "button", onClick: () => replay(lab, event.trace), "aria-pressed": playing },
      face,
      h("span", { className: "sd-replayhint", "aria-hidden": true }, "replay"),
    ),
  );
});

function replay(lab, trace) {
  openTrace(lab, trace);
  document.getElementById("path")?.scrollIntoView({ block: "nearest", behavior: "auto" });
}

/** Stands still while it is pointed at, so that a line can be chosen. */
export function Feed({ lab }) {
  const frame = useShown();
  const [held, setHeld] = useState(null);
  const playing = useReplay();
  const events = held ?? frame.events;
  const hold = () => setHeld((now) => now ?? frame.events);
  const pointed = useRef(false);
  const enter = () => {
    pointed.current = true;
    hold();
  };
  const leave = () => {
    pointed.current = false;
    setHeld(null);
  };
  // Pressing one line takes the focus from another; were the list to move then,
  // the press would land on a third.
  const blur = (event) =>
    !pointed.current && !event.currentTarget.contains(event.relatedTarget) && setHeld(null);
  return h(
    "section",
    {
      className: "sd-card sd-feed",
      "aria-labelledby": "feed-title",
      id: "feed",
      "data-jump": "What just happened",
      "data-jump-kind": "Panel",
      tabIndex: -1,
    },
    h(
      "header",
      null,
      h("h2", { id: "feed-title" }, "What just happened"),
      h("span", { className: "sd-unit" }, held ? "held" : "newest first"),
    ),
    h(
      "ol",
      {
        onPointerEnter: enter,
        onPointerLeave: leave,
        onFocus: hold,
        onBlur: blur,
        tabIndex: 0,
        "aria-label": "What just happened, newest first",
      },
      events.length
        ? folded(events).map(({ event, times }, place) =>
            h(Line, {
              key: place, // what is written on a line changes, no line moves
              event,
              times,
              lab,
              playing: Boolean(playing) && playing.id === event.trace,
            }),
          )
        : h("li", { className: "sd-empty" }, "Nothing yet. Use the product, or start some traffic below."),
    ),
  );
}
