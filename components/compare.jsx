// The Compare tab: build two to four variants, run them on the same seeded traffic, see them side by side.
import { createElement as h, useCallback, useEffect, useId, useRef, useState } from "react";
import { askedFor, comparing } from "$/public/external/components/asked/asked.jsx";
import {
  apiUrl,
  channels,
  fmt,
  fmtMs,
  useCell,
  useRoom,
  watchRooms,
} from "$/public/external/components/live/live.jsx";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";
import { AnswerBar, COLOURS, Prepared } from "$/public/external/components/prepared/prepared.jsx";

const ASK_EVERY = 500;
const FEWEST = 2;
const UNDER_WAY = ["queued", "running"];

// Variants

const labelOf = (toggle, id) => toggle.options.find((option) => option.id === id)?.label ?? id;

/** One variant per option of a toggle, as many as may be. */
const variantsOf = (toggle, most) =>
  toggle.options
    .slice(0, most)
    .map((option) => ({ name: option.label, toggles: { [toggle.id]: option.id }, knobs: {} }));

function unusedName(variants) {
  for (let number = variants.length + 1; ; number += 1)
    if (!variants.some((one) => one.name === `Variant ${number}`)) return `Variant ${number}`;
}

function Answer({ toggle, value, onChange }) {
  const id = useId();
  return h(
    "div",
    { className: "sd-field" },
    h("label", { htmlFor: id }, toggle.question),
    h(
      "select",
      { id, className: "sd-select", value, onChange: (event) => onChange(event.target.value) },
      toggle.options.map((option) => h("option", { key: option.id, value: option.id }, option.label)),
    ),
  );
}

function Amount({ knob, value, onChange }) {
  const id = useId();
  return h(
    "div",
    { className: "sd-field" },
    h("label", { htmlFor: id }, knob.label),
    h(
      "span",
      { className: "sd-withunit" },
      h("input", {
        id,
        type: "number",
        className: "sd-num",
        min: knob.minimum,
        max: knob.maximum,
        step: knob.step,
        value,
        onChange: (event) => onChange(event.target.value),
      }),
      h("small", null, knob.unit),
    ),
  );
}

function Variant({ number, one, toggles, knobs, onChange, onRemove }) {
  const id = useId();
  const set = (part, key, value) => onChange({ ...one, [part]: { ...one[part], [key]: value } });
  return h(
    "fieldset",
    { className: "sd-card sd-variant", style: { "--sd-variant": `var(${COLOURS[number]})` } },
    h("legend", { className: "sd-sr" }, `Variant ${number + 1}`),
    h(
      "div",
      { className: "sd-row" },
      h("i", { className: "sd-swatch", "aria-hidden": true }),
      h("label", { htmlFor: id, className: "sd-sr" }, "Name"),
      h("input", {
        id,
        className: "sd-input",
        maxLength: 64,
        value: one.name,
        onChange: (event) => onChange({ ...one, name: event.target.value }),
      }),
      onRemove &&
        h(
          "button",
          { type: "button", className: "sd-btn icon", "aria-label": `Remove ${one.name}`, onClick: onRemove },
          "✕",
        ),
    ),
    h(
      "p",
      { className: "sd-hint" },
      toggles
        .filter((toggle) => one.toggles[toggle.id])
        .map((toggle) => `${toggle.question} ${labelOf(toggle, one.toggles[toggle.id])}`)
        .join(" · ") || "all answers at their defaults",
    ),
    h(
      "details",
      null,
      h("summary", null, "Mix other answers"),
      toggles.map((toggle) =>
        h(Answer, {
          key: toggle.id,
          toggle,
          value: one.toggles[toggle.id] ?? toggle.default,
          onChange: (value) => set("toggles", toggle.id, value),
        }),
      ),
      knobs.map((knob) =>
        h(Amount, {
          key: knob.id,
          knob,
          value: one.knobs[knob.id] ?? knob.default,
          onChange: (value) => set("knobs", knob.id, value),
        }),
      ),
    ),
  );
}

/** How long it takes, since variants run one after another; opening a room takes a moment more. */
function honestly(variants, seconds) {
  const whole = variants * Number(seconds);
  return Number.isFinite(whole) ? `${variants} × ${fmt(seconds)} s: about ${fmt(whole + variants)} s` : "";
}

