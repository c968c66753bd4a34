// A social feed on two sides of a page: who one is, what one posted, an endless timeline.
import { createElement as h, memo, useCallback, useEffect, useRef, useState } from "react";
import { apiUrl, fmt, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Avatar } from "$/public/external/components/avatar/avatar.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";
import { Popover, stillness } from "$/public/external/components/controls/controls.jsx";

const PAGE = 10;
const MOST_AT_ONCE = 100;
const SETTLE = 250;
const MOST_ARRIVED = 40;
const MOST_CHARACTERS = 500;

async function ask(path, room, token) {
  const headers = { "X-SDLab-Room": room, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(apiUrl(path), { headers });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** The timeline of one member: pages by cursor, and how many posts have come in that are not on them. */
function useTimeline(api, room, user) {
  const [page, setPage] = useState({ member: "", items: [], next: null, cached: null, failed: false });
  const token = useRef({ member: "", value: "" });
  const busy = useRef(false);
  const read = useCallback(
    async (query) => {
      if (token.current.member !== `${room}/${user.id}`) {
        const found = await ask(`${api}/members/${user.id}/token?scope=read`, room);
        token.current = { member: `${room}/${user.id}`, value: found.token };
      }
      return ask(`${api}/timeline?${query}`, room, token.current.value);
    },
    [api, room, user.id],
  );
  const first = useCallback(
    async (count) => {
      try {
        const found = await read(`pageSize=${Math.min(MOST_AT_ONCE, Math.max(PAGE, count))}`);
        setPage({
          member: user.id,
          items: found.items,
          next: found.next_cursor,
          cached: found.cached_s,
          failed: false,
        });
      } catch {
        setPage((before) => ({ ...before, failed: true }));
      }
    },
    [read, user.id],
  );
  const more = async () => {
    if (busy.current || !page.next) return;
    busy.current = true;
    try {
      const found = await read(`pageSize=${PAGE}&cursor=${encodeURIComponent(page.next)}`);
      setPage((before) =>
        before.next === page.next
          ? { ...before, items: [...before.items, ...found.items], next: found.next_cursor, failed: false }
          : before,
      );
    } catch {
      setPage((before) => ({ ...before, failed: true }));
    } finally {
      busy.current = false;
    }
  };
  const shownFor = useRef("");
  useEffect(() => {
    if (!room || !user.id || !user.known) return undefined;
    const same = shownFor.current === `${room}/${user.id}`;
    // Followed, unfollowed or deleted: what is on the screen is read again, as much of it as there is.
    const timer = setTimeout(() => first(same ? page.items.length : PAGE), same ? SETTLE : 0);
    shownFor.current = `${room}/${user.id}`;
    return () => clearTimeout(timer);
  }, [room, user.id, user.known, user.version, first]);
  const shown = new Set(page.items.map((one) => Number(one.id)));
  const oldest = page.items.length ? Number(page.items[page.items.length - 1].id) : 0;
  const fresh =
    page.member === user.id ? user.arrived.filter((id) => id > oldest && !shown.has(id)).length : 0;
  return { ...page, more, refresh: () => first(PAGE), fresh };
}

/** Find somebody: the most followed first, or by name. */
function People({ api, room, followedBy, mark, onChoose, action }) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState(null);
  const box = useRef(null);
  useEffect(() => {
    // Some browsers answer with a promise, which is no clean-up.
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    let on = true;
    const query = new URLSearchParams({ search, ...(followedBy ? { followed_by: followedBy } : {}) });
    const timer = setTimeout(
      () =>
        ask(`${api}/members?${query}`, room).then(
          (one) => on && setFound(one.items),
          () => on && setFound([]),
        ),
      search ? 120 : 0,
    );
    return () => {
      on = false;
      clearTimeout(timer);
    };
  }, [api, room, search, followedBy]);
  return h(
    "div",
    { className: "so-people", ref: box },
    h("input", {
      className: "sd-input",
      type: "search",
      value: search,
      placeholder: "Find by name",
      "aria-label": "Find by name",
      autoFocus: true,
      onChange: (event) => setSearch(event.target.value),
    }),
    h(
      "ul",
      null,
      (found ?? []).map((one) =>
        h(
          "li",
          { key: one.id },
          h(
            "button",
            {
              type: "button",
              "aria-current": one.id === mark ? "true" : undefined,
              onClick: () => onChoose(one),
            },
            h(Avatar, { seed: one.id, size: 28 }),
            h("span", null, h("b", null, one.name), h("small", null, `${fmt(one.followers)} followers`)),
            action && h("em", null, action),
          ),
        ),
      ),
      found &&
        !found.length &&
        h(
          "li",
          { className: "sd-empty" },
          followedBy && !search ? "Follows nobody." : "Nobody of that name.",
        ),
    ),
  );
}

/** Characters as the server counts them: code points of the text that it keeps. */
const lengthOf = (text) => [...text.normalize("NFC").trim()].length;

function Compose({ user, number, name, refusal, refusals, onPost }) {
  const [text, setText] = useState("");
  const sent = useRef({ text: "", refusals: 0 });
  const may = useMay("verb");
  const length = lengthOf(text);
  const fits = length > 0 && length <= MOST_CHARACTERS;
  const send = (event) => {
    event.preventDefault();
    if (!fits || !user.known) return;
    sent.current = { text, refusals };
    onPost(number, text);
    setText("");
  };
  useEffect(() => {
    // What was refused comes back, unless something else is being written by now.
    if (!refusal || refusals === sent.current.refusals || !sent.current.text) return;
    const lost = sent.current.text;
    sent.current = { text: "", refusals };
    setText((now) => now || lost);
  }, [refusal, refusals]);
  const id = `so-wrong-${number}`;
  return h(
    "form",
    { className: "so-compose", onSubmit: send },
    h("textarea", {
      rows: 2,
      value: text,
      placeholder: `What is new, ${user.name.split(" ")[0]}?`,
      "aria-label": `Post as ${name}`,
      "aria-invalid": refusal ? true : undefined,
      "aria-describedby": refusal ? id : undefined,
      onChange: (event) => setText(event.target.value),
      onKeyDown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
      },
    }),
    h("button", { type: "submit", className: "sd-btn p", disabled: !fits || !may || !user.known }, "Post"),
    length > MOST_CHARACTERS &&
      h(
        "span",
        { role: "status", className: "sd-fielderror" },
        `${fmt(length)} of at most ${fmt(MOST_CHARACTERS)} characters`,
      ),
    refusal && h("span", { id, role: "alert", className: "sd-fielderror" }, refusal),
  );
}

