// Problems, an editor, what samples answered, verdicts, who leads, and attacks to try.
import { createElement as h, lazy, Suspense, useEffect, useId, useRef, useState } from "react";
import { fmt, fmtMs, useMay } from "$/public/external/components/live/live.jsx";

const Editor = lazy(() =>
  import("$/public/external/designs/leetcode/product/screen/editor.jsx").then((all) => ({
    default: all.Editor,
  })),
);
const TONES = {
  accepted: "ok",
  "wrong answer": "error",
  "time limit": "miss",
  "memory limit": "miss",
  "runtime error": "error",
  forbidden: "error",
};
const LEADERS = 8;
const VERDICTS = 7;
const MINE = 5;
const LOAD_AFTER_MS = 15000;

const pill = (verdict) =>
  h("span", { className: "sd-pill", "data-tone": TONES[verdict] ?? "none" }, verdict || "waits");

const pointsOf = ({ points }) => `${fmt(points)} ${points === 1 ? "point" : "points"}`;

const spent = (one) => `${fmtMs(one.run_ms)} ms · ${fmtMs(one.memory_mb)} MB`;

/** True once somebody turns to the editor, or a while after the page is shown: then what is heavy comes. */
function useWanted() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(true), LOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return [wanted, () => setWanted(true)];
}

/** Whether the page is dark now. */
function useDark() {
  const [dark, setDark] = useState(false);
  useEffect(() => {
    const root = document.documentElement;
    const look = () => setDark(root.classList.contains("dark"));
    look();
    const seen = new MutationObserver(look);
    seen.observe(root, { attributes: true, attributeFilter: ["class"] });
    return () => seen.disconnect();
  }, []);
  return dark;
}

function Plain({ code, onCode }) {
  return h("textarea", {
    className: "lc-plain",
    "aria-label": "Code",
    spellCheck: false,
    value: code,
    onChange: (event) => onCode(event.target.value),
  });
}

function Code({ language, code, onCode }) {
  const [wanted, want] = useWanted();
  const dark = useDark();
  const held = useRef(false);
  const plain = h(Plain, { code, onCode });
  return h(
    "div",
    {
      className: "lc-editor",
      onPointerEnter: want,
      onFocus: () => {
        held.current = true;
        want();
      },
    },
    h(
      Suspense,
      { fallback: plain },
      wanted ? h(Editor, { language, code, dark, held: held.current, onCode }) : plain,
    ),
  );
}

function Samples({ problem, ran, running }) {
  const found = ran?.problem === problem.id ? ran : null;
  return h(
    "section",
    { className: "lc-list lc-samples", "aria-label": "Samples", "aria-busy": running || undefined },
    h("h3", null, "Samples", found && h("small", null, ` ${fmt(found.passed)} right, in ${found.tier}`)),
    h(
      "ul",
      { role: "list" },
      problem.samples.map((one, n) => {
        const got = found?.samples[n];
        return h(
          "li",
          { key: n, "data-verdict": got?.verdict ?? "" },
          h(
            "span",
            null,
            h("code", null, one.given),
            h("small", null, " expected ", h("code", null, one.expected)),
            got &&
              h(
                "small",
                null,
                got.error ? ` ${got.error}` : h("span", null, " answered ", h("code", null, got.answer)),
              ),
          ),
          got ? pill(got.verdict) : h("span", { className: "sd-hint" }, running ? "runs" : ""),
        );
      }),
    ),
    found?.printed && h("pre", { className: "lc-printed" }, found.printed),
  );
}

function Mine({ screen }) {
  return h(
    "section",
    { className: "lc-list", "aria-label": "My submissions" },
    h("h3", null, "My submissions"),
    screen.mine.length === 0 && h("p", { className: "sd-hint" }, "None yet."),
    h(
      "ul",
      { role: "list" },
      screen.mine.slice(0, MINE).map((one) =>
        h(
          "li",
          { key: one.id },
          h(
            "span",
            null,
            h("b", null, one.title),
            h(
              "small",
              null,
              one.verdict
                ? ` ${fmt(one.passed)} of ${fmt(one.cases)} tests · ${spent(one)}`
                : ` sent ${one.clock} UTC`,
            ),
            one.said && h("small", { className: "lc-said" }, ` ${one.said}`),
            h(
              "span",
              { className: "lc-tests", role: "img", "aria-label": `${one.tests.length} tests judged` },
              one.tests.map((verdict, n) => h("i", { key: n, "data-tone": TONES[verdict] ?? "none" })),
            ),
          ),
          pill(one.verdict),
        ),
      ),
    ),
  );
}

