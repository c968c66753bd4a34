// Questions that come to the teacher's mind, and what the class says by itself.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { fmt, fmtSpan, noun } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { Popover } from "$/public/external/components/controls/controls.jsx";

const KINDS = { options: "by options", number: "by number", words: "in a word" };
const COUNTDOWNS = [0, 15, 30, 60, 120];
const MAX_QUESTION = 200;
const MAX_WORDS = 60;
const MAX_TEXT = 240;
const SMALLEST_WORD = 2; // of the six sizes of type
const LARGEST_WORD = 6;

/** Calls of the class, one after the other, with the server's words when one is refused. */
function useCalls(room) {
  const [problem, setProblem] = useState("");
  const call = async (path, method, body) => {
    try {
      await callClass(`/${room}${path}`, method, body);
      setProblem("");
      return true;
    } catch (error) {
      setProblem(error.message);
      return false;
    }
  };
  return [call, problem];
}

/** Seconds until a time of the server, counted from when the server last said what time it was. */
export function useLeft(ends, now) {
  const heard = useRef({ now: 0, at: 0 });
  if (heard.current.now !== now) heard.current = { now, at: Date.now() };
  const leftNow = () => Math.max(0, ends - heard.current.now - (Date.now() - heard.current.at) / 1000);
  const [left, setLeft] = useState(leftNow);
  useEffect(() => {
    setLeft(leftNow());
    if (!ends) return undefined;
    const timer = setInterval(() => setLeft(leftNow()), 250);
    return () => clearInterval(timer);
  }, [ends, now]);
  return left;
}

/** Minutes and seconds that are left. */
export function Countdown({ ends, now }) {
  const left = useLeft(ends, now);
  if (!ends) return null;
  return h(
    "span",
    { className: "mono tm-left", role: "timer", "aria-label": "Time left" },
    fmtSpan(Math.ceil(left)),
  );
}

// How the class answered

/** One bar; `before` is how it stood in the round before, as a thin line under it. */
function Row({ label, count, before, most, mine, right }) {
  return h(
    "li",
    { "data-right": Boolean(right) },
    h(
      "span",
      null,
      right && h("b", null, "✓ "),
      label,
      mine && h("em", null, " (yours)"),
      right && h("span", { className: "sd-sr" }, " (right)"),
    ),
    h(
      "i",
      { "aria-hidden": true },
      h("i", { style: { width: `${(100 * count) / most}%` } }),
      before !== undefined &&
        h("i", { className: "tm-before", style: { width: `${(100 * before) / most}%` } }),
    ),
    h(
      "b",
      null,
      count,
      before !== undefined && h("small", { title: "in the round before" }, ` was ${before}`),
    ),
  );
}

const rangeOf = ([from, to]) => (from === to ? fmt(from, digitsOf(from)) : `${short(from)} to ${short(to)}`);
const digitsOf = (value) => (Number.isInteger(value) ? 0 : 2);
const short = (value) => fmt(value, Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0);

function Words({ words, onHide }) {
  const most = Math.max(1, ...words.map(([, count]) => count));
  return h(
    "ul",
    { className: "tm-words" },
    words.map(([word, count]) =>
      h(
        "li",
        {
          key: word,
          "data-size": Math.round(SMALLEST_WORD + ((LARGEST_WORD - SMALLEST_WORD) * count) / most),
        },
        word,
        h("small", null, ` ${count}`),
        onHide &&
          h(
            "button",
            {
              type: "button",
              className: "sd-btn icon small",
              "aria-label": `Do not show ${word}`,
              onClick: () => onHide(word),
            },
            "✕",
          ),
      ),
    ),
  );
}

/** The answers to a question: options, bins of numbers, or words. */
export function Answers({ quick, onHide }) {
  const { result, before = [], kind, options, mine } = quick;
  if (kind === "words") return h(Words, { words: result.words, onHide });
  if (kind === "number") {
    const most = Math.max(1, ...result.bins.map(([, , count]) => count));
    const medians = [...before.map((one) => one.median), result.median].filter((one) => one !== null);
    return h(
      "div",
      null,
      h(
        "ul",
        { className: "tc-bars" },
        result.bins.map((bin) => h(Row, { key: bin[0], label: rangeOf(bin), count: bin[2], most })),
      ),
      medians.length > 0 &&
        h("p", null, `Median: ${medians.map((one) => fmt(one, digitsOf(one))).join(" → ")}`),
    );
  }
  return h(Bars, { labels: options, counts: result.counts, before: before.at(-1)?.counts, mine });
}

/** Bars of options: `before` are the counts of the round before, `right` the right one once it is known. */
export function Bars({ labels, counts, before, right, mine }) {
  const most = Math.max(1, ...counts, ...(before ?? []));
  return h(
    "ul",
    { className: "tc-bars" },
    labels.map((label, index) =>
      h(Row, {
        key: label,
        label,
        count: counts[index],
        before: before?.[index],
        most,
        mine: mine === index,
        right: right === index,
      }),
    ),
  );
}

// The class's side