function Builder({ toggles, knobs, workloads, most, shortest, longest, busy, onRun, onStop }) {
  const [basis, setBasis] = useState(toggles[0].id);
  const [variants, setVariants] = useState(() => variantsOf(toggles[0], most));
  const trafficFor = (toggle) => {
    const chosen = workloads.find((one) => one.id === toggle.traffic) ?? workloads[0];
    return { workload: chosen.id, rate: chosen.rate };
  };
  const [traffic, setTraffic] = useState({ ...trafficFor(toggles[0]), seed: 1, seconds: 10 });
  const ids = { basis: useId(), workload: useId(), rate: useId(), seed: useId(), seconds: useId() };
  const spec = workloads.find((one) => one.id === traffic.workload);
  const choose = (id) => {
    const toggle = toggles.find((one) => one.id === id);
    setBasis(id);
    setVariants(variantsOf(toggle, most));
    setTraffic({ ...traffic, ...trafficFor(toggle) }); // what tells its options apart
  };
  const form = useRef(null);
  const wanted = useCell(comparing);
  useEffect(() => {
    if (!wanted) return;
    choose(wanted);
    const folded = form.current.closest("details");
    if (folded) folded.open = true;
  }, [wanted]);
  const put = (index, one) => setVariants(variants.map((old, at) => (at === index ? one : old)));
  const field = (name, label, unit, limits) =>
    h(
      "span",
      { className: "sd-withunit" },
      h("label", { htmlFor: ids[name] }, label),
      h("input", {
        id: ids[name],
        type: "number",
        className: "sd-num",
        value: traffic[name],
        required: true,
        ...limits,
        onChange: (event) => setTraffic({ ...traffic, [name]: event.target.value }),
      }),
      unit && h("small", null, unit),
    );
  const submit = (event) => {
    event.preventDefault();
    onRun({
      variants: variants.map(({ name, toggles: chosen, knobs: amounts }) => ({
        name: name.trim(),
        toggles: chosen,
        knobs: numbersOf(amounts),
      })),
      workload: traffic.workload,
      rate: Number(traffic.rate),
      seed: Number(traffic.seed),
      seconds: Number(traffic.seconds),
    });
  };
  return h(
    "form",
    { className: "sd-builder", ref: form, onSubmit: submit, "aria-label": "What to compare" },
    h(
      "div",
      { className: "sd-card sd-buildbar" },
      h(
        "span",
        { className: "sd-withunit" },
        h("label", { htmlFor: ids.basis }, "Compare"),
        h(
          "select",
          {
            id: ids.basis,
            className: "sd-select",
            value: basis,
            onChange: (event) => choose(event.target.value),
          },
          toggles.map((toggle) => h("option", { key: toggle.id, value: toggle.id }, toggle.question)),
        ),
      ),
      h(
        "span",
        { className: "sd-withunit" },
        h("label", { htmlFor: ids.workload }, "under"),
        h(
          "select",
          {
            id: ids.workload,
            className: "sd-select",
            value: traffic.workload,
            title: spec.does,
            onChange: (event) =>
              setTraffic({
                ...traffic,
                workload: event.target.value,
                rate: workloads.find((one) => one.id === event.target.value).rate,
              }),
          },
          workloads.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
        ),
      ),
      field("rate", "at", "/s", { min: 1, max: spec.maximum, step: "any" }),
      field("seconds", "for", "s each", { min: shortest, max: longest, step: "any" }),
      field("seed", "seed", "", { min: 0, max: 2147483647, step: 1 }),
      h("span", { className: "sd-grow" }),
      variants.length < most &&
        h(
          "button",
          {
            type: "button",
            className: "sd-btn",
            onClick: () => setVariants([...variants, { name: unusedName(variants), toggles: {}, knobs: {} }]),
          },
          "Add a variant",
        ),
      busy
        ? h("button", { type: "button", className: "sd-btn", onClick: onStop }, "■ Stop")
        : h("button", { type: "submit", className: "sd-btn p" }, "▶ Run the comparison"),
      h("small", { className: "sd-hint sd-takes" }, honestly(variants.length, traffic.seconds)),
    ),
    h(
      "div",
      { className: "sd-variants" },
      variants.map((one, index) =>
        h(Variant, {
          key: index,
          number: index,
          one,
          toggles,
          knobs,
          onChange: (changed) => put(index, changed),
          onRemove:
            variants.length > FEWEST ? () => setVariants(variants.filter((_, at) => at !== index)) : null,
        }),
      ),
    ),
  );
}

