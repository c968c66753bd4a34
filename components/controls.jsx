// Small controls that more than one part of the page uses: a card that opens
// from a button, a copy button, measuring.
import { createElement as h, useCallback, useEffect, useId, useRef, useState } from "react";

/** A button that opens a card beside it; Escape, a second click, or a click elsewhere closes it. */
export function Popover({ label, face, className = "", align = "start", children, wide }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const button = useRef(null);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => !box.current?.contains(event.target) && setOpen(false);
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);
  const card = useRef(null);
  useEffect(() => {
    if (open && card.current) keepInside(card.current);
  }, [open]);
  return h(
    "span",
    { className: "sd-pop", ref: box },
    h(
      "button",
      {
        type: "button",
        ref: button,
        className,
        "aria-label": label,
        "aria-expanded": open,
        "aria-controls": open ? id : undefined,
        onClick: () => setOpen(!open),
      },
      face,
    ),
    open &&
      h(
        "div",
        {
          id,
          ref: card,
          role: "group",
          "aria-label": label,
          className: `sd-card sd-popcard ${wide ? "wide" : ""}`,
          "data-align": align,
        },
        typeof children === "function" ? children(() => setOpen(false)) : children,
      ),
  );
}

function keepInside(card) {
  card.style.translate = "";
  const edge = 8;
  const { left, right } = card.getBoundingClientRect();
  const over = right - (document.documentElement.clientWidth - edge);
  if (over > 0) card.style.translate = `${-over}px 0`;
  else if (left < edge) card.style.translate = `${edge - left}px 0`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Copies `text` (or what `read()` gives at the time); says so in place, without changing its width. */
export function CopyButton({ text, read, label = "Copy", name, className = "sd-btn" }) {
  const [state, setState] = useState("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const press = async () => {
    setState((await copy(read ? read() : text)) ? "Copied" : "Not copied");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState(""), 1600);
  };
  return h(
    "button",
    { type: "button", className: `${className} sd-copy`, "aria-label": name ?? label, onClick: press },
    h("span", { className: "sd-copyface", "data-hidden": state !== "" }, label),
    h("span", { className: "sd-copystate", role: "status" }, state),
  );
}

export const CopyAddress = ({ label }) =>
  h(CopyButton, { label, name: "Copy a link to this page", read: () => window.location.href });

/** A link on this server, written with its host; `path` begins with a slash. */
export function OwnLink({ path }) {
  const [host, setHost] = useState("");
  useEffect(() => setHost(window.location.host), []);
  return h(
    "a",
    { href: path, target: "_blank", rel: "noopener", className: "sd-ownlink mono" },
    h("span", null, host),
    path,
  );
}

export const CopyOwnLink = ({ path, name }) =>
  h(CopyButton, { name, className: "sd-btn small", read: () => window.location.origin + path });

/** The width of an element, followed as it changes. */
export function useWidth(first = 640) {
  const [width, setWidth] = useState(first);
  const observer = useRef(null);
  const ref = useCallback((element) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new ResizeObserver(([entry]) => setWidth(Math.round(entry.contentRect.width)));
    observer.current.observe(element);
  }, []);
  return [ref, width];
}

const PATIENCE = 4000;

/** What the visitor asked for, until a frame shows it (or refuses it by not showing it in time). */
export function usePending(current) {
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

/** One of a few, as a switch: `options` are [value, label]; what was asked for shows until a frame does. */
export function Choice({ label, options, current, onChoose }) {
  const [value, , ask] = usePending(current);
  const name = useId();
  const choose = (one) => {
    ask(one);
    onChoose(one);
  };
  return h(
    "div",
    { className: "sd-seg", role: "radiogroup", "aria-label": label },
    options.map(([one, text]) =>
      h(
        "label",
        { key: one },
        h("input", { type: "radio", name, value: one, checked: value === one, onChange: () => choose(one) }),
        h("span", null, text),
      ),
    ),
  );
}

const colours = new Map();

/**
 * A colour of the style sheet under the present theme; asking the browser each time would make it compute
 * styles.
 */
export function colourOf(name) {
  const key = document.documentElement.className + name;
  if (!colours.has(key))
    colours.set(key, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return colours.get(key);
}

export const stillness = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const TONES = {
  ok: "✓",
  miss: "◆",
  error: "✕",
  moved: "→",
  selected: "●",
  up: "✓",
  down: "✕",
  slow: "◷",
  flaky: "≈",
  paused: "‖",
};

/** The sign that goes with a colour, so that no meaning rests on colour alone. */
export const sign = (tone) => TONES[tone] ?? "•";
