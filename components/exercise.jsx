// An exercise, as the students and the projector see it: the goal, the time, and whether it is reached.
import { createElement as h } from "react";
import { fmt, fmtSpan } from "$/public/external/components/live/live.jsx";
import { Countdown, useLeft } from "$/public/external/components/moments/moments.jsx";

export const KINDS = { break: "Break it", repair: "Repair it", mission: "Mission" };

/** The time that is left of it, for whoever has it on screen. */
export const TimeLeft = ({ exercise, now }) =>
  exercise.over
    ? h("span", { className: "sd-pill", "data-tone": "miss", role: "status" }, "time is over")
    : h(Countdown, { ends: exercise.ends, now });

/** For how long everything has been as it should be; judged on the server, counted on here in between. */
function Holding({ since, hold, now }) {
  const left = useLeft(since + hold, now);
  return `◌ holds: ${fmt(Math.min(hold, Math.max(0, hold - left)))} of ${fmt(hold)} s`;
}

/** How far a fork is. */
export function Verdict({ fork, exercise, now }) {
  const { reached, since } = fork;
  const done = reached !== null;
  return h(
    "span",
    {
      className: "sd-pill te-verdict",
      role: "status",
      "data-tone": done ? "ok" : since ? "selected" : undefined,
      "data-reached": done,
    },
    done
      ? `✓ reached after ${fmtSpan(reached)}`
      : since && !exercise.over
        ? h(Holding, { since, hold: exercise.hold, now })
        : "○ not reached yet",
  );
}

/** With whom a fork is shared, and why. */
function whose({ number, people, crowded }) {
  if (people === 1) return `Fork ${number}, yours alone.`;
  const others = `${people - 1} ${people === 2 ? "other" : "others"}`;
  return crowded
    ? `No room is left on this server: you work in fork ${number} together with ${others}.`
    : `Fork ${number}, shared with ${others}.`;
}

function place(exercise) {
  const { shown, fork } = exercise;
  if (shown && shown === fork?.number) return "All see your fork now.";
  if (shown) return `All look at fork ${shown}${fork ? "; yours waits" : ""}.`;
  return fork ? whose(fork) : "You will get a fork in a moment.";
}

/** What a student's bar says. */
export function InExercise({ standing }) {
  const { exercise, now } = standing;
  const { fork } = exercise;
  return [
    h(
      "p",
      { key: "goal", className: "te-goal" },
      h("b", null, `${KINDS[exercise.kind]}: ${exercise.title}`),
      h("span", null, ` – ${exercise.goal} `),
      h("small", { className: "te-place" }, place(exercise)),
    ),
    fork && h(Verdict, { key: "verdict", fork, exercise, now }),
    h(TimeLeft, { key: "time", exercise, now }),
  ];
}

/** On the projector: the task while all work, or whose fork it is that all see. */
export function OnTheWall({ standing }) {
  const { exercise, now } = standing;
  const reached = `${exercise.reached} of ${exercise.reached + exercise.at_it} reached`;
  const seen = exercise.shown && exercise.forks?.find((one) => one.number === exercise.shown);
  if (seen)
    return h(
      "p",
      { className: "tc-wallbeat te-wallfork" },
      `Fork ${seen.number} · `,
      h(Verdict, { fork: seen, exercise, now }),
    );
  return h(
    "aside",
    { className: "tc-welcome te-wall", "aria-label": "Exercise" },
    h(
      "div",
      null,
      h("p", { className: "te-walltitle" }, `${KINDS[exercise.kind]}: ${exercise.title}`),
      h("p", { className: "te-wallgoal" }, exercise.goal),
      h(
        "p",
        { className: "te-walljoin" },
        `${window.location.host}/join · `,
        h("b", { className: "mono" }, `${standing.code.slice(0, 3)} ${standing.code.slice(3)}`),
      ),
    ),
    h(
      "div",
      { className: "te-wallfigures" },
      h(TimeLeft, { exercise, now }),
      h("p", { role: "status" }, reached),
    ),
  );
}
