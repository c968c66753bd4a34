// The tab's one store of live frames: what is shown now, the last minutes to
// step through, and the socket that fills them.
import { createContext, createElement, useContext, useEffect, useState, useSyncExternalStore } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const MOST_FRAMES = 600;
const MOST_BYTES = 16 * 1024 * 1024;
const STALLED_AFTER = 6000;
const SLOWEST_RETRY = 10000;
const ONE_RUN = 25;
const MARKED = new Set(["config", "fault", "crash"]);

export const apiUrl = (path) => getBackendURL(env.PING).origin + path;

/** A value outside of React that components can follow. */
export function cell(initial) {
  let value = initial;
  const listeners = new Set();
  return {
    initial,
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const useCell = (one) => useSyncExternalStore(one.subscribe, one.get, () => one.initial);

export const EMPTY_FRAME = {
  seq: 0,
  t: 0,
  events: [],
  snapshot: {
    config: {},
    traffic: { rate: 0, errors: 0, p50: 0, p95: 0, p99: 0, samples: 0, total: 0 },
    workload: { id: "", running: false, rate: 0, seed: 0, issued: 0, shed: 0, achieved: 0 },
    sample: { running: false, does: "", rate: 0, until: 0 },
    faults: [],
    nodes: [],
    edges: [],
    invariants: [],
  },
};

const EMPTY_TIMELINE = {
  status: "connecting",
  paused: false,
  count: 0,
  index: 0,
  behind: 0,
  seconds: 0,
  first: 0,
  newest: 0,
  marks: [],
  reason: "",
};

/** The frame that the inside shows, the newest one, and where the first stands among all that are kept. */
export const shown = cell(null);
export const latest = cell(null);
export const timeline = cell(EMPTY_TIMELINE);
export const room = cell("");

/**
 * Where the class of this room stands, for whoever joined or leads it; and what the visitor moved by hand
 * last.
 */
export const classState = cell(null);
export const ownMove = cell(null);
let following = true;
let toldBy = null;

/** Say whether this tab goes where the class goes; the socket says so again after a lost connection. */
export function follow(on) {
  following = on;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ following: on }));
}

/** What the leader points at and draws, as it comes: a list of marks. */
export const inkHeard = cell(null);

/** Point or draw, for whoever leads the class. */
export function draw(mark) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ink: mark }));
}

function attend({ class: standing, past }) {
  if (!following && toldBy !== socket) follow(false);
  toldBy = socket;
  classState.set({ ...standing, past });
}

/** The newest frames of other rooms of this lab that the tab watches, by channel 1, 2, … */
export const channels = cell({});
let watched = [];

/** Watch these rooms too, on the same socket; their frames arrive in `channels`. */
export function watchRooms(rooms) {
  watched = rooms;
  channels.set({});
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ watch: rooms }));
}

let slug = "";
let frames = [];
let received = null; // the last frame that came, which the next change is about
let marks = [];
let bytes = 0;
const lastBroken = new Map();
let paused = false;
let socket = null;
let arrived = null; // what the server said when this page was opened
let tellArrival = null;
let embeds = false;
let attempt = 0;
let retry = 0;
let watchdog = 0;

export const slugOfPage = () => /^\/(?:labs|embed)\/([^/]+)/.exec(window.location.pathname)?.[1] ?? "";
// While one lab's page gives way to another's, the store may still hold frames of a different shape.
const ofThisPage = (one) => () => (slug && slug === slugOfPage() ? one.get() : null);

export const useShown = () =>
  useSyncExternalStore(shown.subscribe, ofThisPage(shown), () => null) ?? EMPTY_FRAME;
export const useLatest = () =>
  useSyncExternalStore(latest.subscribe, ofThisPage(latest), () => null) ?? EMPTY_FRAME;
/** Whether a frame of this page has come: before it nothing is known, and nothing is claimed. */
export const useKnown = () =>
  useSyncExternalStore(
    shown.subscribe,
    () => Boolean(ofThisPage(shown)()),
    () => false,
  );

