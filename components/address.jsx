// The scenario in the address bar, in the readable form that the server reads back; and as a file.
import { createElement as h, useEffect, useId, useState } from "react";
import { apiUrl, useCell, useLatest, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { rememberPlace, returned } from "$/public/external/components/places/places.jsx";
import { Popover } from "$/public/external/components/controls/controls.jsx";

const KEPT = ["tab", "question", "beat", "room", "panel", "class", "stage"];
const MOST_CHARACTERS = 20000;

/** What differs from the defaults, as pairs in the order in which the server writes them. */
function pairsOf(snapshot, toggles, knobs) {
  const { config, seed, workload, faults } = snapshot;
  const changed = (defaults) =>
    Object.keys(defaults).filter((id) => id in config && config[id] !== defaults[id]);
  const pairs = [];
  if (seed !== undefined && seed !== 1) pairs.push(["seed", seed]);
  for (const id of [...changed(toggles), ...changed(knobs)]) pairs.push([id, config[id]]);
  if (workload.running) pairs.push(["workload", workload.id], ["rate", workload.rate]);
  for (const fault of faults)
    pairs.push(["fault", [fault.node, fault.kind, ...(fault.value ? [fault.value] : [])].join(":")]);
  return pairs;
}

function queryOf(pairs) {
  const now = new URLSearchParams(window.location.search);
  if (now.get("room") === "own") now.delete("room"); // it was the way into this room, and names none
  const kept = KEPT.filter((name) => now.has(name)).map((name) => [name, now.get(name)]);
  const query = new URLSearchParams([...pairs, ...kept].map(([name, value]) => [name, String(value)]));
  return query.toString().replaceAll("%3A", ":");
}

export function Address({ lab, toggles, knobs }) {
  const room = useRoom();
  const { seq, snapshot } = useLatest();
  const comebacks = useCell(returned); // an address of a while ago may hold other answers
  const pairs = JSON.stringify(pairsOf(snapshot, toggles, knobs));
  useEffect(() => {
    if (!seq) return;
    const query = queryOf(JSON.parse(pairs));
    if (query !== window.location.search.slice(1)) {
      const address = window.location.pathname + (query ? `?${query}` : "") + window.location.hash;
      window.history.replaceState(window.history.state, "", address);
    }
    rememberPlace();
  }, [pairs, seq > 0, lab, room, comebacks]);
  return null;
}

async function save(lab, room) {
  const answer = await fetch(apiUrl(`/api/labs/${lab}/scenario?room=${encodeURIComponent(room)}`));
  const { scenario } = await answer.json();
  const file = new Blob([`${JSON.stringify(scenario, null, 2)}\n`], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${lab}-scenario.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function ScenarioMenu({ lab, onImport }) {
  const room = useRoom();
  const [problem, setProblem] = useState("");
  const may = useMay("control");
  const id = useId();
  const read = async (file, close) => {
    if (!file) return;
    if (file.size > MOST_CHARACTERS) return setProblem("That file is too large to be a scenario.");
    setProblem("");
    onImport(await file.text());
    close();
  };
  return h(
    Popover,
    { label: "Scenario", face: "Scenario", className: "sd-btn sd-scenario", align: "end" },
    (close) =>
      h(
        "div",
        { className: "sd-restart" },
        h(
          "p",
          null,
          "Seed, switches, traffic and faults, as a file. It runs without a browser too: ",
          h("code", null, "python3 -m sdlab scenario FILE"),
        ),
        h(
          "button",
          { type: "button", className: "sd-btn", disabled: !room, onClick: () => save(lab, room) },
          "Save as JSON",
        ),
        h("label", { htmlFor: id }, "Set this room up from a file (its data is removed)"),
        h("input", {
          id,
          type: "file",
          disabled: !may,
          accept: "application/json,.json",
          onChange: (event) => read(event.target.files[0], close),
        }),
        h(
          "a",
          { href: `/lessons?lab=${lab}&room=${room}`, target: "_blank" },
          "Record it in a lesson of your own",
        ),
        problem && h("p", { role: "alert", className: "sd-fielderror" }, problem),
      ),
  );
}
