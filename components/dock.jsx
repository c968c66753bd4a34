// The dock: what must hold (in claims.jsx), time (pause, step, scrub), traffic, faults, restart.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import {
  fmt,
  LEADER_ONLY,
  pause,
  resume,
  step,
  useLatest,
  useMay,
  useShown,
  useTimeline,
} from "$/public/external/components/live/live.jsx";
import { Popover, sign } from "$/public/external/components/controls/controls.jsx";
import { SheetTabs } from "$/public/external/components/sheets/sheets.jsx";
import { useAtLab } from "$/public/external/components/shell/shell.jsx";
import { Lens } from "$/public/external/components/lens/lens.jsx";
import { Tape } from "$/public/external/components/tape/tape.jsx";
import { FaultList, faultsOf } from "$/public/external/components/faults/faults.jsx";
import { Claims } from "$/public/external/components/claims/claims.jsx";

// Faults

/** What plays by itself in a fresh room says so, and one press ends it. */
function SampleTraffic({ sample, onStop }) {
  const [stopping, setStopping] = useState(false);
  const may = useMay("control");
  if (!sample.running) return null;
  return h(
    "button",
    {
      type: "button",
      className: "sd-pill sd-sample",
      "data-tone": "selected",
      disabled: !may || stopping,
      title: `${sample.does}: at most ${fmt(sample.rate)} a second, until ${clockOf(sample.until)}`,
      onClick: () => {
        setStopping(true);
        onStop();
      },
    },
    `Sample traffic · ${stopping ? "stopping" : "stop"}`,
  );
}

function ActiveFaults({ faults, onMend }) {
  const may = useMay("control");
  if (!faults.length) return null;
  return h(
    "div",
    { className: "sd-active" },
    faults.slice(0, 3).map((one) =>
      h(
        "button",
        {
          key: one.node + one.kind,
          type: "button",
          className: "sd-pill",
          "data-tone": "error",
          disabled: !may,
          onClick: () => onMend(one.node, one.kind),
          "aria-label": `Undo: ${one.label}`,
        },
        `${sign(one.kind)} ${one.label} · undo`,
      ),
    ),
    faults.length > 3 && h("span", { className: "sd-pill" }, `+${faults.length - 3}`),
  );
}

// Time

function clockOf(t) {
  return t ? new Date(t * 1000).toLocaleTimeString("en-GB") : "––:––:––";
}

function Time({ time, frame, lab, slug }) {
  const state = time.status === "lost" ? "lost" : time.paused ? "paused" : time.status;
  return h(
    "div",
    { className: "sd-time", role: "group", "aria-label": "Time" },
    h(
      "button",
      {
        type: "button",
        className: "sd-btn sd-pause",
        "aria-pressed": time.paused,
        "aria-keyshortcuts": "Space",
        onClick: () => (time.paused ? resume() : pause()),
        disabled: !time.count,
        title: "Space",
        "aria-label": time.paused ? "Go on" : "Pause",
      },
      h("span", { "aria-hidden": true }, time.paused ? "▶" : "❚❚"),
    ),
    h(
      "button",
      {
        type: "button",
        className: "sd-btn icon",
        "aria-label": "Step back one frame",
        "aria-keyshortcuts": "ArrowLeft",
        title: "←",
        disabled: !time.count || time.index === 0,
        onClick: () => step(-1),
      },
      "◁",
    ),
    h(
      "button",
      {
        type: "button",
        className: "sd-btn icon",
        "aria-label": "Step forward one frame",
        "aria-keyshortcuts": "ArrowRight",
        title: "→",
        disabled: !time.paused || time.index >= time.count - 1,
        onClick: () => step(1),
      },
      "▷",
    ),
    h(Tape, { time, lab }),
    h(
      "div",
      { className: "sd-where", "data-state": state },
      h("span", { className: "mono" }, clockOf(frame.t)),
      h(
        "span",
        null,
        state === "paused"
          ? `${fmt(time.behind)} frames behind`
          : state === "live"
            ? "live"
            : state === "lost"
              ? "trying again"
              : "connecting",
      ),
    ),
    h(
      "button",
      {
        type: "button",
        className: "sd-btn sd-live",
        "data-on": !time.paused,
        onClick: resume,
        "aria-keyshortcuts": "L",
        title: "L",
        disabled: !time.paused,
      },
      h("i", { "aria-hidden": true }),
      "Live",
    ),
    h(Lens, { lab: slug }),
  );
}

// Traffic

const GIVE_UP = 5000;

/** Whether something was asked for and the system has not shown it yet: until `fact` becomes another. */
function useWaiting(fact) {
  const [asked, setAsked] = useState(null);
  useEffect(() => {
    if (asked === null) return undefined;
    const timer = setTimeout(() => setAsked(null), GIVE_UP);
    return () => clearTimeout(timer);
  }, [asked]);
  useEffect(() => setAsked(null), [fact]);
  return [asked !== null, () => setAsked(performance.now())];
}

