// Lessons of one's own: kept in this browser, checked and rehearsed by the server, saved as files, taught.
import { Children, createElement as h, useEffect, useId, useRef, useState } from "react";
import { apiUrl, fmtSpan } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { Step } from "$/public/external/components/lesson_step/lesson_step.jsx";

const KEPT = "sdlab_lessons";
const MOST_LESSONS = 50;
const MOST_STEPS = 30;
const CHECK_AFTER = 400;
const MOST_BYTES = 500_000;

class Problem extends Error {
  constructor(told) {
    super(told.detail || "The server did not answer.");
    this.errors = (told.errors ?? []).filter((one) => "step" in one);
  }
}

/** One call; throws a Problem with the server's own words, and what is wrong in which step. */
async function call(path, { method = "GET", body, room, signal } = {}) {
  const headers = {
    ...(body && { "Content-Type": "application/json" }),
    ...(room && { "X-SDLab-Room": room }),
  };
  const sent = { method, headers, signal, body: body && JSON.stringify(body) };
  const answer = await fetch(apiUrl(path), sent).catch((error) => {
    throw error.name === "AbortError" ? error : new Problem({});
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(told);
  return told;
}

const asked = () => new URL(window.location.href).searchParams;

/** The room whose set-up is recorded: named in the address, else this tab's last, else the browser's own. */
function ownRoom() {
  const cookie = /(?:^|; )sdlab_room=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  return asked().get("room") || window.sessionStorage.getItem("sdlab_room") || cookie;
}

function readKept() {
  try {
    const found = JSON.parse(window.localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => Array.isArray(one?.lesson?.steps)) : [];
  } catch {
    return [];
  }
}

/** The lessons of this browser; `null` until the page has come to life. */
function useLessons() {
  const [lessons, setLessons] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => setLessons(readKept()), []);
  const keep = (changed) => {
    setLessons(changed);
    try {
      window.localStorage.setItem(KEPT, JSON.stringify(changed));
      setProblem("");
    } catch {
      setProblem("This browser keeps no more. Export the lesson to a file, or delete another one.");
    }
  };
  return [lessons, keep, problem];
}

/** What the labs' own lessons say, fetched once for each lab that is named; steps by beat. */
function useBases(slugs) {
  const [bases, setBases] = useState({});
  const wanted = [...new Set(slugs)].sort().join(" ");
  useEffect(() => {
    for (const slug of wanted.split(" ").filter((one) => one && !(one in bases)))
      call(`/api/lessons/of/${slug}`).then(
        ({ steps }) => setBases((now) => ({ ...now, [slug]: steps })),
        () => {},
      );
  }, [wanted]);
  return bases;
}

/** What the server makes of the lesson, a moment after its last change: views of steps, or what is wrong. */
function useChecked(lesson) {
  const [checked, setChecked] = useState({ views: [], errors: [], minutes: 0, problem: "" });
  const text = JSON.stringify(lesson ?? null);
  useEffect(() => {
    if (!lesson?.steps.length) {
      setChecked({ views: [], errors: [], minutes: 0, problem: "" });
      return undefined;
    }
    const stop = new AbortController();
    const ask = () =>
      call("/api/lessons/check", { method: "POST", body: lesson, signal: stop.signal }).then(
        ({ steps, minutes }) => setChecked({ views: steps, errors: [], minutes, problem: "" }),
        (error) =>
          error.name !== "AbortError" &&
          setChecked((now) => ({ ...now, errors: error.errors ?? [], problem: error.message })),
      );
    const timer = setTimeout(ask, CHECK_AFTER);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return checked;
}

const emptyLesson = (title) => ({ sdlab: "lesson", version: 1, title, steps: [] });

function save(lesson) {
  const file = new Blob([`${JSON.stringify(lesson, null, 2)}\n`], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${lesson.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") || "lesson"}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function LabSelect({ labs, value, onChange, label }) {
  const id = useId();
  return h(
    "span",
    { className: "ol-field" },
    h("label", { htmlFor: id }, label),
    h(
      "select",
      { id, className: "sd-select", value, onChange: (event) => onChange(event.target.value) },
      labs.map((one) => h("option", { key: one.slug, value: one.slug }, one.title)),
    ),
  );
}

/** The lessons that there are, and the three ways to another one. */
function Shelf({ labs, lessons, at, onOpen, onAdd }) {
  const [lab, setLab] = useState(labs[0]?.slug);
  const [problem, setProblem] = useState(null);
  const file = useId();
  const full = lessons.length >= MOST_LESSONS;
  const add = (lesson) => {
    setProblem(null);
    onAdd(lesson);
  };
  const fromLab = () => call(`/api/lessons/of/${lab}`).then((told) => add(told.lesson), setProblem);
  const read = async (chosen) => {
    if (!chosen) return;
    try {
      if (chosen.size > MOST_BYTES) throw new Problem({ detail: "That file is too large to be a lesson." });
      const lesson = JSON.parse(await chosen.text());
      await call("/api/lessons/check", { method: "POST", body: lesson });
      add(lesson);
    } catch (error) {
      setProblem(error instanceof SyntaxError ? new Problem({ detail: "That file is no JSON." }) : error);
    }
  };
  return h(
    "section",
    { className: "ol-shelf", "aria-label": "Lessons in this browser" },
    lessons.length > 0 &&
      h(
        "ul",
        null,
        lessons.map(({ id, lesson }) =>
          h(
            "li",
            { key: id },
            h(
              "button",
              {
                type: "button",
                className: "sd-btn wide",
                "aria-pressed": id === at,
                onClick: () => onOpen(id),
              },
              lesson.title || "without a title",
              h("small", null, ` ${lesson.steps.length} steps`),
            ),
          ),
        ),
      ),
    h(
      "div",
      { className: "sd-card ol-new" },
      h("h2", null, "A new lesson"),
      h(LabSelect, { labs, value: lab, onChange: setLab, label: "From the lesson of" }),
      h(
        "button",
        { type: "button", className: "sd-btn p", disabled: full, onClick: fromLab },
        "Begin with it",
      ),
      h(
        "button",
        { type: "button", className: "sd-btn", disabled: full, onClick: () => add(emptyLesson("My lesson")) },
        "Begin with nothing",
      ),
      h("label", { htmlFor: file }, "Import a file"),
      h("input", {
        id: file,
        type: "file",
        disabled: full,
        accept: "application/json,.json",
        onChange: (event) => {
          read(event.target.files[0]);
          event.target.value = "";
        },
      }),
      full && h("p", { className: "sd-hint" }, `This page keeps ${MOST_LESSONS} lessons.`),
      problem &&
        h(
          "div",
          { role: "alert", className: "ol-errors" },
          h("p", null, problem.message),
          problem.errors?.length > 1 &&
            h(
              "ul",
              null,
              problem.errors.map(({ step, field, detail }) =>
                h("li", { key: `${step}${field}` }, `${step ? `step ${step}, ` : ""}${field}: ${detail}`),
              ),
            ),
        ),
    ),
  );
}

/** What a room is set up like, as fields of a step. */
async function setUpOf(slug) {
  const { scenario } = await call(`/api/labs/${slug}/scenario`, { room: ownRoom() });
  const { toggles, knobs, workload, rate, faults } = scenario;
  return { toggles, knobs, workload, rate, faults };
}

/** Take a beat of a lab's lesson, or record how the lab in this browser's room is set up. */
function More({ labs, onTake, onRecord }) {
  const [slug, setSlug] = useState(() => asked().get("lab") || labs[0]?.slug);
  const [beat, setBeat] = useState(1);
  const [panel, setPanel] = useState("");
  const lab = labs.find((one) => one.slug === slug) ?? labs[0];
  const ids = [useId(), useId()];
  const go = (chosen) => {
    setSlug(chosen);
    setBeat(1);
    setPanel("");
  };
  const select = (id, label, value, onChange, options) =>
    h(
      "span",
      { className: "ol-field" },
      h("label", { htmlFor: id }, label),
      h(
        "select",
        { id, className: "sd-select", value, onChange: (event) => onChange(event.target.value) },
        options,
      ),
    );
  return h(
    "section",
    { className: "sd-card ol-more", "aria-label": "One more step" },
    h("h3", null, "One more step"),
    h(LabSelect, { labs, value: lab.slug, onChange: go, label: "Lab" }),
    h(
      "div",
      { className: "sd-row ol-buttons" },
      select(
        ids[0],
        "Beat of its lesson",
        beat,
        (value) => setBeat(Number(value)),
        lab.beats.map((title, index) =>
          h("option", { key: title, value: index + 1 }, `${index + 1}. ${title}`),
        ),
      ),
      h(
        "button",
        { type: "button", className: "sd-btn", onClick: () => onTake(lab.slug, beat) },
        "Take this beat",
      ),
    ),
    h(
      "div",
      { className: "sd-row ol-buttons" },
      select(ids[1], "Light on", panel, setPanel, [
        h("option", { key: "", value: "" }, "no panel"),
        lab.panels.map((one) => h("option", { key: one.id, value: one.id }, one.title)),
      ]),
      h(
        "button",
        { type: "button", className: "sd-btn p", onClick: () => onRecord(lab.slug, panel) },
        "Record the set-up",
      ),
      h(
        "a",
        { className: "sd-btn", href: `/labs/${lab.slug}?room=${ownRoom() || "own"}`, target: "_blank" },
        "Open the lab",
      ),
    ),
    h(
      "p",
      { className: "sd-hint" },
      "Set the lab up in its own tab (switches, numbers, traffic, faults), then record it here.",
    ),
  );
}

/** Plays steps one after the other, each in a fresh room; a verdict by place for each. */
function useRehearsal(lesson) {
  const [verdicts, setVerdicts] = useState({});
  const [busy, setBusy] = useState(false);
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const say = (place, verdict) => setVerdicts((now) => ({ ...now, [place]: verdict }));
  const play = async (places) => {
    const mine = new AbortController();
    stop.current = mine;
    setBusy(true);
    for (const place of places) {
      if (mine.signal.aborted) break;
      say(place, { state: "playing" });
      try {
        const told = await call("/api/lessons/rehearse", {
          method: "POST",
          body: { lesson, step: place },
          signal: mine.signal,
        });
        say(place, {
          state: told.came_true === null ? "none" : String(told.came_true),
          text: told.notices.join(" · "),
        });
      } catch (error) {
        say(place, error.name === "AbortError" ? null : { state: "failed", text: error.message });
      }
    }
    if (stop.current === mine) setBusy(false);
  };
  return { verdicts, busy, play, stop: () => stop.current?.abort(), forget: () => setVerdicts({}) };
}

const sent = (room, lesson) => callClass(`/${room}/lesson`, "PUT", lesson);

/** Open a class with the lesson, and go to the page of who leads it. */
async function teach(lesson, slug) {
  const opened = await call("/api/classes", { method: "POST", body: { lab: slug }, room: ownRoom() });
  try {
    await sent(opened.room, lesson);
  } catch (error) {
    await callClass(`/${opened.room}`, "DELETE").catch(() => {});
    throw error;
  }
  // A whole new page: its socket must carry the cookie that holds the right to lead.
  window.location.assign(`/teach/${opened.room}`);
}

function Editor({ labs, lesson, onChange, onDelete }) {
  const bases = useBases(lesson.steps.map((one) => one.lab));
  const checked = useChecked(lesson);
  const rehearsal = useRehearsal(lesson);
  const [open, setOpen] = useState(0);
  const [problem, setProblem] = useState("");
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState("");
  const list = useRef(null);
  const title = useId();
  const taught = lesson.steps.find((one) => !one.skip);
  const ready = Boolean(taught) && !checked.problem;
  const room = asked().get("class");
  const put = (steps) => {
    rehearsal.stop();
    rehearsal.forget();
    onChange({ ...lesson, steps });
  };
  const putStep = (index, step) => put(lesson.steps.map((one, at) => (at === index ? step : one)));
  const move = (index, by) => {
    const steps = [...lesson.steps];
    steps.splice(index + by, 0, ...steps.splice(index, 1));
    put(steps);
    setOpen(0);
    const name = by < 0 ? "Up" : "Down"; // the button goes with its step, and the focus with it
    requestAnimationFrame(() => {
      const item = list.current?.children[index + by];
      (
        item?.querySelector(`[aria-label^="${name}"]:not(:disabled)`) ??
        item?.querySelector("button:not(:disabled)")
      )?.focus();
    });
  };
  const remove = (index) => {
    put(lesson.steps.filter((_, at) => at !== index));
    setOpen(0);
  };
  const add = (step) => {
    if (lesson.steps.length >= MOST_STEPS) return setProblem(`A lesson has at most ${MOST_STEPS} steps.`);
    setProblem("");
    put([...lesson.steps, step]);
    setOpen(lesson.steps.length + 1);
  };
  const record = (slug, then) =>
    setUpOf(slug).then(
      (found) => {
        setProblem("");
        setSaid("The set-up is recorded.");
        then(found);
      },
      (error) => setProblem(error.message),
    );
  const places = lesson.steps.flatMap((one, index) => (one.skip ? [] : [index + 1]));
  const go = (action) => action.catch((error) => setProblem(error.message));
  const button = (label, onClick, more) =>
    h("button", { type: "button", className: "sd-btn", onClick, ...more }, label);
  return h(
    "section",
    { className: "ol-lesson", "aria-label": "The lesson" },
    h(
      "div",
      { className: "ol-field" },
      h("label", { htmlFor: title }, "Title of the lesson"),
      h("input", {
        id: title,
        className: "sd-input",
        value: lesson.title,
        maxLength: 120,
        onChange: (event) => onChange({ ...lesson, title: event.target.value }),
      }),
    ),
    h(
      "div",
      { className: "sd-row ol-buttons" },
      room
        ? button("Send to the class", () => go(sent(room, lesson).then(() => setSaid("The class has it."))), {
            disabled: !ready,
            className: "sd-btn p",
          })
        : button("Teach it", () => go(teach(lesson, taught.lab)), {
            disabled: !ready,
            className: "sd-btn p",
          }),
      rehearsal.busy
        ? button("Stop the rehearsal", rehearsal.stop)
        : button("Rehearse all", () => rehearsal.play(places), { disabled: !ready }),
      button("Export", () => save(lesson)),
      sure
        ? button("Yes, delete it", onDelete, {
            className: "sd-btn danger",
            autoFocus: true,
            onBlur: () => setSure(false),
          })
        : button("Delete", () => setSure(true)),
      h("span", { className: "sd-hint" }, `${places.length} steps, ${fmtSpan(checked.minutes * 60)}`),
      h("span", { role: "status", className: "sd-hint" }, said),
    ),
    (problem || checked.problem) &&
      h("p", { role: "alert", className: "ol-errors" }, problem || checked.problem),
    h(
      "ol",
      { className: "ol-steps", ref: list },
      lesson.steps.map((step, index) =>
        h(Step, {
          key: index,
          number: index + 1,
          last: index === lesson.steps.length - 1,
          step,
          base: step.beat ? bases[step.lab]?.[step.beat - 1] : null,
          view: checked.views.find((one) => one.step === index + 1),
          lab: labs.find((one) => one.slug === step.lab) ?? UNKNOWN_LAB,
          errors: checked.errors.filter((one) => one.step === index + 1),
          verdict: rehearsal.verdicts[index + 1],
          open: open === index + 1,
          busy: rehearsal.busy || !ready,
          onChange: (changed) => putStep(index, changed),
          onMove: (by) => move(index, by),
          onRemove: () => remove(index),
          onOpen: () => setOpen(open === index + 1 ? 0 : index + 1),
          onRecord: () => record(step.lab, (found) => putStep(index, { ...step, ...found })),
          onRehearse: () => rehearsal.play([index + 1]),
        }),
      ),
    ),
    lesson.steps.length === 0 && h("p", null, "No step yet. Take a beat of a lab, or record one."),
    h(More, {
      labs,
      onTake: (lab, beat) => add({ lab, beat }),
      onRecord: (lab, spotlight) =>
        record(lab, (found) =>
          add({
            lab,
            title: "As it is set up now",
            say: "",
            minutes: 2,
            ...found,
            spotlight,
            restart: false,
          }),
        ),
    }),
  );
}

const UNKNOWN_LAB = { title: "a lab that is not here", beats: [], panels: [], claims: [], figures: [] };

/** Children: the logo, the switch between light and dark. */
export function OwnLessons({ labs, children }) {
  const [logo, theme] = Children.toArray(children);
  const [lessons, keep, problem] = useLessons();
  const [at, setAt] = useState("");
  const found = lessons?.find((one) => one.id === at);
  const add = (lesson) => {
    const id = crypto.randomUUID?.() ?? String(Date.now() + Math.random());
    keep([...lessons, { id, lesson }]);
    setAt(id);
  };
  const change = (lesson) => keep(lessons.map((one) => (one.id === at ? { ...one, lesson } : one)));
  const drop = () => {
    keep(lessons.filter((one) => one.id !== at));
    setAt("");
  };
  return [
    h("header", { key: "head", className: "sd-header" }, logo, h("span", { className: "tf-space" }), theme),
    h(
      "main",
      { key: "main", id: "content", className: "ol" },
      h("h1", null, "Lessons of your own"),
      h(
        "p",
        { className: "sd-hint ol-about" },
        "They are kept in this browser. Export one to keep it elsewhere or to give it to a colleague.",
      ),
      problem && h("p", { role: "alert", className: "ol-errors" }, problem),
      lessons && h(Shelf, { labs, lessons, at, onOpen: setAt, onAdd: add }),
      found
        ? h(Editor, { key: at, labs, lesson: found.lesson, onChange: change, onDelete: drop })
        : h(
            "p",
            { className: "ol-lesson", role: "status" },
            lessons ? "Choose a lesson, or begin a new one." : "Loading.",
          ),
    ),
  ];
}
