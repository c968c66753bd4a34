// A prediction: a figure's curve, or its value, sketched before the server measures it; then all sketches
// over what was measured.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { fmt, noun } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { useWidth } from "$/public/external/components/controls/controls.jsx";
import { Countdown } from "$/public/external/components/moments/moments.jsx";

const COLUMNS = 31; // values of a curve
const BETWEEN = 6; // columns from one point to the next that keys move
const POINTS = Array.from({ length: 6 }, (_, index) => index * BETWEEN);
const STEPS = 50; // presses of an arrow key from one end of the range to the other
const LEAP = 5; // of them, what a page key goes
const MARGIN = { left: 8, right: 64, top: 10, bottom: 22 };
const RETRY = 2000; // milliseconds
const SPARE = 1.04; // above the highest that was measured

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

/** A measured number: three digits that matter, large ones written short. */
export function short(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 1e5)
    return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
  if (size >= 100) return fmt(value);
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value);
}

/** The number with its unit. */
export const withUnit = (value, unit) => `${short(value)}${unit ? ` ${unit}` : ""}`;

// A sketch: values at evenly spaced times, null where nothing is drawn yet

const empty = () => Array.from({ length: COLUMNS }, () => null);

/** What a sketch says at a share of its run, between its values along straight lines. */
function at(values, share) {
  const place = clamp(share, 0, 1) * (values.length - 1);
  const left = Math.min(Math.floor(place), values.length - 1);
  const right = Math.min(left + 1, values.length - 1);
  return values[left] + (values[right] - values[left]) * (place - left);
}

const onColumns = (values) => empty().map((_, column) => at(values, column / (COLUMNS - 1)));

/** The columns from one to another, along a straight line. */
function joined(values, from, to) {
  const next = [...values];
  const steps = Math.abs(to.column - from.column);
  for (let step = 0; step <= steps; step += 1) {
    const column = from.column + Math.sign(to.column - from.column) * step;
    next[column] = steps ? from.value + ((to.value - from.value) * step) / steps : to.value;
  }
  return next;
}

/** What the hand has left out goes on as its nearest neighbour. */
function whole(values) {
  const first = values.find((one) => one !== null);
  if (first === undefined) return values;
  let last = first;
  return values.map((one) => (last = one ?? last));
}

/** One point moved by a key takes what lies between it and the points beside it along. */
function bent(values, column, value) {
  const here = { column, value };
  let next = values;
  for (const beside of [column - BETWEEN, column + BETWEEN])
    if (beside >= 0 && beside < COLUMNS) next = joined(next, { column: beside, value: next[beside] }, here);
  return next;
}

/** Where a sketch begins that nobody has drawn: at what was measured last. */
const startOf = ({ before, low, high }) => clamp(before ?? (low + high) / 2, low, high);

/** The value that a key leads to, if it is one that moves. */
function moved(key, value, { low, high }) {
  const step = (high - low) / STEPS;
  const by = {
    ArrowUp: step,
    ArrowRight: step,
    ArrowDown: -step,
    ArrowLeft: -step,
    PageUp: LEAP * step,
    PageDown: -LEAP * step,
    Home: low - value,
    End: high - value,
  }[key];
  return by === undefined ? null : clamp(value + by, low, high);
}

// The picture

function scaleOf(asked, outcome, width, height) {
  const known = (outcome?.measured ?? []).map(([, value]) => value).filter((one) => one !== null);
  const most = Math.max(...known, -Infinity);
  const high = most > asked.high ? most * SPARE : asked.high;
  const low = Math.min(asked.low, ...known);
  const wide = Math.max(1, width - MARGIN.left - MARGIN.right);
  const tall = Math.max(1, height - MARGIN.top - MARGIN.bottom);
  return {
    low,
    high,
    x: (share) => MARGIN.left + wide * share,
    y: (value) => MARGIN.top + tall * (1 - (value - low) / (high - low)),
    share: (x) => clamp((x - MARGIN.left) / wide, 0, 1),
    value: (y) => clamp(low + (high - low) * (1 - (y - MARGIN.top) / tall), asked.low, asked.high),
  };
}

const pen = (points) =>
  points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** The path of a sketch; it begins anew after what is not drawn. */
