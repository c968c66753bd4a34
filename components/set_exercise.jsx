// The presenter's card of exercises: choosing one, who has reached it, showing a fork to all, ending it.
import { createElement as h, useEffect, useId, useState } from "react";
import { fmt, fmtSpan, noun } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { KINDS, TimeLeft, Verdict } from "$/public/external/components/exercise/exercise.jsx";

const MINUTES = [2, 3, 5, 8, 10, 15, 20, 30];
const GROUPS = [1, 2, 3, 4, 6];
const MORE = 120; // seconds

const select = (label, value, onChange, options) =>
  h(
    "select",
    {
      className: "sd-select",
      "aria-label": label,
      value,
      onChange: (event) => onChange(event.target.value),
    },
    options.map(([id, face]) => h("option", { key: id, value: id }, face)),
  );

/** How the students of this moment fit into the forks that there is room for. */
function fits(students, group, forks) {
  const wanted = Math.max(1, Math.ceil(students / group));
  if (!forks) return "No room is left on this server for an exercise now.";
  if (wanted <= forks)
    return group > 1
      ? `${wanted} ${noun(wanted, "fork", "forks")} for ${students} students; there is room for ${forks}.`
      : `A fork for each; there is room for ${forks}.`;
  const each = Math.ceil(students / forks);
  return `There is room for ${forks} ${noun(forks, "fork", "forks")}: about ${each} students share one.`;
}

function Choose({ tasks, students, onBegin, onClose }) {
  const kinds = Object.keys(KINDS).filter((kind) => tasks.some((one) => one.kind === kind));
  const [kind, setKind] = useState(kinds[0] ?? "");
  const [subject, setSubject] = useState("");
  const [minutes, setMinutes] = useState(5);
  const [group, setGroup] = useState(1);
  const offered = tasks.filter((one) => one.kind === kind);
  const task = offered.find((one) => one.subject === subject) ?? offered[0];
  if (!task) return h("p", { className: "sd-hint" }, "This lab offers no exercise.");
  const begin = (event) => {
    event.preventDefault();
    onBegin({ kind: task.kind, subject: task.subject, seconds: 60 * minutes, group });
  };
  return h(
    "form",
    { className: "tm-ask te-choose", onSubmit: begin },
    h(
      "div",
      { className: "sd-row" },
      select(
        "Kind of exercise",
        kind,
        setKind,
        kinds.map((one) => [one, KINDS[one]]),
      ),
      select(
        "Task",
        task.subject,
        setSubject,
        offered.map((one) => [one.subject, one.about]),
      ),
    ),
    h("p", { className: "te-goal" }, h("b", null, task.title), h("span", null, ` – ${task.goal}`)),
    task.about !== task.title &&
      h("p", { className: "sd-hint" }, "Students do not read which answer or part it is."),
    h(
      "div",
      { className: "sd-row" },
      select(
        "Time",
        minutes,
        (value) => setMinutes(Number(value)),
        MINUTES.map((one) => [one, `${one} min`]),
      ),
      select(
        "Students in a fork",
        group,
        (value) => setGroup(Number(value)),
        GROUPS.map((one) => [one, one === 1 ? "each alone" : `groups of ${one}`]),
      ),
    ),
    h("p", { className: "sd-hint" }, fits(students, group, task.forks)),
    h(
      "div",
      { className: "sd-row" },
      h("button", { type: "submit", className: "sd-btn p", disabled: !task.forks }, "Begin exercise"),
      h("button", { type: "button", className: "sd-btn", onClick: onClose }, "Cancel"),
    ),
  );
}

/** Who has reached it comes first, in the order in which they did. */
const inOrder = (forks) =>
  [...forks].sort(
    (one, two) => (one.reached ?? Infinity) - (two.reached ?? Infinity) || one.number - two.number,
  );

