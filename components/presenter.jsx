// The presenter's view: the lab, this beat's notes, what comes next, time and
// pace, the question's votes, the way in.
import { Children, createElement as h, useEffect, useRef, useState } from "react";
import { apiUrl, fmtSpan } from "$/public/external/components/live/live.jsx";
import { callClass } from "$/public/external/components/class_calls/class_calls.jsx";
import { clickerKey, ownRoom, Step } from "$/public/external/components/in_class/in_class.jsx";
import { AskNow, Bars, FromTheClass } from "$/public/external/components/moments/moments.jsx";
import { SetPrediction } from "$/public/external/components/set_prediction/set_prediction.jsx";
import { SetExercise } from "$/public/external/components/set_exercise/set_exercise.jsx";
import { Jump, useAutoplay } from "$/public/external/components/tour/tour.jsx";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";

const VIRTUAL_WIDTH = 1360;
const NARROW = 640;
const TOLERANCE = 30;
const SPEEDS = [1, 2, 5, 10];
const RETRY = 2000;
const LENGTHS = [20, 40, 60];

/** The beat where the class is, or was when it went to another lab; 0 before the first. */
const placeOf = (standing) => standing?.beat || standing?.last || 0;

const roomOfPage = () => decodeURIComponent(/^\/teach\/([^/?]+)/.exec(window.location.pathname)?.[1] ?? "");
const written = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