function lineOf(values, { x, y }) {
  let gap = true;
  return values
    .map((value, index) => {
      if (value === null) {
        gap = true;
        return "";
      }
      const share = values.length > 1 ? index / (values.length - 1) : 0;
      const to = `${gap ? "M" : "L"}${x(share).toFixed(1)} ${y(value).toFixed(1)}`;
      gap = false;
      return to;
    })
    .join("");
}

const level = (values) => (values.length === 1 ? [values[0], values[0]] : values);

function measuredLine({ measured, seconds }, { x, y }) {
  let gap = true;
  return measured
    .map(([when, value]) => {
      const to =
        value === null ? "" : `${gap ? "M" : "L"}${x(when / seconds).toFixed(1)} ${y(value).toFixed(1)}`;
      gap = value === null;
      return to;
    })
    .join("");
}

const halfArea = (middle, { x, y }) => {
  const along = (side) => middle.map((pair, index) => [x(index / (middle.length - 1)), y(pair[side])]);
  return `${pen([...along(0), ...along(1).reverse()])}Z`;
};

function Axes({ asked, scale, width, height }) {
  const { low, high, x, y } = scale;
  const ticks = [low, (low + high) / 2, high];
  const floor = height - MARGIN.bottom;
  return [
    ticks.map((tick) =>
      h("line", {
        key: `r${tick}`,
        x1: MARGIN.left,
        x2: width - MARGIN.right,
        y1: y(tick),
        y2: y(tick),
        className: "rule",
      }),
    ),
    ticks.map((tick) =>
      h(
        "text",
        { key: `t${tick}`, x: width - MARGIN.right + 6, y: y(tick), dy: "0.35em", className: "dim" },
        tick === high ? withUnit(tick, asked.unit.length > 4 ? "" : asked.unit) : short(tick),
      ),
    ),
    [0, 0.5, 1].map((share) =>
      h(
        "text",
        {
          key: `s${share}`,
          x: x(share),
          y: floor + 15,
          textAnchor: ["start", "middle", "end"][share * 2],
          className: "dim",
        },
        share ? `${short(asked.seconds * share)} s` : "0 s",
      ),
    ),
  ];
}

/** What it was when it was asked for: where a sketch may begin. The words go once something is drawn. */
const Before = ({ before, says, scale: { x, y } }) =>
  before !== null &&
  h(
    "g",
    { className: "tq-before" },
    h("circle", { cx: x(0), cy: y(before), r: 4 }),
    says && h("text", { x: x(0) + 8, y: y(before) - 8 }, `was ${short(before)} when asked`),
  );

/** A line in the colour of this tab's own hand, with a rim that parts it from the others. */
const Own = ({ d, hand }) => [
  h("path", { key: "rim", d, className: "tq-rim" }),
  h("path", { key: "own", d, className: "tq-own", style: hand && { stroke: globalThis.sdlabInk?.(hand) } }),
];

/** The points of a curve that keys move. */
function Points({ asked, values, scale, onMove }) {
  return POINTS.map((column) => {
    const value = values?.[column] ?? startOf(asked);
    const share = column / (COLUMNS - 1);
    return h(
      "g",
      {
        key: column,
        className: "tq-point",
        role: "slider",
        tabIndex: 0,
        "data-drawn": Boolean(values),
        "aria-orientation": "vertical",
        "aria-label": `At ${short(asked.seconds * share)} seconds`,
        "aria-valuemin": asked.low,
        "aria-valuemax": asked.high,
        "aria-valuenow": value,
        "aria-valuetext": values ? withUnit(value, asked.unit) : "not drawn yet",
        onKeyDown: (event) => {
          const next = moved(event.key, value, asked);
          if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          event.stopPropagation();
          onMove(column, next);
        },
      },
      h("circle", { cx: scale.x(share), cy: scale.y(value), r: 13, className: "tq-reach" }),
      h("circle", { cx: scale.x(share), cy: scale.y(value), r: 5 }),
    );
  });
}

