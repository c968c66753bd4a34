// A class, seen from a lab's page: go where the class goes, look around, catch up, vote; the leader drives.
import { createElement as h, lazy, Suspense, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { InExercise, OnTheWall } from "$/public/external/components/exercise/exercise.jsx";
import { Ink, InkTools } from "$/public/external/components/ink/ink.jsx";
import { Bars, QuickPoll, Say } from "$/public/external/components/moments/moments.jsx";
import {
  apiUrl,
  cell,
  classState,
  follow,
  fmtSpan,
  hold,
  ownMove,
  release,
  room as roomOfTab,
  useCell,
  useLatest,
  useTimeline,
} from "$/public/external/components/live/live.jsx";
import { colourOf } from "$/public/external/components/controls/controls.jsx";
import { keyOf } from "$/public/external/components/routes/routes.jsx";
import { openTrace } from "$/public/external/components/replay/replay.jsx";
import { moreKeys, showTab } from "$/public/external/components/shell/shell.jsx";
import { refit, spotlight } from "$/public/external/components/tour/tour.jsx";

const Prediction = lazy(() =>
  import("$/public/external/components/prediction/prediction.jsx").then((all) => ({
    default: all.Prediction,
  })),
);
const DRIVE_AFTER = 120;
const NOT_JOINED_AFTER = 4000;
const CLICKER = new Set(["PageUp", "PageDown", "F5", "b", "B", "."]);
const TYPING =
  "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";

/** The key of a clicker that an event is, if it is one and nobody types. */
export function clickerKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !CLICKER.has(event.key)) return "";
  return event.target instanceof Element && event.target.closest(TYPING) ? "" : event.key;
}

// Where this tab stands towards its class

const away = cell(null);
let applied = null;
let takenTo = "";
let lastLab = "";

function leaveClass() {
  const { beat, version } = classState.get();
  away.set({ beat, version, since: Date.now() });
  follow(false);
  spotlight("");
}

function catchUp() {
  if (!away.get()) return;
  away.set(null);
  applied = null;
  follow(true);
}

/** An address that leads out of the class: the page opens in the visitor's own room. */
export const ownRoom = (lab) => `/labs/${lab}?room=own`;

const paramsOfPage = () => new URL(window.location.href).searchParams;

function addressIn(lab, place) {
  const query = new URLSearchParams({ room: place });
  for (const name of ["class", "stage"]) if (paramsOfPage().has(name)) query.set(name, "1");
  return `/labs/${lab}?${query}`;
}

/** Do what has changed since the last time, and only that: the rest may be the leader's own newest move. */
function apply(now) {
  const before = applied;
  applied = now;
  const changed = (...names) => !before || names.some((name) => before[name] !== now[name]);
  if (changed("tab", "lab", "beat")) showTab(now.tab, true);
  if (changed("spotlight", "lab", "beat", "tab")) spotlight(now.spotlight);
  if (now.paused !== null) hold(now.paused, now.past);
  else if (changed("paused")) release();
}

/** The room that this tab belongs in: the class's, or a fork while there is an exercise. */
const placeOf = ({ exercise, room: ofClass }) => exercise?.room ?? ofClass;

let leaving = false;

/**
 * Go to the room where the tab belongs, as a whole new page: everything on it, the product's own connections
 * too, is that room's then. Whether the tab leaves.
 */
function goesTo(standing) {
  const place = placeOf(standing);
  const named = paramsOfPage().get("room");
  const here = roomOfTab.get();
  if (!here || (here === place && (!named || named === place))) return false;
  if (!leaving) window.location.replace(addressIn(standing.lab, place));
  leaving = true;
  return true;
}