function Field({ kind, mine, onAnswer }) {
  const [text, setText] = useState(mine ?? "");
  const id = useId();
  return h(
    "form",
    {
      className: "tm-answer",
      onSubmit: (event) => {
        event.preventDefault();
        onAnswer(kind === "number" ? Number(text) : text);
      },
    },
    h("label", { htmlFor: id, className: "sd-sr" }, "Your answer"),
    h("input", {
      id,
      className: "sd-input",
      type: kind === "number" ? "number" : "text",
      step: "any",
      maxLength: MAX_WORDS,
      required: true,
      autoComplete: "off",
      value: text,
      onChange: (event) => setText(event.target.value),
    }),
    h("button", { type: "submit", className: "sd-btn p" }, mine === null ? "Answer" : "Change"),
  );
}

/** The question of the moment on a follower's screen and on the projector. */
export function QuickPoll({ standing, mayVote }) {
  const { quick, room, now } = standing;
  const [call, problem] = useCalls(room);
  const [mine, setMine] = useState(null);
  const put = quick && `${quick.id} ${quick.round}`;
  useEffect(() => setMine(null), [put]);
  if (!quick) return null;
  const chosen = mine ?? quick.mine;
  const answer = async (value) => {
    setMine(value);
    if (!(await call("/answer", "POST", { value }))) setMine(null);
  };
  return h(
    "section",
    {
      className: "tc-poll tm-poll",
      role: "dialog",
      "aria-label": "Question of the moment",
      "data-open": quick.open,
    },
    h("header", null, h("h2", null, quick.question), h(Countdown, { ends: quick.ends, now })),
    !quick.open
      ? h(Answers, { quick: { ...quick, mine: chosen } })
      : quick.kind === "options"
        ? h(
            "div",
            { className: "tc-options" },
            quick.options.map((option, index) =>
              h(
                "button",
                {
                  key: option,
                  type: "button",
                  className: "sd-btn tc-option",
                  disabled: !mayVote,
                  "aria-pressed": chosen === index,
                  onClick: () => answer(index),
                },
                option,
              ),
            ),
          )
        : mayVote && h(Field, { key: put, kind: quick.kind, mine: quick.mine, onAnswer: answer }),
    h(
      "p",
      { role: "status", className: "sd-hint" },
      problem ||
        (!quick.open
          ? `${quick.answered} answered.`
          : mayVote && chosen !== null
            ? "Your answer counts. You may change it until all answers are shown."
            : mayVote
              ? "One answer each, without your name."
              : `${quick.answered} answered so far, without names.`),
    ),
  );
}

const SIGNALS = { lost: "I am lost", slower: "Slower, please" };

/** What a follower may say at any time: that it goes too fast, or a question. */
export function Say({ standing }) {
  const { voices, room } = standing;
  const waiting = voices.questions.filter((one) => one.state === "shown" && !one.voted && !one.mine).length;
  return h(
    Popover,
    {
      label: waiting
        ? `Say something, ${waiting} ${noun(waiting, "question", "questions")} to second`
        : "Say something",
      face: h(
        "span",
        null,
        "Say",
        waiting > 0 && h("small", { className: "sd-count", "data-on": true }, waiting),
      ),
      className: "sd-btn small tm-say",
      align: "end",
      wide: true,
    },
    h(Saying, { voices, room }),
  );
}

function Saying({ voices, room }) {
  const [text, setText] = useState("");
  const [call, problem] = useCalls(room);
  const id = useId();
  const ask = async (event) => {
    event.preventDefault();
    if (await call("/questions", "POST", { text })) setText("");
  };
  return h(
    "div",
    { className: "tm-saying" },
    h(
      "div",
      { className: "sd-row" },
      Object.entries(SIGNALS).map(([signal, label]) =>
        h(
          "button",
          {
            key: signal,
            type: "button",
            className: "sd-btn",
            "aria-pressed": voices.said.includes(signal),
            onClick: () => call(`/signals/${signal}`, "PUT", { on: !voices.said.includes(signal) }),
          },
          label,
        ),
      ),
    ),
    h(
      "form",
      { className: "tm-answer", onSubmit: ask },
      h("label", { htmlFor: id }, "A question, without your name"),
      h("textarea", {
        id,
        className: "sd-input",
        rows: 2,
        required: true,
        maxLength: MAX_TEXT,
        value: text,
        onChange: (event) => setText(event.target.value),
      }),
      h("button", { type: "submit", className: "sd-btn p" }, "Ask"),
    ),
    problem && h("p", { role: "alert", className: "sd-fielderror" }, problem),
    h(
      "ul",
      { className: "tm-questions", "aria-label": "Questions of the class" },
      voices.questions.map((one) =>
        h(
          "li",
          { key: one.id },
          h("span", null, one.text, one.state === "waiting" && h("em", null, " – the teacher has it")),
          one.state === "shown" &&
            h(
              "button",
              {
                type: "button",
                className: "sd-btn small",
                "aria-pressed": one.voted,
                "aria-label": `I want this answered too: ${one.text}`,
                onClick: () => call(`/questions/${one.id}/vote`, "PUT", { on: !one.voted }),
              },
              `▲ ${one.votes}`,
            ),
        ),
      ),
    ),
  );
}

