// What is around the labs: tabs, keyboard, the palette, the help card.
import { Children, createElement as h, useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import {
  apiUrl,
  cell,
  ownMove,
  resume,
  room,
  step,
  togglePause,
  useCell,
} from "$/public/external/components/live/live.jsx";
import { followPlaces, returned, setPlace } from "$/public/external/components/places/places.jsx";
import { openPanel } from "$/public/external/components/asked/asked.jsx";
import { byKey, showSheetOf } from "$/public/external/components/sheets/sheets.jsx";
import { closeReplay, replay, stepReplay } from "$/public/external/components/replay/replay.jsx";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";

// Tabs

const chosenTab = cell("");
const tabList = cell([]);

/** Whether the first tab, that of the lab itself, is chosen. */
export const useAtLab = () => {
  const chosen = useCell(chosenTab);
  const tabs = useCell(tabList);
  return !chosen || chosen === tabs[0]?.id;
};

/** Switch to a tab, and say so in the address; `taken` when it was not the visitor who chose it. */
export function showTab(id, taken = false) {
  if (!tabList.get().some((tab) => tab.id === id)) return;
  chosenTab.set(id);
  if (!taken) ownMove.set({ tab: id });
  setPlace("tab", id === tabList.get()[0]?.id ? "" : id, !taken);
}

function tabOfAddress(tabs) {
  const { searchParams, hash } = new URL(window.location.href);
  const wanted = searchParams.get("tab") ?? hash.slice(1);
  return tabs.some((tab) => tab.id === wanted) ? wanted : "";
}

/**
 * On a narrow screen the row of tabs scrolls; the chosen one is brought into sight without moving the page.
 */
function showInList(row, at) {
  const tab = row?.children[at];
  if (tab) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

export function Tabs({ tabs, onShow, children }) {
  const current = useCell(chosenTab) || tabs[0].id;
  const [seen, setSeen] = useState([tabs[0].id]);
  const list = useRef(null);
  useEffect(() => {
    tabList.set(tabs);
    chosenTab.set(tabOfAddress(tabs) || tabs[0].id);
    const follow = () => chosenTab.set(tabOfAddress(tabs) || chosenTab.get());
    const comeBack = () => chosenTab.set(tabOfAddress(tabs) || tabs[0].id);
    window.addEventListener("hashchange", follow);
    const stops = [followPlaces(), returned.subscribe(comeBack)];
    return () => {
      window.removeEventListener("hashchange", follow);
      stops.forEach((stop) => stop());
      tabList.set([]);
    };
  }, [tabs]);
  useEffect(() => {
    setSeen((known) => (known.includes(current) ? known : [...known, current]));
    onShow?.(current);
    showInList(
      list.current,
      tabs.findIndex((tab) => tab.id === current),
    );
  }, [current]);
  const press = (event) => {
    const at = tabs.findIndex((tab) => tab.id === current);
    const next = byKey(event, at, tabs.length);
    if (next === undefined) return;
    showTab(tabs[next].id);
    list.current.children[next].focus();
  };
  const panels = Children.toArray(children);
  return h(
    "div",
    { className: "sd-tabs" },
    h(
      "div",
      { className: "sd-tabbar" },
      h(
        "div",
        {
          className: "sd-tablist",
          role: "tablist",
          "aria-label": "Parts of this lab",
          ref: list,
          onKeyDown: press,
        },
        tabs.map((tab, index) =>
          h(
            "button",
            {
              key: tab.id,
              type: "button",
              role: "tab",
              id: `tab-${tab.id}`,
              "aria-selected": tab.id === current,
              "aria-controls": `pane-${tab.id}`,
              tabIndex: tab.id === current ? 0 : -1,
              "aria-keyshortcuts": String(index + 1),
              "data-jump": tab.label,
              "data-jump-kind": "Tab",
              onClick: () => showTab(tab.id),
            },
            tab.label,
          ),
        ),
      ),
      panels[tabs.length],
    ),
    panels.slice(tabs.length + 1),
    tabs.map((tab, index) =>
      h(
        "div",
        {
          key: tab.id,
          role: "tabpanel",
          id: `pane-${tab.id}`,
          "aria-labelledby": `tab-${tab.id}`,
          hidden: tab.id !== current,
          className: "sd-pane",
        },
        (tab.id === current || seen.includes(tab.id)) && panels[index],
      ),
    ),
  );
}

// Keyboard

const paletteOpen = cell(false);
const helpOpen = cell(false);

const TYPING =
  "input:not([type=range]):not([type=radio]):not([type=checkbox]):not([type=button]), " +
  "textarea, select, [contenteditable=true]";
const USES_SPACE = "button, summary, a[href], input, select, textarea, [role=tab], [role=option]";
const USES_ARROWS = "input, select, textarea, [role=tablist], [role=listbox], .sd-scroll, pre";

/** Keys that a part of the page adds while it is there, and what they do. */
export const moreKeys = new Map();

const within = (event, selector) =>
  event.target instanceof Element && Boolean(event.target.closest(selector));

function act(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k")
    return () => paletteOpen.set(!paletteOpen.get());
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]") ||
    within(event, TYPING)
  )
    return null;
  if (event.key === "/") return () => paletteOpen.set(true);
  if (event.key === "?") return () => helpOpen.set(true);
  const tabs = tabList.get();
  if (!tabs.length) return null;
  if (/^[1-9]$/.test(event.key)) return tabs[event.key - 1] ? () => showTab(tabs[event.key - 1].id) : null;
  if (event.key === " " && !within(event, USES_SPACE)) return togglePause;
  if (event.key.toLowerCase() === "l") return resume;
  if (moreKeys.has(event.key)) return moreKeys.get(event.key);
  if (event.key === "Escape" && replay.get()) return closeReplay;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by && !within(event, USES_ARROWS)) return () => (replay.get() ? stepReplay(by) : step(by));
  return null;
}