/** Its children, as a skeleton until the first frame: they have their place, and say nothing. */
export function Known({ children }) {
  const known = useKnown();
  return createElement(
    "div",
    { className: "sd-known", "data-known": known, "aria-busy": !known, inert: !known },
    children,
  );
}

export const useTimeline = () => useCell(timeline);
export const useRoom = () => useCell(room);

const Initials = createContext({});

/** Gives what is below it the snapshots that stand until the first frame. */
export const LiveRoot = ({ initials, children }) =>
  createElement(Initials.Provider, { value: initials }, children);

/**
 * The snapshot shown, or the newest whatever is shown; `key` names what stands there before the first frame.
 * A component is drawn anew only when a part of the snapshot that it has read became another.
 */
export function useLive(key, newest) {
  const initial = useContext(Initials)[key];
  const [reader] = useState(follower);
  const one = newest ? latest : shown;
  const now = () => reader(ofThisPage(one)()?.snapshot ?? initial);
  return useSyncExternalStore(one.subscribe, now, () => reader(initial));
}

/** Gives a view of the latest snapshot that stays the same object while the parts read through it do. */
function follower() {
  const read = new Set();
  let current = null;
  let view = null;
  return (snapshot) => {
    if (snapshot === current) return view;
    const same =
      current &&
      snapshot &&
      read.size > 0 &&
      [...read].every((name) => Object.is(current[name], snapshot[name]));
    current = snapshot;
    if (!same) view = snapshot && viewOf(() => current, read);
    return view;
  };
}

function viewOf(current, read) {
  return new Proxy(
    {},
    {
      get(_, name) {
        read.add(name);
        return current()[name];
      },
      has: (_, name) => name in current(),
    },
  );
}

/** The new value, with each part of the old that is equal kept as the same object. */
function sharing(old, fresh) {
  if (Object.is(old, fresh) || typeof old !== "object" || typeof fresh !== "object" || !old || !fresh)
    return fresh;
  if (Array.isArray(old) !== Array.isArray(fresh)) return fresh;
  const names = Object.keys(fresh);
  let equal = names.length === Object.keys(old).length;
  for (const name of names) {
    fresh[name] = sharing(old[name], fresh[name]);
    equal = equal && Object.is(old[name], fresh[name]);
  }
  return equal ? old : fresh;
}

export const useLiveFrame = () => useShown();

const QUIET_AFTER = 3000;
let newsAt = 0;

/** Whether nothing has happened for some seconds: what moves for its own sake may move less. */
export const isQuiet = () => performance.now() - newsAt > QUIET_AFTER;

/** The kept frames up to the one shown, oldest first, at most `count`. */
export function framesUntilShown(count) {
  const end = frames.indexOf(shown.get()) + 1 || frames.length;
  return frames.slice(Math.max(0, end - count), end);
}

/** The frame before the one shown, if it is kept. */
export function frameBefore(frame) {
  const at = frames.indexOf(frame);
  return at > 0 ? frames[at - 1] : null;
}

const sizes = new WeakMap();

function refresh() {
  const newest = frames[frames.length - 1] ?? null;
  latest.set(newest);
  if (!paused) shown.set(newest);
  const current = shown.get();
  const at = frames.indexOf(current);
  const index = Math.max(0, at);
  timeline.set({
    status: timeline.get().status,
    reason: timeline.get().reason,
    paused,
    count: frames.length,
    index,
    behind: at >= 0 ? frames.length - 1 - at : newest && current ? newest.seq - current.seq : 0,
    seconds: newest && current ? newest.t - current.t : 0,
    first: frames[0]?.seq ?? 0,
    newest: newest?.seq ?? 0,
    marks,
  });
}

function setStatus(status) {
  if (timeline.get().status !== status) timeline.set({ ...timeline.get(), status });
}

function setReason(reason) {
  if (timeline.get().reason !== reason) timeline.set({ ...timeline.get(), reason });
}

