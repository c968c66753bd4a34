// A class on a lab's page: what every page has of it. The rest is loaded once there is a class.
import { createElement as h, lazy, Suspense, useEffect, useState } from "react";
import {
  apiUrl,
  classState,
  LEADER_ONLY,
  resume,
  useCell,
  useMay,
  useRoom,
  useTimeline,
} from "$/public/external/components/live/live.jsx";

const InClass = lazy(() =>
  import("$/public/external/components/in_class/in_class.jsx").then((all) => ({ default: all.InClass })),
);
const IN_CLASS = ["class", "stage"];

/** Takes the tab along with the class of its room; nothing while the room is nobody's class. */
export function ClassRoom(props) {
  const standing = useCell(classState);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const asked = new URL(window.location.href).searchParams;
    if (standing || IN_CLASS.some((name) => asked.has(name))) setWanted(true);
  }, [Boolean(standing)]);
  return wanted && h(Suspense, { fallback: null }, h(InClass, props));
}

/** What is inside works only for those who may; the rest see why not. */
export function Only({ kind, children }) {
  const may = useMay(kind);
  const { paused } = useTimeline();
  return h(
    "fieldset",
    { className: "tc-only", disabled: !may, "data-may": may, "data-past": paused && kind === "verb" },
    paused &&
      may &&
      kind === "verb" &&
      h(
        "p",
        { className: "tc-onlynote tc-pastnote" },
        "The inside shows the past. What you do here is done now. ",
        h("button", { type: "button", className: "sd-btn small", onClick: resume }, "To now ↦"),
      ),
    !may && h("p", { className: "tc-onlynote" }, LEADER_ONLY),
    children,
  );
}

/** Opens a class on this lab as it stands in the tab's room. */
export function TeachButton({ lab }) {
  const room = useRoom();
  const standing = useCell(classState);
  const [state, setState] = useState({ busy: false, problem: "" });
  if (standing) return null;
  const open = async () => {
    setState({ busy: true, problem: "" });
    const headers = { "Content-Type": "application/json", "X-SDLab-Room": room };
    const answer = await fetch(apiUrl("/api/classes"), {
      method: "POST",
      headers,
      body: JSON.stringify({ lab }),
    }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    // A whole new page: its socket must carry the cookie that holds the right to lead.
    if (answer?.ok) window.location.assign(`/teach/${told.room}`);
    else setState({ busy: false, problem: told?.detail ?? "The server did not answer." });
  };
  return h(
    "span",
    { className: "tc-teach" },
    h(
      "button",
      {
        type: "button",
        className: "sd-btn p",
        disabled: !room || state.busy,
        "data-jump": "Teach this: open a class",
        "data-jump-kind": "Class",
        onClick: open,
      },
      "Teach this",
    ),
    state.problem && h("span", { role: "alert", className: "tc-teachproblem" }, state.problem),
  );
}