function useTakenAlong(slug, standing, isAway) {
  const navigate = useNavigate();
  const { status } = useTimeline();
  useEffect(() => {
    if (!standing || isAway || goesTo(standing)) return;
    if (status !== "live" || standing.exercise) return;
    if (standing.lab !== slug) {
      if (takenTo === standing.lab) return;
      takenTo = standing.lab;
      navigate(addressIn(standing.lab, standing.room));
      return;
    }
    takenTo = "";
    apply(standing);
  }, [slug, standing, isAway, status]);
}

// The leader's own moves in the lab move the class; anybody else's leave it

const pending = {};
let driving = 0;

function drive(room, move) {
  Object.assign(pending, move);
  clearTimeout(driving);
  driving = setTimeout(() => {
    const changes = { ...pending };
    for (const name of Object.keys(changes)) delete pending[name];
    callClass(`/${room}`, "PATCH", changes).catch(() => {});
  }, DRIVE_AFTER);
}

function moved(move) {
  const standing = classState.get();
  if (!standing || standing.ended || standing.exercise || isWall() || !move) return;
  if (standing.role === "leader") drive(standing.room, move);
  else if (!away.get()) leaveClass();
}

const isWall = () => paramsOfPage().has("class") && paramsOfPage().has("stage");

function useOwnMoves(slug, standing) {
  useEffect(() => ownMove.subscribe(() => moved(ownMove.get())), []);
  useEffect(() => {
    if (!standing) return;
    const here = lastLab;
    lastLab = slug;
    if (!here || here === slug || takenTo === slug || standing.lab === slug) return;
    if (standing.role === "leader" && !standing.ended) moved({ lab: slug });
    else if (!isWall()) window.location.replace(ownRoom(slug));
  }, [slug, Boolean(standing)]);
}

// What the presenter's page around this one needs to know

function useTellFrame(standing) {
  const framed = typeof window !== "undefined" && window.parent !== window;
  useEffect(() => {
    if (!framed || !standing) return;
    window.parent.postMessage(
      { sdlab: "class", standing: { ...standing, past: null } },
      window.location.origin,
    );
  }, [standing]);
  useEffect(() => {
    if (!framed) return undefined;
    const press = (event) => {
      const key = clickerKey(event);
      if (!key) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      window.parent.postMessage({ sdlab: "key", key }, window.location.origin);
    };
    window.addEventListener("keydown", press, true);
    return () => window.removeEventListener("keydown", press, true);
  }, []);
}

// Questions

function Poll({ standing, mayVote }) {
  const [mine, setMine] = useState(null);
  const [problem, setProblem] = useState("");
  const [hidden, setHidden] = useState("");
  const poll = `${standing.lesson}/${standing.lab}:${standing.beat}:${standing.round}`;
  useEffect(() => {
    setMine(null);
    setProblem("");
  }, [poll]);
  const { ask, revealed, counts, answer, before, voted, size } = standing;
  if (!ask || hidden === poll + revealed) return null;
  const chosen = mine ?? standing.mine ?? null;
  const vote = async (option) => {
    setMine(option);
    try {
      await callClass(`/${standing.room}/vote`, "POST", { option });
      setProblem("");
    } catch (error) {
      setMine(null);
      setProblem(error.message);
    }
  };
  return h(
    "section",
    {
      className: "tc-poll",
      role: "dialog",
      "aria-label": "Question to the class",
      "data-revealed": revealed,
    },
    h(
      "header",
      null,
      h("h2", null, ask.question),
      mayVote &&
        h(
          "button",
          { type: "button", className: "sd-btn small", onClick: () => setHidden(poll + revealed) },
          "Hide",
        ),
    ),
    revealed
      ? h(Bars, {
          labels: ask.options,
          counts,
          before: before?.at(-1),
          right: answer?.right,
          mine: chosen,
        })
      : h(
          "div",
          { className: "tc-options" },
          ask.options.map((option, index) =>
            h(
              "button",
              {
                key: option,
                type: "button",
                className: "sd-btn tc-option",
                disabled: !mayVote,
                "aria-pressed": chosen === index,
                onClick: () => vote(index),
              },
              option,
            ),
          ),
        ),
    !revealed &&
      mayVote &&
      h(
        "p",
        { role: "status", className: "sd-hint" },
        problem ||
          (chosen === null
            ? "One vote each, without your name."
            : "Your vote counts. You may change it until the answer is shown."),
      ),
    !mayVote && !revealed && h("p", { role: "status", className: "tc-count" }, `${voted} of ${size} voted`),
    revealed && answer && h("p", { role: "status", className: "tc-because" }, answer.because),
  );
}