function Forks({ exercise, now, onShow }) {
  return h(
    "div",
    { className: "te-forks", role: "region", "aria-label": "Forks", tabIndex: 0 },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Fork", "There", "State", ""].map((one) =>
            h("th", { key: one, scope: "col" }, one || h("span", { className: "sd-sr" }, "Show")),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        inOrder(exercise.forks).map((fork) =>
          h(
            "tr",
            { key: fork.number, "data-shown": exercise.shown === fork.number },
            h("th", { scope: "row" }, fork.number),
            h("td", null, `${fork.here} of ${fork.people}`),
            h("td", null, h(Verdict, { fork, exercise, now })),
            h(
              "td",
              null,
              h(
                "button",
                {
                  type: "button",
                  className: "sd-btn small",
                  "aria-pressed": exercise.shown === fork.number,
                  "aria-label": `Show fork ${fork.number} to all`,
                  onClick: () => onShow(exercise.shown === fork.number ? 0 : fork.number),
                },
                exercise.shown === fork.number ? "Shown" : "Show",
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function Running({ exercise, now, onChange, onEnd }) {
  const all = exercise.reached + exercise.at_it;
  return [
    h(
      "p",
      { key: "goal", className: "te-goal" },
      h("b", null, exercise.title),
      h("span", null, ` – ${exercise.goal}`),
    ),
    exercise.about !== exercise.title &&
      h("p", { key: "about", className: "sd-hint" }, `What it is about: ${exercise.about}`),
    h(
      "p",
      { key: "figures", className: "te-figures", role: "status" },
      h("b", null, `${fmt(exercise.reached)} of ${fmt(all)} reached`),
      exercise.at_it > 0 && ` · ${fmt(exercise.at_it)} still at it`,
    ),
    all > 0
      ? h(Forks, { key: "forks", exercise, now, onShow: (shown) => onChange({ shown }) })
      : h("p", { key: "forks", className: "sd-hint" }, "Nobody has joined yet; who comes gets a fork."),
    h(
      "div",
      { key: "acts", className: "sd-row te-acts" },
      exercise.shown > 0 &&
        h(
          "button",
          { type: "button", className: "sd-btn p", onClick: () => onChange({ shown: 0 }) },
          "Back to their own forks",
        ),
      h(
        "button",
        { type: "button", className: "sd-btn", onClick: () => onChange({ more: MORE }) },
        "2 min more",
      ),
      h("button", { type: "button", className: "sd-btn", onClick: onEnd }, "End exercise"),
    ),
  ];
}

const Before = ({ done }) =>
  done.length > 0 &&
  h(
    "ul",
    { className: "te-done", "aria-label": "Exercises that are over" },
    done.map((one, index) =>
      h(
        "li",
        { key: index },
        `${KINDS[one.kind]}: ${one.title}: ${one.reached.length} of ${one.forks} reached`,
        one.reached.length > 0 && `, the first after ${fmtSpan(one.reached[0])}`,
      ),
    ),
  );

/** `onStanding` gets where the class stands after each change. */
export function SetExercise({ standing, onStanding }) {
  const { exercise, room, now } = standing;
  const [offered, setOffered] = useState(null);
  const [problem, setProblem] = useState("");
  const id = useId();
  const call = (path, method, body) =>
    callClass(`/${room}${path}`, method, body).then(
      (told) => setProblem("") || told,
      (error) => setProblem(error.message),
    );
  const change = (method) => (body) =>
    call("/exercise", method, body).then((told) => {
      if (!told) return;
      setOffered(null);
      onStanding(told);
    });
  const choose = () => call("/exercises", "GET").then((told) => told && setOffered(told));
  useEffect(() => setOffered(null), [standing.lab]);
  return h(
    "section",
    { className: "sd-card tp-card te-card", "aria-labelledby": id, "data-on": Boolean(exercise) },
    h(
      "header",
      null,
      h("h2", { id }, "Exercise"),
      h("small", null, exercise ? KINDS[exercise.kind] : "each in a room of their own"),
      exercise ? h(TimeLeft, { exercise, now }) : h("span", null),
    ),
    problem && h("p", { role: "alert", className: "tp-problem" }, problem),
    exercise
      ? h(Running, { exercise, now, onChange: change("PATCH"), onEnd: () => change("DELETE")() })
      : offered
        ? [
            h(Choose, {
              key: "choose",
              tasks: offered.tasks,
              students: standing.following + standing.away,
              onBegin: change("POST"),
              onClose: () => setOffered(null),
            }),
            h(Before, { key: "before", done: offered.done }),
          ]
        : h(
            "div",
            { className: "sd-row" },
            h("button", { type: "button", className: "sd-btn", onClick: choose }, "Set an exercise"),
          ),
  );
}
