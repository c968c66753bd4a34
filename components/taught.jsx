// What stays of a class: the beats it saw, how it answered, what is to be tried again.
import { Children, createElement as h, useEffect, useState } from "react";
import { fmt, fmtSpan, noun } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { KINDS } from "$/public/external/components/exercise/exercise.jsx";
import { Answers, Bars } from "$/public/external/components/moments/moments.jsx";
import { Outcome } from "$/public/external/components/prediction/prediction.jsx";

const roomOfPage = () => decodeURIComponent(/^\/taught\/([^/?]+)/.exec(window.location.pathname)?.[1] ?? "");

const PRIVACY = {
  leader: "Without names.",
  follower: "Your own answers are marked; nobody else sees them.",
};

const share = (count, of) => `${fmt((100 * count) / Math.max(1, of))} %`;

/** What each round of a question says: how many answered, how many rightly, in what time. */
function Rounds({ rounds, right }) {
  return h(
    "p",
    { className: "tf-rounds" },
    rounds
      .map(({ counts, size, seconds }, index) => {
        const voted = counts.reduce((sum, one) => sum + one, 0);
        const about = [`${voted} of ${size} voted`, `${share(counts[right], voted)} right`];
        if (voted > 1) about.push(`within ${fmtSpan(seconds)}`);
        return `${rounds.length > 1 ? `Round ${index + 1}: ` : ""}${about.join(", ")}`;
      })
      .join(" · "),
  );
}

function Asked({ ask, rounds, mine }) {
  const last = rounds[rounds.length - 1];
  return h(
    "div",
    { className: "tf-asked" },
    h("p", null, h("b", null, ask.question)),
    h(Bars, {
      labels: ask.options,
      counts: last?.counts ?? ask.options.map(() => 0),
      before: rounds.length > 1 ? rounds[rounds.length - 2].counts : undefined,
      right: ask.right,
      mine,
    }),
    rounds.length > 0
      ? h(Rounds, { rounds, right: ask.right })
      : h("p", { className: "sd-hint" }, "Nobody voted."),
    h("p", { className: "tc-because" }, ask.because),
  );
}

function Beat({ beat }) {
  return h(
    "article",
    { className: "sd-card tf-beat" },
    h(
      "header",
      null,
      h("h3", null, `${beat.number}. ${beat.title}`),
      h(
        "a",
        { className: "sd-btn small", href: `/labs/${beat.lab}?room=own&${beat.try}` },
        `Try beat ${beat.number}`,
      ),
    ),
    beat.expect && h("p", null, h("b", null, "Shown: "), beat.expect),
    beat.ask && h(Asked, beat),
  );
}

function Lab({ title, problem, beats }) {
  return h(
    "section",
    { className: "tf-lab", "aria-label": title },
    h("h2", null, title),
    h("p", { className: "sd-hint" }, problem),
    beats.map((beat) => h(Beat, { key: beat.number, beat })),
  );
}

function Moments({ asked }) {
  if (!asked.length) return null;
  return h(
    "section",
    { className: "tf-lab", "aria-label": "Asked in the moment" },
    h("h2", null, "Asked in the moment"),
    asked.map(({ question, kind, options, rounds, mine }, index) =>
      h(
        "article",
        { key: index, className: "sd-card tf-beat" },
        h("p", null, h("b", null, question)),
        h(Answers, {
          quick: { kind, options, mine, result: rounds[rounds.length - 1], before: rounds.slice(0, -1) },
        }),
        mine !== null && kind !== "options" && h("p", { className: "sd-hint" }, `You answered: ${mine}`),
      ),
    ),
  );
}

const MINE = { true: "Your fork reached it.", false: "Your fork did not reach it." };

function Exercises({ exercises }) {
  if (!exercises.length) return null;
  return h(
    "section",
    { className: "tf-lab", "aria-label": "Exercises" },
    h("h2", null, "Exercises"),
    exercises.map(({ title, goal, kind, forks, students, reached, mine }, index) =>
      h(
        "article",
        { key: index, className: "sd-card tf-beat" },
        h("h3", null, `${KINDS[kind]}: ${title}`),
        h("p", null, goal),
        h(
          "p",
          { className: "tf-rounds" },
          `${reached.length} of ${forks} ${noun(forks, "fork", "forks")} reached it, ` +
            `${students} ${noun(students, "student", "students")}`,
          reached.length > 0 && `: ${reached.map((one) => fmtSpan(one)).join(" · ")}`,
        ),
        mine !== null && h("p", { className: "sd-hint" }, MINE[mine]),
      ),
    ),
  );
}

function Predictions({ predictions }) {
  if (!predictions.length) return null;
  return h(
    "section",
    { className: "tf-lab", "aria-label": "Predictions" },
    h("h2", null, "Predictions"),
    predictions.map((one) =>
      h(
        "article",
        { key: one.id, className: "sd-card tf-beat" },
        h("h3", null, `${one.label}, ${one.kind === "curve" ? "over" : "after"} ${one.seconds} s`),
        one.change && h("p", null, h("b", null, "What changed: "), one.change),
        h(Outcome, { outcome: one }),
      ),
    ),
  );
}

function Questions({ questions }) {
  if (!questions.length) return null;
  return h(
    "section",
    { className: "tf-lab", "aria-label": "Questions of the class" },
    h("h2", null, "Questions of the class"),
    h(
      "ul",
      { className: "tm-questions" },
      questions.map(({ text, votes }) =>
        h("li", { key: text }, h("span", null, text), h("b", null, `▲ ${votes}`)),
      ),
    ),
  );
}

/** Children: the logo, the switch between light and dark. */
export function Taught({ children }) {
  const [logo, theme] = Children.toArray(children);
  const [told, setTold] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    callClass(`/${encodeURIComponent(roomOfPage())}/report`, "GET").then(setTold, (error) =>
      setProblem(error.message),
    );
  }, []);
  const day = told && new Date(told.began * 1000).toLocaleDateString("en-GB", { dateStyle: "long" });
  return [
    h("header", { key: "head", className: "sd-header" }, logo, h("span", { className: "tf-space" }), theme),
    h(
      "main",
      { key: "main", id: "content", className: "tf" },
      h("h1", null, "What we saw"),
      problem && h("p", { role: "alert" }, `${problem}. It is for those who led this class or joined it.`),
      !told && !problem && h("p", { role: "status" }, "Loading."),
      told &&
        h(
          "p",
          { className: "sd-hint" },
          `${day}. ${PRIVACY[told.role]} This page stays as long as the room of the class.`,
        ),
      told && !told.labs.length && h("p", null, "No beat of a lesson was played."),
      told?.labs.map((one) => h(Lab, { key: one.slug, ...one })),
      told && h(Predictions, told),
      told && h(Exercises, told),
      told && h(Moments, told),
      told && h(Questions, told),
    ),
  ];
}