function Leaders({ screen }) {
  const shown = screen.leaders.slice(0, LEADERS);
  const own = screen.own.rank > 0 && !shown.some((one) => one.mine) ? [screen.own] : [];
  return h(
    "section",
    { className: "lc-list", "aria-label": "Leaderboard" },
    h("h3", null, "Leaderboard"),
    screen.leaders.length === 0 && h("p", { className: "sd-hint" }, "Nobody has solved anything yet."),
    h(
      "ol",
      { role: "list" },
      [...shown, ...own].map((one) =>
        h(
          "li",
          { key: one.person, "data-mine": one.mine },
          h("span", null, `${fmt(one.rank)}. `, h("b", null, one.mine ? "you" : one.person)),
          h("span", null, pointsOf(one)),
        ),
      ),
    ),
  );
}

function Newest({ screen }) {
  return h(
    "section",
    { className: "lc-list", "aria-label": "Newest submissions" },
    h("h3", null, "Newest submissions", h("small", null, ` ${fmt(screen.waiting)} wait`)),
    screen.newest.length === 0 && h("p", { className: "sd-hint" }, "Nobody has sent anything yet."),
    h(
      "ul",
      { role: "list" },
      screen.newest
        .slice(0, VERDICTS)
        .map((one) =>
          h(
            "li",
            { key: one.id },
            h("span", null, h("b", null, one.person === "visitor" ? "you" : one.person), ` ${one.title}`),
            pill(one.verdict),
          ),
        ),
    ),
  );
}

function Attacks({ attacks, may, onAttack }) {
  return h(
    "section",
    { className: "lc-list", "aria-label": "Attacks" },
    h("h3", null, "Send an attack", h("small", null, " the lab’s own, one of each")),
    h(
      "div",
      { className: "lc-attackbar" },
      attacks.map((one) =>
        h(
          "button",
          {
            key: one.id,
            type: "button",
            className: "sd-btn small",
            disabled: !may,
            title: one.tries,
            onClick: () => onAttack(one.id),
          },
          one.label,
        ),
      ),
    ),
  );
}

/** The product. Until the first look at the store it is a skeleton. */
export function Screen({ screen, ready, problems, attacks, ran, wrong, onRun, onSubmit, onAttack }) {
  const may = useMay("verb");
  const [id, setId] = useState("two-sum");
  const [language, setLanguage] = useState("python");
  const [codes, setCodes] = useState({});
  const [asked, setAsked] = useState(null);
  const problemId = useId();
  const languageId = useId();
  const problem = problems.find((one) => one.id === id);
  const place = `${id} ${language}`;
  const code = codes[place] ?? problem.starters[language];
  const running = asked !== null && asked === ran && !wrong;
  if (!ready)
    return h("div", { className: "lc-desk" }, h("div", { className: "lc-skeleton", "aria-busy": "true" }));
  const solve = h(
    "div",
    { className: "lc-side" },
    h(
      "div",
      { className: "lc-head" },
      h(
        "span",
        { className: "lc-field" },
        h("label", { htmlFor: problemId }, "Problem"),
        h(
          "select",
          { id: problemId, className: "sd-input", value: id, onChange: (event) => setId(event.target.value) },
          problems.map((one) =>
            h(
              "option",
              { key: one.id, value: one.id },
              `${screen.solved.includes(one.id) ? "✓ " : ""}${one.title} · ${one.level}`,
            ),
          ),
        ),
      ),
      h(
        "span",
        { className: "lc-field" },
        h("label", { htmlFor: languageId }, "Language"),
        h(
          "select",
          {
            id: languageId,
            className: "sd-input",
            value: language,
            onChange: (event) => setLanguage(event.target.value),
          },
          h("option", { value: "python" }, "Python"),
          h("option", { value: "javascript" }, "JavaScript"),
        ),
      ),
    ),
    h("h2", null, problem.title, h("small", null, ` ${problem.level}, ${pointsOf(problem)}`)),
    h("p", { className: "lc-asks" }, problem.asks),
    h(Code, { language, code, onCode: (next) => setCodes((all) => ({ ...all, [place]: next })) }),
    h(
      "div",
      { className: "lc-buttons" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p",
          disabled: !may,
          onClick: () => {
            setAsked(ran);
            onRun(id, language, code);
          },
        },
        "Run",
      ),
      h(
        "button",
        { type: "button", className: "sd-btn", disabled: !may, onClick: () => onSubmit(id, language, code) },
        "Submit",
      ),
      h("span", { className: "sd-hint" }, `runs in: ${screen.tier || "–"}`),
    ),
    h("p", { className: "sd-fielderror lc-wrong", role: "alert" }, wrong || screen.refused),
    h(Samples, { problem, ran, running }),
    h(Mine, { screen }),
  );
  const contest = h(
    "div",
    { className: "lc-side" },
    h(Leaders, { screen }),
    h(Newest, { screen }),
    h(Attacks, { attacks, may, onAttack }),
  );
  return h("div", { className: "lc-desk" }, solve, contest);
}