export function Keys() {
  useEffect(() => {
    const press = (event) => {
      const action = event.defaultPrevented ? null : act(event);
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return null;
}

// A native dialog that follows a cell

function useDialog(open) {
  const ref = useRef(null);
  const isOpen = useCell(open);
  useEffect(() => {
    if (isOpen && !ref.current.open) ref.current.showModal();
    if (!isOpen && ref.current.open) ref.current.close();
  }, [isOpen]);
  const attributes = {
    ref,
    onClose: () => open.set(false),
    onClick: (event) => event.target === ref.current && open.set(false),
  };
  return [isOpen, attributes];
}

const SHORTCUTS = [
  ["Space", "pause, go on"],
  ["← →", "one frame back, forward; one hop in a replay"],
  ["L", "back to live"],
  ["[ ]", "previous, next beat of the tour or the class"],
  ["C", "catch up with the class"],
  ["1 – 9", "tabs"],
  ["/ or Ctrl K", "find a lab, a tab, a switch, a panel"],
  ["Esc", "close a card, a replay"],
  ["?", "this help"],
];

export function Help() {
  const [, attributes] = useDialog(helpOpen);
  return h(
    "dialog",
    { ...attributes, className: "sd-dialog sd-help", "aria-labelledby": "help-title" },
    h(
      "header",
      null,
      h("h2", { id: "help-title" }, "Keyboard"),
      h("button", { type: "button", className: "sd-btn", onClick: () => helpOpen.set(false) }, "Close"),
    ),
    h(
      "dl",
      null,
      SHORTCUTS.map(([keys, does]) => [
        h("dt", { key: keys }, h("kbd", null, keys)),
        h("dd", { key: does }, does),
      ]),
    ),
    h("p", null, "Keys do nothing while you type, or where a control uses them itself."),
  );
}

export const HelpButton = () =>
  h(
    "button",
    {
      type: "button",
      className: "sd-btn icon",
      "aria-label": "Keyboard help",
      title: "Keyboard help (?)",
      onClick: () => helpOpen.set(true),
    },
    "?",
  );

// Palette

function placesOfPage() {
  return [...document.querySelectorAll("[data-jump]")].map((element) => ({
    label: element.dataset.jump,
    kind: element.dataset.jumpKind,
    go: () => jumpTo(element),
  }));
}

function jumpTo(element) {
  if (element.getAttribute("role") === "tab") {
    element.click();
    element.focus();
    return;
  }
  if (element.dataset.press) element.click();
  if (element.classList.contains("sd-panel")) openPanel(element.id);
  const pane = element.closest("[role=tabpanel]");
  if (pane?.hidden) showTab(pane.id.replace("pane-", ""));
  showSheetOf(element);
  const folded = element.closest("details");
  if (folded) folded.open = true;
  requestAnimationFrame(() => {
    // A panel that was unfolded may be another element now.
    const place = document.getElementById(element.id) ?? element;
    place.scrollIntoView({ block: "center" });
    const target = element.matches("[role=radiogroup], [role=group]")
      ? (element.querySelector("input:checked, input, select, button") ?? element)
      : element;
    target.focus({ preventScroll: true });
    element.classList.add("sd-flash");
    setTimeout(() => element.classList.remove("sd-flash"), 1200);
  });
}

function score(label, words) {
  const text = label.toLowerCase();
  let total = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return -1;
    total += at === 0 ? 3 : /\W/.test(text[at - 1]) ? 2 : 1;
  }
  return total;
}

/** Another name of a thing says as much as its own; what else is told of it says less. */
const best = ({ label, kind, more = "", also = [] }, words) =>
  Math.max(score(`${label} ${kind} ${more}`, words), ...also.map((name) => score(name, words)));

function matches(places, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return places
    .map((place) => ({ place, score: best(place, words) }))
    .filter((one) => one.score >= 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 40)
    .map((one) => one.place);
}

export function Palette({ labs, concepts = [] }) {
  const navigate = useNavigate();
  const [isOpen, attributes] = useDialog(paletteOpen);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [places, setPlaces] = useState([]);
  const id = useId();
  const list = useRef(null);
  useEffect(() => {
    if (!isOpen) return;
    setQuery("");
    setAt(0);
    setPlaces([
      ...placesOfPage(),
      ...labs.map((lab) => ({
        label: lab.title,
        kind: "Lab",
        more: lab.more,
        go: () => navigate(`/labs/${lab.slug}`),
      })),
      ...concepts.map(([concept, title, more]) => ({
        label: title,
        kind: "Concept",
        more,
        also: more.split(", "),
        go: () => navigate(`/concepts/${concept}`),
      })),
    ]);
  }, [isOpen]);
  const found = useMemo(() => matches(places, query), [places, query]);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const choose = (place) => {
    paletteOpen.set(false);
    setTimeout(() => place?.go());
  };
  const press = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setAt((at + by + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") choose(found[at]);
    else return;
    event.preventDefault();
  };
  return h(
    "dialog",
    { ...attributes, className: "sd-dialog sd-palette", "aria-label": "Find" },
    h("input", {
      type: "text",
      role: "combobox",
      autoFocus: true,
      placeholder: "A lab, a tab, a switch, a panel …",
      "aria-label": "Find a lab, a tab, a switch, a panel",
      "aria-expanded": isOpen,
      "aria-controls": id,
      "aria-autocomplete": "list",
      "aria-activedescendant": found[at] ? `${id}-${at}` : undefined,
      value: query,
      onChange: (event) => {
        setQuery(event.target.value);
        setAt(0);
      },
      onKeyDown: press,
    }),
    h(
      "ul",
      { id, role: "listbox", "aria-label": "Found", ref: list },
      isOpen &&
        found.map((place, index) =>
          h(
            "li",
            {
              key: index,
              id: `${id}-${index}`,
              role: "option",
              "aria-selected": index === at,
              onClick: () => choose(place),
              onPointerMove: () => index !== at && setAt(index),
            },
            h("span", null, place.label, place.more && h("em", null, place.more)),
            h("small", null, place.kind),
          ),
        ),
    ),
    isOpen && !found.length && h("p", { className: "sd-empty" }, "Nothing of that name."),
    h(
      "footer",
      null,
      h("kbd", null, "↑ ↓"),
      " choose ",
      h("kbd", null, "Enter"),
      " go ",
      h("kbd", null, "Esc"),
      " close",
    ),
  );
}

export const FindButton = () =>
  h(
    "button",
    {
      type: "button",
      className: "sd-find",
      "aria-label": "Find a lab, a switch, a panel",
      "aria-keyshortcuts": "Control+K /",
      onClick: () => paletteOpen.set(true),
    },
    h("span", { "aria-hidden": true, className: "sd-lens" }),
    h("span", { className: "sd-findtext" }, "Find a lab, a switch, a panel …"),
    h("kbd", null, "Ctrl K"),
  );

// The catalogue's filter

/** Hides the cards (elements with `data-search`) that do not match, and groups left empty. */
export function CardFilter({ total, children }) {
  const [query, setQuery] = useState("");
  const [count, setCount] = useState(total);
  const holder = useRef(null);
  useEffect(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    let visible = 0;
    for (const card of holder.current.querySelectorAll("[data-search]")) {
      card.hidden = !words.every((word) => card.dataset.search.includes(word));
      visible += card.hidden ? 0 : 1;
    }
    for (const group of holder.current.querySelectorAll("[data-group]"))
      group.hidden = !group.querySelector("[data-search]:not([hidden])");
    setCount(visible);
  }, [query]);
  return h(
    "div",
    { ref: holder },
    h(
      "div",
      { className: "sd-filter", role: "search" },
      h("input", {
        type: "search",
        "aria-label": "Filter labs by name, structure or question",
        placeholder: "Filter: cache, shard, queue …",
        value: query,
        onChange: (event) => setQuery(event.target.value),
      }),
      h("span", { role: "status" }, query ? `${count} of ${total}` : ""),
    ),
    children,
    count === 0 && h("p", { className: "sd-empty" }, "No lab matches. Try another word."),
  );
}

// A call of the API as a shell command for this room, and the same call made from here

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What answers of earlier calls gave, by the name under which later calls use it. */
const saved = cell({});

const filled = (path, names) =>
  path.replace(/\{(\w+)\}/g, (whole, name) => (name in names ? encodeURIComponent(names[name]) : whole));

const filledAll = (headers, names) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(/\{(\w+)\}/g, (whole, one) => names[one] ?? whole),
    ]),
  );

