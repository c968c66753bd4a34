// A wall of pictures that narrows as tags are chosen; a picture opens, and its tags can be changed.
import { createElement as h, memo, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { apiUrl, fmt, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Popover, usePending, useWidth } from "$/public/external/components/controls/controls.jsx";

const COLOURS = ["#e5484d", "#3e63dd", "#30a46c", "#f5d90a", "#8e4ec6", "#f76b15", "#ffffff", "#e93d82"];
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODES = new Map([...ALPHABET].map((letter, number) => [letter, number]));
const TALL = 330;
const LARGEST = 84;
const SMALLEST = 7;
const TYPED_MS = 140;
const MODES = { all: "all of", any: "any of", none: "none of" };
const NEXT = { all: "any", any: "none", none: "all" };

// Pictures

const lookAt = (looks, item) => (CODES.get(looks[2 * item - 2]) << 6) | CODES.get(looks[2 * item - 1]);

function points(ctx, count, inner) {
  ctx.beginPath();
  for (let n = 0; n < count * 2; n++) {
    const radius = n % 2 ? inner : 1;
    const turn = (Math.PI * n) / count - Math.PI / 2;
    ctx.lineTo(Math.cos(turn) * radius, Math.sin(turn) * radius);
  }
  ctx.closePath();
}

const SHAPES = [
  (ctx) => ctx.arc(0, 0, 0.9, 0, 7),
  (ctx) => ctx.rect(-0.8, -0.8, 1.6, 1.6),
  (ctx) => points(ctx, 3, 0.5),
  (ctx) => points(ctx, 5, 0.42),
  (ctx) => {
    ctx.moveTo(0, 0.9);
    ctx.bezierCurveTo(-1.6, -0.2, -0.7, -1.3, 0, -0.4);
    ctx.bezierCurveTo(0.7, -1.3, 1.6, -0.2, 0, 0.9);
  },
  (ctx) => {
    ctx.arc(0, 0, 0.9, 0.9, 5.4);
    ctx.arc(0.42, -0.12, 0.72, 5.1, 1.25, true);
  },
  (ctx) => points(ctx, 7, 0.62),
  (ctx) => {
    ctx.ellipse(-0.15, 0, 0.75, 0.48, 0, 0, 7);
    ctx.moveTo(0.5, 0);
    ctx.lineTo(1, -0.45);
    ctx.lineTo(1, 0.45);
    ctx.closePath();
  },
];

/** The ground that a picture stands before: a skyline, the sea, hills, snow, or nothing. */
const GROUNDS = [
  () => {},
  (ctx, night) => {
    ctx.fillStyle = night ? "#05070f" : "#7d8899";
    for (const [x, high] of [
      [0, 0.34],
      [0.15, 0.5],
      [0.3, 0.28],
      [0.46, 0.58],
      [0.62, 0.4],
      [0.78, 0.52],
      [0.9, 0.3],
    ])
      ctx.fillRect(x, 1 - high, 0.13, high);
  },
  (ctx, night) => {
    ctx.fillStyle = night ? "#123b66" : "#4aa3df";
    ctx.fillRect(0, 0.68, 1, 0.32);
  },
  (ctx, night) => {
    ctx.fillStyle = night ? "#1b3a26" : "#7bb661";
    ctx.beginPath();
    ctx.moveTo(0, 1);
    ctx.bezierCurveTo(0.2, 0.5, 0.4, 0.6, 0.5, 0.8);
    ctx.bezierCurveTo(0.7, 0.45, 0.9, 0.6, 1, 1);
    ctx.fill();
  },
  (ctx, night) => {
    ctx.fillStyle = night ? "#c9d6e8" : "#ffffff";
    ctx.fillRect(0, 0.76, 1, 0.24);
    for (const [x, y] of [
      [0.15, 0.2],
      [0.4, 0.1],
      [0.7, 0.28],
      [0.85, 0.5],
    ])
      ctx.fillRect(x, y, 0.06, 0.06);
  },
];

/** One picture in the unit square. */
function drawPicture(ctx, look) {
  const night = (look >> 6) & 1;
  ctx.fillStyle = night ? "#151b38" : "#cfe6f7";
  ctx.fillRect(0, 0, 1, 1);
  GROUNDS[look >> 9](ctx, night);
  const count = ((look >> 7) & 3) + 1;
  const size = count > 1 ? 0.24 : 0.34;
  const centres = [
    [[0.5, 0.46]],
    [
      [0.3, 0.36],
      [0.7, 0.58],
    ],
    [
      [0.27, 0.32],
      [0.73, 0.36],
      [0.5, 0.7],
    ],
  ][count - 1];
  for (const [x, y] of centres) {
    ctx.save();
    ctx.translate(x, y);
    ctx.scale(size, size);
    ctx.beginPath();
    SHAPES[(look >> 3) & 7](ctx);
    ctx.fillStyle = COLOURS[look & 7];
    ctx.fill();
    ctx.lineWidth = 0.1;
    ctx.strokeStyle = night ? "rgb(255 255 255 / 45%)" : "rgb(20 25 45 / 45%)";
    ctx.stroke();
    ctx.restore();
  }
}

function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  return ctx;
}

