// Two buyers at one box office, side by side: search, wait, choose, hold, pay, ticket. Each has a seat map
// of its own, which is kept fresh in the way that the lab is set to.
import { createElement as h, memo, useCallback, useEffect, useRef, useState } from "react";
import { apiUrl, fmt, fmtSpan, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Sides, useNarrow } from "$/public/external/components/sheets/sheets.jsx";
import { Hall, useSeconds } from "$/public/external/designs/ticketmaster/inside/seatmap/seatmap.jsx";
import { WaitingRoom } from "$/public/external/designs/ticketmaster/inside/waiting/waiting.jsx";

const MOST = 4;
const AGAIN = 800;
const TYPED = 160;
const LONG_WAIT = 20;
const CARDS = [
  { id: "ok", number: "4242", says: "goes through" },
  { id: "declined", number: "0002", says: "is declined" },
  { id: "crash", number: "0500", says: "server dies after it" },
];
const DOES = {
  search: "searching",
  wait: "in line",
  choose: "choosing",
  pay: "paying",
  ticket: "has a ticket",
};
const WAYS = { polling: "polls", long: "long polling", websocket: "WebSocket", sse: "event stream" };

// The seat map, four ways. Each calls `take(update)` for what comes, and gives a function that ends it.

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

function asking(path, take, { room, wait, rest }) {
  const ended = new AbortController();
  let mark = "";
  const ask = async () => {
    while (!ended.signal.aborted) {
      try {
        // Without no-store a browser holds the second of two equal questions back
        // until the first is answered.
        const answer = await fetch(apiUrl(`${path}after=${mark}${wait}`), {
          headers: { "X-SDLab-Room": room },
          signal: ended.signal,
          cache: "no-store",
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const update = await answer.json();
        mark = update.version;
        take(update);
        await pause(rest, ended.signal);
      } catch {
        if (ended.signal.aborted) return;
        take(null);
        await pause(AGAIN, ended.signal);
      }
    }
  };
  ask();
  return () => ended.abort();
}

function listening(path, take, { room }) {
  let source = null;
  let timer = 0;
  const open = () => {
    source = new EventSource(apiUrl(`${path}?room=${encodeURIComponent(room)}`));
    source.addEventListener("seats", (event) => take(JSON.parse(event.data)));
    source.onerror = () => {
      take(null);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function socket(path, take, { room }) {
  let one = null;
  let timer = 0;
  let ended = false;
  let mark = "";
  const open = () => {
    one = new WebSocket(
      apiUrl(`${path}?room=${encodeURIComponent(room)}&after=${mark}`).replace(/^http/, "ws"),
    );
    one.onmessage = (message) => {
      const update = JSON.parse(message.data);
      mark = update.version;
      take(update);
    };
    one.onclose = () => {
      if (ended) return;
      take(null);
      timer = setTimeout(open, AGAIN);
    };
  };
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    one.close();
  };
}

const CONNECT = {
  polling: (base, take, { room, pollS }) => asking(`${base}?`, take, { room, wait: "", rest: pollS * 1000 }),
  long: (base, take, { room }) =>
    asking(`${base}/next?`, take, { room, wait: `&wait=${LONG_WAIT}`, rest: 0 }),
  websocket: (base, take, { room }) => socket(`${base}/ws`, take, { room }),
  sse: (base, take, { room }) => listening(`${base}/stream`, take, { room }),
};

const NO_SEATS = { states: {}, until: {}, live: false };

/** The seats of an event: their states, and until when (seconds of this page) the held ones are. */
function useSeats(api, event, way, pollS) {
  const room = useRoom();
  const [seats, setSeats] = useState(NO_SEATS);
  useEffect(() => {
    setSeats(NO_SEATS);
    if (!room || !event || !CONNECT[way]) return undefined;
    const take = (update) =>
      setSeats((before) => {
        if (!update) return { ...before, live: false };
        const here = performance.now() / 1000 - update.now;
        const until = Object.fromEntries(Object.entries(update.until).map(([seat, at]) => [seat, at + here]));
        if (update.full) return { states: update.seats, until, live: true };
        if (!Object.keys(update.seats).length && before.live) return before;
        const kept = Object.fromEntries(
          Object.entries(before.until).filter(([seat]) => !(seat in update.seats)),
        );
        return { states: { ...before.states, ...update.seats }, until: { ...kept, ...until }, live: true };
      });
    return CONNECT[way](`${api}/events/${encodeURIComponent(event)}/seats`, take, { room, pollS });
  }, [room, api, event, way, way === "polling" ? pollS : 0]);
  return seats;
}

// Searching

function useSearch(api, query, who) {
  const room = useRoom();
  const [found, setFound] = useState({ items: [], next: null, said: "", problem: "" });
  const ask = useCallback(
    async (cursor, signal) => {
      const until = query.to && `${query.to}T23:59:59Z`; // the day that is named belongs to it
      const wanted = Object.entries({ ...query, to: until, cursor }).filter(([, value]) => value);
      const began = performance.now();
      const answer = await fetch(apiUrl(`${api}/events?${new URLSearchParams(wanted)}`), {
        headers: { "X-SDLab-Room": room, "X-SDLab-User": who },
        signal,
      });
      const body = await answer.json();
      if (!answer.ok)
        return setFound({ items: [], next: null, said: "", problem: body.detail ?? "That did not work." });
      const said = `from the ${answer.headers.get("X-Answered-By")}, ${fmt(performance.now() - began, 0)} ms`;
      return setFound((before) => ({
        items: cursor ? [...before.items, ...body.items] : body.items,
        next: body.next_cursor,
        said,
        problem: "",
      }));
    },
    [api, room, who, JSON.stringify(query)],
  );
  useEffect(() => {
    if (!room) return undefined;
    const ended = new AbortController();
    const timer = setTimeout(
      () =>
        ask("", ended.signal).catch(
          () =>
            ended.signal.aborted ||
            setFound((before) => ({ ...before, problem: "The server did not answer." })),
        ),
      TYPED,
    );
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [ask, room]);
  return [
    found,
    () =>
      ask(found.next).catch(() =>
        setFound((before) => ({ ...before, problem: "The server did not answer." })),
      ),
  ];
}

// By the clocks of the event's own town, wherever this browser is.
const formats = {};
function inTown(zone, options) {
  const key = zone + JSON.stringify(options);
  formats[key] ??= new Intl.DateTimeFormat("en", { ...options, timeZone: zone });
  return formats[key];
}
const DAY = { day: "2-digit" };
const MONTH = { month: "short" };
const TIME = { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false, timeZoneName: "short" };

function Search({ api, cities, who, featured, onOpen }) {
  const [query, setQuery] = useState({ term: "", city: "", from: "", to: "" });
  const [found, more] = useSearch(api, query, who);
  const set = (name) => (event) => setQuery((before) => ({ ...before, [name]: event.target.value }));
  return h(
    "div",
    { className: "bo-search" },
    featured.id &&
      h(
        "button",
        {
          type: "button",
          className: "bo-featured",
          "data-event": featured.id,
          onClick: () => onOpen(featured.id),
        },
        h(
          "span",
          null,
          h("small", null, "Everybody wants this one"),
          h("b", null, featured.title),
          h("small", null, `${featured.venue}, ${featured.city} · ${featured.starts}`),
        ),
        h("em", { className: "sd-pill", "data-tone": "miss" }, "queue"),
      ),
    h("input", {
      type: "search",
      className: "sd-input",
      placeholder: "Artist, venue or city",
      "aria-label": `Search events, ${who}`,
      maxLength: 80,
      value: query.term,
      onChange: set("term"),
    }),
    h(
      "div",
      { className: "bo-filters" },
      h(
        "select",
        { className: "sd-select", "aria-label": `City, ${who}`, value: query.city, onChange: set("city") },
        h("option", { value: "" }, "all cities"),
        cities.map((one) => h("option", { key: one, value: one }, one)),
      ),
      h(
        "label",
        null,
        "from",
        h("input", {
          type: "date",
          className: "sd-num",
          "aria-label": `From, ${who}`,
          value: query.from,
          onChange: set("from"),
        }),
      ),
      h(
        "label",
        null,
        "to",
        h("input", {
          type: "date",
          className: "sd-num",
          "aria-label": `To, ${who}`,
          value: query.to,
          onChange: set("to"),
        }),
      ),
    ),
    h(
      "p",
      { className: "sd-hint", role: "status" },
      found.problem ||
        (found.said ? `${fmt(found.items.length)}${found.next ? " and more" : ""}, ${found.said}` : "…"),
    ),
    h(
      "ul",
      { className: "bo-events", tabIndex: 0, "aria-label": `Events, ${who}` },
      found.items.map((one) => {
        const at = new Date(one.starts);
        const written = (options) => inTown(one.timezone, options).format(at);
        return h(
          "li",
          { key: one.id },
          h(
            "button",
            { type: "button", "data-event": one.id, onClick: () => onOpen(one.id) },
            h("time", { dateTime: one.starts }, h("b", null, written(DAY)), written(MONTH)),
            h(
              "span",
              null,
              h("b", null, one.title),
              h("small", null, `${one.venue}, ${one.city} · ${written(TIME)}`),
            ),
            one.popular && h("em", { className: "sd-pill", "data-tone": "miss" }, "queue"),
          ),
        );
      }),
      !found.items.length &&
        found.said &&
        h("li", { className: "sd-empty" }, "Nothing fits. Try fewer words."),
      found.next &&
        h("li", null, h("button", { type: "button", className: "bo-more", onClick: more }, "Show more")),
    ),
  );
}

// Waiting

function Waiting({ user, queue, onAgain }) {
  if (user.requeue)
    return h(
      "div",
      { className: "bo-wait" },
      h("p", null, "This event is entered through its queue."),
      h("button", { type: "button", className: "sd-btn p wide", onClick: onAgain }, "Stand in line"),
    );
  return h(
    "div",
    { className: "bo-wait" },
    h(
      "p",
      { className: "bo-position", role: "status" },
      "You are number ",
      h("b", null, fmt(user.position)),
      " in line",
    ),
    h(
      "div",
      {
        className: "sd-bar",
        role: "progressbar",
        "aria-label": "Your way through the line",
        "aria-valuenow": Math.round(user.progress),
        "aria-valuemin": 0,
        "aria-valuemax": 100,
      },
      h("i", { className: "sd-fill", style: { width: `${user.progress}%` } }),
    ),
    h(
      "p",
      { className: "sd-hint" },
      `about ${fmtSpan(user.estimate_s)} min · you began at ${fmt(user.first)}`,
    ),
    h(WaitingRoom, {
      waiting: queue.waiting,
      inside: queue.inside,
      batch: queue.batch,
      marks: [{ name: user.name, position: user.position }],
    }),
    h(
      "p",
      { className: "sd-hint" },
      `Keep this open. You come in by yourself, in batches of ${fmt(queue.batch)}.`,
    ),
  );
}

// Choosing

/** The best seats that are free side by side, nearest to the middle of the front. */
function bestOf(count, rows, perRow, states) {
  let best = null;
  [...rows].forEach((row, r) => {
    for (let first = 1; first + count - 1 <= perRow; first++) {
      const names = Array.from({ length: count }, (_, n) => `${row}${first + n}`);
      if (!names.every((name) => states[name] === "free")) continue;
      const away = Math.abs(first + (count - 1) / 2 - (perRow + 1) / 2) + r * 1.6;
      if (!best || away < best.away) best = { names, away };
    }
  });
  return best?.names ?? [];
}

const priceOf = (seats, tiers) =>
  seats.reduce((sum, seat) => sum + (tiers.find((one) => one.rows.includes(seat[0]))?.cents ?? 0), 0);
const euros = (cents) => `€${fmt(cents / 100, 2)}`;

function Ring({ left, of, size = 54 }) {
  const radius = size / 2 - 4;
  const around = 2 * Math.PI * radius;
  const share = Math.max(0, Math.min(1, left / Math.max(1, of)));
  return h(
    "svg",
    {
      className: "bo-ring",
      width: size,
      height: size,
      role: "timer",
      "aria-label": `${Math.ceil(left)} s left`,
      "data-hurry": left < 8 || undefined,
    },
    h("circle", { cx: size / 2, cy: size / 2, r: radius, className: "track" }),
    h("circle", {
      cx: size / 2,
      cy: size / 2,
      r: radius,
      className: "left",
      strokeDasharray: `${around * share} ${around}`,
      transform: `rotate(-90 ${size / 2} ${size / 2})`,
    }),
    h(
      "text",
      { x: size / 2, y: size / 2 + 5, textAnchor: "middle" },
      left >= 100 ? fmtSpan(left) : Math.ceil(left),
    ),
  );
}

function useCountdown(leftS, key) {
  const [deadline, setDeadline] = useState(0);
  const running = leftS > 0;
  useEffect(() => {
    setDeadline(performance.now() / 1000 + leftS);
  }, [key, running]);
  const now = useSeconds(running);
  return running ? Math.max(0, deadline - now) : 0;
}

function Choose({ user, chosen, setChosen, states, rows, perRow, tiers, may, onHold }) {
  const visit = useCountdown(user.visit_left_s, user.event.id);
  const full = Object.values(states).length > 0 && !Object.values(states).includes("free");
  return h(
    "div",
    { className: "bo-act" },
    h(
      "div",
      { className: "bo-chosen" },
      chosen.length
        ? h(
            "p",
            null,
            chosen.map((one) =>
              h("b", { key: one, className: "sd-chip mono", "data-tone": "selected" }, one),
            ),
            h("span", null, euros(priceOf(chosen, tiers))),
          )
        : h(
            "p",
            { className: "sd-hint" },
            full ? "Nothing is free just now. Held seats may come back." : `Tap up to ${MOST} seats`,
          ),
      visit > 0 && h("span", { className: "sd-hint" }, `${fmtSpan(visit)} min to choose`),
    ),
    h(
      "div",
      { className: "bo-row" },
      h("span", { className: "sd-hint" }, "Best"),
      [1, 2, 4].map((count) =>
        h(
          "button",
          {
            key: count,
            type: "button",
            className: "sd-btn small",
            "aria-label": `Best ${count} together for ${user.name}`,
            disabled: !may || !bestOf(count, rows, perRow, states).length,
            onClick: () => setChosen(bestOf(count, rows, perRow, states)),
          },
          count,
        ),
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p bo-main",
          "aria-label": `Hold as ${user.name}`,
          disabled: !chosen.length,
          onClick: () => onHold(chosen),
        },
        chosen.length ? `Hold ${chosen.length} seat${chosen.length > 1 ? "s" : ""}` : "Hold",
      ),
    ),
  );
}

function Pay({ user, onPay, onRelease }) {
  const [card, setCard] = useState("ok");
  const left = useCountdown(user.left_s, user.hold);
  const busy = Boolean(user.busy);
  return h(
    "div",
    { className: "bo-act" },
    h(
      "div",
      { className: "bo-holding" },
      h(Ring, { left, of: user.hold_s }),
      h(
        "p",
        null,
        h("b", null, user.seats.join(", ")),
        h("span", null, ` ${user.price}`),
        h("small", null, "held for you alone until the ring is empty"),
      ),
    ),
    h(
      "fieldset",
      { className: "bo-cards" },
      h("legend", null, "Test card"),
      CARDS.map((one) =>
        h(
          "label",
          { key: one.id, "data-on": card === one.id || undefined },
          h("input", {
            type: "radio",
            name: `card-${user.name}`,
            value: one.id,
            checked: card === one.id,
            onChange: () => setCard(one.id),
          }),
          h("code", null, `•••• ${one.number}`),
          h("small", null, one.says),
        ),
      ),
    ),
    h(
      "div",
      { className: "bo-row" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          disabled: busy,
          "aria-label": `Give back as ${user.name}`,
          onClick: onRelease,
        },
        "Give back",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p bo-main",
          disabled: busy,
          "aria-label": `Pay as ${user.name}`,
          onClick: () => onPay(card),
        },
        busy ? "Paying …" : `Pay ${user.price}`,
      ),
    ),
  );
}

/** The picture of an answer that is given only to whom it belongs: an address alone names nobody. */
function useOwnPicture(path, who) {
  const room = useRoom();
  const [picture, setPicture] = useState("");
  useEffect(() => {
    if (!room) return undefined;
    const ended = new AbortController();
    let made = "";
    fetch(apiUrl(path), { headers: { "X-SDLab-Room": room, "X-SDLab-User": who }, signal: ended.signal })
      .then((answer) => (answer.ok ? answer.blob() : null))
      .then((blob) => {
        if (!blob || ended.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setPicture(made);
      })
      .catch(() => {});
    return () => {
      ended.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [path, room, who]);
  return picture;
}

function Ticket({ api, user, onMore }) {
  const code = useOwnPicture(
    `${api}/bookings/${encodeURIComponent(user.booking)}/ticket.svg`,
    `buyer ${user.name}`,
  );
  return h(
    "article",
    { className: "bo-ticket", "aria-label": `Ticket of ${user.name}` },
    h(
      "div",
      null,
      h("small", null, "Admit ", user.seats.length),
      h("h4", null, user.event.title),
      h("p", null, `${user.event.venue}, ${user.event.city}`),
      h("p", null, user.event.starts),
      h(
        "p",
        { className: "bo-ticketseats" },
        h("b", null, user.seats.join(" · ")),
        h("span", null, user.price),
      ),
    ),
    h("img", {
      src: code || undefined,
      width: 104,
      height: 104,
      alt: `QR code of booking ${user.booking}`,
    }),
    h(
      "footer",
      null,
      h("code", null, user.booking),
      h("button", { type: "button", className: "sd-btn small", onClick: onMore }, "Buy more"),
    ),
  );
}

// A buyer

function Buyer({
  number,
  user,
  api,
  way,
  pollS,
  cities,
  rows,
  perRow,
  tiers,
  queue,
  featured,
  may,
  acts,
  chosenRef,
}) {
  const [chosen, setChosenState] = useState([]);
  const setChosen = (next) => {
    chosenRef.current = next;
    setChosenState(next);
  };
  const event = user.event.id;
  const seats = useSeats(api, event, way, pollS);
  const counting = Object.keys(seats.until).length > 0;
  const now = useSeconds(counting);
  const choosing = user.step === "choose";
  useEffect(() => setChosen([]), [event, user.step, user.note]);
  useEffect(() => {
    if (choosing && chosen.some((one) => seats.states[one] && seats.states[one] !== "free"))
      setChosen(chosen.filter((one) => seats.states[one] === "free"));
  }, [seats.states]);
  const mine = user.hold ? user.seats : [];
  const bought = user.booking ? user.seats : [];
  const stateOf = (name) => {
    const state = seats.states[name] ?? "unknown";
    if (bought.includes(name)) return { state: "bought" };
    if (mine.includes(name)) return { state: "mine" };
    if (chosen.includes(name)) return { state: "selected" };
    return { state, left: (seats.until[name] ?? 0) - now, of: user.hold_s };
  };
  const toggle = (name) =>
    setChosen(
      chosen.includes(name)
        ? chosen.filter((one) => one !== name)
        : chosen.length < MOST
          ? [...chosen, name]
          : chosen,
    );
  const inHall = user.step === "choose" || user.step === "pay" || user.step === "ticket";
  return h(
    "section",
    {
      className: "bo-buyer",
      "data-buyer": user.name,
      "data-step": user.step,
      "aria-label": `Buyer ${user.name}`,
    },
    h(
      "header",
      null,
      h("span", { className: "bo-badge", "aria-hidden": true }, user.name),
      event
        ? h(
            "span",
            { className: "bo-title" },
            h("b", { title: user.event.title }, user.event.title),
            h("small", null, `${user.event.venue}, ${user.event.city}`),
          )
        : h(
            "span",
            { className: "bo-title" },
            h("b", null, "Find an event"),
            h("small", null, `buyer ${user.name}`),
          ),
      event &&
        h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            "aria-label": `All events, ${user.name}`,
            onClick: () => acts.back(number),
          },
          "‹ Search",
        ),
    ),
    user.step === "search" &&
      h(Search, { api, cities, featured, who: `buyer ${user.name}`, onOpen: (id) => acts.open(number, id) }),
    user.step === "wait" && h(Waiting, { user, queue, onAgain: () => acts.queue(number) }),
    inHall &&
      h(
        Closer,
        null,
        h(Hall, {
          rows,
          perRow,
          tiers,
          stateOf,
          label: `Seats, buyer ${user.name}`,
          onChoose: choosing && may ? toggle : () => {},
          stage: "stage",
        }),
      ),
    inHall &&
      h(
        "p",
        { className: "bo-way", "data-live": seats.live || undefined },
        h("i", { "aria-hidden": true }),
        seats.live ? `map by ${WAYS[way] ?? way}` : "map: connecting …",
        h("span", null, user.event.starts),
      ),
    choosing &&
      h(Choose, {
        user,
        chosen,
        setChosen,
        states: seats.states,
        rows,
        perRow,
        tiers,
        may,
        onHold: (wanted) => acts.hold(number, wanted),
      }),
    user.step === "pay" &&
      h(Pay, { user, onPay: (card) => acts.pay(number, card), onRelease: () => acts.release(number) }),
    user.step === "ticket" && h(Ticket, { api, user, onMore: () => acts.more(number) }),
    h("p", { className: "bo-note", role: "status", "data-tone": user.tone || undefined }, user.note),
  );
}

/** On a phone the seats of a whole hall are too small for a finger: the first touch comes closer. */
function Closer({ children }) {
  const narrow = useNarrow();
  const [near, setNear] = useState(false);
  const box = useRef(null);
  const come = (share) => {
    setNear(true);
    requestAnimationFrame(() => {
      box.current.scrollLeft = share * box.current.scrollWidth - box.current.clientWidth / 2;
    });
  };
  const touch = (event) => {
    if (!narrow || near) return;
    event.stopPropagation();
    const { left, width } = box.current.getBoundingClientRect();
    come((event.clientX - left) / width);
  };
  return [
    h(
      "div",
      { key: "hall", className: "bo-closer", "data-near": narrow && near, ref: box, onClickCapture: touch },
      children,
    ),
    narrow &&
      h(
        "button",
        {
          key: "closer",
          type: "button",
          className: "sd-btn",
          "aria-pressed": near,
          onClick: () => (near ? setNear(false) : come(0.5)),
        },
        near ? "Whole hall" : "Come closer",
      ),
  ];
}

const KEYS = [
  ["mine", "yours"],
  ["held", "held, ring = time left"],
  ["sold", "sold"],
];

const Legend = memo(function Legend({ tiers }) {
  return h(
    "ul",
    { className: "bo-legend", "aria-label": "Legend" },
    tiers.map((one, n) =>
      h(
        "li",
        { key: one.name, "data-tier": n },
        h("i", { "aria-hidden": true }),
        `${one.rows[0]}–${one.rows[one.rows.length - 1]} ${euros(one.cents)}`,
      ),
    ),
    KEYS.map(([state, says]) =>
      h("li", { key: state, "data-state": state }, h("i", { "aria-hidden": true }), says),
    ),
  );
});

/** Both buyers. On a phone one is shown at a time, by tabs. */
export function BoxOffice({
  api,
  users,
  way,
  pollS,
  cities,
  rows,
  perRow,
  tiers,
  queue,
  featured,
  onOpen,
  onBack,
  onHold,
  onPay,
  onRelease,
  onMore,
  onQueue,
  onRace,
}) {
  const may = useMay("verb");
  const chosen = [useRef([]), useRef([])];
  const acts = {
    open: onOpen,
    back: onBack,
    hold: onHold,
    pay: onPay,
    release: onRelease,
    more: onMore,
    queue: onQueue,
  };
  return h(
    "div",
    { className: "bo-office" },
    h(
      Sides,
      {
        label: "Which buyer",
        className: "bo-buyers",
        faces: users.map((one) => [
          h("span", { key: "name", className: "bo-badge", "data-buyer": one.name }, one.name),
          DOES[one.step],
        ]),
      },
      users.map((user, number) =>
        h(Buyer, {
          key: user.name,
          number,
          user,
          api,
          way,
          pollS,
          cities,
          rows,
          perRow,
          tiers,
          queue,
          featured,
          may,
          acts,
          chosenRef: chosen[number],
        }),
      ),
    ),
    h(
      "div",
      { className: "bo-foot" },
      h(Legend, { tiers }),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small bo-race",
          title: "Both hold the same seat at the same moment, then both pay",
          onClick: () => onRace(chosen[0].current.length ? chosen[0].current : chosen[1].current),
        },
        "⚡ Both buy the same seat at once",
      ),
    ),
  );
}
