// A live stream on several screens: a moving picture, what is said over it, and the way up through the
// history. Each screen has a connection of its own to one of the servers, by the method in force.
import { createElement as h, useEffect, useLayoutEffect, useRef, useState } from "react";
import { apiUrl, fmt, noun, useRoom } from "$/public/external/components/live/live.jsx";
import { Avatar } from "$/public/external/components/avatar/avatar.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";
import { Scene } from "$/public/external/designs/live_comments/product/scenes/scenes.jsx";

const PAGE = 20;
const KEPT = 40;
const MOST = 400;
const NEAR = 48;
const PAGES_AT_ONCE = 6;
const FLUSH_MS = 200;
const AGAIN_MS = 1000;
const LONGEST = 500;

const UNREAD = {
  of: "",
  last: 0,
  cursor: null,
  trimmed: false,
  from: null,
  waiting: [],
  all: [],
  busy: false,
  up: false,
};

const lineOf = (one) => ({
  id: Number(one.id),
  author: one.author,
  text: one.comment,
  clock: one.at.slice(11, 19),
});

/** Whether anybody can see the page: streams of a hidden one would use up the browser's connections. */
function useVisible() {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}

const ask = async (url, room) => {
  const answer = await fetch(apiUrl(url), { headers: { "X-SDLab-Room": room } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

/** Opens one connection by each method. `take` gets comments, `said` the state; returns how to end it. */
const CONNECT = {
  sse({ base, query, last, take, said }) {
    const source = new EventSource(apiUrl(`${base}/events?${query}&last_event_id=${last()}`));
    source.addEventListener("server", (one) => said({ server: JSON.parse(one.data).server }));
    source.addEventListener("comment", (one) => take([JSON.parse(one.data)]));
    source.addEventListener("error", () => said({ server: "" })); // it comes back by itself, with its last id
    return () => source.close();
  },
  websocket({ base, query, last, take, said }) {
    let [socket, timer, over] = [null, 0, false];
    const open = () => {
      socket = new WebSocket(apiUrl(`${base}/ws?${query}&last_event_id=${last()}`).replace(/^http/, "ws"));
      socket.onmessage = (message) => {
        const one = JSON.parse(message.data);
        if (one.server) said({ server: one.server });
        else if (one.id) take([one]);
      };
      socket.onclose = () => {
        if (over) return;
        said({ server: "" });
        timer = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => {
      over = true;
      clearTimeout(timer);
      socket.close();
    };
  },
  polling({ base, query, last, take, said, room, every }) {
    let [timer, over] = [0, false];
    const poll = async () => {
      try {
        const found = await ask(`${base}/comments?${query}&after=${last()}`, room);
        if (over) return;
        said({ server: "", polls: true });
        if (found.items.length) take(found.items);
      } catch {
        said({ server: "", polls: false });
      }
      if (!over) timer = setTimeout(poll, every * 1000);
    };
    poll();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  },
};

/** What one screen got by its own connection: follows what comes, stands still for who reads further up. */
function useLines({ api, stream, user, number, byOffset, every, hidden, ready }) {
  const [room, visible] = [useRoom(), useVisible()];
  const [lines, setLines] = useState([]);
  const [state, setState] = useState({ server: "" });
  const [up, setUp] = useState(false);
  const [unseen, setUnseen] = useState(0);
  const on = ready && user.on && Boolean(room);
  const of = `${room}/${stream}/${on}`;
  // What is on the screen is kept here, not only in the state: a page of history joins what is there now,
  // not what was there when the last picture was drawn.
  const own = useRef({ ...UNREAD });
  const show = (all) => {
    own.current.all = all;
    setLines(all);
  };
  const newest = () => ask(`${api}/comment-history/${stream}?limit=${PAGE}`, room);
  /** What was cut off above the screen is older than this, however much comes while one reads. */
  const startOfHistory = () =>
    newest().then(
      (page) => page.next_cursor,
      () => {
        own.current.from = null; // the next scroll asks again
        return null;
      },
    );
  const climb = (reading) => {
    const mine = own.current;
    if (reading && !mine.up && mine.trimmed && !byOffset) mine.from = startOfHistory();
    mine.up = reading;
    setUp(reading);
  };
  const flush = () => {
    const mine = own.current;
    if (mine.up) return setUnseen(mine.waiting.length);
    const found = mine.waiting.splice(0);
    if (!found.length) return undefined;
    const all = [...mine.all, ...found];
    if (all.length > KEPT) mine.trimmed = true;
    return show(all.slice(-KEPT));
  };
  useEffect(() => {
    const timer = setInterval(flush, FLUSH_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!up) {
      setUnseen(0);
      flush();
    }
  }, [up]);
  useEffect(() => {
    const mine = own.current;
    if (mine.of !== of) {
      Object.assign(mine, { of, last: 0, cursor: null, trimmed: false, from: null, waiting: [] });
      show([]);
      climb(false);
    }
    if (!on || !visible) return undefined;
    let [end, over] = [null, false];
    const take = (items) => {
      for (const one of items) {
        mine.waiting.push(lineOf(one));
        mine.last = Math.max(mine.last, Number(one.id));
      }
    };
    const begin = async () => {
      try {
        if (!mine.last) {
          const page = await newest();
          if (over) return;
          mine.cursor = page.next_cursor;
          mine.last = Number(page.items[0]?.id ?? 0);
          show(page.items.map(lineOf).reverse());
        }
      } catch {
        if (!over) end = after(begin);
        return;
      }
      end = CONNECT[user.via]({
        base: `${api}/streams/${stream}`,
        query: `room=${room}&demo_user=${number}`,
        last: () => mine.last,
        take,
        said: (one) => over || setState(one),
        room,
        every,
      });
    };
    const after = (work) => {
      const timer = setTimeout(work, AGAIN_MS);
      return () => clearTimeout(timer);
    };
    begin();
    return () => {
      over = true;
      end?.();
      setState({ server: "" });
    };
  }, [of, visible, user.via, every]);
  const older = async () => {
    const mine = own.current;
    if (mine.busy || mine.all.length > MOST || mine.all.length < PAGE) return;
    mine.busy = true;
    try {
      const first = mine.all[0].id;
      let { cursor } = mine;
      if (mine.trimmed && !byOffset) cursor = await (mine.from ??= startOfHistory());
      let found = [];
      for (let n = 0; n < PAGES_AT_ONCE && !found.length && (byOffset || cursor); n += 1) {
        const query = byOffset ? `offset=${mine.all.length}` : `cursor=${cursor}`;
        const page = await ask(`${api}/comment-history/${stream}?limit=${PAGE}&${query}`, room);
        cursor = page.next_cursor;
        found = page.items.map(lineOf).reverse();
        if (byOffset) break; // what it repeats is what there is to be seen
        found = found.filter((one) => one.id < first);
      }
      if (mine.of !== of) return; // meanwhile another stream is on
      Object.assign(mine, { cursor, trimmed: false });
      show([...found, ...mine.all]);
    } catch {
      return; // the next scroll asks again
    } finally {
      mine.busy = false;
    }
  };
  const gone = new Set(hidden);
  return { lines: lines.filter((one) => !gone.has(one.id)), state, up, climb, unseen, older };
}

function Lines({ feed, host, onHide, label }) {
  const { lines, up, climb, unseen, older } = feed;
  const box = useRef(null);
  const tall = useRef({ height: 0, first: 0 });
  useLayoutEffect(() => {
    const one = box.current;
    if (!one) return;
    const before = tall.current;
    if (!up) one.scrollTop = one.scrollHeight;
    else if (lines.length && lines.length !== before.count && one.scrollHeight > before.height)
      one.scrollTop += one.scrollHeight - before.height;
    tall.current = { height: one.scrollHeight, count: lines.length };
  }, [lines, up]);
  const scrolled = () => {
    const one = box.current;
    const bottom = one.scrollHeight - one.scrollTop - one.clientHeight < 12;
    if (bottom && up) climb(false);
    else if (!bottom && !up) climb(true);
    if (one.scrollTop < NEAR && one.scrollHeight > one.clientHeight) older();
  };
  const times = {};
  const keyed = lines.map((one) => {
    times[one.id] = (times[one.id] ?? 0) + 1;
    return [one, `${one.id}-${times[one.id]}`]; // a line stays the same line when those above it go
  });
  return h(
    "div",
    { className: "sd-said" },
    h(
      "div",
      {
        ref: box,
        className: "sd-lines",
        role: "log",
        "aria-live": "off",
        "aria-label": label,
        tabIndex: 0,
        onScroll: scrolled,
        onWheel: (event) => {
          if (event.deltaY >= 0) return;
          climb(true);
          if (box.current.scrollTop < NEAR) older(); // at the top nothing scrolls any more
        },
      },
      h(
        "ol",
        null,
        keyed.map(([one, key]) =>
          h(
            "li",
            { key, "data-id": one.id, "data-twice": times[one.id] > 1 || undefined },
            h(Avatar, { seed: one.author, size: 20 }),
            h(
              "p",
              null,
              h("b", { title: one.author }, one.author.replace(/\d+$/, "")),
              " ",
              one.text,
              times[one.id] > 1 && h("em", null, " twice"),
            ),
            host &&
              h(
                "button",
                {
                  type: "button",
                  className: "sd-hide",
                  "aria-label": `Hide comment ${one.id}`,
                  title: "Hide",
                  onClick: () => onHide(one.id),
                },
                "×",
              ),
          ),
        ),
      ),
    ),
    up &&
      h(
        "button",
        { type: "button", className: "sd-tolive", onClick: () => climb(false) },
        unseen ? `${fmt(unseen)} new ↓` : "to live ↓",
      ),
  );
}

function Say({ number, title, off, wrong, accepted, onSay }) {
  const [text, setText] = useState("");
  const sent = useRef("");
  useEffect(() => {
    // only what was accepted leaves the field, and only if nothing else stands in it by now
    setText((now) => (now === sent.current ? "" : now));
  }, [accepted]);
  const length = [...text.normalize("NFC").trim()].length;
  const long = length > LONGEST ? `${fmt(length)} of ${fmt(LONGEST)} characters` : "";
  const send = (event) => {
    event.preventDefault();
    if (text.trim() && !long) {
      sent.current = text;
      onSay(number, text);
    }
  };
  const id = `say-wrong-${number}`;
  const said = long || wrong;
  return h(
    "form",
    { className: "sd-say", onSubmit: send },
    h("input", {
      value: text,
      placeholder: "Say something",
      "aria-label": `Comment as ${title}`,
      "aria-invalid": Boolean(said),
      "aria-describedby": said ? id : undefined,
      disabled: off,
      onChange: (event) => setText(event.target.value),
    }),
    h(
      "button",
      { type: "submit", disabled: off || !text.trim() || Boolean(long), "aria-label": `Send as ${title}` },
      "➤",
    ),
    said && h("span", { id, role: "alert" }, said),
  );
}

const WAYS = { sse: "SSE", websocket: "WebSocket", polling: "polling" };

function wayOf({ user, state, host, ready }) {
  if (!ready) return ["wait", "connecting …"];
  if (!user.on) return ["ok", "left"];
  if (user.via === "polling") return state.polls ? ["ok", "polls"] : ["lost", "asking …"];
  if (!state.server) return ["lost", "reconnecting …"];
  return ["ok", `${host ? `${WAYS[user.via]} · ` : ""}${state.server.replace("-", " ")}`];
}

function Screen({ number, user, stream, wrong, accepted, onSay, onHide, onSwitch, ready, ...how }) {
  const host = number === 0;
  const feed = useLines({ stream: stream.id, user, number, ready, ...how });
  const [tone, way] = wayOf({ user, state: feed.state, host, ready });
  return h(
    "section",
    { className: "sd-screen", "data-host": host, "data-on": user.on, "aria-label": user.title },
    h(Scene, { id: stream.id }),
    h(
      "header",
      null,
      h("b", null, user.title),
      h("span", { className: "sd-way", "data-state": tone }, way),
      h(
        "button",
        {
          type: "button",
          disabled: !ready,
          "aria-label": `${user.on ? "Leave" : "Join"} as ${user.title}`,
          onClick: () => onSwitch(number),
        },
        user.on ? "Leave" : "Join",
      ),
    ),
    user.on
      ? h(Lines, { feed, host, onHide, label: `Comments, ${user.title}` })
      : h("p", { className: "sd-away" }, "Not watching. Join to see what was said meanwhile."),
    h(Say, { number, title: user.title, off: !ready || !user.on, wrong, accepted, onSay }),
  );
}

/** The stream on the host's screen and on two others. */
export function Stage({
  api,
  stream,
  streams,
  demoUsers,
  byOffset,
  pollEvery,
  hidden,
  ready,
  wrong,
  wrongUser,
  accepted,
  onSay,
  onHide,
  onSwitch,
  onWatch,
}) {
  return h(
    "div",
    { className: "sd-onstage" },
    h(
      "div",
      { className: "sd-onstagehead" },
      h("span", { className: "sd-onair" }, "LIVE"),
      h(
        "select",
        {
          className: "sd-select",
          "aria-label": "Stream",
          value: stream.id,
          onChange: (event) => onWatch(event.target.value),
        },
        streams.map((one) => h("option", { key: one.id, value: one.id }, one.title)),
      ),
      h("span", { className: "sd-watching" }, h("b", null, ready ? fmt(stream.viewers) : "–"), " watching"),
    ),
    h(
      "p",
      { className: "sd-hint" },
      `with ${stream.host || "…"} · ${ready ? fmt(stream.comments) : "–"} ` +
        `${noun(stream.comments, "comment", "comments")}. ` +
        "Write on one screen; scroll up for what was said before.",
    ),
    h(
      Sides,
      { label: "Which screen", className: "sd-screens", faces: demoUsers.map((user) => user.title) },
      demoUsers.map((user, number) =>
        h(Screen, {
          key: user.title,
          number,
          user,
          stream,
          api,
          byOffset,
          every: pollEvery,
          hidden,
          ready,
          wrong: wrongUser === number ? wrong : "",
          accepted: accepted[number] ?? 0,
          onSay,
          onHide,
          onSwitch,
        }),
      ),
    ),
  );
}
