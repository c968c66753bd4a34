// Twitter on the page: a timeline that moves, a compose box with a draft, threads, people and a search.
import { createElement as h, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { apiUrl, fmt, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Avatar } from "$/public/external/components/avatar/avatar.jsx";
import { Popover } from "$/public/external/components/controls/controls.jsx";

const PAGE = 10;
const LONGEST = 280;
const NEARLY = 20;
const MOST_SHOWN = 30; // tweets that stay while new ones wait
const DRAFT = "The ferry is late, the bread is warm, and the launch is on every roof in town.";

/** Characters as the server counts them: code points of the text that it keeps. */
const lengthOf = (text) => [...text.normalize("NFC").trim()].length;

async function ask(path, room, me) {
  const headers = { "X-SDLab-Room": room, "X-SDLab-User": me };
  const answer = await fetch(apiUrl(path), { headers });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? String(answer.status));
}

/** A tweet of the API in the form of those in the live frames. */
const card = (one, me) => ({
  ...one,
  at: Date.parse(one.at) / 1000,
  passed_on: one.retweetedBy ?? "",
  mine: one.author === me,
  quoted_by: one.quoted?.author ?? "",
  quoted: one.quoted?.text ?? "",
});

function ago(at, now) {
  const seconds = Math.max(0, Math.round(now - at));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return new Date(at * 1000).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

/** A draft that survives a reload; `example` is what stands there before anything was written or sent. */
function useDraft(name, example) {
  const key = `sdlab twitter draft ${name}`;
  const [text, setText] = useState(example);
  useEffect(() => {
    setText(window.localStorage.getItem(key) ?? example);
  }, [key, example]);
  const write = useCallback(
    (next) => {
      setText(next);
      window.localStorage.setItem(key, next);
    },
    [key],
  );
  return [text, write];
}

/** Somewhere to write. What was refused comes back; `first` is what is changed, `example` a first draft. */
function Compose(props) {
  const { name, label, placeholder, action, refusal, refusals, known, onSend, onDone } = props;
  const { first = "", example = "" } = props;
  const [draft, setDraft] = useDraft(name, example);
  const [own, setOwn] = useState(first);
  const [text, setText] = first ? [own, setOwn] : [draft, setDraft];
  const sent = useRef({ text: "", refusals: 0 });
  const may = useMay("verb");
  const left = LONGEST - lengthOf(text);
  const fits = left >= 0 && left < LONGEST;
  useEffect(() => {
    if (!refusal || refusals === sent.current.refusals || !sent.current.text) return;
    const lost = sent.current.text;
    sent.current = { text: "", refusals };
    setText(lost);
  }, [refusal, refusals, setText]);
  const send = (event) => {
    event.preventDefault();
    if (!fits || !known || !may) return;
    sent.current = { text, refusals };
    onSend(text);
    setText("");
    onDone?.();
  };
  return h(
    "form",
    { className: "tw-compose", onSubmit: send },
    h("textarea", {
      rows: 2,
      value: text,
      placeholder,
      "aria-label": label,
      "aria-invalid": left < 0 || undefined,
      onChange: (event) => setText(event.target.value),
      onKeyDown: (event) => {
        if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send(event);
      },
    }),
    h(
      "div",
      { className: "tw-send" },
      h(
        "span",
        {
          className: "tw-left",
          "data-tone": left < 0 ? "error" : left < NEARLY ? "miss" : "none",
          role: "status",
        },
        text && known ? `${fmt(left)} left${first ? "" : " · draft kept"}` : "",
      ),
      onDone && h("button", { type: "button", className: "sd-btn", onClick: onDone }, "Cancel"),
      h("button", { type: "submit", className: "sd-btn p", disabled: !fits || !may || !known }, action),
    ),
  );
}

const ICONS = {
  reply: "M4 4h16v11H9l-5 5z",
  retweet: "M7 7h10v7m0 0l-3-3m3 3l3-3M17 17H7v-7m0 0l-3 3m3-3l3 3",
  quote: "M5 17c4-1 5-4 5-10H5v6h3M14 17c4-1 5-4 5-10h-5v6h3",
  like: "M12 20S4 14.6 4 9a4 4 0 0 1 8-1.2A4 4 0 0 1 20 9c0 5.6-8 11-8 11z",
};

function Act({ kind, count, label, on, onClick, disabled }) {
  return h(
    "button",
    {
      type: "button",
      className: "tw-act",
      "data-kind": kind,
      "aria-pressed": on,
      title: label,
      "aria-label": label,
      onClick,
      disabled,
    },
    h(
      "svg",
      { viewBox: "0 0 24 24", width: 16, height: 16, "aria-hidden": true },
      h("path", { d: ICONS[kind] }),
    ),
    count > 0 && h("b", null, fmt(count)),
  );
}

/** Words of a text with what was searched for marked. */
function Marked({ text, words }) {
  if (!words?.length) return text;
  return text
    .split(/(\s+)/)
    .map((part, at) =>
      words.some((one) => part.toLowerCase().includes(one)) ? h("mark", { key: at }, part) : part,
    );
}

const Tweet = memo(function Tweet({ one, now, known, verbs, open, words, big }) {
  const [writing, setWriting] = useState("");
  const may = useMay("verb") && known;
  const close = () => setWriting("");
  return h(
    "article",
    {
      className: "tw-tweet",
      "data-id": one.id,
      "data-big": big || undefined,
      "aria-label": `Tweet by ${one.name}`,
    },
    one.passed_on && h("p", { className: "tw-passed" }, `↻ ${one.passed_on} retweeted`),
    h(Avatar, { seed: one.author, size: 34 }),
    h(
      "div",
      { className: "tw-body" },
      h(
        "header",
        null,
        h(
          "button",
          { type: "button", className: "tw-name", onClick: () => open.person(one.author) },
          h("b", null, one.name),
          h("span", null, `@${one.author}`),
        ),
        one.private && h("span", { className: "tw-lock", title: "For followers only" }, "🔒"),
        h("time", null, `${ago(one.at, now)}${one.edited ? " · edited" : ""}`),
      ),
      writing === "edit"
        ? h(Compose, {
            name: `edit ${one.id}`,
            label: "Change the tweet",
            action: "Save",
            first: one.text,
            known: may,
            onSend: (text) => verbs.edit(one.id, text),
            onDone: close,
          })
        : h("p", { className: "tw-text" }, h(Marked, { text: one.text, words })),
      (one.quoted || one.quoted_by) &&
        h(
          "blockquote",
          { className: "tw-quoted" },
          one.quoted_by && h("b", null, one.quoted_by),
          h("span", null, one.quoted),
        ),
      h(
        "footer",
        null,
        h(Act, {
          kind: "reply",
          count: one.replies,
          label: "Thread and replies",
          onClick: () => open.thread(one.id),
        }),
        h(Act, {
          kind: "retweet",
          count: one.retweets,
          label: one.retweeted ? "Retweeted" : "Retweet",
          on: one.retweeted,
          disabled: !may || one.private,
          onClick: () => verbs.retweet(one.id),
        }),
        h(Act, {
          kind: "quote",
          count: 0,
          label: "Quote",
          disabled: !may || one.private,
          onClick: () => setWriting(writing ? "" : "quote"),
        }),
        h(Act, {
          kind: "like",
          count: one.likes,
          label: one.liked ? "Like no more" : "Like",
          on: one.liked,
          disabled: !may,
          onClick: () => verbs.like(one.id, !one.liked),
        }),
        one.mine &&
          h(
            "span",
            { className: "tw-own" },
            h("button", { type: "button", onClick: () => setWriting(writing ? "" : "edit") }, "Edit"),
            h("button", { type: "button", onClick: () => verbs.delete(one.id) }, "Delete"),
          ),
      ),
      writing === "quote" &&
        h(Compose, {
          name: `quote ${one.id}`,
          label: "Quote the tweet",
          placeholder: "What do you say to that?",
          action: "Quote",
          known: may,
          onSend: (text) => verbs.post(text, one.id),
          onDone: close,
        }),
    ),
  );
});

/** What is read from the API once, and again with each `turn`: each reading is a request of the visitor's.
 * `asked`: how many of the tab's own acts had been answered when it was asked for.
 */
function useOpen(path, room, me, acts, turn) {
  const [got, setGot] = useState({ path: "", turn, asked: 0, data: null, wrong: "" });
  const answered = useRef(0);
  answered.current = acts.answered;
  useEffect(() => {
    if (!path || !room) return undefined;
    let on = true;
    const asked = answered.current;
    ask(path, room, me).then(
      (data) => on && setGot({ path, turn, asked, data, wrong: "" }),
      (error) => on && setGot({ path, turn, asked, data: null, wrong: error.message }),
    );
    return () => {
      on = false;
    };
  }, [path, room, me, turn]);
  return got.path === path ? got : { path, turn, asked: 0, data: null, wrong: "" };
}

// Each changes a tweet that does not show the act yet, and leaves one that does.
const CHANGES = {
  like: (one, on) => (one.liked === on ? one : { ...one, liked: on, likes: one.likes + (on ? 1 : -1) }),
  retweet: (one) => (one.retweeted ? one : { ...one, retweeted: true, retweets: one.retweets + 1 }),
  edit: (one, text) => ({ ...one, text, edited: true }),
  delete: () => null,
};
const MOST_ACTS = 50;

/** The verbs, numbered as they are sent: the server answers in that order.
 *
 * What was read stays as it was read, but for what one does with it oneself: `shown(tweets, asked)` are the
 * tweets of a reading with all those acts that had not been answered when it was asked for. A refusal undoes
 * them.
 */
function useOwnActs(verbs, answered, refusals) {
  const [done, setDone] = useState([]);
  const count = useRef({ sent: 0, answered });
  count.current.answered = answered;
  useEffect(() => setDone([]), [refusals]);
  const numbered = useMemo(() => {
    const noting = (kind) => (id, value) => {
      const { current } = count;
      current.sent = Math.max(current.sent, current.answered) + 1;
      const act = { kind, id, value, number: current.sent };
      if (CHANGES[kind]) setDone((before) => [...before, act].slice(-MOST_ACTS));
      verbs[kind](id, value);
    };
    return Object.fromEntries(Object.keys(verbs).map((kind) => [kind, noting(kind)]));
  }, [verbs]);
  const shown = (tweets, asked) =>
    tweets
      .map((tweet) =>
        done
          .filter(({ id, number }) => id === tweet.id && number > asked)
          .reduce((now, { kind, value }) => now && CHANGES[kind](now, value), tweet),
      )
      .filter(Boolean);
  return { answered, verbs: numbered, shown };
}

function List({ tweets, shared, words, label, none }) {
  if (!tweets.length) return h("p", { className: "tw-none" }, none);
  return h(
    "div",
    { className: "tw-list", role: "feed", "aria-label": label },
    tweets.map((one) => h(Tweet, { key: `${one.id}${one.passed_on}`, one, words, ...shared })),
  );
}

/** The timeline: what comes in waits above until it is asked for; older pages come when one wants them. */
function Home({ api, room, me, home, known, shared }) {
  const [top, setTop] = useState(0);
  const [older, setOlder] = useState({ items: [], next: null, wrong: "" });
  const ids = home.map((one) => Number(one.id));
  const newest = Math.max(0, ...ids);
  const mine = home.find((one) => one.mine);
  const myNewest = Number(mine?.id ?? 0);
  useEffect(() => {
    // The first look, and whatever one writes oneself, goes to the top; what comes after that waits.
    if (newest && !top) setTop(newest);
    else if (myNewest > top) setTop(myNewest);
  }, [newest, myNewest, top]);
  const whose = useRef({ me, room });
  useEffect(() => {
    const before = whose.current;
    whose.current = { me, room };
    // The room's name comes after its first frame, and changes nothing.
    if (before.me === me && (before.room === room || !before.room)) return;
    setTop(0);
    setOlder({ items: [], next: null, wrong: "" });
  }, [me, room]);
  const below = home.filter((one) => Number(one.id) <= top);
  // What came in waits above; what is read stays where it is, also once the server names it no more.
  const held = useRef([]);
  const oldest = Math.min(...ids);
  const kept = held.current.filter((one) => Number(one.id) < oldest && Number(one.id) <= top);
  const shown = top && home.length > 0 ? [...below, ...kept].slice(0, MOST_SHOWN) : home;
  held.current = shown;
  const fresh = top ? home.length - below.length : 0;
  const more = async () => {
    try {
      const start =
        older.next ??
        (await ask(`${api}/timeline?limit=${Math.max(1, Math.min(50, shown.length || PAGE))}`, room, me))
          .next_cursor;
      if (!start) return setOlder((before) => ({ ...before, next: "", wrong: "" }));
      const found = await ask(`${api}/timeline?limit=${PAGE}&cursor=${encodeURIComponent(start)}`, room, me);
      const have = new Set([...shown, ...older.items].map((one) => one.id));
      const items = found.items.map((one) => card(one, me)).filter((one) => !have.has(one.id));
      return setOlder((before) => ({
        items: [...before.items, ...items],
        next: found.next_cursor ?? "",
        wrong: "",
      }));
    } catch (error) {
      return setOlder((before) => ({ ...before, wrong: error.message }));
    }
  };
  if (!known)
    return h(
      "div",
      {
        className: "tw-wait",
        role: "status",
        "aria-busy": true,
        "aria-label": "The timeline is not known yet",
      },
      [0, 1, 2].map((row) => h("i", { key: row })),
    );
  return h(
    "div",
    { className: "tw-home" },
    h(
      "div",
      { className: "tw-fresh" },
      fresh > 0
        ? h(
            "button",
            { type: "button", onClick: () => setTop(newest) },
            `Show ${fresh} new ${fresh === 1 ? "tweet" : "tweets"}`,
          )
        : h("span", null, "Newest first"),
    ),
    h(List, {
      tweets: [...shown, ...older.items],
      shared,
      label: "Home timeline",
      none: "Nothing yet. Follow somebody, or write the first tweet.",
    }),
    older.wrong && h("p", { className: "sd-fielderror", role: "alert" }, older.wrong),
    older.next !== "" &&
      shown.length > 0 &&
      h("button", { type: "button", className: "sd-btn tw-more", onClick: more }, "Older tweets"),
  );
}

const FIRST_PAGE = { cursor: "", trail: [] };

function Search({ api, room, me, acts, searches, shared, term, setTerm }) {
  const [text, setText] = useState(term);
  const [turn, setTurn] = useState(0);
  const [sort, setSort] = useState("LIKE");
  const [page, setPage] = useState(FIRST_PAGE);
  const search = (next, by = sort) => {
    setText(next);
    setTerm(next);
    setSort(by);
    setPage(FIRST_PAGE);
    setTurn(turn + 1);
  };
  const query = new URLSearchParams({
    term,
    sort_by: sort,
    limit: PAGE,
    ...(page.cursor ? { cursor: page.cursor } : {}),
  });
  const got = useOpen(term ? `${api}/search?${query}` : "", room, me, acts, turn);
  const words = term
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const go = (cursor, trail) => setPage({ cursor, trail });
  return h(
    "div",
    { className: "tw-search" },
    h(
      "form",
      {
        role: "search",
        onSubmit: (event) => {
          event.preventDefault();
          search(text.trim());
        },
      },
      h("input", {
        className: "sd-input",
        type: "search",
        value: text,
        maxLength: 100,
        placeholder: "Search tweets: launch, night train, …",
        "aria-label": "Search tweets",
        onChange: (event) => setText(event.target.value),
      }),
      h("button", { type: "submit", className: "sd-btn p", disabled: !text.trim() }, "Search"),
    ),
    h(
      "div",
      { className: "tw-recent" },
      h("span", null, "People just searched:"),
      searches.length
        ? searches.map((one) =>
            h(
              "button",
              { key: one.term, type: "button", title: one.name, onClick: () => search(one.term) },
              one.term,
            ),
          )
        : h("em", null, "nothing yet"),
    ),
    term &&
      h(
        "div",
        { className: "tw-sort", role: "group", "aria-label": "Sorted by" },
        [
          ["LIKE", "Most liked"],
          ["timestamp", "Newest"],
        ].map(([id, label]) =>
          h(
            "button",
            { key: id, type: "button", "aria-pressed": sort === id, onClick: () => search(term, id) },
            label,
          ),
        ),
        h("span", null, `page ${page.trail.length + 1}${got.data?.cached ? ", read ahead" : ""}`),
      ),
    got.wrong && h("p", { className: "sd-fielderror", role: "alert" }, got.wrong),
    got.data &&
      h(List, {
        tweets: acts.shown(
          got.data.items.map((one) => card(one, me)),
          got.asked,
        ),
        shared,
        words,
        label: `Tweets with ${term}`,
        none: `No tweet has all of “${term}”.`,
      }),
    got.data &&
      h(
        "div",
        { className: "tw-pages" },
        h(
          "button",
          {
            type: "button",
            className: "sd-btn",
            disabled: !page.trail.length,
            onClick: () => go(page.trail.at(-1), page.trail.slice(0, -1)),
          },
          "Previous page",
        ),
        h(
          "button",
          {
            type: "button",
            className: "sd-btn",
            disabled: !got.data.next_cursor,
            onClick: () => go(got.data.next_cursor, [...page.trail, page.cursor]),
          },
          "Next page",
        ),
      ),
  );
}

function Thread({ api, room, me, acts, id, shared, refusal, refusals }) {
  const got = useOpen(`${api}/tweets/${id}`, room, me, acts, acts.answered);
  if (got.wrong) return h("p", { className: "tw-none", role: "alert" }, got.wrong);
  if (!got.data)
    return h(
      "div",
      {
        className: "tw-wait",
        role: "status",
        "aria-busy": true,
        "aria-label": "The thread is not known yet",
      },
      h("i"),
    );
  const chain = got.data.chain.map((one) => card(one, me));
  const to = chain.at(-1);
  return h(
    "div",
    { className: "tw-thread" },
    chain.map((one) => h(Tweet, { key: one.id, one, big: one.id === to.id, ...shared })),
    h(Compose, {
      name: `reply ${id}`,
      label: `Reply to ${to.name}`,
      placeholder: `Reply to ${to.name}`,
      action: "Reply",
      known: shared.known,
      refusal,
      refusals,
      onSend: (text) => acts.verbs.reply(id, text),
    }),
    h(List, {
      tweets: got.data.replies.map((one) => card(one, me)),
      shared,
      label: "Replies",
      none: "No replies yet.",
    }),
  );
}

function PersonPage({ api, room, me, acts, person, shared }) {
  const path = `${api}/users/${encodeURIComponent(person.handle)}/tweets?limit=20`;
  const got = useOpen(path, room, me, acts, acts.answered);
  const { verbs } = acts;
  const may = useMay("verb");
  const self = person.handle === me;
  return h(
    "div",
    { className: "tw-person" },
    h(
      "div",
      { className: "tw-profile" },
      h(Avatar, { seed: person.handle, size: 52 }),
      h(
        "div",
        null,
        h("b", null, person.name),
        h("span", null, `@${person.handle}${person.private ? " · for followers only" : ""}`),
      ),
      h(
        "div",
        { className: "tw-ties" },
        self
          ? h(
              "button",
              {
                type: "button",
                className: "sd-btn",
                disabled: !may,
                onClick: () => verbs.private(!person.private),
              },
              person.private ? "Make public" : "Make private",
            )
          : [
              h(
                "button",
                {
                  key: "f",
                  type: "button",
                  className: person.following ? "sd-btn" : "sd-btn p",
                  disabled: !may || person.blocked,
                  onClick: () => verbs.follow(person.handle, !person.following),
                },
                person.following ? "Unfollow" : person.private ? "Ask to follow" : "Follow",
              ),
              h(
                "button",
                {
                  key: "b",
                  type: "button",
                  className: "sd-btn",
                  disabled: !may,
                  onClick: () => verbs.block(person.handle, !person.blocked),
                },
                person.blocked ? "Unblock" : "Block",
              ),
            ],
      ),
    ),
    got.wrong && h("p", { className: "tw-none", role: "status" }, got.wrong),
    got.data &&
      h(List, {
        tweets: got.data.items.map((one) => card(one, me)),
        shared,
        label: `Tweets by ${person.name}`,
        none: `${person.name} has not tweeted.`,
      }),
  );
}

function People({ people, choose }) {
  return h(
    "ul",
    { className: "tw-people" },
    people.map((one) =>
      h(
        "li",
        { key: one.handle },
        h(
          "button",
          { type: "button", onClick: () => choose(one.handle) },
          h(Avatar, { seed: one.handle, size: 26 }),
          h(
            "span",
            null,
            h("b", null, one.name),
            h(
              "small",
              null,
              `@${one.handle}${one.private ? " · private" : ""}${one.following ? " · followed" : ""}`,
            ),
          ),
        ),
      ),
    ),
  );
}

/** The whole product. What is open is this tab's own; who acts is the room's. */
export function TwitterApp(props) {
  const { api, known, me, now, people, home, searches, waiting, refusal, refusals, answered } = props;
  const room = useRoom();
  const [view, setView] = useState({ kind: "home", id: "" });
  const [term, setTerm] = useState("");
  const may = useMay("verb");
  const self = people.find((one) => one.handle === me) ?? { handle: me, name: me, private: false };
  const latest = useRef(props);
  latest.current = props;
  const sending = useRef({
    post: (text, of) => latest.current.onPost(text, of ?? ""),
    reply: (id, text) => latest.current.onReply(id, text),
    edit: (id, text) => latest.current.onEdit(id, text),
    delete: (id) => latest.current.onDelete(id),
    like: (id, on) => latest.current.onLike(id, on),
    retweet: (id) => latest.current.onRetweet(id),
    follow: (handle, on) => latest.current.onFollow(handle, on),
    block: (handle, on) => latest.current.onBlock(handle, on),
    private: (on) => latest.current.onPrivate(on),
    accept: (handle) => latest.current.onAccept(handle),
    become: (handle) => latest.current.onBecome(handle),
  }).current;
  const acts = useOwnActs(sending, answered, refusals);
  const { verbs } = acts;
  const open = useRef({
    thread: (id) => setView({ kind: "thread", id }),
    person: (id) => setView({ kind: "person", id }),
  }).current;
  const shared = { now, known, verbs, open };
  const place = { api, room, me, shared, acts };
  const tabs = [
    ["home", "Home"],
    ["search", "Search"],
  ];
  return h(
    "section",
    { className: "tw-app", "aria-label": "Twitter" },
    h(
      "div",
      { className: "tw-bar" },
      h(
        "div",
        { className: "tw-tabs", role: "group", "aria-label": "What is shown" },
        !tabs.some(([kind]) => kind === view.kind) &&
          h(
            "button",
            {
              type: "button",
              onClick: () => setView({ kind: "home", id: "" }),
              "aria-label": "Back to the timeline",
            },
            "←",
          ),
        tabs.map(([kind, label]) =>
          h(
            "button",
            {
              key: kind,
              type: "button",
              "aria-pressed": view.kind === kind,
              onClick: () => setView({ kind, id: "" }),
            },
            label,
          ),
        ),
      ),
      h(Popover, { label: "People", className: "tw-who", face: h("span", null, "People") }, (close) =>
        h(People, {
          people: people.filter((one) => one.handle !== me),
          choose: (id) => {
            setView({ kind: "person", id });
            close?.();
          },
        }),
      ),
      h(
        Popover,
        {
          label: `You are ${self.name}. Be somebody else`,
          align: "end",
          className: "tw-who",
          face: h("span", null, h(Avatar, { seed: me, size: 22 }), h("b", null, self.name)),
        },
        (close) =>
          h(People, {
            people,
            choose: (id) => {
              if (may) verbs.become(id);
              close?.();
            },
          }),
      ),
    ),
    waiting.map((one) =>
      h(
        "div",
        { key: one.handle, className: "tw-ask" },
        `${one.name} wants to follow you.`,
        h(
          "button",
          { type: "button", className: "sd-btn", disabled: !may, onClick: () => verbs.accept(one.handle) },
          "Accept",
        ),
      ),
    ),
    refusal && h("p", { className: "sd-fielderror", role: "alert" }, refusal),
    view.kind === "home" &&
      h(Compose, {
        name: `of ${me}`,
        label: `Tweet as ${self.name}`,
        placeholder: "What is happening?",
        example: me === "visitor" ? DRAFT : "",
        action: "Tweet",
        known,
        refusal,
        refusals,
        onSend: (text) => verbs.post(text, ""),
      }),
    h(
      "div",
      { className: "tw-scroll", tabIndex: 0, role: "region", "aria-label": "Tweets" },
      view.kind === "home" && h(Home, { ...place, home, known }),
      view.kind === "search" && h(Search, { ...place, searches, term, setTerm }),
      view.kind === "thread" && h(Thread, { ...place, id: view.id, refusal, refusals }),
      view.kind === "person" &&
        h(PersonPage, {
          ...place,
          person: people.find((one) => one.handle === view.id) ?? { handle: view.id, name: view.id },
        }),
    ),
  );
}