const numbersOf = (amounts) =>
  Object.fromEntries(Object.entries(amounts).map(([id, value]) => [id, Number(value)]));

// Side by side, live

const violationsOf = (snapshot) => snapshot.invariants.reduce((sum, one) => sum + one.violations, 0);

const LIVE_ROWS = [
  ["throughput", "throughput", "/s", (snapshot) => fmt(snapshot.traffic.rate)],
  ["latency p50", "p50", "ms", (snapshot) => fmtMs(snapshot.traffic.p50)],
  ["latency p95", "p95", "ms", (snapshot) => fmtMs(snapshot.traffic.p95)],
  ["errors", "errors", "", (snapshot) => fmt(snapshot.traffic.failed)],
  ["violations", "violations", "", (snapshot) => fmt(violationsOf(snapshot))],
];

const measured = (unit, value) => (unit === "ms" ? fmtMs(value) : fmt(value));

function Column({ number, variant, frame, seconds, now, answer }) {
  const running = variant.state === "running";
  const snapshot = running ? frame?.snapshot : null;
  const shares = { waiting: 0, done: 1, running: Math.max(0, Math.min(1, (now - variant.began) / seconds)) };
  const broken = snapshot?.invariants.filter((one) => one.applies && !one.holds) ?? [];
  const shown = (id, unit, live) =>
    variant.state === "done" ? measured(unit, variant.figures[id]) : snapshot ? live(snapshot) : "–";
  return h(
    "section",
    {
      className: "sd-card sd-column",
      style: { "--sd-variant": `var(${COLOURS[number]})` },
      "aria-label": variant.name,
      "data-state": variant.state,
    },
    h(
      "h3",
      null,
      h("i", { className: "sd-swatch", "aria-hidden": true }),
      variant.name,
      h("small", null, { waiting: "waits its turn", running: "runs now", done: "done" }[variant.state]),
    ),
    h("progress", { max: 1, value: shares[variant.state], "aria-label": `${variant.name}: how far` }),
    answer,
    h(
      "dl",
      null,
      LIVE_ROWS.map(([label, id, unit, live]) =>
        h(
          "div",
          { key: label },
          h("dt", null, label),
          h("dd", null, shown(id, unit, live), " ", h("small", null, unit)),
        ),
      ),
    ),
    broken.map((one) =>
      h("p", { key: one.id, className: "sd-pill", "data-tone": "error" }, `✕ ${one.claim}`),
    ),
  );
}

function Columns({ found, prepared }) {
  const frames = useCell(channels);
  const running = found.variants.find((one) => one.state === "running");
  useEffect(() => {
    watchRooms(running ? [running.room] : []);
    return () => watchRooms([]);
  }, [running?.room]);
  const frame = frames[1];
  return h(
    "div",
    { className: "sd-columns" },
    found.variants.map((variant, number) =>
      h(Column, {
        key: variant.room,
        number,
        variant,
        frame,
        seconds: found.seconds,
        now: Math.max(found.now, frame?.t ?? 0),
        answer: prepared && h(AnswerBar, { one: prepared, found, number }),
      }),
    ),
  );
}

// What came out

const shownValue = (row, value) =>
  row.unit === "ms" ? fmtMs(value) : fmt(value, Number.isInteger(value) ? 0 : 1);