function found(bits, count) {
  const raw = atob(bits);
  const ids = [];
  for (let n = 0; n < count; n++) if ((raw.charCodeAt(n >> 3) >> (n & 7)) & 1) ids.push(n + 1);
  return ids;
}

/** In how many columns so many fill the width, in tiles as large as there is room for. */
function columnsFor(count, width) {
  const most = Math.max(1, Math.floor(width / SMALLEST));
  for (let columns = Math.max(1, Math.ceil(width / LARGEST)); columns < most; columns++)
    if (Math.ceil(count / columns) * (width / columns) <= TALL) return columns;
  return most;
}

function Pictures({ looks, bits, chosen, onChoose, said }) {
  const [ref, width] = useWidth(420);
  const canvas = useRef(null);
  const ids = useMemo(() => found(bits, looks.length / 2), [bits, looks]);
  const columns = columnsFor(ids.length, width);
  const size = width / columns;
  useEffect(() => {
    if (!canvas.current) return;
    const ctx = sized(canvas.current, width, TALL);
    ctx.clearRect(0, 0, width, TALL);
    ids.forEach((id, n) => {
      const x = (n % columns) * size;
      const y = Math.floor(n / columns) * size;
      if (y > TALL) return;
      ctx.save();
      ctx.translate(x, y);
      const edge = size > 14 ? 1.5 : 0.5;
      ctx.scale(size - edge, size - edge);
      drawPicture(ctx, lookAt(looks, id));
      ctx.restore();
      if (id !== chosen) return;
      ctx.strokeStyle = "#f76b15";
      ctx.lineWidth = 3;
      ctx.strokeRect(x + 1, y + 1, size - 3, size - 3);
    });
  }, [ids, looks, width, size, columns, chosen]);
  const pick = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / size);
    const n = Math.floor((event.clientY - box.top) / size) * columns + column;
    if (column < columns && ids[n]) onChoose(ids[n]);
  };
  const keys = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (!by || !ids.length) return;
    event.preventDefault();
    event.stopPropagation();
    const at = ids.indexOf(chosen);
    onChoose(ids[at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))]);
  };
  return h(
    "div",
    { ref, className: "tw-pictures" },
    h("canvas", {
      ref: canvas,
      style: { width, height: TALL },
      tabIndex: 0,
      role: "application",
      "aria-label": `${fmt(ids.length)} pictures: ${said}. Arrow keys choose one.`,
      onClick: pick,
      onKeyDown: keys,
    }),
  );
}

function Thumb({ look, size }) {
  const canvas = useRef(null);
  useEffect(() => {
    const ctx = sized(canvas.current, size, size);
    ctx.scale(size, size);
    drawPicture(ctx, look);
  }, [look, size]);
  return h("canvas", { ref: canvas, style: { width: size, height: size }, "aria-hidden": true });
}

// Calls

/** Calls the lab's API in this room; what is refused is said. */
function useApi(api) {
  const room = useRoom();
  const [wrong, setWrong] = useState("");
  const call = useCallback(
    async (method, path, body) => {
      setWrong("");
      try {
        const answer = await fetch(apiUrl(`${api}${path}`), {
          method,
          headers: {
            ...(room ? { "X-SDLab-Room": room } : {}),
            ...(body ? { "Content-Type": "application/json" } : {}),
          },
          body: body && JSON.stringify(body),
        });
        const said = answer.status === 204 ? {} : await answer.json();
        if (answer.ok) return said;
        setWrong(said.detail ?? "refused");
      } catch {
        setWrong("no answer");
      }
      return null;
    },
    [api, room],
  );
  return { call, wrong };
}

