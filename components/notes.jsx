// The notes beside what they speak of: contents that follow, and panels that live where they are quoted.
import { createElement as h, useEffect, useMemo, useRef, useState } from "react";
import { openPanel, PanelPlace } from "$/public/external/components/asked/asked.jsx";
import { showSheetOf } from "$/public/external/components/sheets/sheets.jsx";
import { showTab } from "$/public/external/components/shell/shell.jsx";

const NEAR = "400px"; // how far outside of the window a panel comes to life
const READING = 0.25; // of the window's height: the line at which one reads

const isInSight = ({ top }) => top >= 0 && top < window.innerHeight;

/**
 * The heading that is being read, and a way to choose one: the chosen one for as long as it is in sight (the
 * last ones may never come to the line), else the last that has passed the line, else the first.
 */
function useRead(anchors) {
  const [read, setRead] = useState(anchors[0]);
  const chosen = useRef(null);
  useEffect(() => {
    const found = anchors.map((anchor) => document.getElementById(anchor)).filter(Boolean);
    const look = () => {
      if (chosen.current && isInSight(chosen.current.getBoundingClientRect()))
        return setRead(chosen.current.id);
      chosen.current = null;
      const line = window.innerHeight * READING;
      const passed = found.filter((one) => one.getBoundingClientRect().top <= line);
      const isAtEnd = window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2;
      const last = isAtEnd && window.scrollY > 0 ? found.at(-1) : passed.at(-1);
      setRead((last ?? found[0])?.id);
    };
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, [anchors]);
  const choose = (anchor) => {
    chosen.current = document.getElementById(anchor);
    setRead(anchor);
  };
  return [read, choose];
}

/** On a phone the contents are a row that scrolls; what is read is kept in sight there. */
function showInRow(list, current) {
  const entry = list?.querySelector("[aria-current]")?.parentElement;
  if (entry && current) list.scrollLeft = entry.offsetLeft - (list.clientWidth - entry.offsetWidth) / 2;
}

/** Plain links: the router's own would drop the query, and with it the tab that is open. */
export function Contents({ headings }) {
  const anchors = useMemo(() => headings.map(({ anchor }) => anchor), [headings]);
  const [read, choose] = useRead(anchors);
  const list = useRef(null);
  useEffect(() => showInRow(list.current, read), [read]);
  return h(
    "nav",
    { className: "sd-toc", "aria-label": "Contents of the notes" },
    h("b", null, "Contents"),
    h(
      "ol",
      { ref: list },
      headings.map(({ anchor, text, level }) =>
        h(
          "li",
          { key: anchor, "data-level": level },
          h(
            "a",
            {
              href: `#${anchor}`,
              "aria-current": anchor === read ? "location" : undefined,
              onClick: () => choose(anchor),
            },
            text,
          ),
        ),
      ),
    ),
  );
}

const QUOTED = { folded: false, fold: null, quoted: true };

function seeInLab(panel, question) {
  showTab("lab");
  openPanel(panel, question);
  requestAnimationFrame(() => {
    const place = document.getElementById(panel);
    if (!place) return;
    showSheetOf(place);
    requestAnimationFrame(() => place.scrollIntoView({ block: "center" }));
  });
}

/** A panel of the lab beside the text: it lives only while it is near, and keeps its place meanwhile. */
export function Quoted({ panel, question, children }) {
  const holder = useRef(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        const { height } = entry.boundingClientRect;
        if (!entry.isIntersecting && height > 0) holder.current.style.minHeight = `${height}px`;
        setNear(entry.isIntersecting);
      },
      { rootMargin: NEAR },
    );
    observer.observe(holder.current);
    return () => observer.disconnect();
  }, []);
  return h(
    "aside",
    { className: "sd-quoted", ref: holder, "data-panel": panel },
    near && [
      h(PanelPlace.Provider, { key: "panel", value: QUOTED }, children),
      h(
        "button",
        { key: "go", type: "button", className: "sd-btn small", onClick: () => seeInLab(panel, question) },
        "Try it in the lab",
      ),
    ],
  );
}