function Table({ found }) {
  return h(
    "div",
    { className: "sd-scroll", tabIndex: 0, role: "region", "aria-label": "What differed" },
    h(
      "table",
      { className: "sd-table sd-compared" },
      h("caption", { className: "sd-sr" }, "What differed; the best of each row is marked"),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "Figure"),
          found.variants.map((one) => h("th", { key: one.room, scope: "col" }, one.name)),
        ),
      ),
      h(
        "tbody",
        null,
        found.rows.map((row) =>
          h(
            "tr",
            { key: row.id, "data-answers": row.answers || undefined },
            h("th", { scope: "row" }, row.label, row.unit && h("small", null, ` ${row.unit}`)),
            row.runs.map((run, at) =>
              h(
                "td",
                { key: at, "data-best": run.best },
                run.best && h("span", { "aria-label": "best", role: "img" }, "★ "),
                shownValue(row, run.value),
              ),
            ),
          ),
        ),
        h(
          "tr",
          null,
          h("th", { scope: "row" }, "broken claims"),
          found.invariants.map((verdicts, at) =>
            h(
              "td",
              { key: at },
              verdicts
                .filter((one) => !one.holds)
                .map((one) => one.claim)
                .join(", ") || "none",
            ),
          ),
        ),
      ),
    ),
  );
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

async function draw(element, found, row) {
  const { default: Plotly } = await import("plotly.js-basic-dist-min");
  if (!element.isConnected) return;
  const trace = {
    type: "bar",
    x: found.variants.map((one) => one.name),
    y: row.runs.map((run) => run.value),
    marker: { color: found.variants.map((_, number) => colour(COLOURS[number])) },
    text: row.runs.map((run) => shownValue(row, run.value)),
    textposition: "outside",
    cliponaxis: false,
    hoverinfo: "x+text",
  };
  const text = { family: "Inter, system-ui, sans-serif", size: 12, color: colour("--sd-text") };
  const layout = {
    font: text,
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    margin: { l: 56, r: 12, t: 22, b: 32 },
    height: 260,
    yaxis: {
      title: { text: `${row.label}${row.unit ? `, ${row.unit}` : ""}` },
      gridcolor: colour("--sd-line"),
      zerolinecolor: colour("--sd-line2"),
      rangemode: "tozero",
    },
    xaxis: { gridcolor: colour("--sd-line") },
  };
  Plotly.react(element, [trace], layout, { displayModeBar: false, responsive: true });
}

function Plot({ found }) {
  const [chosen, setChosen] = useState(found.rows[0].id);
  const ref = useRef(null);
  const id = useId();
  const row = found.rows.find((one) => one.id === chosen) ?? found.rows[0];
  useEffect(() => {
    draw(ref.current, found, row);
    const redraw = new MutationObserver(() => draw(ref.current, found, row));
    redraw.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => redraw.disconnect();
  }, [found, row]);
  const said = (run, at) => `${found.variants[at].name} ${shownValue(row, run.value)} ${row.unit}`;
  return h(
    "figure",
    { className: "sd-card sd-pad" },
    h(
      "figcaption",
      { className: "sd-withunit" },
      h("label", { htmlFor: id }, "Plot of"),
      h(
        "select",
        { id, className: "sd-select", value: row.id, onChange: (event) => setChosen(event.target.value) },
        found.rows.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
      ),
    ),
    h("div", {
      ref,
      className: "sd-plot",
      role: "img",
      "aria-label": `${row.label}: ${row.runs.map(said).join(", ")}`,
    }),
  );
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function Outcome({ lab, room, found, prepared }) {
  return h(
    "div",
    { className: "sd-stack" },
    h(
      "section",
      { className: "sd-card sd-pad" },
      h(
        "header",
        { className: "sd-row sd-outcome" },
        h("h2", null, found.status === "void" ? "Void" : (prepared?.question ?? "What differed")),
        h(
          "span",
          { className: "sd-hint" },
          `the same operations for all: fingerprint `,
          h("code", null, found.digest.slice(0, 12)),
        ),
        h("span", { className: "sd-grow" }),
        h(
          "a",
          {
            className: "sd-btn small",
            href: apiUrl(`/api/labs/${lab}/compare.csv?room=${encodeURIComponent(room)}`),
            download: `${lab}-comparison.csv`,
          },
          "CSV",
        ),
        h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            onClick: () => download(`${lab}-comparison.json`, JSON.stringify(found, null, 2)),
          },
          "JSON",
        ),
        h(CopyButton, {
          className: "sd-btn small",
          label: "Copy links",
          name: "Copy the addresses of the variants",
          read: () =>
            found.variants.map((one) => `${window.location.origin}/labs/${lab}?${one.query}`).join("\n"),
        }),
      ),
      found.status === "void"
        ? h("p", { className: "sd-verdict", "data-tone": "error" }, `Void: ${found.problem}.`)
        : h("p", { className: "sd-verdict" }, found.verdict),
      prepared && h("p", { className: "sd-hint" }, `Expected: ${prepared.expect}`),
      found.busy &&
        h(
          "p",
          { className: "sd-hint" },
          `The machine had other work: its event loop was up to ${fmt(Math.max(...found.lag_ms))} ms late ` +
            "(p95). Counts stand; compare latencies again when it is quiet.",
        ),
      h(Table, { found }),
    ),
    h(Plot, { found }),
  );
}

