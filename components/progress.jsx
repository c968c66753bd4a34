// What this browser has reached: missions by lab, beats of tours, answers of the quiz; kept by it alone.
import { cell, useCell } from "$/public/external/components/live/live.jsx";
import { createElement as h, useEffect } from "react";

const KEYS = { missions: "sdlab_missions", tours: "sdlab_tours" };
const QUIZ = "sdlab_quiz";
const EMPTY = { missions: {}, tours: {}, quiz: {} };
const progress = cell(EMPTY);

/** What is kept under a name; nothing where it cannot be read. */
function kept(name) {
  try {
    const found = JSON.parse(window.localStorage.getItem(name) ?? "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

/** Right answers by lab, from what the quiz keeps by "lab/question". */
function rightAnswers() {
  const counts = {};
  for (const [key, answer] of Object.entries(kept(QUIZ))) {
    const lab = key.split("/")[0];
    if (answer?.right === "yes") counts[lab] = (counts[lab] ?? 0) + 1;
  }
  return counts;
}

const read = () => ({
  missions: kept(KEYS.missions),
  tours: kept(KEYS.tours),
  quiz: rightAnswers(),
});

function keep(part, lab, change) {
  const all = kept(KEYS[part]);
  const changed = { ...all, [lab]: change(all[lab]) };
  try {
    window.localStorage.setItem(KEYS[part], JSON.stringify(changed));
  } catch {
    // a browser that keeps nothing shows what was reached on this page
  }
  progress.set({ ...progress.get(), [part]: changed });
}

/** Remember that a mission was reached. */
export const keepMission = (lab, id) =>
  keep("missions", lab, (before) => ({ ...before, [id]: before?.[id] ?? Date.now() }));

/** Remember the furthest beat of a tour. */
export const keepBeat = (lab, beat) => keep("tours", lab, (before) => Math.max(before ?? 0, beat));

/** What was reached, by part and lab; nothing until the page has come to life. */
export function useProgress() {
  const now = useCell(progress);
  useEffect(() => progress.set(read()), []);
  return now;
}

function Part({ name, done, of }) {
  if (!of) return null;
  return h(
    "span",
    { "data-done": done >= of || undefined },
    h("small", null, name),
    h("b", null, `${Math.min(done, of)}/${of}`),
    h("i", { "aria-hidden": true, style: { "--sd-share": Math.min(1, done / of) } }),
  );
}

/** How far this browser is in a lab: beats of the tour, missions, right answers. */
export function CardProgress({ lab, beats, missions, questions }) {
  const { missions: reached, tours, quiz } = useProgress();
  return h(
    "span",
    { className: "sd-progress" },
    h(Part, { name: "tour", done: tours[lab] ?? 0, of: beats }),
    h(Part, {
      name: "missions",
      done: missions.filter((id) => reached[lab]?.[id]).length,
      of: missions.length,
    }),
    h(Part, { name: "quiz", done: quiz[lab] ?? 0, of: questions }),
  );
}