/** Where the class stands: asked once, then told by the lab in the frame, which has the socket. */
function useStanding(room, frame) {
  const [standing, setStanding] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!room) return undefined;
    let retry = 0;
    const ask = () =>
      callClass(`/${room}`, "GET")
        .then((found) =>
          found.role === "leader"
            ? setStanding((now) => now ?? found)
            : setProblem("This browser does not lead that class."),
        )
        .catch((error) => {
          if (error instanceof TypeError) retry = setTimeout(ask, RETRY);
          else setProblem(error.message);
        });
    ask();
    return () => clearTimeout(retry);
  }, [room]);
  useEffect(() => {
    const hear = (event) => {
      if (event.origin !== window.location.origin || event.source !== frame.current?.contentWindow) return;
      if (event.data?.sdlab === "class")
        setStanding((now) => (now && event.data.standing.version < now.version ? now : event.data.standing));
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, []);
  return [standing, setStanding, problem, setProblem];
}

/** Those of the lab's lesson, or of one's own (`lesson` is its number). */
function useNotes(room, lab, lesson) {
  const [notes, setNotes] = useState([]);
  useEffect(() => {
    if (!room || !lab) return;
    callClass(`/${room}/notes`, "GET")
      .then(setNotes)
      .catch(() => setNotes([]));
  }, [room, lesson ? "" : lab, lesson]);
  return notes;
}

/** The server's seconds since the epoch, ticking. */
function useServerClock(standing) {
  const ahead = useRef(0);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (standing) ahead.current = standing.now - Date.now() / 1000;
  }, [standing]);
  useEffect(() => {
    const tick = () => setNow(Date.now() / 1000 + ahead.current);
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The beats of a cut, with the minutes that their votes and discussions take; all beats without a cut. */
export function planOf(notes, cut) {
  if (!cut) return notes;
  return notes.filter((one) => one.cuts[cut]).map((one) => ({ ...one, ...one.cuts[cut] }));
}

/** Seconds taught so far against the seconds that the beats until here were written for. */
export function paceOf(plan, beat, began, now) {
  const seconds = (beats) => beats.reduce((sum, one) => sum + one.minutes * 60, 0);
  const before = seconds(plan.filter((one) => one.number < beat));
  const until = seconds(plan.filter((one) => one.number <= beat));
  const spent = beat ? Math.max(0, now - began) : 0;
  const late = spent > until ? spent - until : Math.min(0, spent - before);
  return { spent, total: seconds(plan), late };
}

/** Whether the class votes at that beat. */
const asksAt = (note, cut) => Boolean(note?.ask) && (!cut || note.cuts[cut]?.asks !== false);

function Pace({ standing, plan, now }) {
  const { spent, total, late } = paceOf(plan, standing.beat, standing.lesson_began, now);
  const off = Math.abs(late) > TOLERANCE;
  const text =
    standing.beat === 0
      ? "not begun"
      : !off
        ? "on time"
        : `${fmtSpan(Math.abs(late))} ${late > 0 ? "behind" : "ahead"}`;
  return h(
    "span",
    { className: "sd-row", role: "timer", "aria-label": "Time" },
    h("span", { className: "mono tp-clock" }, `${fmtSpan(spent)} / ${fmtSpan(total)}`),
    h("span", { className: "sd-pill", "data-tone": off ? (late > 0 ? "miss" : "selected") : "ok" }, text),
  );
}

function Frame({ standing, frame }) {
  const box = useRef(null);
  const [size, setSize] = useState(null);
  const [address] = useState(() => `/labs/${standing.lab}?room=${encodeURIComponent(standing.room)}&stage=1`);
  useEffect(() => {
    const measure = () => {
      if (!box.current) return;
      const { clientWidth: width, clientHeight: height } = box.current;
      const scale = width < NARROW ? 1 : Math.min(1, width / VIRTUAL_WIDTH);
      setSize({ width: width / scale, height: height / scale, transform: `scale(${scale})` });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return h(
    "div",
    { className: "tp-frame", ref: box, "data-blank": standing.blank },
    size && h("iframe", { ref: frame, src: address, style: size, title: "The lab that the class sees" }),
  );
}

/** What the teacher says at this beat; a discussion for which the cut has no time is folded. */
function Script({ say, mistake, discuss, onward, discusses }) {
  return h(
    "div",
    { className: "tp-script" },
    h("p", { className: "tp-say" }, say),
    h("p", null, h("b", null, "Usual mistake "), mistake),
    discusses
      ? h("p", null, h("b", null, "Discuss "), discuss)
      : h(
          "details",
          { className: "tp-read" },
          h("summary", null, "If there is time, discuss"),
          h("p", null, discuss),
        ),
    onward && h("p", null, h("b", null, "Onward "), onward),
  );
}

function Beat({ standing, note }) {
  if (!note)
    return h(
      "section",
      { className: "sd-card tp-card", "aria-label": "Notes" },
      h("header", null, h("h2", null, standing.last ? "Beside the lesson" : "Before the first beat")),
      h(
        "p",
        { className: "tp-say" },
        standing.last
          ? `The lesson waits after step ${standing.last}. What you do in the lab, all see.`
          : standing.beats
            ? "Let everybody join, then begin. What you do in the lab, all see."
            : "This lab has no lesson. What you do in it, all see.",
      ),
    );
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "Notes" },
    h(
      "header",
      null,
      h("h2", null, `Beat ${standing.beat} of ${standing.beats}`),
      h("small", null, note.title),
      h("span", { className: "mono" }, fmtSpan(note.minutes * 60)),
    ),
    note.script
      ? h(Script, { ...note.script, discusses: !standing.minutes || note.cuts[standing.minutes]?.discusses })
      : h("div", { className: "tp-say", dangerouslySetInnerHTML: { __html: note.html } }),
    note.script &&
      h(
        "details",
        { className: "tp-read" },
        h("summary", null, "What students read"),
        h("div", { dangerouslySetInnerHTML: { __html: note.html } }),
      ),
    h(
      "div",
      { className: "tp-does" },
      note.does.length > 0 &&
        h("p", null, h("b", null, standing.revealed ? "Did: " : "Reveal does: "), note.does.join(" · ")),
      note.expect && h("p", null, h("b", null, "Expect: "), note.expect),
      h(Step, { standing: { ...standing, does: [], expect: "" } }),
    ),
  );
}

function Votes({ standing, note, onAgain }) {
  if (!standing.ask) return null;
  const size = standing.following + standing.away;
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "Question" },
    h(
      "header",
      null,
      h("h2", null, "Question"),
      h("small", null, standing.revealed ? "shown to the class" : "votes hidden from the class until reveal"),
      h("span", { role: "status" }, `${standing.voted} of ${size} voted`),
    ),
    h("p", null, standing.ask.question),
    h(Bars, {
      labels: standing.ask.options,
      counts: standing.counts,
      before: standing.before?.at(-1),
      right: note?.ask?.right,
    }),
    !standing.revealed &&
      standing.voted > 0 &&
      h("button", { type: "button", className: "sd-btn small", onClick: onAgain }, "Vote again"),
    standing.revealed && note?.ask && h("p", { className: "tc-because" }, note.ask.because),
  );
}

function Coming({ note, number }) {
  if (!note) return null;
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "Next beat" },
    h(
      "header",
      null,
      h("h2", null, "Next"),
      h("small", null, `Beat ${number}: ${note.title}`),
      h("span", { className: "mono" }, fmtSpan(note.minutes * 60)),
    ),
    h("div", { className: "tp-does", dangerouslySetInnerHTML: { __html: note.html } }),
    note.ask && h("p", { className: "tp-does" }, h("b", null, "Asks: "), note.ask.question),
  );
}

