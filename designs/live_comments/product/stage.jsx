// A live stream on several screens: a picture made here, what is said over it,
// and the way up through the history.
import { createElement as h, memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { apiUrl, fmt, useRoom } from "$/public/external/components/live/live.jsx";
import { Avatar } from "$/public/external/components/avatar/avatar.jsx";

const PAGE = 20;
const MOST = 400;
const NEAR = 48;

const hueOf = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 210);

const LIGHTS = Array.from({ length: 14 }, (_, n) => ({
  x: 12 + ((n * 71) % 300),
  y: 62 + ((n * 37) % 28),
  r: 1.6 + (n % 3),
  delay: -(n * 0.7),
}));

/** The picture of the stream: lights over moving water, in the stream's own colour. */
const Scene = memo(function Scene({ id }) {
  const hue = hueOf(id);
  return h(
    "svg",
    {
      className: "sd-scene",
      viewBox: "0 0 320 200",
      preserveAspectRatio: "xMidYMid slice",
      "aria-hidden": true,
      style: { "--hue": hue },
    },
    h("rect", { width: 320, height: 200, fill: `hsl(${hue} 48% 13%)` }),
    h("circle", { cx: 244, cy: 44, r: 20, fill: `hsl(${(hue + 190) % 360} 70% 82%)`, className: "sd-moon" }),
    h("path", {
      d: "M0 92l34-22 20 12 38-34 30 30 26-16 44 34 40-26 34 18 54-30v70H0z",
      fill: `hsl(${hue} 42% 20%)`,
    }),
    LIGHTS.map((one) =>
      h("circle", {
        key: one.x,
        cx: one.x,
        cy: one.y,
        r: one.r,
        fill: `hsl(${(hue + 160) % 360} 92% 74%)`,
        className: "sd-light",
        style: { animationDelay: `${one.delay}s` },
      }),
    ),
    [0, 1, 2].map((n) =>
      h("path", {
        key: n,
        d: `M-160 ${108 + n * 26}q40 -9 80 0t80 0 80 0 80 0 80 0 80 0 80 0v110h-560z`,
        fill: `hsl(${(hue + 14 * n) % 360} 50% ${26 - n * 5}%)`,
        className: "sd-wave",
        style: { animationDuration: `${9 + n * 4}s` },
      }),
    ),
  );
});

/** What one screen shows: follows what comes, stands still while somebody reads further up. */
function useLines(api, stream, user, byOffset) {
  const room = useRoom();
  const [lines, setLines] = useState(user.rows);
  const [up, setUp] = useState(false);
  const position = useRef({ cursor: user.cursor, busy: false });
  const key = `${stream}/${user.on}`;
  const was = useRef(key);
  useEffect(() => {
    if (was.current !== key) {
      was.current = key;
      setUp(false);
    } else if (up) return;
    position.current = { cursor: user.cursor, busy: false };
    setLines(user.rows);
  }, [key, user.rows, up]);
  const older = async () => {
    const at = position.current;
    if (at.busy || !at.cursor || lines.length > MOST) return;
    at.busy = true;
    try {
      const query = byOffset ? `offset=${lines.length}` : `cursor=${at.cursor}`;
      const answer = await fetch(apiUrl(`${api}/comment-history/${stream}?limit=${PAGE}&${query}`), {
        headers: { "X-SDLab-Room": room },
      });
      if (!answer.ok) return;
      const page = await answer.json();
      at.cursor = page.next_cursor;
      const found = page.items
        .map((one) => ({
          id: Number(one.id),
          author: one.author,
          text: one.comment,
          clock: one.at.slice(11, 19),
        }))
        .reverse();
      setLines((before) => [...found, ...before]);
    } catch {
      return; // the next scroll asks again
    } finally {
      at.busy = false;
    }
  };
  return [lines, up, setUp, older];
}