/** Drawing with mouse, pen or finger: `onDraw(values)` on the way, and at the end of a stroke. */
function useStrokes(asked, values, scale, onDraw) {
  const stroke = useRef(null);
  const drawn = useRef(values);
  if (!stroke.current) drawn.current = values;
  const to = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const zoom = box.width / event.currentTarget.width.baseVal.value || 1;
    const share = scale.share((event.clientX - box.left) / zoom);
    return {
      column: Math.round(share * (COLUMNS - 1)),
      value: scale.value((event.clientY - box.top) / zoom),
    };
  };
  const go = (event) => {
    const here = to(event);
    if (asked.kind === "value") drawn.current = [here.value];
    else drawn.current = joined(drawn.current ?? empty(), stroke.current, here);
    stroke.current = here;
    onDraw(drawn.current);
  };
  const end = () => {
    if (!stroke.current) return;
    stroke.current = null;
    if (asked.kind === "curve") onDraw(whole(drawn.current));
  };
  return {
    onPointerDown: (event) => {
      if (event.button) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      stroke.current = to(event);
      go(event);
    },
    onPointerMove: (event) => stroke.current && go(event),
    onPointerUp: end,
    onPointerCancel: end,
  };
}

/** Where a sketch is drawn. `values` are null before anything is. */
function Sketchpad({ asked, values, hand, height, onDraw }) {
  const [ref, width] = useWidth(320);
  const scale = scaleOf(asked, null, width, height);
  const strokes = useStrokes(asked, values, scale, onDraw);
  const curve = asked.kind === "curve";
  const move = (column, value) => onDraw(bent(whole(values ?? empty().fill(startOf(asked))), column, value));
  return h(
    "div",
    { ref, className: "sd-chart tq-chart" },
    h(
      "svg",
      {
        width,
        height,
        className: "tq-pad",
        role: "group",
        "aria-label": `${asked.label}, ${curve ? "drawn over" : "after"} ${short(asked.seconds)} seconds`,
        ...strokes,
      },
      h(Axes, { asked, scale, width, height }),
      h(Before, { before: asked.before, says: !values, scale }),
      values && h(Own, { d: lineOf(level(values), scale), hand }),
      curve && h(Points, { asked, values, scale, onMove: move }),
      !values &&
        h(
          "text",
          { x: scale.x(0.5), y: height / 2, textAnchor: "middle", className: "tq-hint" },
          curve ? "Draw your curve here" : "Draw a line at your value",
        ),
    ),
  );
}

/** In words what the picture shows. */
function words({ label, unit, measured, median, sent }) {
  const known = measured.map(([, value]) => value).filter((one) => one !== null);
  const [first, last, most] = [known[0], known.at(-1), Math.max(...known)];
  const said = `${label}: measured ${withUnit(first, unit)} at first, ${withUnit(last, unit)} at the end`;
  const guess = median ? `. Median of ${sent} predictions: ${withUnit(median.at(-1), unit)} at the end` : "";
  return `${said}, at most ${withUnit(most, unit)}${guess}.`;
}

const key = (name, text) =>
  h(
    "li",
    { key: name },
    h("svg", { width: 20, height: 10, "aria-hidden": true }, h("path", { d: "M0 5H20", className: name })),
    text,
  );

/** All sketches, or the middle half of them, and the measured line over them. */
function Picture({ outcome, hand, height }) {
  const [ref, width] = useWidth(320);
  const scale = scaleOf(outcome, outcome, width, height);
  const { sketches, median, middle, mine, sent } = outcome;
  return h(
    "div",
    { ref, className: "sd-chart tq-chart" },
    h(
      "svg",
      { width, height, role: "img", "aria-label": words(outcome) },
      h(Axes, { asked: outcome, scale, width, height }),
      !sketches && middle && h("path", { d: halfArea(middle, scale), className: "tq-half" }),
      sketches?.map((one, index) => h("path", { key: index, d: lineOf(one, scale), className: "tq-one" })),
      h("path", { d: measuredLine(outcome, scale), className: "tq-measured" }),
      median && h("path", { d: lineOf(median, scale), className: "tq-median" }),
      mine && h(Own, { d: lineOf(level(mine), scale), hand }),
    ),
    h(
      "ul",
      { className: "sd-keys tq-keys" },
      key("tq-measured", "measured"),
      median && key("tq-median", "median"),
      sent > 0 && (sketches ? key("tq-one", `${sent} predicted`) : key("tq-half", "middle half")),
      mine &&
        h(
          "li",
          null,
          h("svg", { width: 20, height: 10, "aria-hidden": true }, h(Own, { d: "M0 5H20", hand })),
          "yours",
        ),
    ),
  );
}

