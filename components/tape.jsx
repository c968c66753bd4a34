// The tape: the kept frames from old to new, painted with what held when, and marks that can be pressed.
import { createElement as h, useEffect, useMemo, useRef } from "react";
import { bandsOfTape, indexOf, seek } from "$/public/external/components/live/live.jsx";

const SIGNS = { config: "▮", fault: "◆", violation: "▲", crash: "✕" };
const percent = (share) => `${Math.max(0, Math.min(1, share)) * 100}%`;

/** Marks at their places; of several of one kind at one frame the first. */
function placed(marks, last) {
  const seen = new Set();
  const found = [];
  for (const mark of marks) {
    const index = indexOf(mark.seq);
    const key = `${mark.kind}${mark.seq}`;
    if (index < 0 || seen.has(key)) continue;
    seen.add(key);
    found.push({ ...mark, index, key, left: percent(index / last) });
  }
  return found;
}

function Bands({ bands, last }) {
  return h(
    "div",
    { className: "sd-bands", "aria-hidden": true },
    bands.map(({ kind, from, to, odd }) =>
      h("i", {
        key: `${kind}${from}`,
        className: kind,
        "data-odd": odd,
        style: { left: percent(from / last), right: percent(1 - to / last) },
      }),
    ),
  );
}

/** Marks are for whoever points; the slider goes to every frame by keys. */
function Marks({ marks }) {
  return h(
    "div",
    { className: "sd-marks", "aria-hidden": true },
    marks.map((mark) =>
      h(
        "i",
        {
          key: mark.key,
          className: mark.kind,
          style: { left: mark.left },
          title: `${mark.text} (press to go there)`,
          onClick: () => seek(mark.index),
        },
        SIGNS[mark.kind],
      ),
    ),
  );
}

export function Tape({ time, lab }) {
  const wanted = useRef(null);
  const pending = useRef(0);
  const forget = () => {
    cancelAnimationFrame(pending.current);
    pending.current = 0;
  };
  useEffect(() => forget, []);
  useEffect(() => {
    if (!time.paused) forget(); // back at live, nobody wants to go where the tape was moved to before
  }, [time.paused]);
  const move = (event) => {
    wanted.current = Number(event.target.value);
    if (pending.current) return;
    pending.current = requestAnimationFrame(() => {
      pending.current = 0;
      seek(wanted.current);
    });
  };
  const last = Math.max(1, time.count - 1);
  const spots = useMemo(() => placed(time.marks, last), [time.marks, time.first, last]);
  const bands = useMemo(() => bandsOfTape(), [time.newest]);
  return h(
    "div",
    { className: "sd-scrub", "data-paused": time.paused },
    h(Bands, { bands, last }),
    h("input", {
      type: "range",
      min: 0,
      max: last,
      value: time.paused ? time.index : last,
      onChange: move,
      disabled: time.count < 2,
      "aria-label": `Frames of ${lab}`,
      "aria-valuetext": time.paused ? `${time.behind} frames behind the newest` : "live",
    }),
    h(Marks, { marks: spots }),
  );
}
