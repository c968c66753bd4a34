// A ride from both sides: the rider's pane and the driver's pane over one map. What each is told comes as
// events of its own stream; where things stand comes with the live frames.
import { createElement as h, useEffect, useRef, useState } from "react";
import { apiUrl, fmt, useLatest, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";
import { RideMap } from "$/public/external/designs/uber/inside/ridemap/ridemap.jsx";

const AGAIN = 1000;
const KEPT = 4;
const STEPS = ["requested", "accepted", "arrived", "in_ride", "completed"];
const STEP_NAMES = ["asked", "on its way", "there", "driving", "done"];
const SAID = {
  requested: "You asked for a ride.",
  accepted: "A driver takes it.",
  arrived: "The car is there.",
  in_ride: "You are on your way.",
  completed: "You have arrived.",
  failed: "No driver was found.",
  cancelled: "Cancelled.",
};
const CAR_SAID = {
  ...SAID,
  offer: "A ride is offered.",
  accepted: "The ride is yours.",
  arrived: "You are at the pick-up.",
  in_ride: "The rider is aboard.",
  completed: "Done; you are free.",
};
const KEYS = [
  ["selected", "free car"],
  ["moved", "with a rider"],
  ["miss", "asked just now; surge"],
];
const far = (metres) => (metres < 950 ? `${fmt(metres)} m` : `${fmt(metres / 1000, 1)} km`);
const euros = (price) => `€ ${fmt(price, 2)}`;

/** What was told on a stream of server-sent events, the newest first; it resumes by itself. */
function useEvents(path, words) {
  const room = useRoom();
  const [told, setTold] = useState([]);
  useEffect(() => {
    if (!path || !room) return undefined; // what was told stays until there is something new to follow
    setTold([]);
    let source = null;
    let timer = 0;
    const open = () => {
      source = new EventSource(apiUrl(`${path}?room=${encodeURIComponent(room)}`));
      source.addEventListener("news", (event) => {
        const one = JSON.parse(event.data);
        const line = words[one.kind === "offer" ? "offer" : one.status];
        if (line) setTold((before) => [{ id: event.lastEventId, line }, ...before].slice(0, KEPT));
      });
      source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [path, room]);
  return told;
}

function Told({ told, empty }) {
  return h(
    "ul",
    { className: "ub-told", "aria-label": "What was said, newest first" },
    told.length
      ? told.map((one) => h("li", { key: one.id }, one.line))
      : h("li", { className: "sd-hint" }, empty),
  );
}

function Steps({ status }) {
  const at = STEPS.indexOf(status);
  return h(
    "ol",
    { className: "ub-steps", "aria-label": "How far the ride is" },
    STEPS.map((one, n) =>
      h(
        "li",
        { key: one, "data-done": n <= at, "aria-current": n === at ? "step" : undefined },
        STEP_NAMES[n],
      ),
    ),
  );
}

function Trip({ rider }) {
  return h(
    "dl",
    { className: "ub-trip" },
    h("dt", null, "A"),
    h("dd", null, rider.ready ? rider.start : "–"),
    h("dt", null, "B"),
    h("dd", null, rider.ready ? rider.end : "–"),
  );
}

/** A press is answered at once: pending until the system has said something new, or for some seconds. */
function usePressed(...facts) {
  const [pending, setPending] = useState("");
  useEffect(() => setPending(""), facts);
  useEffect(() => {
    if (!pending) return undefined;
    const timer = setTimeout(() => setPending(""), 3000);
    return () => clearTimeout(timer);
  }, [pending]);
  return [pending, setPending];
}

const named = (driver) => (driver === "You" ? "your own car" : driver);

function riderSays(rider) {
  if (!rider.ride) return "Drag A and B, or ask for this ride.";
  if (rider.status === "requested")
    return rider.asked ? `Asking ${named(rider.asked)} …` : "Looking for drivers near you …";
  const driver = named(rider.driver);
  if (rider.status === "accepted") return `On the way to you: ${driver}.`;
  if (rider.status === "arrived") return `There, and waiting for you: ${driver}.`;
  if (rider.status === "in_ride") return `With ${driver} to ${rider.end}.`;
  if (rider.status === "completed") return "You have arrived.";
  if (rider.status === "failed") return "No driver was found in time. Nothing was charged.";
  return "The ride was cancelled. Nothing was charged.";
}

function Rider({ rider, api, may, onOrder, onCancel, onNew }) {
  const told = useEvents(rider.ride ? `${api}/rides/${rider.ride}/events` : "", SAID);
  const [pending, setPending] = usePressed(rider.ride, rider.status);
  const press = (name, act) => () => {
    setPending(name);
    act();
  };
  const ended = ["completed", "failed", "cancelled"].includes(rider.status);
  const button = !rider.ride
    ? { name: "Request a ride", busy: "Asking …", act: onOrder, primary: true }
    : ended
      ? { name: "Another trip", busy: "One moment …", act: onNew, primary: true }
      : { name: "Cancel", busy: "Cancelling …", act: onCancel, primary: false };
  return h(
    "section",
    { className: "ub-pane", "aria-label": "Rider" },
    h("header", null, h("h3", null, "Rider"), h("span", { className: "sd-hint" }, rider.ready ? "you" : "")),
    h(Trip, { rider }),
    h(
      "div",
      { className: "ub-fare" },
      h("b", null, rider.price >= 0 ? euros(rider.price) : "€ –"),
      h(
        "span",
        null,
        rider.eta_s >= 0 ? `${far(rider.metres)} · ${fmt(rider.eta_s)} s` : "–",
        rider.surge > 1 && h("em", null, ` · ${fmt(rider.surge, 1)} × surge`),
      ),
    ),
    h(
      "button",
      {
        type: "button",
        className: button.primary ? "sd-btn p ub-main" : "sd-btn ub-main",
        disabled: !may || !rider.ready || Boolean(pending) || (!ended && rider.status === "in_ride"),
        onClick: press(button.name, button.act),
      },
      pending ? button.busy : button.name,
    ),
    h(Steps, { status: rider.status }),
    h(
      "p",
      { className: "ub-says", role: "status" },
      riderSays(rider),
      rider.ride && rider.status === "requested" && rider.offers > 0
        ? ` Offer ${rider.offers}, ${far(rider.ring)} around.`
        : "",
      rider.left_s >= 0 ? ` ${fmt(rider.left_s)} s to go.` : "",
    ),
    h(Told, { told, empty: "What you are told stands here." }),
  );
}

/** Seconds until a moment of the system's clock, as frames tell that clock. */
function Countdown({ ends, now, lasts }) {
  const [left, setLeft] = useState(Math.max(0, ends - now));
  const began = useRef(performance.now());
  useEffect(() => {
    began.current = performance.now();
    const first = Math.max(0, ends - now);
    setLeft(first);
    const timer = setInterval(
      () => setLeft(Math.max(0, first - (performance.now() - began.current) / 1000)),
      100,
    );
    return () => clearInterval(timer);
  }, [ends, now]);
  return h(
    "span",
    { className: "ub-left" },
    h("i", { style: { width: `${Math.min(100, (100 * left) / Math.max(lasts, 0.1))}%` } }),
    h("b", null, `${fmt(left, 1)} s`),
  );
}

function Driver({ driver, api, may, now, lasts, onAccept, onDeny }) {
  const busy = driver.state && driver.state !== "free"; // a browser allows few streams: a free car needs none
  const told = useEvents(busy ? `${api}/drivers/you/events` : "", CAR_SAID);
  const [pending, setPending] = usePressed(driver.state, driver.ride);
  const asked = driver.state === "asked";
  const driving = ["accepted", "arrived", "in_ride"].includes(driver.state);
  const answer = (act, name) => () => {
    setPending(name);
    act(driver.ride);
  };
  const wish = driver.rider === "you" ? "Your own ride goes" : `${driver.rider || "Somebody"} wants to go`;
  const says = asked
    ? driver.end
      ? `${wish} to ${driver.end}.`
      : "A ride is offered; where to is asked for …"
    : driver.state === "accepted"
      ? `To the pick-up at ${driver.start}.`
      : driver.state === "arrived"
        ? "The rider gets in."
        : driver.state === "in_ride"
          ? `With the rider to ${driver.end}.`
          : driver.state === "free"
            ? "You are free. Rides near you are offered here."
            : "–";
  return h(
    "section",
    { className: "ub-pane", "aria-label": "Driver", "data-asked": asked },
    h("header", null, h("h3", null, "Driver"), h("span", { className: "sd-hint" }, "your car")),
    h(
      "dl",
      { className: "ub-trip" },
      h("dt", null, "A"),
      h("dd", null, asked || driving ? driver.start || "–" : "–"),
      h("dt", null, "B"),
      h("dd", null, asked || driving ? driver.end || "–" : "–"),
    ),
    h(
      "div",
      { className: "ub-fare" },
      h("b", null, driver.price >= 0 ? euros(driver.price) : "€ –"),
      h(
        "span",
        null,
        asked
          ? `${far(driver.metres)} away`
          : driving && driver.left_s >= 0
            ? `${fmt(driver.left_s)} s to go`
            : "–",
      ),
    ),
    h(
      "div",
      { className: "ub-answer" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p ub-main",
          disabled: !may || !asked || Boolean(pending),
          onClick: answer(onAccept, "accept"),
        },
        pending === "accept" ? "Accepting …" : "Accept",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn ub-main",
          disabled: !may || !asked || Boolean(pending),
          onClick: answer(onDeny, "deny"),
        },
        pending === "deny" ? "Denying …" : "Deny",
      ),
    ),
    h(
      "div",
      { className: "ub-slot" },
      asked
        ? h(Countdown, { ends: driver.ends, now, lasts })
        : h(Steps, { status: driving ? driver.state : "" }),
    ),
    h("p", { className: "ub-says", role: "status" }, says),
    h(Told, { told, empty: "Offers and news stand here." }),
  );
}

export function Cab({
  api,
  city,
  points,
  rider,
  driver,
  surges,
  onTrip,
  onOrder,
  onCancel,
  onNew,
  onAccept,
  onDeny,
}) {
  const may = useMay("verb");
  const frame = useLatest();
  const now = frame?.snapshot?.now ?? 0;
  const lasts = frame?.snapshot?.config?.offer_s ?? 1;
  return h(
    "div",
    { className: "ub-product" },
    h("h2", null, "Ride through the city"),
    h(RideMap, { city, points, rider, driver, surges, label: "The city", onTrip }),
    h(
      "ul",
      { className: "sd-keys", "aria-label": "Colours of cars" },
      KEYS.map(([tone, text]) =>
        h("li", { key: tone }, h("i", { className: `sd-key ${tone}`, "aria-hidden": true }), text),
      ),
    ),
    h(
      Sides,
      { label: "Whose side", faces: ["Rider", "Driver"], className: "ub-panes" },
      h(Rider, { key: "rider", rider, api, may, onOrder, onCancel, onNew }),
      h(Driver, { key: "driver", driver, api, may, now, lasts, onAccept, onDeny }),
    ),
  );
}