const STATES = {
  done: (one) => `in all ${fmt(one.followers)} feeds`,
  under_way: (one) => `in ${fmt(one.written)} of ${fmt(one.followers)} feeds`,
  interrupted: (one) => `stopped: ${fmt(one.written)} of ${fmt(one.followers)}`,
  lacking: (one) => `in ${fmt(one.written)} of ${fmt(one.followers)} feeds only`,
  merged: (one) => `merged for ${fmt(one.followers)}`,
  unknown: () => "feeds not looked into",
};
const SIGNS = {
  done: "✓",
  under_way: "→",
  interrupted: "✕",
  lacking: "✕",
  merged: "◆",
  unknown: "–",
};
const TONES = {
  done: "ok",
  under_way: "moved",
  interrupted: "error",
  lacking: "error",
  merged: "miss",
  unknown: "none",
};

/** Where something will be once the room has said it. */
function Unknown({ label }) {
  return h(
    "div",
    { className: "so-unknown", role: "status", "aria-label": label, "aria-busy": true },
    [0, 1, 2].map((row) => h("i", { key: row, "aria-hidden": true })),
  );
}

/** What somebody posted, with how far each post has come. */
const Own = memo(function Own({ user, number, onDelete }) {
  if (!user.known) return h(Unknown, { label: `Posts of ${user.name} are not known yet` });
  if (!user.own.length)
    return h("p", { className: "so-none" }, `${user.name} has not posted. Write something above.`);
  return h(
    "ol",
    { className: "so-own", "aria-label": `Posts by ${user.name}` },
    user.own.map((one) =>
      h(
        "li",
        { key: one.id, "data-post": one.id },
        h("p", null, one.text),
        h(
          "div",
          { className: "so-reach" },
          h(
            "span",
            { className: "sd-pill", "data-tone": TONES[one.state] },
            `${SIGNS[one.state]} ${STATES[one.state](one)}`,
          ),
          h("time", null, one.clock),
          h(
            "button",
            {
              type: "button",
              className: "so-small",
              "aria-label": `Delete post ${one.id}`,
              title: "Delete",
              onClick: () => onDelete(number, one.id),
            },
            "×",
          ),
        ),
        h(
          "i",
          { className: "so-bar", "aria-hidden": true },
          h("i", {
            "data-state": one.state,
            style: {
              width: one.state === "merged" ? "100%" : `${(100 * one.written) / Math.max(1, one.followers)}%`,
            },
          }),
        ),
      ),
    ),
  );
});