function Lines({ api, stream, user, byOffset, host, onHide, label }) {
  const [lines, up, setUp, older] = useLines(api, stream, user, byOffset);
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
    if (bottom && up) setUp(false);
    else if (!bottom && !up) setUp(true);
    if (one.scrollTop < NEAR && one.scrollHeight > one.clientHeight) older();
  };
  const newest = user.rows[user.rows.length - 1]?.id ?? 0;
  const unseen = up ? Math.max(0, newest - (lines[lines.length - 1]?.id ?? newest)) : 0;
  const times = {};
  for (const one of lines) times[one.id] = (times[one.id] ?? 0) + 1;
  const seen = {};
  // An index would be another key for every row with each new one.
  const keyOf = (one) => `${one.id}-${(seen[one.id] = (seen[one.id] ?? 0) + 1)}`;
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
        onWheel: (event) => event.deltaY < 0 && setUp(true),
      },
      h(
        "ol",
        null,
        lines.map((one) =>
          h(
            "li",
            { key: keyOf(one), "data-id": one.id, "data-twice": times[one.id] > 1 || undefined },
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
        { type: "button", className: "sd-tolive", onClick: () => setUp(false) },
        unseen ? `${fmt(unseen)} new ↓` : "to live ↓",
      ),
  );
}

function Say({ number, title, off, wrong, onSay }) {
  const [text, setText] = useState("");
  const send = (event) => {
    event.preventDefault();
    if (text.trim()) {
      onSay(number, text);
      setText("");
    }
  };
  const id = `say-wrong-${number}`;
  return h(
    "form",
    { className: "sd-say", onSubmit: send },
    h("input", {
      value: text,
      maxLength: 500,
      placeholder: "Say something",
      "aria-label": `Comment as ${title}`,
      "aria-invalid": Boolean(wrong),
      "aria-describedby": wrong ? id : undefined,
      disabled: off,
      onChange: (event) => setText(event.target.value),
    }),
    h("button", { type: "submit", disabled: off || !text.trim(), "aria-label": `Send as ${title}` }, "➤"),
    wrong && h("span", { id, role: "alert" }, wrong),
  );
}

const WAYS = { sse: "SSE", websocket: "WebSocket", polling: "polling" };

function Screen({ number, user, stream, api, byOffset, wrong, onSay, onHide, onSwitch }) {
  const host = number === 0;
  const way = !user.on
    ? "left"
    : user.via === "polling"
      ? "polls"
      : user.server
        ? `${host ? `${WAYS[user.via]} · ` : ""}${user.server.replace("-", " ")}`
        : "reconnecting …";
  return h(
    "section",
    { className: "sd-screen", "data-host": host, "data-on": user.on, "aria-label": user.title },
    h(Scene, { id: stream.id }),
    h(
      "header",
      null,
      h("b", null, user.title),
      h(
        "span",
        {
          className: "sd-way",
          "data-state": user.on && !user.server && user.via !== "polling" ? "lost" : "ok",
        },
        way,
      ),
      h(
        "button",
        {
          type: "button",
          "aria-label": `${user.on ? "Leave" : "Join"} as ${user.title}`,
          onClick: () => onSwitch(number),
        },
        user.on ? "Leave" : "Join",
      ),
    ),
    user.on
      ? h(Lines, { api, stream: stream.id, user, byOffset, host, onHide, label: `Comments, ${user.title}` })
      : h("p", { className: "sd-away" }, "Not watching. Join to see what was said meanwhile."),
    h(Say, { number, title: user.title, off: !user.on, wrong, onSay }),
  );
}

/** The stream on the host's screen and on two others. */
export function Stage({
  api,
  stream,
  streams,
  demoUsers,
  byOffset,
  wrong,
  wrongUser,
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
      h("span", { className: "sd-watching" }, h("b", null, fmt(stream.viewers)), " watching"),
    ),
    h(
      "p",
      { className: "sd-hint" },
      `with ${stream.host || "…"} · ${fmt(stream.comments)} comments. ` +
        "Write on one screen; scroll up for what was said before.",
    ),
    h(
      "div",
      { className: "sd-screens" },
      demoUsers.map((user, number) =>
        h(Screen, {
          key: user.title,
          number,
          user,
          stream,
          api,
          byOffset,
          wrong: wrongUser === number ? wrong : "",
          onSay,
          onHide,
          onSwitch,
        }),
      ),
    ),
  );
}