function marksBetween(before, after) {
  if (!before) return [];
  const known = new Set(before.events.map(nameOf));
  const found = after.events
    .filter((event) => MARKED.has(event.kind) && !known.has(nameOf(event)))
    .map((event) => ({ seq: after.seq, kind: event.kind, text: event.text }));
  const violations = new Map(before.snapshot.invariants.map((one) => [one.id, one.violations]));
  for (const one of after.snapshot.invariants) {
    if (one.violations > (violations.get(one.id) ?? 0))
      found.push({ seq: after.seq, kind: "violation", text: `broken: ${one.claim}` });
  }
  return found.filter((mark) => mark.kind !== "violation" || !goesOn(mark));
}

/** A claim that is broken again and again gets one mark for each run of violations. */
function goesOn({ text, seq }) {
  const before = lastBroken.get(text);
  lastBroken.set(text, seq);
  return before !== undefined && seq - before < ONE_RUN;
}

/** A value that was sent as it is, or as a patch of what it was. */
function patched(before, told) {
  if (!told || typeof told !== "object" || !("~" in told)) return told;
  const made = Array.isArray(before) ? [...before] : { ...before };
  for (const [name, one] of Object.entries(told["~"])) made[name] = patched(before[name], one);
  return made;
}

/** The frame that a message means: a whole one, or what is other than in the one before. */
function wholeOf(message) {
  if (message.base === undefined) return message;
  const { seq, t, beat, snapshot, events, kept } = message;
  return {
    seq,
    t,
    beat,
    snapshot: patched(received.snapshot, { "~": snapshot }),
    events: kept || events.length ? [...events, ...received.events.slice(0, kept)] : [],
  };
}

/** Nothing changed but the time: the newest frame is as good as new, and the tape gets no longer. */
function replaceNewest(frame) {
  const newest = frames[frames.length - 1];
  if (paused && shown.get() === newest) return;
  frames = [...frames.slice(0, -1), Object.assign(frame, { since: newest.since ?? newest.t })];
  sizes.set(frame, sizes.get(newest) ?? 0);
  refresh();
}

/** What is painted on the tape: epochs of one configuration, times with a fault, times when a claim broke. */
const tags = new WeakMap();
const BROKEN_FOR = 1; // seconds; a claim that breaks again and again is broken all the while

function tagOf(before, frame) {
  const last = before && tags.get(before);
  const count = (one) => one.snapshot.invariants.reduce((sum, { violations }) => sum + violations, 0);
  const breaks = before ? count(frame) > count(before) : false;
  const brokenAt = breaks ? frame.t : (last?.brokenAt ?? -Infinity);
  return {
    epoch: (last?.epoch ?? 0) + (before && before.snapshot.config !== frame.snapshot.config ? 1 : 0),
    fault: frame.snapshot.faults.length > 0,
    broken: frame.t - brokenAt < BROKEN_FOR,
    brokenAt,
  };
}

/** The bands of the tape: {kind, from, to, odd} in numbers of frames. */
export function bandsOfTape() {
  const found = [];
  const running = {};
  const put = (kind, value, index) => {
    const now = running[kind];
    if (now?.value === value) now.to = index + 1;
    else if (value === false) running[kind] = null;
    else found.push((running[kind] = { kind, value, from: index, to: index + 1, odd: value % 2 === 1 }));
  };
  frames.forEach((frame, index) => {
    const { epoch, fault, broken } = tags.get(frame);
    put("config", epoch, index);
    put("fault", fault, index);
    put("broken", broken, index);
  });
  return found;
}

/** Where the frame of that number, or the first after it, stands on the tape; -1 for one that is not kept. */
export function indexOf(seq) {
  if (!frames.length || seq < frames[0].seq) return -1;
  return frames.findIndex((one) => one.seq >= seq);
}