/**
 * An endless timeline: the next page comes before one reaches the end; what is new waits until it is asked
 * for.
 */
function Endless({ api, room, user, number, onFollow }) {
  const line = useTimeline(api, room, user);
  const box = useRef(null);
  const end = useRef(null);
  const more = useRef(line.more);
  more.current = line.more;
  useEffect(() => {
    if (!end.current) return undefined;
    const seen = new IntersectionObserver(
      (marks) => marks.some((one) => one.isIntersecting) && more.current(),
      { root: box.current, rootMargin: "320px" },
    );
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [line.next]);
  const top = async () => {
    await line.refresh();
    box.current?.scrollTo({ top: 0, behavior: stillness() ? "auto" : "smooth" });
  };
  const move = (event) => {
    if (event.key !== "PageDown" && event.key !== "PageUp") return;
    const posts = [...box.current.querySelectorAll("article")];
    const at = posts.indexOf(document.activeElement.closest("article"));
    const next = posts[event.key === "PageDown" ? at + 1 : Math.max(0, at - 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const times = {};
  for (const one of line.items) times[one.id] = (times[one.id] ?? 0) + 1;
  return h(
    "div",
    { className: "so-line" },
    !user.known && h(Unknown, { label: `The timeline of ${user.name} is not known yet` }),
    line.cached !== null &&
      line.cached !== undefined &&
      h("p", { className: "so-cached" }, `kept pages, ${fmt(line.cached)} s old when read`),
    h(
      "div",
      { className: "so-new", role: "status" },
      line.fresh > 0 &&
        h(
          "button",
          { type: "button", onClick: top },
          `↑ ${fmt(line.fresh)}${line.fresh >= MOST_ARRIVED ? "+" : ""} ` +
            `new ${line.fresh === 1 ? "post" : "posts"}`,
        ),
    ),
    h(
      "div",
      {
        className: "so-scroll",
        ref: box,
        tabIndex: 0,
        role: "region",
        "aria-label": `Timeline of ${user.name}`,
        onKeyDown: move,
      },
      h(
        "div",
        { role: "feed", "aria-busy": false, "aria-label": `Posts for ${user.name}` },
        line.items.map((one, place) =>
          h(
            "article",
            {
              key: `${one.id}-${place}`,
              tabIndex: 0,
              "aria-posinset": place + 1,
              "aria-setsize": -1,
              "aria-label": `${one.name}: ${one.data}`,
              "data-post": one.id,
              "data-twice": times[one.id] > 1 || undefined,
            },
            h(Avatar, { seed: one.author, size: 30 }),
            h(
              "div",
              null,
              h(
                "header",
                null,
                h("b", null, one.name),
                h("time", { dateTime: one.at }, `${one.at.slice(11, 19)} UTC`),
              ),
              h("p", null, one.data, times[one.id] > 1 && h("em", null, " shown twice")),
            ),
            h(
              "button",
              {
                type: "button",
                className: "so-small",
                "aria-label": `Unfollow ${one.name}`,
                title: `Unfollow ${one.name}`,
                onClick: () => onFollow(number, one.author, false),
              },
              "−",
            ),
          ),
        ),
      ),
      line.failed &&
        h(
          "p",
          { className: "so-none" },
          "The timeline does not answer. ",
          h("button", { type: "button", className: "sd-btn small", onClick: line.refresh }, "Ask again"),
        ),
      !line.failed &&
        line.member === user.id &&
        !line.items.length &&
        h("p", { className: "so-none" }, `${user.name} follows nobody who has posted.`),
      line.next
        ? h(
            "div",
            { ref: end, className: "so-end" },
            h("button", { type: "button", className: "sd-btn small", onClick: line.more }, "Older posts"),
          )
        : line.items.length > 0 && h("p", { className: "so-end" }, "That is all there is."),
    ),
  );
}

function Side({
  api,
  room,
  user,
  other,
  number,
  star,
  refusal,
  refusals,
  onBecome,
  onPost,
  onDelete,
  onFollow,
}) {
  const [shown, setShown] = useState(number === 0 ? "own" : "line");
  const tab = (id, label) =>
    h("button", { type: "button", "aria-pressed": shown === id, onClick: () => setShown(id) }, label);
  const act = (close) => (one) => {
    onBecome(number, one.id);
    close();
  };
  return h(
    "section",
    { className: "so-side", "aria-label": user.title },
    h(
      "header",
      { className: "so-head" },
      h(
        Popover,
        {
          label: `Act as somebody else on the side of the ${user.title.toLowerCase()}`,
          className: "so-who",
          align: number ? "end" : "start",
          face: h(
            "span",
            null,
            h(Avatar, { seed: user.id, size: 40 }),
            h(
              "span",
              { className: "so-name" },
              h("small", null, user.title),
              h("b", null, user.name, h("i", { "aria-hidden": true }, " ▾")),
            ),
          ),
        },
        (close) => h(People, { api, room, mark: user.id, onChoose: act(close) }),
      ),
      h(
        "p",
        { className: "so-counts" },
        h("span", null, h("b", null, user.known ? fmt(user.followers) : "–"), " followers"),
        h(
          Popover,
          {
            label: `Whom ${user.name} follows`,
            className: "so-following",
            align: number ? "end" : "start",
            face: h("span", null, "follows ", h("b", null, user.known ? fmt(user.following) : "–")),
          },
          () =>
            h(People, {
              api,
              room,
              followedBy: user.id,
              action: "Unfollow",
              onChoose: (one) => onFollow(number, one.id, false),
              key: user.version,
            }),
        ),
      ),
      number === 0
        ? h(
            "button",
            {
              type: "button",
              className: "sd-btn small so-act",
              "aria-pressed": user.id === star,
              disabled: user.id === star,
              onClick: () => onBecome(0, star),
            },
            "★ Be the celebrity",
          )
        : h(
            "button",
            {
              type: "button",
              className: `sd-btn small so-act ${user.follows_other || !user.known ? "" : "p"}`,
              disabled: user.id === other.id || !user.known,
              onClick: () => onFollow(number, other.id, !user.follows_other),
            },
            user.known ? `${user.follows_other ? "Unfollow" : "Follow"} ${other.name.split(" ")[0]}` : "–",
          ),
    ),
    h(Compose, { user, number, name: user.title.toLowerCase(), refusal, refusals, onPost }),
    h(
      "div",
      { className: "so-tabs", role: "group", "aria-label": `What to show of ${user.name}` },
      tab("own", "Own posts"),
      tab("line", "Timeline"),
    ),
    shown === "own"
      ? h(
          "div",
          { className: "so-scroll", tabIndex: 0, role: "region", "aria-label": `Own posts of ${user.name}` },
          h(Own, { user, number, onDelete }),
        )
      : h(Endless, { api, room, user, number, onFollow }),
  );
}

export function SocialFeed({
  api,
  users,
  star,
  refusal,
  refusedSide,
  refusals,
  onBecome,
  onPost,
  onDelete,
  onFollow,
}) {
  const room = useRoom();
  return h(
    "div",
    { className: "so-product" },
    h(
      "p",
      { className: "sd-hint" },
      "Post as the author, and see it come to the follower. Everybody here is made up; be anybody.",
    ),
    h(
      Sides,
      {
        label: "Which side",
        className: "so-sides",
        faces: users.map((user) => [
          h(Avatar, { key: "face", seed: user.id, size: 24 }),
          h("span", { key: "name" }, user.title),
        ]),
      },
      users.map((user, number) =>
        h(Side, {
          key: user.title,
          api,
          room,
          user,
          other: users[1 - number],
          number,
          star,
          refusal: refusedSide === number ? refusal : "",
          refusals,
          onBecome,
          onPost,
          onDelete,
          onFollow,
        }),
      ),
    ),
  );
}