// The teacher's side

function AskForm({ call }) {
  const [kind, setKind] = useState("options");
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState("yes\nno");
  const [seconds, setSeconds] = useState(0);
  const ids = { question: useId(), options: useId() };
  const ask = (event) => {
    event.preventDefault();
    const lines = kind === "options" ? options.split("\n").filter((line) => line.trim()) : [];
    call("/question", "POST", { kind, question, options: lines, seconds }).then(
      (done) => done && setQuestion(""),
    );
  };
  return h(
    "form",
    { className: "tm-ask", onSubmit: ask },
    h("label", { htmlFor: ids.question, className: "sd-sr" }, "Question"),
    h("input", {
      id: ids.question,
      className: "sd-input",
      required: true,
      maxLength: MAX_QUESTION,
      placeholder: "Ask the class",
      autoComplete: "off",
      value: question,
      onChange: (event) => setQuestion(event.target.value),
    }),
    kind === "options" && [
      h("label", { key: "label", htmlFor: ids.options, className: "sd-hint" }, "Options, one in a line"),
      h("textarea", {
        key: "options",
        id: ids.options,
        className: "sd-input",
        rows: 3,
        value: options,
        onChange: (event) => setOptions(event.target.value),
      }),
    ],
    h(
      "div",
      { className: "sd-row" },
      h(
        "select",
        {
          className: "sd-select",
          "aria-label": "How to answer",
          value: kind,
          onChange: (event) => setKind(event.target.value),
        },
        Object.entries(KINDS).map(([id, label]) => h("option", { key: id, value: id }, label)),
      ),
      h(
        "select",
        {
          className: "sd-select",
          "aria-label": "Countdown",
          value: seconds,
          onChange: (event) => setSeconds(Number(event.target.value)),
        },
        COUNTDOWNS.map((one) => h("option", { key: one, value: one }, one ? `${one} s` : "no countdown")),
      ),
      h("button", { type: "submit", className: "sd-btn p" }, "Ask"),
    ),
  );
}

/** The card from which a question is put, and where its answers come in. */
export function AskNow({ standing }) {
  const { quick, room, now } = standing;
  const [call, problem] = useCalls(room);
  const size = standing.following + standing.away;
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "Ask now" },
    h(
      "header",
      null,
      h("h2", null, "Ask now"),
      h("small", null, quick ? KINDS[quick.kind] : "a question of the moment"),
      quick && h(Countdown, { ends: quick.ends, now }),
      quick && h("span", { role: "status" }, `${quick.answered} of ${size} answered`),
    ),
    problem && h("p", { role: "alert", className: "tp-problem" }, problem),
    quick
      ? [
          h("p", { key: "question" }, quick.question),
          h(Answers, {
            key: "answers",
            quick,
            onHide: (word) => call("/question/hide", "POST", { word }),
          }),
          h(
            "div",
            { key: "acts", className: "sd-row" },
            quick.open
              ? h(
                  "button",
                  {
                    type: "button",
                    className: "sd-btn p",
                    onClick: () => call("/question/close", "POST"),
                  },
                  "Show answers",
                )
              : h(
                  "button",
                  {
                    type: "button",
                    className: "sd-btn",
                    onClick: () => call("/question/again", "POST", { seconds: 0 }),
                  },
                  "Ask once more",
                ),
            h(
              "button",
              { type: "button", className: "sd-btn", onClick: () => call("/question", "DELETE") },
              "Put away",
            ),
          ),
        ]
      : h(AskForm, { call }),
  );
}

/** What the class says: how many are lost, and its questions, which the teacher lets all see. */
export function FromTheClass({ standing }) {
  const { voices, room } = standing;
  const [call, problem] = useCalls(room);
  const { lost, slower } = voices.signals;
  const put = (id, state) => call(`/questions/${id}`, "PATCH", { state });
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "From the class" },
    h(
      "header",
      null,
      h("h2", null, "From the class"),
      h("small", null, "without names"),
      h("span", { className: "sd-pill", "data-tone": lost ? "miss" : undefined }, `${lost} lost`),
      h(
        "span",
        { className: "sd-pill", "data-tone": slower ? "miss" : undefined },
        `${slower} want it slower`,
      ),
    ),
    problem && h("p", { role: "alert", className: "tp-problem" }, problem),
    voices.questions.length === 0 && h("p", { className: "sd-hint" }, "No questions."),
    h(
      "ul",
      { className: "tm-questions", "aria-label": "Questions of the class" },
      voices.questions.map((one) =>
        h(
          "li",
          { key: one.id, "data-state": one.state },
          h("span", null, one.text, one.state === "shown" && h("b", null, ` ▲ ${one.votes}`)),
          one.state === "waiting" &&
            h(
              "button",
              { type: "button", className: "sd-btn small", onClick: () => put(one.id, "shown") },
              "Show to all",
            ),
          h(
            "button",
            { type: "button", className: "sd-btn small", onClick: () => put(one.id, "done") },
            "Done",
          ),
        ),
      ),
    ),
  );
}