function Traffic({ workloads, workload, seed, onStart, onStop }) {
  const [chosen, setChosen] = useState(workloads[0]?.id ?? "");
  const [rates, setRates] = useState({});
  const ids = { load: useId(), rate: useId() };
  const [waiting, wait] = useWaiting(`${workload.id} ${workload.running} ${workload.rate}`);
  // What runs is shown, whoever started it: a tour, a class, another tab.
  const wanted = workload.running ? workload.id : chosen;
  const spec = workloads.find((one) => one.id === wanted) ?? workloads[0];
  if (!spec) return null;
  const rate = rates[spec.id] ?? (workload.running && workload.id === spec.id ? workload.rate : spec.rate);
  const runs = workload.running && workload.id === spec.id;
  const start = (id = spec.id, at = rate) => {
    wait();
    onStart(id, clamp(at, 1, workloads.find((one) => one.id === id)?.maximum ?? 1), seed);
  };
  const stop = () => {
    wait();
    onStop();
  };
  const choose = (id) => {
    setChosen(id);
    if (workload.running) start(id, rates[id] ?? workloads.find((one) => one.id === id).rate);
  };
  return h(
    "form",
    {
      className: "sd-traffic",
      "aria-label": "Traffic",
      onSubmit: (event) => {
        event.preventDefault();
        start();
      },
    },
    h("label", { htmlFor: ids.load, className: "sd-sr" }, "Workload"),
    h(
      "select",
      {
        id: ids.load,
        className: "sd-select",
        value: spec.id,
        title: spec.does,
        onChange: (event) => choose(event.target.value),
        "data-jump": "Traffic",
        "data-jump-kind": "Control",
      },
      workloads.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
    ),
    h("label", { htmlFor: ids.rate, className: "sd-sr" }, "Rate, per second"),
    h(
      "span",
      { className: "sd-withunit" },
      h("input", {
        id: ids.rate,
        className: "sd-num",
        type: "number",
        min: 1,
        max: spec.maximum,
        step: 1,
        value: rate,
        onChange: (event) =>
          setRates({ ...rates, [spec.id]: event.target.value === "" ? "" : Number(event.target.value) }),
        onBlur: () => runs && workload.rate !== rate && start(),
      }),
      h("small", { className: "sd-per" }, `${spec.unit}/s`),
    ),
    runs
      ? h(
          "button",
          {
            type: "button",
            className: "sd-btn sd-run",
            "data-on": true,
            "aria-busy": waiting,
            onClick: stop,
          },
          h("span", { "aria-hidden": true }, waiting ? "… " : "■ "),
          "Stop",
        )
      : h(
          "button",
          { type: "submit", className: "sd-btn p sd-run", "aria-busy": waiting },
          h("span", { "aria-hidden": true }, waiting ? "… " : "▶ "),
          "Start",
        ),
    h(
      "span",
      {
        className: "sd-achieved",
        title: "operations answered per second, issued in all, shed because the system was too slow",
      },
      workload.running
        ? `${fmt(workload.achieved)}/s done${workload.shed ? ` · ${fmt(workload.shed)} shed` : ""}`
        : "no traffic",
    ),
  );
}

const clamp = (value, least, most) => Math.min(most, Math.max(least, Number(value) || least));

const DELAYS = [0, 5, 15, 60]; // seconds

/** Faults that are to come: [those planned, plan one, call one off]. They end with the page. */
function usePlans(onFault) {
  const [plans, setPlans] = useState([]);
  const timers = useRef(new Map());
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  const callOff = (key) => {
    clearTimeout(timers.current.get(key));
    setPlans((all) => all.filter((one) => one.key !== key));
  };
  const plan = (delay, at, node, kind, value) => {
    const key = `${node} ${kind} ${at}`;
    setPlans((all) => [...all.filter((one) => one.key !== key), { key, at, node, kind }]);
    const act = () => {
      callOff(key);
      onFault(node, kind, value);
    };
    timers.current.set(key, setTimeout(act, delay * 1000));
  };
  return [plans, plan, callOff];
}

/** A fault as its list calls it: the part, and what is done to it. */
function faultName(nodes, faults, node, kind) {
  const part = nodes.find((one) => one.id === node);
  const spec = part && faultsOf(faults, part).find((one) => one.kind === kind);
  return spec ? `${spec.verb}: ${part.label}` : node;
}

function Planned({ plans, nodes, faults, onCallOff }) {
  return plans.map(({ key, at, node, kind }) =>
    h(
      "button",
      {
        key,
        type: "button",
        className: "sd-pill sd-planned",
        "data-tone": "miss",
        onClick: () => onCallOff(key),
      },
      `${clockOf(at)} ${faultName(nodes, faults, node, kind)} · call off`,
    ),
  );
}

