// The slow lens: the newest request's recorded hops on the path, as many times slower as is chosen.
import { createElement as h, useEffect, useId, useState } from "react";
import { latest } from "$/public/external/components/live/live.jsx";
import { closeReplay, openTrace, replay, showStep } from "$/public/external/components/replay/replay.jsx";

const SLOWER = [10, 100, 1000];
const LOOK_EVERY = 300;
const LINGER = 900; // on the last step, so that the outcome can be read

const newestTrace = () => latest.get()?.events.find((event) => event.trace)?.trace;

/** Plays one request after another until it is told to stop, or somebody closes what is shown. */
function play(lab, factor, ended) {
  let timer = 0;
  let last = "";
  const showing = (id) => replay.get()?.id === id;
  const after = (ms, then) => {
    timer = setTimeout(then, ms);
  };
  const steps = (id, at) => {
    const now = replay.get();
    if (!showing(id)) return ended();
    showStep(at);
    const next = now.steps[at + 1];
    if (next) after((next.at - now.steps[at].at) * factor, () => steps(id, at + 1));
    else after(LINGER, look);
  };
  const look = async () => {
    const id = newestTrace();
    if (!id || id === last) return after(LOOK_EVERY, look);
    if (last && !showing(last)) return ended();
    last = id;
    await openTrace(lab, id);
    if (showing(id) && replay.get().status === "ready") steps(id, 0);
    else after(LOOK_EVERY, look);
  };
  look();
  return () => {
    clearTimeout(timer);
    if (showing(last)) closeReplay();
  };
}

export function Lens({ lab }) {
  const [factor, setFactor] = useState(0);
  const id = useId();
  useEffect(() => (factor ? play(lab, factor, () => setFactor(0)) : undefined), [factor, lab]);
  return h(
    "span",
    { className: "sd-lensfield", title: "The newest request's recorded hops, so many times slower" },
    h("label", { htmlFor: id, className: "sd-sr" }, "Slow lens"),
    h(
      "select",
      {
        id,
        className: "sd-select",
        value: factor,
        onChange: (event) => setFactor(Number(event.target.value)),
      },
      h("option", { value: 0 }, "Lens off"),
      SLOWER.map((one) => h("option", { key: one, value: one }, `1/${one}`)),
    ),
  );
}
