// One panel or the path of a lab, alone, in a frame on somebody's page.
import { Children, createElement as h, useEffect, useRef, useState } from "react";
import { useKnown } from "$/public/external/components/live/live.jsx";

/** Whoever frames it is told how high it is, as often as that changes, and may make room. */
function useHeightTold(shown, ready) {
  useEffect(() => {
    if (!ready || window.parent === window) return undefined;
    const below = document.querySelector(".sd-embed > footer");
    const watched = new ResizeObserver(() => {
      const height = shown.current.offsetHeight + below.offsetHeight;
      window.parent.postMessage({ sdlab: "height", height }, "*");
    });
    watched.observe(shown.current);
    return () => watched.disconnect();
  }, [shown, ready]);
}

/** What stands in the address besides the panel is the scenario that the lab is opened with. */
function scenarioOf(search) {
  const query = new URLSearchParams(search);
  query.delete("panel");
  return query.toString();
}

export function Embed({ lab, title, children }) {
  const [wanted, setWanted] = useState(null);
  const [scenario, setScenario] = useState("");
  const holder = useRef(null);
  const known = useKnown();
  const shown = useRef(null);
  useEffect(() => {
    setWanted(new URLSearchParams(window.location.search).get("panel") || "path");
    setScenario(scenarioOf(window.location.search));
  }, []);
  const parts = Children.toArray(children);
  // Which of the children has that id is known when they are drawn: all are, until the right one is.
  const [only, setOnly] = useState(null);
  useHeightTold(shown, only !== null);
  useEffect(() => {
    if (wanted === null) return;
    const at = [...holder.current.children].findIndex(
      (part) => part.id === wanted || part.querySelector(`[id="${CSS.escape(wanted)}"]`),
    );
    setOnly(Math.max(at, 0));
  }, [wanted]);
  return h(
    "div",
    { className: "sd-embed", "data-known": known },
    h(
      "div",
      { ref: holder, className: "sd-embedded", style: only === null ? { visibility: "hidden" } : undefined },
      only === null
        ? parts.map((part, at) => h("div", { key: at }, part))
        : h("div", { ref: shown }, parts[only]),
    ),
    h(
      "footer",
      null,
      h("span", null, "live, from "),
      h(
        "a",
        { href: `/labs/${lab}${scenario ? `?${scenario}` : ""}`, target: "_blank", rel: "noopener" },
        title,
      ),
      h("span", { className: "sd-grow" }),
      h("a", { href: "/", target: "_blank", rel: "noopener" }, "sdlab"),
    ),
  );
}