/** How near one's own sketch came. */
function ownWords({ kind, unit, mine, mine_off: off, mine_near: near, measured }) {
  const said =
    kind === "value"
      ? `You said ${withUnit(mine[0], unit)}; ${withUnit(measured.at(-1)[1], unit)} was measured`
      : `Yours was off by ${withUnit(off, unit)} on average`;
  return `${said}: ${near ? "near" : kind === "value" ? `off by ${withUnit(off, unit)}` : "not near"}.`;
}

const NEAR = { measured: "20 % of what was measured", range: "2 % of the range" };

/** What came out, as a picture and in words. */
export function Outcome({ outcome, hand, height = 220 }) {
  const { sent, near, within, off, median_off: medianOff, unit, mine } = outcome;
  return h(
    "div",
    { className: "tq-outcome" },
    h(Picture, { outcome, hand, height }),
    mine && h("p", { className: "tq-mine" }, h("b", null, ownWords(outcome))),
    sent > 0
      ? h(
          "p",
          null,
          h("b", null, `${near} of ${sent} ${noun(near, "was", "were")} near`),
          ` (off by at most ${withUnit(within, unit)}, ${NEAR[outcome.near_is]}). `,
          `Half were off by no more than ${withUnit(off, unit)}; `,
          `the median line by ${withUnit(medianOff, unit)}.`,
        )
      : h("p", null, "Nobody has predicted it."),
  );
}

/** What became of the prediction on screen, asked for once it may be seen. */
export function useOutcome({ room, prediction }, ready) {
  const [found, setFound] = useState(null);
  const wanted = ready && prediction ? `${prediction.id} ${prediction.ran}` : "";
  useEffect(() => {
    setFound(null);
    if (!wanted) return undefined;
    let retry = 0;
    let gone = false;
    const ask = () =>
      callClass(`/${room}/prediction`, "GET").then(
        (told) => !gone && setFound(told),
        () => {
          if (!gone) retry = setTimeout(ask, RETRY);
        },
      );
    ask();
    return () => {
      gone = true;
      clearTimeout(retry);
    };
  }, [room, wanted]);
  return found;
}

// The class's side

const drafts = new Map(); // what this tab has drawn, by prediction: what is folded or covered is not lost

/** What is drawn of that prediction, if anything (`values`), and whether the server has it so (`sent`). */
function useDraft({ room, prediction: { id, kind, mine } }) {
  const name = `${room} ${id}`;
  const [, redraw] = useState(0);
  const known = { values: mine && (kind === "curve" ? onColumns(mine) : mine), sent: Boolean(mine) };
  const set = (values, sent) => {
    drafts.set(name, { values, sent });
    redraw((count) => count + 1);
  };
  return [drafts.get(name) ?? known, set];
}

function ValueField({ asked, values, onDraw }) {
  const id = useId();
  const value = values?.[0];
  const put = (event) => onDraw(event.target.value === "" ? null : [Number(event.target.value)]);
  return h(
    "div",
    { className: "tm-answer" },
    h("label", { htmlFor: id }, `After ${short(asked.seconds)} s${asked.unit ? `, in ${asked.unit}` : ""}`),
    h("input", {
      id,
      className: "sd-input",
      type: "number",
      step: "any",
      min: asked.low,
      max: asked.high,
      required: true,
      autoComplete: "off",
      value: value === undefined ? "" : Number(value.toPrecision(4)),
      onChange: put,
    }),
  );
}

