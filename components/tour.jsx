// The guided tour: a lesson played alone, beat by beat, with a light on what to look at.
import { createElement as h, useEffect, useRef, useState } from "react";
import { classState, useCell, useRoom } from "$/public/external/components/live/live.jsx";
import { askQuestion, openPanel } from "$/public/external/components/asked/asked.jsx";
import { showSheetOf } from "$/public/external/components/sheets/sheets.jsx";
import { moreKeys, showTab } from "$/public/external/components/shell/shell.jsx";
import { keepBeat } from "$/public/external/components/progress/progress.jsx";

const SPEEDS = [1, 2, 5, 10];
const LOOK_EVERY = 100;
const LOOKS = 40;
const SETTLED = 10;
const EDGE = 10;

let lit = null;
let looking = 0;

/** Put the light on that panel, in the question asked for, as soon as it is there; none takes it away. */
export function spotlight(id, question = "") {
  clearInterval(looking);
  lit?.removeAttribute("data-spot");
  lit?.removeAttribute("data-tall");
  lit = null;
  if (question) askQuestion(question, true);
  if (!id) return;
  openPanel(id, question);
  let looks = 0;
  const look = () => {
    const found = document.getElementById(id);
    if (found) showSheetOf(found);
    if (found?.offsetParent) light(found);
    if (found?.offsetParent) settle(found);
    else if ((looks += 1) > LOOKS) clearInterval(looking);
  };
  looking = setInterval(look, LOOK_EVERY); // not at once: the question that opens moves the panels
}

/** What lies over the page has changed: the lit panel comes into the free part again. */
export function refit() {
  if (!lit?.isConnected) return;
  requestAnimationFrame(() => {
    if (!lit?.isConnected) return;
    light(lit);
    settle(lit);
  });
}

if (typeof window !== "undefined") window.addEventListener("resize", refit);

const placeOf = (element) => element.getBoundingClientRect().top + window.scrollY;

/** Follow what is lit while parts above it, and what lies over the page, still come to their size. */
function settle(element) {
  let [at, free] = [placeOf(element), String(freeHeight(element))];
  let looks = 0;
  clearInterval(looking);
  looking = setInterval(() => {
    const now = placeOf(element);
    if (element.isConnected && now !== at) window.scrollBy({ top: now - at, behavior: "instant" });
    at = now;
    if (element.isConnected && free !== String(freeHeight(element))) light(element);
    free = String(freeHeight(element));
    if ((looks += 1) > SETTLED) clearInterval(looking);
  }, LOOK_EVERY);
}

const WIDE = 0.8; // of the page: then nothing is seen beside it

/** The height that nothing lies over: below the tour; on a phone between the path and the tour. */
function freeHeight(element) {
  const path = document.querySelector(".sd-strip[data-small='true']");
  const bars = document.querySelector(".tc-classbar")?.offsetHeight ?? 0;
  const top = bars + (path && !path.contains(element) ? path.offsetHeight : 0);
  const poll = document.querySelector(".tc-poll")?.getBoundingClientRect();
  const covers = poll && poll.width > WIDE * window.innerWidth ? poll.top : Infinity;
  const above = document.querySelector(".sd-dock")?.getBoundingClientRect().top ?? window.innerHeight;
  const dock = Math.min(above, covers);
  const bar = document.querySelector(".tc-tour")?.getBoundingClientRect();
  if (!bar) return [top, dock];
  const isBelow = window.getComputedStyle(document.querySelector(".tc-tour")).position === "fixed";
  return isBelow ? [top, Math.min(dock, bar.top)] : [bar.height, dock];
}

/** A panel taller than what is free has all columns for itself, and the rest in a scroll of its own. */
function fit(element, free) {
  element.removeAttribute("data-tall");
  if (!element.matches(".sd-panel") || element.getBoundingClientRect().height <= free) return;
  element.style.setProperty("--tc-free", `${free / (element.currentCSSZoom ?? 1)}px`);
  element.setAttribute("data-tall", "");
}

function light(element) {
  lit = element;
  element.setAttribute("data-spot", "");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [top, bottom] = freeHeight(element);
  fit(element, bottom - top - 2 * EDGE);
  const box = element.getBoundingClientRect();
  const spare = Math.max(EDGE, (bottom - top - box.height) / 2);
  window.scrollBy({ top: box.top - top - spare, behavior: calm ? "auto" : "smooth" });
}