function Join({ standing, onWide }) {
  const link = `${window.location.origin}/join?code=${standing.code}`;
  return h(
    "section",
    { className: "sd-card tp-card", "aria-label": "Join" },
    h(
      "header",
      null,
      h("h2", null, "Join"),
      h("small", null, `at ${window.location.host}/join, or scan`),
      h("button", { type: "button", className: "sd-btn small", onClick: onWide }, "Show large"),
    ),
    h(
      "div",
      { className: "tp-join" },
      h("span", { className: "tp-code", "data-code": standing.code }, written(standing.code)),
      h("img", { src: apiUrl(`/api/classes/${standing.room}/qr.svg`), alt: `QR code of ${link}` }),
    ),
    h(
      "div",
      { className: "sd-row" },
      h("span", { className: "mono tp-link" }, link),
      h(CopyButton, { text: link, label: "Copy", name: "Copy the link to join", className: "sd-btn small" }),
    ),
  );
}

function Wide({ standing, onClose }) {
  const button = useRef(null);
  useEffect(() => button.current.focus(), []);
  return h(
    "div",
    {
      className: "tp-wide",
      role: "dialog",
      "aria-modal": true,
      "aria-label": "Join this class",
      onKeyDown: (event) => event.key === "Escape" && onClose(),
    },
    h("img", { src: apiUrl(`/api/classes/${standing.room}/qr.svg`), alt: "QR code of the link to join" }),
    h("span", { className: "tp-code" }, written(standing.code)),
    h("p", { className: "tp-link" }, `${window.location.host}/join`),
    h("button", { type: "button", className: "sd-btn", ref: button, onClick: onClose }, "Close"),
  );
}

function EndClass({ onEnd }) {
  const [sure, setSure] = useState(false);
  if (!sure)
    return h("button", { type: "button", className: "sd-btn", onClick: () => setSure(true) }, "End class");
  return h(
    "span",
    { className: "sd-row", role: "group", "aria-label": "End the class?" },
    h(
      "button",
      { type: "button", className: "sd-btn danger", autoFocus: true, onClick: onEnd },
      "Yes, end it",
    ),
    h("button", { type: "button", className: "sd-btn", onClick: () => setSure(false) }, "No"),
  );
}

const Results = ({ room }) => [
  h("a", { key: "page", className: "sd-btn", href: `/taught/${room}`, target: "_blank" }, "Results"),
  h(
    "a",
    {
      className: "sd-btn",
      href: apiUrl(`/api/classes/${room}/results.csv`),
      download: "class-results.csv",
      key: "csv",
    },
    "CSV",
  ),
];

const Blocked = ({ title, children }) =>
  h(
    "main",
    { id: "content", className: "sd-nothing" },
    h("h1", null, title),
    children,
    h("a", { className: "sd-btn p", href: "/" }, "All labs"),
  );