function Faults({ nodes, active, faults, onFault, onMend, onPlan }) {
  const [delay, setDelay] = useState(0);
  const when = useId();
  const act = (...fault) => (delay ? onPlan(delay, ...fault) : onFault(...fault));
  const mortal = nodes.filter((node) => faultsOf(faults, node).length);
  return h(
    Popover,
    {
      label: active.length ? `Faults, ${active.length} active` : "Faults",
      face: h(
        "span",
        null,
        "Faults",
        h("small", { className: "sd-count", "data-on": active.length > 0 }, active.length),
      ),
      className: "sd-btn",
      align: "end",
      wide: true,
    },
    h(
      "div",
      { className: "sd-faultmenu" },
      h(
        "header",
        null,
        h("b", null, "Break something"),
        h("label", { htmlFor: when, className: "sd-sr" }, "When"),
        h(
          "select",
          {
            id: when,
            className: "sd-select",
            value: delay,
            onChange: (event) => setDelay(Number(event.target.value)),
          },
          DELAYS.map((one) => h("option", { key: one, value: one }, one ? `in ${one} s` : "now")),
        ),
        active.length > 0 &&
          h(
            "button",
            { type: "button", className: "sd-btn small", onClick: () => onMend("", "") },
            "Undo all",
          ),
      ),
      mortal.map((node) =>
        h(
          "details",
          { key: node.id, open: node.state !== "up" || undefined },
          h(
            "summary",
            null,
            h("b", null, node.label),
            h(
              "span",
              { className: "sd-pill", "data-tone": node.state === "up" ? "ok" : "error" },
              `${sign(node.state)} ${node.state}`,
            ),
          ),
          h(FaultList, { node, specs: faultsOf(faults, node), active, onFault: act, onMend }),
        ),
      ),
    ),
  );
}

function Restart({ seed, onRestart }) {
  const [value, setValue] = useState(null);
  const id = useId();
  return h(
    Popover,
    {
      label: `Start over, seed ${seed}`,
      face: h("span", null, h("span", { "aria-hidden": true }, "↺ "), `seed ${seed}`),
      className: "sd-btn",
      align: "end",
    },
    (close) =>
      h(
        "form",
        {
          className: "sd-restart",
          onSubmit: (event) => {
            event.preventDefault();
            onRestart(clamp(Math.round(value ?? seed), 0, 2147483647));
            close();
          },
        },
        h(
          "p",
          null,
          "Deletes this lab's data in your room and starts over. " +
            "The same seed gives the same sequence of operations.",
        ),
        h("label", { htmlFor: id }, "Seed"),
        h("input", {
          id,
          className: "sd-num",
          type: "number",
          min: 0,
          max: 2147483647,
          value: value ?? seed,
          onChange: (event) => setValue(event.target.value),
        }),
        h("button", { type: "submit", className: "sd-btn p" }, "Start over"),
      ),
  );
}

export function Dock(props) {
  const { lab, title, workloads, faults, onStart, onStop, onStopSample, onFault, onMend, onRestart } = props;
  const time = useTimeline();
  const frame = useShown();
  const { t: newest, snapshot } = useLatest();
  const [plans, plan, callOff] = usePlans(onFault);
  const [more, setMore] = useState(false);
  const may = useMay("control");
  const height = useRef(null);
  const atLab = useAtLab();
  useEffect(() => {
    const observer = new ResizeObserver(() =>
      document.documentElement.style.setProperty("--sd-dock", `${height.current?.offsetHeight ?? 0}px`),
    );
    observer.observe(height.current);
    return () => observer.disconnect();
  }, []);
  return h(
    "aside",
    {
      className: "sd-dock",
      ref: height,
      hidden: !atLab && time.status !== "lost", // a lost connection is said on every tab
      "data-away": !atLab,
      "aria-label": "Dock",
      "data-more": more,
      "data-paused": time.paused,
    },
    time.paused &&
      h(
        "p",
        { className: "sd-pastline", role: "status" },
        `You look at ${clockOf(frame.t)}. The system runs on.`,
      ),
    time.status === "lost" &&
      h(
        "p",
        { className: "sd-lostline", role: "status" },
        h("span", { "aria-hidden": true }),
        `Connection lost, trying again.${time.reason ? ` The server said: ${time.reason}.` : ""}` +
          " What you see is the last that arrived.",
      ),
    h(
      "div",
      { className: "sd-dockrow" },
      h(Claims, { invariants: frame.snapshot.invariants }),
      h(SampleTraffic, { sample: snapshot.sample, onStop: onStopSample }),
      h(Planned, { plans, nodes: snapshot.nodes, faults, onCallOff: callOff }),
      h(ActiveFaults, { faults: snapshot.faults, onMend }),
    ),
    h(
      "div",
      { className: "sd-dockrow sd-controls" },
      h(Time, { time, frame, lab: title, slug: lab }),
      h(
        "button",
        { type: "button", className: "sd-btn sd-more", "aria-expanded": more, onClick: () => setMore(!more) },
        "Traffic",
      ),
      h(
        "fieldset",
        {
          className: "sd-drive",
          disabled: !may,
          "aria-label": "Traffic, faults, start over",
          title: may ? undefined : LEADER_ONLY,
        },
        h(Traffic, { workloads, workload: snapshot.workload, seed: snapshot.seed ?? 1, onStart, onStop }),
        h(Faults, {
          nodes: snapshot.nodes,
          active: snapshot.faults,
          faults,
          onFault,
          onMend,
          onPlan: (delay, ...fault) => plan(delay, newest + delay, ...fault),
        }),
        h(Restart, { seed: snapshot.seed ?? 1, onRestart }),
      ),
    ),
    h(SheetTabs),
  );
}