function sayInAddress(beat) {
  const address = new URL(window.location.href);
  if (beat) address.searchParams.set("beat", beat);
  else address.searchParams.delete("beat");
  window.history.replaceState(window.history.state, "", address);
}

export const minutesOf = (beats) => Math.round(beats.reduce((sum, beat) => sum + beat.minutes, 0));

export function TourButton({ beats, onGo }) {
  const standing = useCell(classState);
  if (standing) return null;
  return h(
    "button",
    {
      type: "button",
      className: "sd-btn tc-start",
      "data-jump": "Guided tour",
      "data-jump-kind": "Tour",
      onClick: () => {
        sayInAddress(1); // whatever it named is no longer where the reader wants to begin
        onGo(1, false);
      },
    },
    h("span", { "aria-hidden": true }, "▷"),
    h("span", null, "Guided tour", h("small", null, ` · ${beats.length} beats · ${minutesOf(beats)} min`)),
  );
}

const VERDICTS = {
  "": ["○", "", ""],
  "setting up": ["○", "", "setting the room up"],
  watching: ["◌", "", "watching"],
  true: ["✓", "ok", "came true"],
  missed: ["✕", "miss", "not seen in time"],
  late: ["✓", "ok", "came true, later than it should"],
};

function Expectation({ text, verdict, onAgain }) {
  const [sign, tone, says] = VERDICTS[verdict] ?? VERDICTS[""];
  return h(
    "p",
    { className: "tc-expect", role: "status", "data-tone": tone, "data-verdict": verdict },
    h("i", { "aria-hidden": true }, sign),
    h("span", null, h("b", null, "Expect: "), text, says && h("em", null, ` – ${says}`)),
    verdict === "missed" &&
      h("button", { type: "button", className: "sd-btn small", onClick: onAgain }, "Play again"),
  );
}

function Question({ ask, revealed, chosen, onChoose }) {
  return h(
    "fieldset",
    { className: "tc-question", disabled: revealed },
    h("legend", null, ask.question),
    ask.options.map((option, index) =>
      h(
        "button",
        {
          key: option,
          type: "button",
          className: "sd-btn tc-option",
          "data-right": revealed && index === ask.right,
          "aria-pressed": chosen === index,
          onClick: () => onChoose(index),
        },
        option,
        revealed && index === ask.right && h("span", { className: "tc-mark" }, " ✓ right"),
        revealed &&
          chosen === index &&
          index !== ask.right &&
          h("span", { className: "tc-mark" }, " ✕ yours"),
      ),
    ),
    revealed && h("p", { role: "status" }, ask.because),
  );
}

function Autoplay({ speed, onSpeed }) {
  return h(
    "label",
    { className: "tc-auto" },
    "Autoplay ",
    h(
      "select",
      { className: "sd-select", value: speed, onChange: (event) => onSpeed(Number(event.target.value)) },
      h("option", { value: 0 }, "off"),
      SPEEDS.map((one) => h("option", { key: one, value: one }, `${one}×`)),
    ),
  );
}

/** Goes on by itself at the lesson's own pace times `speed`; a question gets half of its beat's time. */
export function useAutoplay(speed, beat, revealed, onForward) {
  const forward = useRef(onForward);
  forward.current = onForward;
  // What the beat says and not the object, which is a new one each time that the page is drawn again.
  const title = beat?.title;
  const pace = beat ? (beat.ask ? 0.5 : 1) * beat.minutes * 60000 : 0;
  useEffect(() => {
    if (!speed || !pace) return undefined;
    const timer = setTimeout(() => forward.current(), pace / speed);
    return () => clearTimeout(timer);
  }, [speed, title, pace, revealed]);
}

export function Jump({ beats, at, onJump, disabled }) {
  return h(
    "select",
    {
      className: "sd-select",
      "aria-label": "Jump to beat",
      value: at,
      disabled,
      onChange: (event) => onJump(Number(event.target.value)),
    },
    at === 0 && h("option", { value: 0 }, "Jump to beat"),
    beats.map((one, index) => h("option", { key: index, value: index + 1 }, `${index + 1}. ${one.title}`)),
  );
}