// The bar

function behind(standing, left) {
  const beats = standing.beat - left.beat;
  const apart = Math.abs(beats);
  if (apart) return `${apart} ${apart === 1 ? "beat" : "beats"} ${beats > 0 ? "behind" : "ahead of it"}`;
  const changes = standing.version - left.version;
  return changes ? `${changes} ${changes === 1 ? "step" : "steps"} behind` : "not behind";
}

function useSeconds(since) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!since) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [since]);
  return Math.max(0, (now - since) / 1000);
}

/** The title of the beat: told with a lesson of the teacher's own, else that of the lab on this page. */
const titleOf = (standing, slug, titles) =>
  standing.own ? standing.title : standing.lab === slug && titles[standing.beat - 1];

// Dots of those who may click

/** The colour of somebody's hand in a class: the same for all presses of one, readable on both grounds. */
const inkOf = (hand) => `hsl(${parseInt(hand || "0", 16) % 360} 80% 50%)`;
globalThis.sdlabInk = inkOf;

const HAND = 6; // pixels: such a dot is larger than one of the traffic
const MOST_HANDS = 12; // presses between two frames that are drawn
const STEP = 380; // milliseconds that a dot is on its way from part to part

/** A press of somebody of the class, in the colour that all presses of that hand have. */
const drawHand = (hand) => (context, outcome, x, y) => {
  context.fillStyle = inkOf(hand);
  context.strokeStyle = colourOf("--sd-card");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, HAND, 0, 7);
  context.fill();
  context.stroke();
};

/**
 * What was pressed between two frames, newest first: one call after the other, as the request went. The path
 * asks for it where this script has come, and is itself no longer for it.
 */
globalThis.sdlabHands = (flying, before, frame, routes, canvas) => {
  const old = new Set(before?.events.map((one) => one.id));
  const pressed = frame.events.filter((one) => one.hand && !old.has(one.id)).slice(0, MOST_HANDS);
  const now = performance.now();
  for (const { hand, way } of pressed)
    way.forEach(([source, target], at) => {
      const points = routes.get(keyOf({ source, target }));
      if (points) flying.push({ points, draw: drawHand(hand), starts: now + at * STEP });
    });
  if (pressed.length) canvas.dataset.hand = pressed[0].hand;
};

/** The latest request of this tab's own hand. */
function useOwnPress(hand) {
  const latest = useRef(null);
  const found = useLatest().events.find((one) => one.hand === hand);
  if (found) latest.current = found;
  return latest.current?.hand === hand ? latest.current : null;
}

/** Whoever may click sees which dots are his own, and goes through what his last press did. */
function OwnDot({ slug, hand }) {
  const own = useOwnPress(hand);
  return h(
    "span",
    { className: "sd-pill", "data-tone": "ok" },
    "everyone may click; your dot is ",
    h("i", { className: "tc-hand", style: { background: inkOf(hand) }, "aria-hidden": true }),
    own &&
      h(
        "button",
        { type: "button", className: "sd-btn small", onClick: () => openTrace(slug, own.trace) },
        "Replay yours",
      ),
  );
}

