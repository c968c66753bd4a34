// How far a large package is fetched that this lab needs; looked at each second until it is there.
import { fmt } from "$/public/external/components/live/live.jsx";
import { createElement as h, useEffect, useState } from "react";

const EVERY_MS = 1000;
const AFTER_FAILURE_MS = 10_000;

/** The packages of a lab that are not there yet. */
function useMissing(lab) {
  const [missing, setMissing] = useState([]);
  useEffect(() => {
    let timer = 0;
    let left = false;
    const look = async () => {
      let wait = AFTER_FAILURE_MS;
      try {
        const answer = await fetch(`/api/labs/${lab}/packages`);
        if (answer.ok) {
          const found = (await answer.json()).filter((one) => one.state !== "ready");
          if (left) return;
          setMissing(found);
          if (found.length === 0) return;
          if (found.some((one) => one.state === "fetching")) wait = EVERY_MS;
        }
      } catch {
        // a server that does not answer is said by the connection's own sign
      }
      if (!left) timer = window.setTimeout(look, wait);
    };
    void look();
    return () => {
      left = true;
      window.clearTimeout(timer);
    };
  }, [lab]);
  return missing;
}

const SAYS = {
  fetching: ({ title, megabytes, share }) =>
    `${title} is being fetched, once: ${fmt(100 * share)} % of ${fmt(megabytes)} MB. ` +
    "What needs it begins by itself.",
  failed: ({ title, why }) => `${title} could not be fetched: ${why}. The rest of the lab works.`,
  missing: ({ title, why }) =>
    `${title} is not installed: ${why || "it is fetched when needed"}. The rest of the lab works.`,
};

function Need(one) {
  return h(
    "div",
    { className: "sd-need", "data-state": one.state },
    h("span", null, SAYS[one.state](one)),
    one.state === "fetching" &&
      h("progress", { max: 1, value: one.share, "aria-label": `${one.title} fetched` }),
  );
}

/** A line and a bar for each package that is not there yet. */
export function Needs({ lab }) {
  const missing = useMissing(lab);
  return h(
    "div",
    { className: "sd-needs", role: "status" },
    missing.map((one) => h(Need, { key: one.name, ...one })),
  );
}