/** Goes to the beat of the address, unless the reader has gone somewhere before the room was known. */
function useStartFromAddress(onGo, hasGone) {
  const room = useRoom();
  const named = useRef(0);
  useEffect(() => {
    // At once: where the tab stood before is soon said in the address.
    const params = new URL(window.location.href).searchParams;
    if (!params.has("class") && !params.has("stage")) named.current = Number(params.get("beat"));
  }, []);
  useEffect(() => {
    if (!room || hasGone.current) return;
    hasGone.current = true;
    if (Number.isInteger(named.current) && named.current > 0) onGo(named.current, false);
  }, [room]);
}

/** Where the reader stands, kept in this tab, beside what the server says of the room. */
export function TourBar({ slug, lab, beats, at, revealed, verdict, onGo, onLeave }) {
  const standing = useCell(classState);
  const [chosen, setChosen] = useState(null);
  const [speed, setSpeed] = useState(0);
  const [small, setSmall] = useState(false);
  const bar = useRef(null);
  const hasGone = useRef(false);
  const number = lab === slug && !standing ? at : 0;
  const beat = beats[number - 1];
  const waits = Boolean(beat?.ask) && !revealed;
  const go = (wanted, shown) => {
    if (wanted < 1 || wanted > beats.length) return;
    if (wanted !== number) setChosen(null);
    hasGone.current = true;
    onGo(wanted, shown);
  };
  const forward = () =>
    waits ? go(number, true) : number < beats.length ? go(number + 1, false) : setSpeed(0);
  const leave = () => {
    setSpeed(0);
    hasGone.current = true;
    onLeave();
  };
  useStartFromAddress(onGo, hasGone);
  useAutoplay(speed, beat, revealed, forward);
  useEffect(() => {
    if (!beat) return undefined;
    keepBeat(slug, number);
    showTab(beat.tab, true);
    spotlight(beat.spotlight, beat.question);
    sayInAddress(number);
    bar.current?.focus({ preventScroll: true });
    return () => {
      spotlight("");
      sayInAddress(0);
    };
  }, [number]);
  useEffect(() => {
    if (!beat) return undefined;
    moreKeys.set("]", forward).set("[", () => go(number - 1, false));
    return () => moreKeys.delete("]") && moreKeys.delete("[");
  });
  if (!beat) return null;
  return h(
    "section",
    {
      className: "tc-tour",
      ref: bar,
      tabIndex: -1,
      "aria-label": "Guided tour",
      "data-small": small,
      "data-beat": number,
      "data-revealed": revealed,
    },
    h(
      "header",
      null,
      h("span", { className: "sd-pill", "data-tone": "selected" }, `Beat ${number} of ${beats.length}`),
      h("h2", null, beat.title),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small tc-fold",
          "aria-expanded": !small,
          onClick: () => setSmall(!small),
        },
        small ? "Show" : "Fold",
      ),
      h("button", { type: "button", className: "sd-btn small", onClick: leave }, "End tour"),
    ),
    !small &&
      h(
        "div",
        { className: "tc-body", tabIndex: 0, role: "group", "aria-label": beat.title },
        h("div", { className: "tc-say", dangerouslySetInnerHTML: { __html: beat.html } }),
        h(
          "div",
          { className: "tc-side" },
          beat.ask &&
            h(Question, {
              ask: beat.ask,
              revealed,
              chosen,
              onChoose: (index) => {
                setChosen(index);
                go(number, true);
              },
            }),
          beat.expect &&
            !waits &&
            h(Expectation, { text: beat.expect, verdict, onAgain: () => go(number, true) }),
        ),
      ),
    h(
      "footer",
      null,
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          disabled: number === 1,
          "aria-keyshortcuts": "[",
          onClick: () => go(number - 1, false),
        },
        "◁ Previous",
        h("kbd", null, "["),
      ),
      waits
        ? h(
            "button",
            { type: "button", className: "sd-btn p", "aria-keyshortcuts": "]", onClick: forward },
            "Reveal ▷",
            h("kbd", null, "]"),
          )
        : number < beats.length
          ? h(
              "button",
              { type: "button", className: "sd-btn p", "aria-keyshortcuts": "]", onClick: forward },
              "Next ▷",
              h("kbd", null, "]"),
            )
          : h("button", { type: "button", className: "sd-btn p", onClick: leave }, "Finish"),
      h(
        "div",
        { className: "tc-dots", "aria-hidden": true },
        beats.map((one, index) => h("i", { key: one.title, "data-on": index < number })),
      ),
      h(Jump, { beats, at: number, onJump: (wanted) => go(wanted, false) }),
      h(Autoplay, { speed, onSpeed: setSpeed }),
    ),
  );
}