function keep(frame, size) {
  const newest = frames[frames.length - 1];
  if (newest && frame.seq < newest.seq) forget(); // the engine was opened anew
  else if (newest && frame.seq === newest.seq) return;
  const before = frames[frames.length - 1];
  if (before) share(before, frame);
  received = frame;
  tags.set(frame, tagOf(before, frame));
  if (before && frame.beat) return replaceNewest(frame);
  newsAt = performance.now();
  const found = marksBetween(before, frame);
  frames = [...frames, frame];
  sizes.set(frame, size);
  bytes += size;
  while (frames.length > MOST_FRAMES || (bytes > MOST_BYTES && frames.length > 1)) {
    bytes -= sizes.get(frames[0]) ?? 0;
    frames = frames.slice(1);
  }
  const first = frames[0].seq;
  if (found.length || (marks.length && marks[0].seq < first))
    marks = [...marks, ...found].filter((mark) => mark.seq >= first);
  refresh();
}

// A restarted engine counts its events anew: the same number is another event then.
const nameOf = (event) => `${event.id} ${event.t}`;

function share(before, frame) {
  frame.snapshot = sharing(before.snapshot, frame.snapshot);
  const known = new Map(before.events.map((event) => [nameOf(event), event]));
  frame.events = frame.events.map((event) => known.get(nameOf(event)) ?? event);
}

function forget() {
  frames = [];
  received = null;
  marks = [];
  lastBroken.clear();
  bytes = 0;
  paused = false;
  shown.set(null);
  latest.set(null);
}

// Time

const movedInTime = () => ownMove.set({ paused: paused ? (shown.get()?.seq ?? -1) : -1 });

export function pause() {
  if (paused || !frames.length) return;
  paused = true;
  refresh();
  movedInTime();
}

export function resume() {
  if (!paused) return;
  release();
  movedInTime();
}

/** Show what is new again, not because the visitor asked for it. */
export function release() {
  if (!paused) return;
  paused = false;
  refresh();
}

/** Show the frame of that number, not because the visitor asked for it; `spare` when it is not kept here. */
export function hold(seq, spare) {
  const frame = frames.find((one) => one.seq === seq) ?? spare;
  if (!frame || (paused && shown.get()?.seq === seq)) return;
  paused = true;
  shown.set(frame);
  refresh();
}

export const togglePause = () => (paused ? resume() : pause());

export function seek(index) {
  if (!frames.length) return;
  paused = true;
  shown.set(frames[Math.max(0, Math.min(frames.length - 1, index))]);
  refresh();
  movedInTime();
}

export const step = (by) => seek(Math.max(0, frames.indexOf(shown.get())) + by);

// The socket

const TAB_ROOM = "sdlab_room"; // also known to the state of the page, and to the script that comes first

function addressOf(wanted) {
  const kept = embeds ? "" : (sessionStorage.getItem(TAB_ROOM) ?? "");
  const query = new URLSearchParams({ lab: wanted, room: room.get() || kept, changes: 1 });
  if (embeds) query.set("embed", 1);
  if (!arrived) query.set("visit", window.location.search.slice(1));
  return `${apiUrl("/api/live").replace(/^http/, "ws")}?${query}`;
}

/** The connection that was opened before this script was there, if it is one to this lab. */
function openedFirst(wanted) {
  const first = window.sdlabFirst;
  window.sdlabFirst = null;
  if (first?.lab === wanted && first.socket.readyState <= WebSocket.OPEN) return first;
  first?.socket.close();
  return null;
}

function open(wanted) {
  const first = openedFirst(wanted);
  const mine = first?.socket ?? new WebSocket(addressOf(wanted));
  socket = mine;
  const tellWatched = () => watched.length && mine.send(JSON.stringify({ watch: watched }));
  mine.onopen = tellWatched;
  mine.onmessage = (message) => {
    if (mine !== socket) return;
    attempt = 0;
    watch(wanted);
    const frame = JSON.parse(message.data);
    if (frame.room) return arrive(frame);
    if (frame.class) return attend(frame);
    if (frame.ink) return inkHeard.set(frame.ink);
    if (frame.ch) return channels.set({ ...channels.get(), [frame.ch]: frame });
    keep(wholeOf(frame), message.data.length);
    setStatus("live");
    setReason("");
  };
  mine.onclose = (event) => {
    if (mine !== socket) return;
    setReason(event.reason);
    again(wanted);
  };
  watch(wanted);
  if (mine.readyState === WebSocket.OPEN) tellWatched();
  first?.messages.forEach((data) => mine.onmessage({ data }));
}

