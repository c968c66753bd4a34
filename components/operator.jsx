// How the server does: the figures of /api/metrics every two seconds, and whether stores keep things.
import { Children, createElement as h, useEffect, useId, useRef, useState } from "react";
import { apiUrl, fmt, fmtMs } from "$/public/external/components/live/live.jsx";

const EVERY = 2000;
const TOKEN = "sdlab_operator"; // in this tab only
const MB = 1024 * 1024;
const FORBIDDEN = 403;

/** The samples of a text in Prometheus's format: [{name, labels, value}]. */
function samplesOf(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries(
      [...(match[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    found.push({ name: match[1], labels, value: Number(match[3]) });
  }
  return found;
}

// Of several processes each says its own.
const valuesOf = (samples, name) => samples.filter((one) => one.name === name).map((one) => one.value);
const valueOf = (samples, name) => valuesOf(samples, name).reduce((sum, one) => sum + one, 0);
const largestOf = (samples, name) => Math.max(0, ...valuesOf(samples, name));

/** By the label's values: count and sum of a histogram, since the reading before where there is one. */
function timesBy(now, before, name, label) {
  const collect = (samples) => {
    const by = new Map();
    for (const one of samples) {
      if (one.name !== `${name}_count` && one.name !== `${name}_sum`) continue;
      const key = one.labels[label];
      const entry = by.get(key) ?? { count: 0, sum: 0 };
      entry[one.name.endsWith("_count") ? "count" : "sum"] += one.value;
      by.set(key, entry);
    }
    return by;
  };
  const old = before ? collect(before) : new Map();
  return [...collect(now)].map(([key, { count, sum }]) => {
    const was = old.get(key) ?? { count: 0, sum: 0 };
    const lately = count - was.count;
    return {
      key,
      count,
      rate: before ? lately / (EVERY / 1000) : null,
      mean: lately > 0 && before ? (sum - was.sum) / lately : sum / Math.max(1, count),
    };
  });
}

function useReadings(token) {
  const [readings, setReadings] = useState({ now: null, before: null, health: null, problem: "" });
  useEffect(() => {
    let gone = false;
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const read = async () => {
      try {
        const [answer, health] = await Promise.all([
          fetch(apiUrl("/api/metrics"), { headers }),
          fetch(apiUrl("/api/health")).then((one) => one.json()),
        ]);
        if (gone) return;
        if (!answer.ok) {
          const problem = answer.status === FORBIDDEN ? "forbidden" : `the server answered ${answer.status}`;
          setReadings((last) => ({ ...last, problem }));
          return;
        }
        const now = samplesOf(await answer.text());
        setReadings((last) => ({ now, before: last.now, health, problem: "" }));
      } catch {
        if (!gone) setReadings((last) => ({ ...last, problem: "the server does not answer" }));
      }
    };
    read();
    const timer = setInterval(read, EVERY);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [token]);
  return readings;
}

const Figure = ({ name, children }) =>
  h("div", { className: "so-figure" }, h("dt", null, name), h("dd", null, children));

function Health({ health }) {
  const parts = Object.entries(health).filter(([, one]) => typeof one === "object");
  return h(
    "section",
    { className: "sd-card so-card", "aria-label": "Stores" },
    h("h2", null, health.status === "ok" ? "Stores keep what they are given" : "A store fails"),
    h(
      "dl",
      null,
      parts.map(([name, one]) =>
        h(Figure, { key: name, name }, one.problem ? `✕ ${one.problem}` : `✓ ${fmtMs(one.ms)} ms`),
      ),
    ),
  );
}

const workersOf = (samples) => valuesOf(samples, "sdlab_rooms").length;

function Process({ now, before }) {
  const rate = (name) => (before ? (valueOf(now, name) - valueOf(before, name)) / (EVERY / 1000) : 0);
  return h(
    "section",
    { className: "sd-card so-card", "aria-label": "Process" },
    h(
      "h2",
      null,
      workersOf(now) > 1 ? `Processes: ${workersOf(now)} workers and the one in front` : "Process",
    ),
    h(
      "dl",
      null,
      h(Figure, { name: "rooms with a lab at work" }, fmt(valueOf(now, "sdlab_rooms"))),
      h(Figure, { name: "processor" }, `${fmt(100 * rate("process_cpu_seconds_total"))} % of a core`),
      h(Figure, { name: "memory" }, `${fmt(valueOf(now, "process_resident_memory_bytes") / MB)} MB`),
      h(
        Figure,
        { name: "event loop late" },
        `${fmtMs(1000 * largestOf(now, "sdlab_event_loop_late_seconds"))} ms`,
      ),
      h(Figure, { name: "frames" }, `${fmt(rate("sdlab_frames_total"), 1)}/s`),
      h(Figure, { name: "sent to viewers" }, `${fmt(rate("sdlab_sent_bytes_total") / 1024)} KB/s`),
      h(Figure, { name: "warnings and errors logged" }, fmt(valueOf(now, "sdlab_logged_total"))),
    ),
  );
}

function Times({ title, rows, unit }) {
  if (!rows.length) return null;
  return h(
    "section",
    { className: "sd-card so-card", "aria-label": title },
    h("h2", null, title),
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          [unit, "per second", "mean", "in all"].map((one) => h("th", { key: one }, one)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map(({ key, count, rate, mean }) =>
          h(
            "tr",
            { key },
            h("th", { scope: "row" }, key),
            h("td", null, rate === null ? "–" : fmt(rate, 1)),
            h("td", null, `${fmtMs(1000 * mean)} ms`),
            h("td", null, fmt(count)),
          ),
        ),
      ),
    ),
  );
}

function Labs({ now }) {
  const labs = now.filter((one) => one.name === "sdlab_open_labs");
  const of = (name, lab) => now.find((one) => one.name === name && one.labels.lab === lab)?.value ?? 0;
  return h(
    "section",
    { className: "sd-card so-card", "aria-label": "Labs at work" },
    h("h2", null, "Labs at work"),
    labs.length === 0
      ? h("p", null, "None.")
      : h(
          "table",
          null,
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              ["lab", "rooms", "viewers", "traffic"].map((one) => h("th", { key: one }, one)),
            ),
          ),
          h(
            "tbody",
            null,
            labs.map(({ labels: { lab }, value }) =>
              h(
                "tr",
                { key: lab },
                h("th", { scope: "row" }, lab),
                h("td", null, fmt(value)),
                h("td", null, fmt(of("sdlab_viewers", lab))),
                h("td", null, `${fmt(of("sdlab_traffic_per_second", lab))}/s`),
              ),
            ),
          ),
        ),
  );
}

function Ask({ onToken }) {
  const field = useRef(null);
  const id = useId();
  return h(
    "form",
    {
      className: "sd-card so-card",
      onSubmit: (event) => {
        event.preventDefault();
        onToken(field.current.value.trim());
      },
    },
    h("p", null, "These figures are for the operator: from the machine itself, or with SDLAB_METRICS_TOKEN."),
    h("label", { htmlFor: id }, "Token"),
    h("input", {
      id,
      ref: field,
      className: "sd-input",
      type: "password",
      autoComplete: "off",
      required: true,
    }),
    h("button", { type: "submit", className: "sd-btn p" }, "Show"),
  );
}

/** Children: the logo, the switch between light and dark. */
export function Operator({ children }) {
  const [logo, theme] = Children.toArray(children);
  const [token, setToken] = useState("");
  useEffect(() => setToken(sessionStorage.getItem(TOKEN) ?? ""), []);
  const { now, before, health, problem } = useReadings(token);
  const keep = (value) => {
    sessionStorage.setItem(TOKEN, value);
    setToken(value);
  };
  return [
    h("header", { key: "head", className: "sd-header" }, logo, h("span", { className: "tf-space" }), theme),
    h(
      "main",
      { key: "main", id: "content", className: "so" },
      h("h1", null, "How the server does"),
      problem === "forbidden"
        ? h(Ask, { onToken: keep })
        : problem
          ? h("p", { role: "alert" }, `${problem}.`)
          : !now && h("p", { role: "status" }, "Reading."),
      now &&
        problem !== "forbidden" && [
          health && h(Health, { key: "health", health }),
          h(Process, { key: "process", now, before }),
          h(Labs, { key: "labs", now }),
          h(Times, {
            key: "verbs",
            title: "Verbs",
            unit: "lab",
            rows: timesBy(now, before, "sdlab_verb_seconds", "lab"),
          }),
          h(Times, {
            key: "http",
            title: "Answers",
            unit: "part",
            rows: timesBy(now, before, "sdlab_http_seconds", "part"),
          }),
          h(Times, {
            key: "stores",
            title: "Calls of stores",
            unit: "store",
            rows: timesBy(now, before, "sdlab_store_seconds", "store"),
          }),
        ],
    ),
  ];
}