/** Children: the logo, the switch between light and dark. */
export function Presenter({ labs, children }) {
  const [logo, theme] = Children.toArray(children);
  const [room, setRoom] = useState("");
  const frame = useRef(null);
  const [standing, setStanding, problem, setProblem] = useStanding(room, frame);
  const notes = useNotes(room, standing?.lab, standing?.lesson);
  const now = useServerClock(standing);
  const [speed, setSpeed] = useState(0);
  const [wide, setWide] = useState(false);
  const queue = useRef(Promise.resolve());
  const latest = useRef(null);
  const press = useRef(() => {});
  useEffect(() => setRoom(roomOfPage()), []);
  const name = labs.find((one) => one.slug === standing?.lab)?.title ?? "";
  const at = standing?.beat ?? 0;
  const note = notes[at - 1];
  const plan = planOf(notes, standing?.minutes);
  const after = plan.find((one) => one.number > placeOf(standing));
  const waits = Boolean(standing?.ask) && !standing.revealed;
  const away = Boolean(standing?.exercise); // the lesson waits while all are in their forks
  if (standing && standing.version >= (latest.current?.version ?? 0)) latest.current = standing;
  // One after the other, each from where the one before it led: a clicker is quicker than a beat.
  const move = (wanted) => {
    queue.current = queue.current.then(async () => {
      const changes = wanted(latest.current);
      if (!changes) return;
      try {
        const changed = await callClass(`/${room}`, "PATCH", changes);
        if (changed.version >= latest.current.version) latest.current = changed;
        setStanding(latest.current);
        setProblem("");
      } catch (error) {
        setProblem(error.message);
      }
    });
  };
  const onward = ({ ask, revealed, beat, last, minutes }) => {
    if (ask && !revealed) return { revealed: true };
    const next = planOf(notes, minutes).find((one) => one.number > placeOf({ beat, last }));
    return next ? { beat: next.number } : null;
  };
  const forward = () => !away && (waits || after ? move(onward) : setSpeed(0));
  const back = () =>
    !away &&
    move(({ beat, last, minutes }) => {
      const behind = beat || (last ? last + 1 : 0); // who went elsewhere comes back to where the class was
      const before = planOf(notes, minutes).findLast((one) => one.number < behind);
      return before ? { beat: before.number } : null;
    });
  const blank = () => move((last) => ({ blank: !last.blank }));
  const again = () =>
    callClass(`/${room}/question/again`, "POST", { seconds: 0 }).catch((error) => setProblem(error.message));
  const toTheLabs = () =>
    callClass(`/${room}/lesson`, "DELETE").then(setStanding, (error) => setProblem(error.message));
  const end = () =>
    callClass(`/${room}`, "DELETE")
      .then(() => setStanding({ ...standing, ended: true }))
      .catch((error) => setProblem(error.message));
  press.current = (key) => {
    if (!standing || standing.ended) return;
    const actions = {
      PageDown: forward,
      PageUp: back,
      b: blank,
      B: blank,
      ".": blank,
      F5: () => at === 0 && forward(),
    };
    actions[key]?.();
  };
  useEffect(() => {
    const key = (event) => {
      const pressed = clickerKey(event);
      if (!pressed) return;
      event.preventDefault();
      press.current(pressed);
    };
    const hear = (event) =>
      event.origin === window.location.origin &&
      event.source === frame.current?.contentWindow &&
      event.data?.sdlab === "key" &&
      press.current(event.data.key);
    window.addEventListener("keydown", key);
    window.addEventListener("message", hear);
    return () => {
      window.removeEventListener("keydown", key);
      window.removeEventListener("message", hear);
    };
  }, []);
  // Two steps may have one title: their numbers tell them apart.
  useAutoplay(
    away ? 0 : speed,
    note && { ...note, title: `${at}. ${note.title}` },
    standing?.revealed,
    forward,
  );
  if (problem && !standing)
    return h(
      Blocked,
      { title: "This class is not yours to lead" },
      h("p", { role: "alert" }, problem),
      h("a", { className: "sd-btn", href: "/join" }, "Join with a code"),
    );
  if (!standing)
    return h(
      "main",
      { id: "content", className: "sd-nothing" },
      h("h1", null, "The class"),
      h("p", { role: "status" }, "Connecting."),
    );
  if (standing.ended)
    return h(
      Blocked,
      { title: "This class has ended" },
      h("p", null, "The votes stay here for as long as the room does, without names."),
      h("a", { className: "sd-btn", href: ownRoom(standing.lab) }, "To the lab, in a room of your own"),
      h(Results, { room }),
    );
  return h(
    "div",
    { className: "tp", "data-beat": at, "data-revealed": standing.revealed },
    h(
      "header",
      { className: "sd-header tp-head" },
      logo,
      h(
        "nav",
        { className: "sd-crumbs", "aria-label": "Breadcrumb" },
        h("ol", null, h("li", null, "Teaching"), h("li", { "aria-current": "page" }, standing.own ?? name)),
      ),
      h(
        "span",
        { className: "sd-pill", "data-tone": "ok", role: "status" },
        `● ${standing.following} following`,
      ),
      h("span", { className: "sd-pill" }, `${standing.away} looking around`),
      h(Pace, { standing, plan, now }),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          "aria-pressed": standing.open,
          title: "Whether the class may use the product too; switches, traffic and faults stay yours",
          onClick: () => move((last) => ({ open: !last.open })),
        },
        `Everyone may click: ${standing.open ? "on" : "off"}`,
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          "aria-pressed": standing.blank,
          "aria-keyshortcuts": "B",
          onClick: blank,
        },
        standing.blank ? "Show again" : "Blank",
        h("kbd", null, "B"),
      ),
      h(
        "a",
        {
          className: "sd-btn",
          href: `/labs/${standing.lab}?room=${room}&class=1&stage=1`,
          target: "_blank",
          rel: "opener",
        },
        "Projector",
      ),
      h(Results, { room }),
      h(EndClass, { onEnd: end }),
      theme,
    ),
    h(
      "main",
      { id: "content", className: "tp-main" },
      h("h1", { className: "sd-sr" }, `Teaching: ${name}`),
      h(
        "section",
        { className: "tp-left", "aria-label": "The lab and the way through it" },
        problem && h("p", { role: "alert", className: "tp-problem" }, problem),
        h(Frame, { standing, frame }),
        h(
          "div",
          { className: "tp-beats", "aria-hidden": true },
          plan.map(({ number }) =>
            h("i", { key: number, "data-on": number < at ? "past" : number === at ? "now" : "" }),
          ),
        ),
        h(
          "div",
          { className: "tp-drive" },
          h(
            "button",
            {
              type: "button",
              className: "sd-btn",
              disabled: away || (at < 2 && (at === 1 || !standing.last)),
              "aria-keyshortcuts": "PageUp",
              onClick: back,
            },
            "◁ Previous",
            h("kbd", null, "PgUp"),
          ),
          h(
            "button",
            {
              type: "button",
              className: "sd-btn p",
              disabled: away || (!waits && !after),
              "aria-keyshortcuts": "PageDown",
              onClick: forward,
            },
            waits
              ? "Reveal ▷"
              : placeOf(standing) === 0
                ? "Start ▷"
                : asksAt(after, standing.minutes)
                  ? "Ask the next ▷"
                  : "Next ▷",
            h("kbd", null, "PgDn"),
          ),
          h("span", null),
          !standing.lesson &&
            notes.some((one) => one.script) &&
            h(
              "label",
              { className: "tc-auto" },
              "Length ",
              h(
                "select",
                {
                  className: "sd-select",
                  value: standing.minutes,
                  onChange: (event) => {
                    const minutes = Number(event.target.value);
                    move(() => ({ minutes }));
                  },
                },
                h("option", { value: 0 }, "all beats"),
                LENGTHS.map((one) => h("option", { key: one, value: one }, `${one} min`)),
              ),
            ),
          h(
            "label",
            { className: "tc-auto" },
            "Autoplay ",
            h(
              "select",
              {
                className: "sd-select",
                value: speed,
                onChange: (event) => setSpeed(Number(event.target.value)),
              },
              h("option", { value: 0 }, "off"),
              SPEEDS.map((one) => h("option", { key: one, value: one }, `${one}×`)),
            ),
          ),
          standing.own
            ? h(
                "button",
                { type: "button", className: "sd-btn", title: `Now: ${standing.own}`, onClick: toTheLabs },
                "To the lab's own lesson",
              )
            : h(
                "a",
                { className: "sd-btn", href: `/lessons?class=${room}&lab=${standing.lab}`, target: "_blank" },
                "Lessons of your own",
              ),
          h(Jump, { beats: notes, at, onJump: (beat) => move(() => ({ beat })) }),
          h(
            "select",
            {
              className: "sd-select",
              "aria-label": "Go on in another lab",
              value: standing.lab,
              onChange: ({ target: { value: lab } }) => move(() => ({ lab })),
            },
            labs.map((one) => h("option", { key: one.slug, value: one.slug }, one.title)),
          ),
        ),
      ),
      h(
        "section",
        { className: "tp-side", "aria-label": "For the presenter" },
        h(Beat, { standing, note }),
        h(Votes, { standing, note, onAgain: again }),
        h(AskNow, { standing }),
        !away && h(SetPrediction, { standing, ahead: note?.predict, onStanding: setStanding }),
        h(SetExercise, { standing, onStanding: setStanding }),
        h(FromTheClass, { standing }),
        h(Coming, { note: after, number: after?.number }),
        h(Join, { standing, onWide: () => setWide(true) }),
      ),
    ),
    wide && h(Wide, { standing, onClose: () => setWide(false) }),
  );
}