function arrive(at) {
  arrived = at;
  room.set(at.room);
  if (!embeds) sessionStorage.setItem(TAB_ROOM, at.room);
  tellArrival?.(at.room, at.notices.join(" · "));
}

function watch(wanted) {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => drop() || again(wanted), STALLED_AFTER);
}

function drop() {
  const old = socket;
  socket = null;
  old?.close();
}

function again(wanted) {
  clearTimeout(watchdog);
  if (wanted !== slug) return;
  socket = null;
  attempt += 1;
  if (attempt > 1 || frames.length) setStatus("lost");
  const wait = Math.min(SLOWEST_RETRY, 400 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2);
  clearTimeout(retry);
  retry = setTimeout(() => wanted === slug && open(wanted), wait);
}

function retryNow() {
  if (!slug || socket) return;
  clearTimeout(retry);
  open(slug);
}

function connect(wanted, told, embedded) {
  disconnect();
  slug = wanted;
  embeds = Boolean(embedded);
  tellArrival = told;
  attempt = 0;
  timeline.set(EMPTY_TIMELINE);
  open(wanted);
}

function disconnect() {
  slug = "";
  arrived = null;
  clearTimeout(retry);
  clearTimeout(watchdog);
  drop();
  watched = [];
  channels.set({});
  classState.set(null);
  inkHeard.set(null);
  forget();
  timeline.set(EMPTY_TIMELINE);
}

/** Holds the connection to one lab while its page is shown; says which room that is, once known. */
export function LiveConnection({ lab, onArrive, embedded }) {
  useEffect(() => {
    connect(lab, onArrive, embedded);
    window.addEventListener("online", retryNow);
    return () => {
      window.removeEventListener("online", retryNow);
      disconnect();
    };
  }, [lab]);
  const { status } = useTimeline();
  return createElement("span", { hidden: true, "data-live": status === "live" ? "on" : "off" });
}

/** Whose room this tab works in, and the few characters that tell it from others. */
export function RoomName() {
  const id = useRoom();
  const standing = useCell(classState);
  const name = (id === "public" ? id : id.slice(0, 4)) || "····";
  return createElement(
    "span",
    null,
    standing ? (standing.room === id ? "room of the class · " : "fork · ") : "my room · ",
    createElement("span", { className: "mono" }, name),
  );
}

// Numbers as the page writes them

const formats = new Map();

/** A number with thousands separators and a fixed count of decimals, so that its width stays. */
export function fmt(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(Number(value))) return "–";
  if (!formats.has(digits))
    formats.set(
      digits,
      new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    );
  return formats.get(digits).format(value);
}

/** Milliseconds with the digits that matter. */
export function fmtMs(ms) {
  return fmt(ms, ms < 1 ? 2 : ms < 100 ? 1 : 0);
}

/** The noun of a count: one is not many. */
export const noun = (count, one, many) => (Number(count) === 1 ? one : many);

/** Seconds as a countdown: 0:41, 12:05, 3 h 20 min, 6 d 4 h. */
export function fmtSpan(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(left / unit));
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${minutes % 60} min`;
  return `${minutes}:${String(left % 60).padStart(2, "0")}`;
}

// Rights in a class: the server refuses the rest; the page says so before one tries

export const LEADER_ONLY =
  "The leader of this class drives. Watch here, or open the lab in a room of your own.";

/** Whether this tab may use the product (`verb`) or change the system (`control`) now. */
export function useMay(kind) {
  const standing = useCell(classState);
  const here = useRoom();
  if (!standing || standing.role === "leader") return true;
  const mine = standing.exercise?.fork?.room === here; // in it one may do everything
  return mine || (standing.open && kind === "verb" && here === standing.room);
}