function FollowerBar({ slug, standing, left, titles }) {
  const seconds = useSeconds(left?.since);
  const title = titleOf(standing, slug, titles);
  const place = standing.beat
    ? `beat ${standing.beat} of ${standing.beats}${title ? `, ${title}` : ""}`
    : "before the first beat";
  if (standing.ended)
    return h(
      Bar,
      { state: "ended" },
      h(
        "p",
        null,
        h("b", null, "This class has ended."),
        " You may stay and look; nothing is driven any more.",
      ),
      h("a", { className: "sd-btn small p", href: `/taught/${standing.room}` }, "What we saw"),
      h("a", { className: "sd-btn small", href: ownRoom(slug) }, "Use the lab in a room of your own"),
    );
  if (standing.exercise)
    return h(
      Bar,
      { state: "exercise" },
      h(InExercise, { standing }),
      h(Say, { standing }),
      h("a", { className: "sd-btn small", href: ownRoom(slug) }, "Leave the class"),
    );
  if (left)
    return h(
      Bar,
      { state: "away" },
      h(
        "p",
        null,
        h("b", null, "You look around"),
        ` – ${behind(standing, left)}, away for ${fmtSpan(seconds)}. The class is at ${place}.`,
      ),
      h(
        "button",
        { type: "button", className: "sd-btn small p", "aria-keyshortcuts": "C", onClick: catchUp },
        "Catch up",
        h("kbd", null, "C"),
      ),
      h("a", { className: "sd-btn small", href: ownRoom(slug) }, "Leave the class"),
    );
  return h(
    Bar,
    { state: "following" },
    h("p", null, h("b", null, "Following the class"), ` – ${place}`),
    h(Step, { standing }),
    h(Say, { standing }),
    standing.open && h(OwnDot, { slug, hand: standing.hand }),
    h("button", { type: "button", className: "sd-btn small", onClick: leaveClass }, "Look around"),
    h("a", { className: "sd-btn small", href: ownRoom(slug) }, "Leave the class"),
  );
}

function Bar({ state, children }) {
  const { status } = useTimeline();
  return h(
    "div",
    { className: "tc-classbar", "data-state": state, "data-live": status === "live" },
    h("span", { className: "tc-dot", "aria-hidden": true }),
    children,
  );
}

const STEPS = {
  "setting up": ["○", "setting up"],
  watching: ["◌", "watching"],
  shown: ["✓", "shown"],
  missed: ["✕", "not seen in time"],
  late: ["✓", "shown, later than it should"],
};

/** How far the step of this beat is, the same on every screen. */
export function Step({ standing }) {
  const { step, does, expect } = standing;
  if (!STEPS[step]) return null;
  const [sign, says] = STEPS[step];
  const tone = step === "shown" || step === "late" ? "ok" : step === "missed" ? "miss" : "selected";
  const about = step === "setting up" ? does.join(" · ") : expect;
  return h(
    "span",
    { className: "sd-pill tc-step", role: "status", "data-tone": tone, "data-step": step, title: about },
    `${sign} ${says}`,
    about && h("span", { className: "tc-stepsays" }, `: ${about}`),
  );
}

/** While a step is set up, what was measured before it is no answer yet: it is veiled. */
function useVeil(standing) {
  const veiled = standing?.step === "setting up";
  useEffect(() => {
    document.documentElement.toggleAttribute("data-veiled", veiled);
    return () => document.documentElement.removeAttribute("data-veiled");
  }, [veiled]);
}

/** What covers the page changes with reveal and question: what is lit comes into the free part again. */
function useRefit(standing) {
  const { revealed, ask, quick, round, prediction } = standing ?? {};
  useEffect(() => refit(), [revealed, Boolean(ask), Boolean(quick), quick?.open, round, prediction?.state]);
}

/** The way in, readable from the last row, until the class begins. */
const WallJoin = ({ standing }) =>
  h(
    "aside",
    { className: "tc-welcome", "aria-label": "Join this class" },
    h("img", { src: apiUrl(`/api/classes/${standing.room}/qr.svg`), alt: "QR code of the link to join" }),
    h(
      "div",
      null,
      h("p", null, `${window.location.host}/join`),
      h("b", { className: "mono" }, `${standing.code.slice(0, 3)} ${standing.code.slice(3)}`),
    ),
  );