// The tab

async function call(lab, room, method, body) {
  const path = body?.prepared ? `compare/${body.prepared}` : "compare";
  const answer = await fetch(apiUrl(`/api/labs/${lab}/${path}?room=${encodeURIComponent(room)}`), {
    method,
    headers: body?.variants && { "Content-Type": "application/json" },
    body: body?.variants && JSON.stringify(body),
  });
  if (answer.status === 204) return null;
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.detail || data.title);
  return data;
}

export function Compare({ lab, most, prepared, ...choices }) {
  const room = useRoom();
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const [pressed, setPressed] = useState(null); // before the room was there: run as soon as it is
  const turn = useRef(0); // what was asked before the last press is of no use after it
  const ask = useCallback(
    async (method, body) => {
      if (method !== "GET") turn.current += 1;
      const mine = turn.current;
      try {
        setProblem("");
        const answer = await call(lab, room, method, body);
        if (mine === turn.current) setFound(answer);
      } catch (error) {
        if (mine === turn.current) setProblem(error.message);
      }
    },
    [lab, room],
  );
  useEffect(() => {
    if (!room) return;
    if (pressed) run(pressed);
    else ask("GET");
  }, [ask, room]);
  const run = (wish) => {
    setPressed(wish);
    if (!room) return;
    setFound(null);
    ask("POST", wish).finally(() => setPressed(null));
  };
  const asked = useCell(askedFor);
  useEffect(() => {
    if (!asked) return;
    askedFor.set("");
    run({ prepared: asked });
  }, [asked]);
  const stop = () => {
    setPressed(null);
    if (room) ask("DELETE");
  };
  const running = UNDER_WAY.includes(found?.status);
  const chosen = prepared.find((one) => one.id === found?.prepared);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => ask("GET"), ASK_EVERY);
    return () => clearInterval(timer);
  }, [running, ask]);
  return h(
    "div",
    { className: "sd-comparetab" },
    h(
      "p",
      { className: "sd-lede" },
      "The same operations, in the same order, at the same rate, through each variant, " +
        "one after another so that " +
        "none disturbs another; each in a room of its own, so nothing here touches your lab.",
    ),
    h(Prepared, {
      list: prepared,
      found,
      waiting: pressed?.prepared,
      onRun: (id) => run({ prepared: id }),
      onStop: stop,
    }),
    h(
      "div",
      { role: "status" },
      problem && h("p", { className: "sd-fielderror" }, problem),
      pressed &&
        h("p", { className: "sd-hint" }, room ? "Starting …" : "Starts as soon as the room is open …"),
      found?.status === "queued" &&
        h(
          "p",
          { className: "sd-hint" },
          found.ahead ? `Waits: ${fmt(found.ahead)} before it.` : "Opening the first room …",
        ),
      found?.status === "failed" &&
        h("p", { className: "sd-fielderror" }, `The comparison failed: ${found.problem}.`),
    ),
    running && h(Columns, { found, prepared: chosen }),
    ["done", "void"].includes(found?.status) && h(Outcome, { lab, room, found, prepared: chosen }),
    h(
      "details",
      { className: "sd-mix" },
      h("summary", null, "Any other mix"),
      h(Builder, { ...choices, most, busy: running || Boolean(pressed), onRun: run, onStop: stop }),
    ),
  );
}