function commandOf({ method, path, body, headers, origin, roomId }) {
  const parts = ["curl -i"];
  if (method !== "GET") parts.push(`-X ${method}`);
  parts.push(`-H ${quote(`X-SDLab-Room: ${roomId}`)}`);
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body) parts.push(`-H 'Content-Type: application/json'`, `-d ${quote(body)}`);
  return [...parts, quote(origin + path)].join(" \\\n  ");
}

async function callNow({ method, path, body, headers: own, roomId, saves }) {
  const headers = { ...own, "X-SDLab-Room": roomId, ...(body ? { "Content-Type": "application/json" } : {}) };
  const answer = await fetch(apiUrl(path), { method, headers, body: body || undefined });
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  const data = type.includes("json") ? JSON.parse(text) : null;
  if (answer.ok && data)
    saved.set({
      ...saved.get(),
      ...Object.fromEntries(Object.entries(saves).map(([name, field]) => [name, data[field]])),
    });
  return {
    status: `${answer.status} ${answer.statusText}`.trim(),
    text: data ? JSON.stringify(data, null, 2) : text.slice(0, 2000),
  };
}

export function Curl({ title, method, path: template, body: said, saves, headers: templates = {} }) {
  const roomId = useCell(room) || "public";
  const names = useCell(saved);
  const [origin, setOrigin] = useState("");
  const [answer, setAnswer] = useState(null);
  useEffect(() => setOrigin(window.location.origin), []);
  const path = filled(template, names);
  const headers = filledAll(templates, names);
  const body = filled(said, names);
  const command = commandOf({ method, path, body, headers, origin, roomId });
  const run = async () => {
    try {
      setAnswer(await callNow({ method, path, body, headers, roomId, saves }));
    } catch (error) {
      setAnswer({ status: "no answer", text: String(error.message) });
    }
  };
  // Redirects are followed by a browser before a script sees them, so only the API's own calls can be made
  // here.
  const callable =
    template.startsWith("/api/") && !/\{\w+\}/.test(path + body + Object.values(headers).join());
  return h(
    "div",
    { className: "sd-curl" },
    h("pre", { tabIndex: 0, "aria-label": `${title} as a shell command` }, h("code", null, command)),
    h(
      "div",
      { className: "sd-row" },
      h(CopyButton, { text: command, className: "sd-btn small", name: `Copy: ${title}` }),
      template.startsWith("/api/") &&
        h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            disabled: !callable,
            title: callable ? undefined : "Run the call above that gives it first",
            "aria-label": `Run: ${title}`,
            onClick: run,
          },
          "Run",
        ),
    ),
    h(
      "div",
      { role: "status" },
      answer &&
        h(
          "div",
          { className: "sd-answer" },
          h("span", { className: "sd-pill mono" }, answer.status),
          answer.text &&
            h("pre", { tabIndex: 0, "aria-label": `Answer to ${title}` }, h("code", null, answer.text)),
        ),
    ),
  );
}