/** What the projector says beside the lab. */
function OnWall({ slug, standing, titles }) {
  if (standing.exercise && !standing.ended) return h(OnTheWall, { standing });
  if (standing.beat > 0)
    return h(
      "p",
      { className: "tc-wallbeat" },
      `${standing.beat} / ${standing.beats} · ${titleOf(standing, slug, titles) || ""} `,
      h(Step, { standing }),
    );
  return !standing.ended && !standing.quick && !standing.prediction && h(WallJoin, { standing });
}

function NotJoined() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!paramsOfPage().has("class")) return undefined;
    const timer = setTimeout(() => setLate(true), NOT_JOINED_AFTER);
    return () => clearTimeout(timer);
  }, []);
  return (
    late &&
    h(
      Bar,
      { state: "away" },
      h("p", null, "You have not joined this class: you see its room, but are not taken along."),
      h("a", { className: "sd-btn small p", href: "/join" }, "Join with a code"),
    )
  );
}

/**
 * A question of the moment goes before a prediction, and both before that of the beat, which waits while
 * there is an exercise.
 */
const asksNow = (standing) =>
  standing.quick ? QuickPoll : standing.prediction ? Prediction : standing.exercise ? null : Poll;

function Blank({ onLeave }) {
  return h(
    "div",
    { className: "tc-blank", role: "status" },
    h("p", null, "The screen is blank for a moment. Look at the presenter."),
    onLeave && h("button", { type: "button", className: "sd-btn", onClick: onLeave }, "Look around"),
  );
}

function useStage() {
  useEffect(() => {
    const params = paramsOfPage();
    const root = document.documentElement;
    if (params.has("stage")) root.dataset.stage = params.has("class") ? "wall" : "lead";
    return () => delete root.dataset.stage;
  }, []);
}

/** Everything of a class on a lab's page; nothing while the room is nobody's class. */
export function InClass({ lab: slug, titles }) {
  const standing = useCell(classState);
  const lookedAway = useCell(away);
  const left = standing?.exercise ? null : lookedAway; // to an exercise all are taken along
  useStage();
  useTakenAlong(slug, standing, Boolean(left));
  useOwnMoves(slug, standing);
  useTellFrame(standing);
  useVeil(left ? null : standing);
  useRefit(left ? null : standing);
  useEffect(() => {
    moreKeys.set("c", catchUp).set("C", catchUp);
    return () => moreKeys.delete("c") && moreKeys.delete("C");
  }, []);
  useEffect(
    () => () => {
      applied = null;
    },
    [slug],
  );
  if (!standing) return h(NotJoined);
  const wall = isWall();
  const leads = standing.role === "leader" && !wall;
  const asks = asksNow(standing);
  const together = !standing.exercise || standing.exercise.shown > 0; // all see one room, and marks on it
  const blank = standing.blank && !left && !leads;
  return h(
    "div",
    { className: "tc-class", "data-role": standing.role, "data-beat": standing.beat, "data-blank": blank },
    wall ? h(OnWall, { slug, standing, titles }) : !leads && h(FollowerBar, { slug, standing, left, titles }),
    leads &&
      !paramsOfPage().has("stage") &&
      h(
        Bar,
        { state: "following" },
        h("p", null, h("b", null, "You lead this class."), " What you do here, all see."),
        h("a", { className: "sd-btn small p", href: `/teach/${standing.room}` }, "Presenter view"),
      ),
    leads && together && !standing.ended && h(InkTools),
    !left && together && h(Ink),
    !leads &&
      !left &&
      !standing.ended &&
      asks &&
      h(Suspense, { fallback: null }, h(asks, { standing, mayVote: !wall })),
    blank && h(Blank, { onLeave: wall || standing.exercise ? null : leaveClass }),
  );
}
