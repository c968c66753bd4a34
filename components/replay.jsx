// A trace played on the strip: its hops and decisions one by one, both ways,
// with the source lines that decided.
import { createElement as h, useEffect, useRef } from "react";
import { apiUrl, cell, fmtMs, room, useCell } from "$/public/external/components/live/live.jsx";
import { sign } from "$/public/external/components/controls/controls.jsx";

/** What is being replayed: null, or {status, id, trace, steps, at}. */
export const replay = cell(null);
export const useReplay = () => useCell(replay);

export async function openTrace(lab, id) {
  replay.set({ status: "loading", id, steps: [], at: 0 });
  const path = `/api/labs/${encodeURIComponent(lab)}/traces/${encodeURIComponent(id)}`;
  const settle = (next) => replay.get()?.id === id && replay.set({ id, steps: [], at: 0, ...next });
  try {
    const answer = await fetch(apiUrl(`${path}?room=${encodeURIComponent(room.get())}`));
    if (!answer.ok) return settle({ status: answer.status === 404 ? "gone" : "failed" });
    const trace = await answer.json();
    settle({ status: "ready", trace, steps: stepsOf(trace) });
  } catch {
    settle({ status: "failed" });
  }
}

function stepsOf(trace) {
  const hops = trace.hops.map((hop) => ({ kind: "hop", ...hop }));
  const decisions = trace.decisions.map((one) => ({ kind: "decision", ...one, lines: one.source }));
  return [...hops, ...decisions].sort((a, b) => a.at - b.at || (a.kind === "hop" ? -1 : 1));
}

export function stepReplay(by) {
  const now = replay.get();
  if (now?.status === "ready") showStep(now.at + by);
}

export function showStep(at) {
  const now = replay.get();
  replay.set({ ...now, at: Math.max(0, Math.min(now.steps.length - 1, at)) });
}

export const closeReplay = () => replay.set(null);

/** The hop that stands at this step: itself, or the last one before a decision. */
export function hopAt({ steps, at }) {
  for (let index = at; index >= 0; index -= 1) if (steps[index]?.kind === "hop") return steps[index];
  return null;
}

/** The lines to show at this step: those that made the call or decided, else those of the decision before. */
function sourceAt({ steps, at }) {
  for (let index = at; index >= 0; index -= 1)
    if (steps[index]?.lines?.length && (index === at || steps[index].kind === "decision"))
      return steps[index];
  return steps.find((step) => step.kind === "decision") ?? null;
}

const LUA = /\.lua$/;

const whoseLines = (step) =>
  step.kind === "hop"
    ? "the line that made the call"
    : LUA.test(step.file)
      ? "the branch of the script that decided"
      : "the lines that decided";

const NOTES = {
  loading: "Fetching the trace …",
  gone: "This trace is no longer kept. Newer requests took its place.",
  failed: "The trace could not be fetched.",
};

function Source({ step }) {
  if (!step) return h("p", { className: "sd-empty" }, "No decision was recorded for this request.");
  return h(
    "figure",
    { className: "sd-source" },
    h(
      "figcaption",
      null,
      h("span", { className: "mono" }, `${step.file}:${step.line}`),
      h("span", null, whoseLines(step)),
    ),
    h(
      "pre",
      { tabIndex: 0, "aria-label": `Source of ${step.file} around line ${step.line}` },
      step.lines.map(([number, text]) =>
        h(
          "code",
          { key: number, "data-here": number === step.line },
          h("i", { "aria-hidden": true }, String(number).padStart(4)),
          text || " ",
          "\n",
        ),
      ),
    ),
  );
}

function Step({ step, number, here, past }) {
  const ref = useRef(null);
  useEffect(() => {
    const list = ref.current?.parentElement;
    if (here && list) list.scrollTop = ref.current.offsetTop - list.clientHeight / 2;
  }, [here]);
  const isHop = step.kind === "hop";
  return h(
    "li",
    { ref, "data-here": here, "data-past": past },
    h(
      "button",
      { type: "button", onClick: () => showStep(number), "aria-current": here ? "step" : undefined },
      h(
        "span",
        { className: "sd-sign", "data-tone": isHop ? step.outcome : "selected" },
        isHop ? sign(step.outcome) : "?",
      ),
      isHop
        ? h(
            "span",
            null,
            h("b", null, `${step.source} → ${step.target}`),
            ` ${step.operation}`,
            step.detail && h("em", null, step.detail),
          )
        : h("span", null, step.text),
      h("small", null, isHop ? `${fmtMs(step.ms)} ms` : `at ${fmtMs(step.at)}`),
    ),
  );
}

export function Replay() {
  const now = useReplay();
  if (!now) return null;
  const { trace, steps, at } = now;
  return h(
    "section",
    { className: "sd-replay", "aria-label": "Replay of one request" },
    h(
      "header",
      null,
      h("span", { className: "sd-pill", "data-tone": "selected" }, "replay"),
      h("p", null, trace ? h("b", null, trace.sentence || trace.title) : NOTES[now.status]),
      trace && h("small", null, `by ${trace.by} · ${fmtMs(trace.ms)} ms in all`),
      h(
        "div",
        { className: "sd-row" },
        h(
          "button",
          {
            type: "button",
            className: "sd-btn icon",
            "aria-label": "Step back",
            disabled: !steps.length || at === 0,
            onClick: () => stepReplay(-1),
          },
          "◁",
        ),
        h("span", { className: "sd-steps" }, steps.length ? `${at + 1} / ${steps.length}` : "–"),
        h(
          "button",
          {
            type: "button",
            className: "sd-btn icon",
            "aria-label": "Step forward",
            disabled: at >= steps.length - 1,
            onClick: () => stepReplay(1),
          },
          "▷",
        ),
        h("button", { type: "button", className: "sd-btn", onClick: closeReplay }, "Close"),
      ),
    ),
    trace &&
      h(
        "div",
        { className: "sd-replaybody" },
        h(
          "ol",
          { className: "sd-steplist", "aria-label": "Hops and decisions" },
          steps.map((step, number) =>
            h(Step, { key: number, step, number, here: number === at, past: number < at }),
          ),
        ),
        h(Source, { step: sourceAt(now) }),
      ),
  );
}
