// Two phones with cards to swipe. The next card is always on the phone already;
// requests only bring more of them.
import {
  createElement as h,
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { apiUrl, fmt, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";
import { stillness } from "$/public/external/components/controls/controls.jsx";
import { Avatar, Portrait } from "$/public/external/components/avatar/avatar.jsx";

const FLING_MS = 340;
const DECIDED = 0.34; // share of the width
const FLICK = 0.4; // px per ms
const SPEED_OVER_MS = 80; // the speed of a pointer is that of its last moves
const TILT = 16; // degrees at the edge
const STIFF = 0.16,
  DAMP = 0.74;
const RETRY_MS = 1200;
const MOST_TRIES = 8;

/** Everything that a phone knows: its cards, its last swipes, what it asked for. */
function useDeck({ api, phone, born, refillAt, remembers, may }) {
  const room = useRoom();
  const [cards, setCards] = useState([]);
  const [state, setState] = useState({
    asking: false,
    dry: false,
    wrong: "",
    requests: 0,
    swipes: 0,
    waited: 0,
    asked: "",
  });
  const now = useRef({ cards: [], last: [], generation: 0, asking: false, dry: false, since: 0 });
  const note = useCallback((more) => setState((before) => ({ ...before, ...more })), []);

  const put = useCallback((next) => {
    now.current.cards = next;
    setCards(next);
  }, []);

  const headers = useMemo(() => ({ "X-SDLab-Room": room, "X-SDLab-User": phone.id }), [room, phone.id]);

  const refill = useCallback(async () => {
    const me = now.current;
    if (!room || me.asking) return;
    me.asking = true;
    const mine = me.generation;
    note({ asking: true, wrong: "" });
    const held = me.cards.map((one) => one.id).join(",");
    try {
      const answer = await fetch(
        apiUrl(`${api}/feed?location=${phone.lat},${phone.lng}&distance=${phone.km}&in_hand=${held}`),
        { headers },
      );
      const reply = await answer.json();
      if (mine !== me.generation) return;
      if (!answer.ok) throw new Error(reply.detail);
      const known = new Set([...me.cards.map((one) => one.id), ...me.last.slice(-remembers)]);
      const fresh = reply.items.filter((one) => !known.has(one.id));
      me.dry = fresh.length === 0;
      put([...me.cards, ...fresh]);
      setState((before) => ({
        ...before,
        requests: before.requests + 1,
        dry: me.dry,
        asked: `${fresh.length} cards from the ${reply.source}`,
        waited: me.since && fresh.length ? performance.now() - me.since : before.waited,
      }));
      if (fresh.length) me.since = 0;
    } catch (error) {
      if (mine === me.generation) note({ wrong: error.message || "no answer" });
    } finally {
      if (mine === me.generation) {
        me.asking = false;
        note({ asking: false });
      }
    }
  }, [api, headers, phone.lat, phone.lng, phone.km, remembers, put, note, room]);

  // A fresh room, a lab that began anew, or filters that made the cards void: throw them away and ask again.
  const begun = `${room}/${born}/${phone.version}`;
  const was = useRef("");
  useEffect(() => {
    if (!room || !born || was.current === begun) return;
    const anew = !was.current.startsWith(`${room}/${born}/`);
    was.current = begun;
    const me = now.current;
    Object.assign(me, {
      generation: me.generation + 1,
      asking: false,
      dry: false,
      since: 0,
      last: anew ? [] : me.last,
    });
    put([]);
    if (anew) note({ requests: 0, swipes: 0, waited: 0, asked: "" });
    refill();
  }, [begun, room, born, put, note, refill]);

  const send = useCallback(
    async (card, intent, tries = 0) => {
      const body = JSON.stringify({ intent, card: card.card });
      try {
        const answer = await fetch(apiUrl(`${api}/swipe/${card.id}`), {
          method: "POST",
          headers: { ...headers, "Content-Type": "application/json" },
          body,
        });
        if (answer.status === 503 && tries < MOST_TRIES) throw new Error("busy");
        const reply = await answer.json();
        note({ wrong: answer.ok ? "" : reply.detail });
        return answer.ok ? reply : null;
      } catch {
        if (tries >= MOST_TRIES) return null;
        note({ wrong: "Not sent yet, trying again" });
        await new Promise((done) => setTimeout(done, RETRY_MS));
        return send(card, intent, tries + 1);
      }
    },
    [api, headers, note],
  );

  // What was swiped elsewhere (in another tab, by the leader of a class) is on no phone any more.
  const gone = remembers ? phone.gone.join() : "";
  useEffect(() => {
    const me = now.current,
      others = new Set(gone.split(","));
    const kept = me.cards.filter((one) => !others.has(one.id));
    if (kept.length === me.cards.length) return;
    put(kept);
    if (kept.length <= refillAt && !me.dry) refill();
  }, [gone, put, refill, refillAt]);

  /** Take the top card away; the next one is on top at once, without a request. */
  const swipe = useCallback(
    (intent, onMatch) => {
      const me = now.current;
      const [card, ...rest] = me.cards;
      if (!card || !may) return null;
      me.last = [...me.last, card.id].slice(-200);
      if (!rest.length) me.since = performance.now();
      put(rest);
      setState((before) => ({
        ...before,
        swipes: before.swipes + 1,
        waited: rest.length ? 0 : before.waited,
      }));
      send(card, intent).then((reply) => reply?.match && onMatch(card, reply));
      if (rest.length <= refillAt && !me.dry) refill();
      else if (!rest.length) refill();
      return card;
    },
    [may, put, refill, refillAt, send],
  );

  const change = useCallback(
    async (profile) => {
      const answer = await fetch(apiUrl(`${api}/profile`), {
        method: "PUT",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify(profile),
      }).catch(() => null);
      const reply = await answer?.json().catch(() => null);
      now.current.dry = false;
      note({ wrong: answer?.ok ? "" : (reply?.detail ?? "no answer") });
      return Boolean(answer?.ok);
    },
    [api, headers, note],
  );

  return { cards, state, swipe, refill, change };
}

const Facts = ({ card }) =>
  h(
    "div",
    { className: "td-facts" },
    h("p", { className: "td-name" }, h("b", null, card.name), " ", h("span", null, card.age)),
    h("p", { className: "td-where" }, `${fmt(card.distance_km, 1)} km · ${card.job}`),
    h("p", { className: "td-about" }, card.about),
    h(
      "ul",
      null,
      card.interests.map((one) =>
        h(
          "li",
          { key: one, "data-shared": card.shared.includes(one) },
          card.shared.includes(one) ? `✓ ${one}` : one,
        ),
      ),
    ),
  );

const Face = memo(function Face({ card }) {
  return h("div", { className: "td-face" }, h(Portrait, { seed: card.face }), h(Facts, { card }));
});

const Stamps = () => [
  h("span", { key: "like", className: "td-stamp like", "aria-hidden": true }, "LIKE"),
  h("span", { key: "nope", className: "td-stamp nope", "aria-hidden": true }, "NOPE"),
];

/** A card on its way out, with the speed that the pointer gave it. */
function Leaving({ one, onGone }) {
  const ref = useRef(null);
  useLayoutEffect(() => {
    const card = ref.current;
    if (stillness()) {
      onGone(one.key);
      return undefined;
    }
    const width = card.offsetWidth;
    const far = one.way * (width * 1.6 + Math.abs(one.vx) * 160);
    const flight = card.animate(
      [
        { transform: place(one.x, one.y, one.tilt) },
        { transform: place(far, one.y + one.vy * 220, one.tilt + one.way * 14) },
      ],
      { duration: FLING_MS, easing: "cubic-bezier(.2,.7,.4,1)", fill: "forwards" },
    );
    flight.onfinish = () => onGone(one.key);
    return () => flight.cancel();
  }, [one, onGone]);
  return h(
    "div",
    {
      ref,
      className: "td-card td-leaving",
      "aria-hidden": true,
      style: { transform: place(one.x, one.y, one.tilt), [one.way > 0 ? "--like" : "--nope"]: 1 },
    },
    h(Face, { card: one.card }),
    h(Stamps),
  );
}

const place = (x, y, tilt) =>
  `translate3d(${x.toFixed(1)}px, ${y.toFixed(1)}px, 0) rotate(${tilt.toFixed(2)}deg)`;

/** The top card follows the pointer; let go, it flies or springs back. */
function useDrag({ onDecide, may, id }) {
  const ref = useRef(null);
  const under = useRef(null);
  const pointer = useRef(null);
  const show = useCallback((x, y, tilt) => {
    const card = ref.current;
    if (!card) return;
    card.style.transform = x || y ? place(x, y, tilt) : "";
    const share = Math.max(-1, Math.min(1, x / (card.offsetWidth * DECIDED)));
    card.style.setProperty("--like", Math.max(0, share).toFixed(2));
    card.style.setProperty("--nope", Math.max(0, -share).toFixed(2));
    under.current?.style.setProperty("--rise", Math.abs(share).toFixed(2));
  }, []);
  const still = useCallback(() => {
    if (pointer.current) cancelAnimationFrame(pointer.current.frame);
    pointer.current = null;
  }, []);
  useLayoutEffect(() => {
    still();
    show(0, 0, 0);
    return still;
  }, [id, still, show]);
  const spring = useCallback(() => {
    const at = pointer.current;
    if (!at) return;
    if (stillness()) {
      show(0, 0, 0);
      pointer.current = null;
      return;
    }
    const step = () => {
      at.vx = (at.vx - at.x * STIFF) * DAMP;
      at.vy = (at.vy - at.y * STIFF) * DAMP;
      at.x += at.vx;
      at.y += at.vy;
      if (Math.hypot(at.x, at.y, at.vx, at.vy) < 0.6) {
        show(0, 0, 0);
        pointer.current = null;
        return;
      }
      show(at.x, at.y, tiltOf(at, ref.current));
      at.frame = requestAnimationFrame(step);
    };
    at.vx = at.vx * 16;
    at.vy = at.vy * 16;
    at.frame = requestAnimationFrame(step);
  }, [show]);
  const down = (event) => {
    if (!may || event.button > 0) return;
    still();
    event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    pointer.current = {
      left: event.clientX,
      top: event.clientY,
      low: event.clientY > box.top + box.height * 0.6,
      x: 0,
      y: 0,
      vx: 0,
      vy: 0,
      moves: [[event.timeStamp, 0, 0]],
      held: true,
      frame: 0,
    };
  };
  const move = (event) => {
    const at = pointer.current;
    if (!at?.held) return;
    const x = event.clientX - at.left,
      y = event.clientY - at.top;
    at.moves = [...at.moves.filter(([t]) => event.timeStamp - t < SPEED_OVER_MS), [event.timeStamp, x, y]];
    Object.assign(at, { x, y });
    show(x, y, tiltOf(at, ref.current));
  };
  const up = (event) => {
    const at = pointer.current;
    if (!at?.held) return;
    at.held = false;
    const recent = at.moves.filter(([t]) => event.timeStamp - t < SPEED_OVER_MS);
    const [from] = recent,
      to = recent.at(-1);
    const dt = from ? Math.max(1, to[0] - from[0]) : 1;
    Object.assign(at, from && { vx: (to[1] - from[1]) / dt, vy: (to[2] - from[2]) / dt });
    const far = Math.abs(at.x) > ref.current.offsetWidth * DECIDED;
    const flicked = Math.abs(at.vx) > FLICK && at.vx * at.x > 0 && Math.abs(at.x) > 16;
    if (event.type === "pointerup" && (far || flicked)) {
      pointer.current = null;
      onDecide(at.x > 0 ? 1 : -1, { x: at.x, y: at.y, vx: at.vx, vy: at.vy, tilt: tiltOf(at, ref.current) });
    } else spring();
  };
  return {
    ref,
    under,
    handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up },
  };
}

const tiltOf = (at, card) =>
  stillness() ? 0 : ((at.low ? -1 : 1) * TILT * at.x) / Math.max(1, card?.offsetWidth ?? 200);

const KEYS = { ArrowRight: 1, ArrowLeft: -1 };
const REST = { x: 0, y: 0, vx: 0, vy: 0, tilt: 0 };

function Stack({ deck, phone, may, onMatch, onKeySwipe }) {
  const [leaving, setLeaving] = useState([]);
  const count = useRef(0);
  const [top, next] = deck.cards;
  const gone = useCallback((key) => setLeaving((some) => some.filter((one) => one.key !== key)), []);
  const decide = (way, at) => {
    const card = deck.swipe(way > 0 ? "Like" : "Dislike", onMatch);
    if (!card) return;
    count.current += 1;
    setLeaving((some) => [...some.slice(-4), { key: count.current, card, way, ...at }]);
  };
  const drag = useDrag({ onDecide: decide, may, id: top?.id });
  const { state } = deck;
  return h(
    "div",
    { className: "td-deck" },
    h(
      "div",
      {
        className: "td-stack",
        tabIndex: 0,
        role: "group",
        "aria-label": `Cards for ${phone.name}. Arrow right likes, arrow left passes.`,
        onKeyDown: (event) => {
          const way = KEYS[event.key];
          if (!way || event.target !== event.currentTarget) return;
          event.preventDefault();
          if (onKeySwipe()) return;
          decide(way, REST);
        },
      },
      next &&
        h(
          "div",
          { ref: drag.under, className: "td-card td-next", key: next.id, "aria-hidden": true },
          h(Face, { card: next }),
        ),
      top &&
        h(
          "article",
          {
            ref: drag.ref,
            className: "td-card td-top",
            key: `top ${top.id} ${top.card}`,
            "aria-label": `${top.name}, ${top.age}`,
            "data-id": top.id,
            ...drag.handlers,
          },
          h(Face, { card: top }),
          h(Stamps),
        ),
      !top &&
        h(
          "div",
          { className: "td-empty" },
          h(
            "p",
            null,
            state.asking ? "Looking for people …" : state.dry ? "Nobody new around here." : "No cards.",
          ),
          !state.asking &&
            h("button", { type: "button", className: "sd-btn small", onClick: deck.refill }, "Look again"),
        ),
      leaving.map((one) => h(Leaving, { key: one.key, one, onGone: gone })),
    ),
    h(
      "p",
      { className: "sd-sr", "aria-live": "polite" },
      top ? `${top.name}, ${top.age}, ${top.distance_km} km` : "",
    ),
    h(
      "div",
      { className: "td-buttons" },
      h(
        "button",
        {
          type: "button",
          className: "td-round nope",
          "aria-label": `${phone.name}: pass`,
          disabled: !top,
          onClick: () => decide(-1, REST),
        },
        "✕",
      ),
      h(
        "button",
        {
          type: "button",
          className: "td-round like",
          "aria-label": `${phone.name}: like`,
          disabled: !top,
          onClick: () => decide(1, REST),
        },
        "♥",
      ),
    ),
    h(CardsHeld, { deck, phone }),
  );
}

/** The cards on the phone, the line where more are asked for, and how long the last card was waited for. */
function CardsHeld({ deck, phone }) {
  const { cards, state } = deck;
  const said = state.wrong || (state.asking ? "refilling …" : state.asked);
  return h(
    "div",
    {
      className: "td-hand",
      "data-hand": cards.length,
      "data-requests": state.requests,
      "data-swipes": state.swipes,
      "data-waited": Math.round(state.waited),
    },
    h(
      "div",
      {
        className: "td-pips",
        "data-asking": state.asking,
        role: "img",
        "aria-label": `${phone.name}: ${cards.length} cards in hand`,
      },
      Array.from({ length: 24 }, (_, n) => h("i", { key: n, "data-on": n < cards.length })),
    ),
    h("p", null, h("b", null, cards.length), " in hand · waited ", h("b", null, fmt(state.waited)), " ms"),
    h(
      "p",
      null,
      h("b", null, fmt(state.requests)),
      state.requests === 1 ? " request, " : " requests, ",
      h("b", null, fmt(state.swipes)),
      state.swipes === 1 ? " swipe" : " swipes",
    ),
    h(
      "p",
      { className: "td-said", "data-wrong": Boolean(state.wrong), role: state.wrong ? "alert" : undefined },
      said,
    ),
  );
}

function Filters({ phone, deck, interests, regions, onDone }) {
  const [form, setForm] = useState({
    min: phone.age_min,
    max: phone.age_max,
    km: phone.km,
    wanted: phone.wanted,
    region: phone.region,
  });
  const set = (name) => (event) => setForm({ ...form, [name]: event.target.value });
  const apply = async (event) => {
    event.preventDefault();
    const at = regions.find((one) => one.id === form.region);
    const body = {
      age_min: Number(form.min),
      age_max: Number(form.max),
      distance_km: Number(form.km),
      interest: form.wanted,
    };
    if (at && form.region !== phone.region) body.location = { lat: at.lat, lng: at.lng };
    if (await deck.change(body)) onDone();
  };
  const field = (label, control) => h("label", null, h("span", null, label), control);
  return h(
    "form",
    { className: "td-sheet", onSubmit: apply, "aria-label": `Filters of ${phone.name}` },
    h("h3", null, "Show me"),
    h(
      "div",
      { className: "td-ages" },
      field(
        "from age",
        h("input", {
          type: "number",
          className: "sd-input",
          min: 18,
          max: 99,
          required: true,
          value: form.min,
          onChange: set("min"),
        }),
      ),
      field(
        "to",
        h("input", {
          type: "number",
          className: "sd-input",
          min: 18,
          max: 99,
          required: true,
          value: form.max,
          onChange: set("max"),
        }),
      ),
    ),
    field(
      h("span", null, "within ", h("b", null, form.km), " km"),
      h("input", {
        type: "range",
        min: 1,
        max: 50,
        step: 1,
        value: form.km,
        onChange: set("km"),
        "aria-label": "Distance in km",
      }),
    ),
    field(
      "who likes",
      h(
        "select",
        { className: "sd-select", value: form.wanted, onChange: set("wanted") },
        h("option", { value: "" }, "anything"),
        interests.map((one) => h("option", { key: one, value: one }, one)),
      ),
    ),
    field(
      "I am in",
      h(
        "select",
        { className: "sd-select", value: form.region, onChange: set("region") },
        !form.region && h("option", { value: "" }, "somewhere else"),
        regions.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
      ),
    ),
    h("p", { className: "td-wrong", role: deck.state.wrong ? "alert" : undefined }, deck.state.wrong),
    h(
      "div",
      { className: "td-row" },
      h("button", { type: "submit", className: "sd-btn small p" }, "Apply"),
      h("button", { type: "button", className: "sd-btn small", onClick: onDone }, "Cancel"),
    ),
  );
}

const Met = ({ phone }) =>
  h(
    "div",
    { className: "td-sheet", role: "region", tabIndex: 0, "aria-label": `Matches of ${phone.name}` },
    h("h3", null, fmt(phone.match_total), phone.match_total === 1 ? " match" : " matches"),
    phone.matches.length
      ? h(
          "ol",
          { className: "td-met" },
          phone.matches.map((one) =>
            h(
              "li",
              { key: one.number },
              h(Avatar, { seed: one.face, size: 34 }),
              h("b", null, one.name),
              h("time", null, one.clock),
            ),
          ),
        )
      : h("p", { className: "td-none" }, "Like somebody who likes you."),
  );

function Popup({ phone, one, onClose }) {
  return h(
    "div",
    { className: "td-match", role: "status" },
    h("p", { className: "td-itsa" }, "It’s a", h("b", null, "Match!")),
    h(
      "div",
      { className: "td-pairfaces", "aria-hidden": true },
      h(Avatar, { seed: phone.face, size: 62 }),
      h("span", null, "♥"),
      h(Avatar, { seed: one.face, size: 62 }),
    ),
    h("p", null, `You and ${one.name} like each other.`),
    h("button", { type: "button", className: "td-keep", onClick: onClose }, "Keep swiping"),
  );
}

/** Matches that came while the page was open: the swipe's answer may be first, or the live frame. */
function useMatches(phone, born) {
  const [shown, setShown] = useState(null);
  const seen = useRef({ born: 0, upTo: 0 });
  const newest = phone.matches[0];
  useEffect(() => {
    if (!born) return;
    const top = newest?.number ?? 0;
    if (seen.current.born !== born) {
      seen.current = { born, upTo: top };
      setShown(null);
    } else if (top > seen.current.upTo) {
      seen.current.upTo = top;
      setShown(newest);
    }
  }, [born, newest]);
  const onMatch = useCallback((card, reply) => {
    const number = Number(reply.match_id);
    if (number <= seen.current.upTo) return;
    seen.current.upTo = number;
    setShown({ number, name: card.name, face: card.face });
  }, []);
  return [shown, onMatch, () => setShown(null)];
}

function Phone({ phone, mine, api, born, refillAt, remembers, interests, regions }) {
  const may = useMay("verb");
  const deck = useDeck({ api, phone, born, refillAt, remembers, may });
  const [sheet, setSheet] = useState("");
  const [match, onMatch, close] = useMatches(phone, born);
  const turn = (name) => () => setSheet(sheet === name ? "" : name);
  return h(
    "section",
    {
      className: "td-phone",
      "aria-label": `Phone of ${phone.name}`,
      "data-user": phone.id,
    },
    h(
      "header",
      null,
      h(
        "button",
        {
          type: "button",
          className: "td-icon",
          "aria-label": `${phone.name}: filters`,
          "aria-pressed": sheet === "filters",
          onClick: turn("filters"),
        },
        "⚙",
      ),
      h(
        "span",
        { className: "td-owner" },
        h(Avatar, { seed: phone.face, size: 22 }),
        h("b", null, phone.name),
        mine && h("small", null, "you"),
      ),
      h(
        "button",
        {
          type: "button",
          className: "td-icon",
          "aria-label": `${phone.name}: ${phone.match_total} matches`,
          "aria-pressed": sheet === "matches",
          onClick: turn("matches"),
        },
        "♥",
        h("sup", null, fmt(phone.match_total)),
      ),
    ),
    h(
      "div",
      { className: "td-screen" },
      h(Stack, { deck, phone, may, onMatch, onKeySwipe: () => match && (close(), true) }),
      sheet === "filters" &&
        h(Filters, { key: phone.version, phone, deck, interests, regions, onDone: () => setSheet("") }),
      sheet === "matches" && h(Met, { phone }),
      match && h(Popup, { phone, one: match, onClose: close }),
    ),
  );
}

/** Both phones; on a narrow screen one at a time, with the other a tap away. */
export function PhonePair({ api, phones, born, refillAt, remembers, interests, regions }) {
  return h(
    "div",
    { className: "td-phones" },
    h(
      Sides,
      {
        label: "Which phone",
        className: "td-pair",
        faces: phones.map((one, n) => [
          h(Avatar, { key: "face", seed: one.face, size: 20 }),
          n === 0 ? "Your phone" : `${one.name}’s phone`,
          one.match_total > 0 && h("span", { key: "matches" }, ` ♥ ${one.match_total}`),
        ]),
      },
      phones.map((phone, n) =>
        h(Phone, {
          key: phone.id,
          phone,
          mine: n === 0,
          api,
          born,
          refillAt,
          remembers,
          interests,
          regions,
        }),
      ),
    ),
  );
}