/** A field that completes tags; Enter or a click takes one. `free`: also one that nobody has yet. */
function TagField({ call, label, onTake, free = false, id }) {
  const own = useId();
  const field = id ?? own;
  const [text, setText] = useState("");
  const [offers, setOffers] = useState([]);
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return undefined;
    const timer = setTimeout(async () => {
      const said = await call("GET", `/tags?limit=8&prefix=${encodeURIComponent(text)}`);
      setOffers(said?.items ?? []);
      setAt(-1);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, open, call]);
  const take = (name) => {
    if (!name) return;
    onTake(name);
    setText("");
    setOpen(false);
  };
  const keys = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      setAt((offers.length + at + by + (at < 0 && by < 0 ? 1 : 0)) % Math.max(1, offers.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(offers[at]?.name ?? (free ? text.trim() : offers[0]?.name));
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  return h(
    "div",
    {
      className: "tw-field",
      onBlur: (event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false),
    },
    h("input", {
      id: field,
      className: "sd-input",
      value: text,
      placeholder: label,
      "aria-label": label,
      role: "combobox",
      "aria-expanded": open && offers.length > 0,
      "aria-controls": `${field}-offers`,
      "aria-autocomplete": "list",
      "aria-activedescendant": at >= 0 ? `${field}-${at}` : undefined,
      autoComplete: "off",
      maxLength: 40,
      onChange: (event) => {
        setText(event.target.value);
        setOpen(true);
      },
      onFocus: () => setOpen(true),
      onKeyDown: keys,
    }),
    open &&
      offers.length > 0 &&
      h(
        "ul",
        { id: `${field}-offers`, className: "tw-offers", role: "listbox", "aria-label": label },
        offers.map((one, n) =>
          h(
            "li",
            {
              key: one.name,
              id: `${field}-${n}`,
              role: "option",
              "aria-selected": n === at,
              onPointerDown: (event) => {
                event.preventDefault();
                take(one.name);
              },
            },
            h("span", null, one.name),
            h("small", null, `${one.bound ? "≈ " : ""}${fmt(one.items)}`),
          ),
        ),
      ),
  );
}

// The query

function Query({ wall, call, show }) {
  const parts = { all: [...wall.all_of], any: [...wall.any_of], none: [...wall.none_of] };
  const [active, , ask] = usePending(wall.active);
  const send = (next, only = active) => show(next.all, next.any, next.none, only);
  const without = (name) =>
    Object.fromEntries(
      Object.entries(parts).map(([mode, names]) => [mode, names.filter((one) => one !== name)]),
    );
  const add = (name, mode = "all") => {
    const next = without(name);
    next[mode] = [...next[mode], name];
    send(next);
  };
  return h(
    "div",
    { className: "tw-query" },
    h(TagField, { call, label: "Add a tag to the query", onTake: (name) => add(name) }),
    h(
      "ul",
      { className: "tw-chips", "aria-label": "Tags of the query" },
      Object.entries(parts).flatMap(([mode, names]) =>
        names.map((name) =>
          h(
            "li",
            { key: name, className: "tw-chip", "data-mode": mode },
            h(
              "button",
              {
                type: "button",
                title: `${MODES[mode]}; press for ${MODES[NEXT[mode]]}`,
                "aria-label": `${name}: ${MODES[mode]}; change to ${MODES[NEXT[mode]]}`,
                onClick: () => add(name, NEXT[mode]),
              },
              h("small", null, MODES[mode]),
              name,
            ),
            h(
              "button",
              {
                type: "button",
                "aria-label": `Leave ${name} out of the query`,
                onClick: () => send(without(name)),
              },
              "×",
            ),
          ),
        ),
      ),
      h(
        "li",
        null,
        h(
          "label",
          { className: "tw-active" },
          h("input", {
            type: "checkbox",
            checked: active,
            onChange: (event) => {
              ask(event.target.checked);
              send(parts, event.target.checked);
            },
          }),
          "active only",
        ),
      ),
    ),
  );
}

// One picture

function Opened({ item, looks, call, may, close, version }) {
  const [shown, setShown] = useState(null);
  const [written, setWritten] = useState(0);
  useEffect(() => {
    let mine = true;
    call("GET", `/items/${item}`).then((said) => mine && said && setShown(said));
    return () => {
      mine = false;
    };
  }, [item, call, version, written]); // a read that was asked for before a write was done does not count
  const write = async (method, name, change) => {
    const said = await call(method, `/items/${item}/tags/${encodeURIComponent(name)}`);
    if (said) setShown((before) => change(before, said));
    setWritten((times) => times + 1);
  };
  const put = (name) => write("PUT", name, (before, said) => (before?.id === said.id ? said : before));
  const off = (name) =>
    write("DELETE", name, (before) => ({ ...before, tags: before.tags.filter((one) => one !== name) }));
  if (!shown || shown.id !== String(item)) return h("div", { className: "tw-opened" });
  return h(
    "div",
    { className: "tw-opened" },
    h(Thumb, { look: lookAt(looks, item), size: 76 }),
    h(
      "div",
      { className: "tw-about" },
      h(
        "div",
        { className: "tw-title" },
        h("b", null, `Picture ${item}: ${shown.title}${shown.active ? "" : " (not active)"}`),
        h(
          "button",
          {
            type: "button",
            className: "sd-btn icon small",
            "aria-label": "Close the picture",
            onClick: close,
          },
          "×",
        ),
      ),
      h(
        "ul",
        { className: "tw-chips", "aria-label": "Tags of the picture" },
        shown.tags.map((name) =>
          h(
            "li",
            { key: name, className: "tw-chip" },
            h("span", null, name),
            may &&
              h(
                "button",
                { type: "button", "aria-label": `Take ${name} off`, onClick: () => off(name) },
                "×",
              ),
          ),
        ),
      ),
      may && h(TagField, { call, label: "Tag this picture", onTake: put, free: true }),
    ),
  );
}

// Rename and merge

/** What is refused is said here and nowhere else, and is gone with the form. */
function TagFields({ api, label, face, fields, send, close }) {
  const id = useId();
  const { call, wrong } = useApi(api);
  return h(
    "form",
    {
      className: "tw-form",
      onSubmit: async (event) => {
        event.preventDefault();
        if (await send(call, Object.fromEntries(new FormData(event.currentTarget)))) close();
      },
    },
    h("b", null, label),
    fields.map(([name, text]) =>
      h(
        "div",
        { key: name, className: "sd-field" },
        h("label", { htmlFor: `${id}-${name}` }, text),
        h("input", {
          id: `${id}-${name}`,
          name,
          className: "sd-input",
          list: "tw-known",
          required: true,
          maxLength: 40,
          autoComplete: "off",
        }),
      ),
    ),
    h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    h("button", { type: "submit", className: "sd-btn p" }, face.replace("…", "")),
  );
}

function TagForm(props) {
  const { label, face } = props;
  return h(Popover, { label, face, className: "sd-btn small", align: "end" }, (close) =>
    h(TagFields, { ...props, close }),
  );
}

function Cloud({ api, cloud, wall, show, may }) {
  const add = (name) => {
    if ([...wall.all_of, ...wall.any_of, ...wall.none_of].includes(name)) return;
    show([...wall.all_of, name], [...wall.any_of], [...wall.none_of], wall.active);
  };
  return h(
    "section",
    { className: "tw-cloud", "aria-label": "Tags" },
    h(
      "div",
      { className: "tw-head" },
      h("h3", null, "Tags"),
      may &&
        h(
          "span",
          { className: "tw-tools" },
          h(TagForm, {
            label: "Rename a tag",
            face: "Rename…",
            api,
            fields: [
              ["tag", "Tag"],
              ["name", "New name"],
            ],
            send: (call, { tag, name }) => call("POST", `/tags/${encodeURIComponent(tag)}/rename`, { name }),
          }),
          h(TagForm, {
            label: "Merge two tags",
            face: "Merge…",
            api,
            fields: [
              ["from", "This tag"],
              ["into", "goes into"],
            ],
            send: (call, given) => call("POST", "/tags/merge", given),
          }),
        ),
    ),
    h(
      "datalist",
      { id: "tw-known" },
      cloud.map((one) => h("option", { key: one.name, value: one.name })),
    ),
    h(
      "ul",
      null,
      cloud.map((one) =>
        h(
          "li",
          { key: one.name },
          h(
            "button",
            {
              type: "button",
              "data-size": one.size,
              "aria-label": `Add ${one.name} to the query, ${fmt(one.told)} pictures`,
              onClick: () => add(one.name),
            },
            one.name,
            h("small", null, `${one.bound ? "≈" : ""}${fmt(one.told)}`),
          ),
        ),
      ),
    ),
  );
}

export const Wall = memo(function Wall({ api, wall, cloud, onShow }) {
  const { call, wrong } = useApi(api);
  const may = useMay("verb");
  const [chosen, setChosen] = useState(0);
  const show = (...query) => onShow(...query);
  if (!wall.known) return h("div", { className: "tw-wall sd-skeleton", "aria-busy": true });
  return h(
    "div",
    { className: "tw-wall" },
    h(Query, { wall, call, show }),
    h(
      "p",
      { className: "tw-found", role: "status" },
      h("b", null, fmt(wall.found)),
      ` of ${fmt(wall.total)} pictures`,
      h("small", null, wall.problem || `answered by: ${wall.approach}`),
    ),
    h(Pictures, { looks: wall.looks, bits: wall.bits, chosen, onChoose: setChosen, said: wall.said }),
    chosen > 0 &&
      h(Opened, {
        item: chosen,
        looks: wall.looks,
        call,
        may,
        version: wall.bits,
        close: () => setChosen(0),
      }),
    h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    h(Cloud, { api, cloud, wall, show, may }),
  );
});
