// After a run: what was done, what was refused, what broke, and the heights; moments lead to the tape.
import { createElement as h, useEffect, useRef, useState } from "react";
import { apiUrl, fmt, fmtMs, hold, useLatest, useRoom } from "$/public/external/components/live/live.jsx";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";

const clock = (t) => new Date(t * 1000).toLocaleTimeString([], { hour12: false });

function Counts({ title, counted }) {
  if (!counted.length) return null;
  return h(
    "div",
    null,
    h("h3", null, title),
    h(
      "ul",
      null,
      counted.map((one) =>
        h("li", { key: one.name }, h("span", null, one.name), h("b", null, fmt(one.count))),
      ),
    ),
  );
}

function Moments({ title, moments, tone }) {
  if (!moments.length) return null;
  return h(
    "div",
    { "data-tone": tone },
    h("h3", null, title),
    h(
      "ul",
      null,
      moments.map((one) =>
        h(
          "li",
          { key: one.label },
          h("span", null, one.label),
          h(
            "b",
            null,
            one.unit === "ms" ? fmtMs(one.value) : fmt(one.value),
            " ",
            h("small", null, one.unit),
          ),
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              "aria-label": `Show ${one.label} on the tape`,
              title: "Show that moment, if the tape still has it",
              onClick: () => hold(one.seq),
            },
            clock(one.t),
          ),
        ),
      ),
    ),
  );
}

/** The last run that ended while this page watched. */
function useDebrief(lab) {
  const room = useRoom();
  const { workload } = useLatest().snapshot;
  const ran = useRef(false);
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (workload.running) {
      ran.current = true;
      setFound(null);
      return;
    }
    if (!ran.current || !room) return;
    ran.current = false;
    fetch(apiUrl(`/api/labs/${lab}/debrief?room=${encodeURIComponent(room)}`))
      .then((answer) => (answer.status === 200 ? answer.json() : null))
      .then(setFound)
      .catch(() => setFound(null)); // what could not be asked is not shown
  }, [workload.running, lab, room]);
  return [found, () => setFound(null)];
}

export function Debrief({ lab }) {
  const [found, close] = useDebrief(lab);
  if (!found) return null;
  return h(
    "section",
    { className: "sd-card sd-debrief", "aria-labelledby": "debrief-title", id: "debrief" },
    h(
      "header",
      null,
      h("h2", { id: "debrief-title" }, "The run"),
      h(CopyButton, { text: found.text, className: "sd-btn small", name: "Copy the run as text" }),
      h(
        "button",
        { type: "button", className: "sd-btn icon small", "aria-label": "Close the run", onClick: close },
        "✕",
      ),
    ),
    h(
      "p",
      { className: "sd-hint" },
      `${found.workload}: ${fmt(found.issued)} operations in ${fmt(found.seconds)} s` +
        (found.shed ? `, ${fmt(found.shed)} shed` : ""),
    ),
    h(Moments, { title: "Broken", moments: found.broken, tone: "error" }),
    h(Counts, { title: "Refused", counted: found.refused }),
    h(Counts, { title: "Hottest parts, calls", counted: found.hottest }),
    h(Counts, { title: "Requests", counted: found.done }),
    h(Moments, { title: "Heights", moments: found.marks }),
  );
}
