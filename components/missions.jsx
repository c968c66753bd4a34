// Missions: what is wanted, what is measured for it now, and for how long it has held.
import { createElement as h, useEffect, useState } from "react";
import { fmt, useLatest } from "$/public/external/components/live/live.jsx";
import { keepMission, useProgress } from "$/public/external/components/progress/progress.jsx";

function Goals({ mission, view }) {
  return h(
    "ul",
    { className: "sd-goals" },
    mission.goals.map((goal, at) =>
      h(
        "li",
        { key: goal.text, "data-met": view?.met[at] ?? false },
        h(
          "span",
          { role: "img", "aria-label": view?.met[at] ? "met" : "not yet" },
          view?.met[at] ? "✓" : "○",
        ),
        h("span", null, goal.text),
        h("small", null, view ? `${view.measured[at] || "–"} ${goal.unit}`.trim() : "–"),
      ),
    ),
  );
}

function Holding({ mission, view }) {
  if (!view?.met.every(Boolean) || view.reached) return null;
  return h(
    "p",
    { className: "sd-holding" },
    h("progress", { max: mission.seconds, value: view.held, "aria-label": "For how long it has held" }),
    h("small", null, `${fmt(view.held)} of ${fmt(mission.seconds)} s`),
  );
}

function Mission({ mission, view, reached, open, onOpen }) {
  return h(
    "li",
    { "data-reached": reached || undefined },
    h(
      "button",
      { type: "button", className: "sd-missionline", "aria-expanded": open, onClick: onOpen },
      h("span", { role: "img", "aria-label": reached ? "reached" : "open" }, reached ? "✓" : "○"),
      h("b", null, mission.title),
      h("small", { "data-level": mission.level }, mission.level),
    ),
    open &&
      h(
        "div",
        { className: "sd-mission" },
        h("p", null, mission.says),
        h(Goals, { mission, view }),
        h(Holding, { mission, view }),
      ),
  );
}

/** Judged by the newest frame, whatever moment the page shows. */
export function Missions({ lab, missions }) {
  const views = useLatest().snapshot.missions ?? [];
  const done = useProgress().missions[lab] ?? {};
  const [open, setOpen] = useState("");
  const [said, setSaid] = useState("");
  const fresh = views.filter((view) => view.reached && !done[view.id]).map((view) => view.id);
  useEffect(() => {
    for (const id of fresh) keepMission(lab, id);
    const last = missions.find((one) => one.id === fresh.at(-1));
    if (last) setSaid(`Mission reached: ${last.title}`);
  }, [fresh.join()]);
  const count = missions.filter((one) => done[one.id]).length;
  return h(
    "section",
    {
      className: "sd-card sd-missions",
      id: "missions",
      "aria-labelledby": "missions-title",
      "data-jump": "Missions",
      "data-jump-kind": "Panel",
      tabIndex: -1,
    },
    h(
      "header",
      null,
      h("h2", { id: "missions-title" }, "Missions"),
      h("span", { className: "sd-unit" }, `${count} of ${missions.length} reached`),
    ),
    h(
      "ol",
      null,
      missions.map((mission) =>
        h(Mission, {
          key: mission.id,
          mission,
          view: views.find((view) => view.id === mission.id),
          reached: Boolean(done[mission.id]),
          open: open === mission.id,
          onOpen: () => setOpen(open === mission.id ? "" : mission.id),
        }),
      ),
    ),
    h("p", { role: "status", className: "sd-missionsaid" }, said),
  );
}