function Sketching({ standing }) {
  const { room, prediction: asked, hand } = standing;
  const [{ values, sent }, set] = useDraft(standing);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const put = async (next) => {
    setBusy(true);
    try {
      await callClass(`/${room}/prediction/sketch`, "PUT", { values: next ?? [] });
      set(next, true);
      setProblem("");
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  };
  const draw = (next) => {
    setProblem("");
    set(next, false);
  };
  const send = (event) => {
    event.preventDefault();
    put(whole(values));
  };
  const clear = () => (asked.mine || sent ? put(null) : draw(null));
  const state = !values
    ? asked.kind === "curve"
      ? "Draw, or move the six points with Tab and the arrow keys. Without your name."
      : "Draw a line, or write the number. Without your name."
    : sent
      ? "Sent. You may change it until the run begins."
      : asked.mine
        ? "Changed, and not sent yet."
        : "Not sent yet.";
  return h(
    "form",
    { className: "tq-form", onSubmit: send },
    h(Sketchpad, { asked, values, hand, height: 190, onDraw: draw }),
    asked.kind === "value" && h(ValueField, { asked, values, onDraw: draw }),
    h(
      "div",
      { className: "sd-row" },
      h(
        "button",
        { type: "submit", className: "sd-btn p", disabled: busy || !values || sent },
        asked.mine ? "Send again" : "Send",
      ),
      h(
        "button",
        { type: "button", className: "sd-btn", disabled: busy || !values, onClick: clear },
        "Clear",
      ),
    ),
    h("p", { role: "status", className: problem ? "sd-fielderror" : "sd-hint" }, problem || state),
  );
}

const WAITS = {
  running: "It is being measured now: watch the lab.",
  closed: "The run is to begin again in a moment.",
  measured: "It is measured. All predictions are shown in a moment.",
};

const titleOf = ({ kind, label, seconds, state }) =>
  state === "open"
    ? kind === "curve"
      ? `How will it go? ${label}, over ${short(seconds)} s`
      : `What will it be? ${label}, after ${short(seconds)} s`
    : label;

const Waiting = ({ asked, wall }) =>
  h(
    "p",
    { role: "status" },
    h("span", null, WAITS[asked.state]),
    !wall && h("span", { className: "sd-hint" }, asked.mine ? " Yours is in." : " You have sent none."),
  );

/** How many have sent, of those who are there; who has sent and left is counted, too. */
export const sentOf = ({ prediction: { sent }, following, away }) =>
  `${sent} of ${Math.max(sent, following + away)} have sent`;

/** The empty picture on the projector, with how many have sent. */
function Collecting({ standing }) {
  const { prediction: asked } = standing;
  const [ref, width] = useWidth(320);
  const height = 170;
  const scale = scaleOf(asked, null, width, height);
  return [
    h(
      "div",
      { key: "picture", ref, className: "sd-chart tq-chart", "aria-hidden": true },
      h(
        "svg",
        { width, height },
        h(Axes, { asked, scale, width, height }),
        h(Before, { before: asked.before, says: true, scale }),
      ),
    ),
    h("p", { key: "sent", role: "status", className: "tc-count" }, sentOf(standing)),
  ];
}

/** On a follower's page, where it is drawn, and on the projector. */
export function Prediction({ standing, mayVote }) {
  const { prediction: asked, now, hand } = standing;
  const [folded, setFolded] = useState(false);
  const outcome = useOutcome(standing, asked.state === "shown");
  const id = useId();
  useEffect(() => setFolded(false), [asked.id, asked.state === "shown"]);
  return h(
    "section",
    {
      className: "tc-poll tq-panel",
      role: "dialog",
      "aria-labelledby": id,
      "data-state": asked.state,
      "data-folded": folded,
    },
    h(
      "header",
      null,
      h("h2", { id }, titleOf(asked)),
      asked.state === "running" && h(Countdown, { ends: asked.ends, now }),
      mayVote &&
        h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            "aria-expanded": !folded,
            onClick: () => setFolded(!folded),
          },
          folded ? "Unfold" : "Fold",
        ),
    ),
    !folded &&
      asked.change &&
      h(
        "p",
        { className: "tq-change" },
        h("b", null, asked.state === "shown" ? "What changed: " : "What changes: "),
        asked.change,
      ),
    folded
      ? null
      : asked.state === "shown"
        ? outcome
          ? h(Outcome, { outcome, hand })
          : h("p", { role: "status" }, "Loading.")
        : asked.state === "open"
          ? mayVote
            ? h(Sketching, { key: asked.id, standing })
            : h(Collecting, { standing })
          : h(Waiting, { asked, wall: !mayVote }),
  );
}
