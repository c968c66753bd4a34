// Three phones, and a tablet where one is linked: chats, ticks, typing, pictures, flight mode.
import { createElement as h, useEffect, useLayoutEffect, useRef, useState } from "react";
import { apiUrl, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";

const TYPING_EVERY = 2500;
const TICKS = { waiting: "◷", sent: "✓", delivered: "✓✓", read: "✓✓" };
const SAID = { waiting: "waiting", sent: "sent", delivered: "delivered", read: "read" };
const FIRST = { "ann/phone": "Where do we meet?", "ben/phone": "At mine", "cleo/phone": "I bring cake" };

/** The path that a picture may be read by; it is signed, so it is asked for once. */
function usePicture(api, id, user) {
  const room = useRoom();
  const [path, setPath] = useState("");
  useEffect(() => {
    if (!room) return undefined;
    const ended = new AbortController();
    const headers = { "X-SDLab-Room": room, "X-SDLab-User": user };
    fetch(apiUrl(`${api}/attachments/${id}`), { headers, signal: ended.signal })
      .then((answer) => (answer.ok ? answer.json() : { download: "" }))
      .then((found) => setPath(found.download))
      .catch(() => {});
    return () => ended.abort();
  }, [api, id, user, room]);
  return path;
}

function Picture({ api, id, user }) {
  const path = usePicture(api, id, user);
  return path
    ? h("img", { src: apiUrl(path), alt: "A picture", className: "wa-picture" })
    : h("span", { className: "wa-picture" });
}

function Message({ one, api, user }) {
  return h(
    "li",
    { className: "wa-message", "data-mine": one.mine },
    !one.mine && h("small", { className: "wa-by" }, one.by),
    one.picture && h(Picture, { api, id: one.picture, user }),
    one.text && h("span", { className: "wa-text" }, one.text),
    h(
      "small",
      { className: "wa-when" },
      one.clock,
      one.tick &&
        h(
          "span",
          { className: "wa-tick", "data-tick": one.tick, "aria-label": SAID[one.tick] },
          ` ${TICKS[one.tick]}`,
        ),
    ),
  );
}

function Chat({ phone, api }) {
  const box = useRef(null);
  const newest = phone.messages.at(-1)?.id;
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [newest, phone.open]);
  return h(
    "ul",
    { className: "wa-chat", ref: box, tabIndex: 0, "aria-label": `Chat on ${phone.name}'s ${phone.device}` },
    phone.messages.map((one) => h(Message, { key: one.id, one, api, user: phone.user })),
    !phone.messages.length && h("li", { className: "wa-empty" }, "No messages on this device yet."),
  );
}

function Phone({ phone, api, may, on }) {
  const [text, setText] = useState(FIRST[phone.id] ?? "");
  const typed = useRef(0);
  const send = (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    on.write(phone.id, phone.open, text);
    typed.current = 0;
    setText("");
  };
  const type = (event) => {
    setText(event.target.value);
    const now = performance.now();
    if (now - typed.current > TYPING_EVERY && !phone.away) {
      typed.current = now;
      on.typing(phone.id, phone.open);
    }
  };
  const who = `${phone.name}'s ${phone.device}`;
  return h(
    "section",
    { className: "wa-phone", "data-away": phone.away, "data-phone": phone.id, "aria-label": who },
    h(
      "header",
      null,
      h("h3", null, phone.name, phone.device !== "phone" && h("small", null, ` ${phone.device}`)),
      h("small", { className: "wa-state" }, phone.server ? `on ${phone.server}` : phone.state),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          "aria-pressed": phone.away,
          disabled: !may,
          "aria-label": `Flight mode of ${who}`,
          onClick: () => on.flight(phone.id, !phone.away),
        },
        phone.away ? "Back online" : "Flight mode",
      ),
    ),
    h(
      "div",
      { className: "wa-chats", role: "group", "aria-label": `Chats of ${who}` },
      phone.chats.map((one) =>
        h(
          "button",
          {
            key: one.id,
            type: "button",
            className: "sd-btn small",
            "aria-pressed": one.id === phone.open,
            disabled: !may,
            onClick: () => on.open(phone.id, one.id),
          },
          one.name,
          one.unread > 0 && h("b", { className: "wa-unread" }, one.unread),
        ),
      ),
    ),
    h(Chat, { phone, api }),
    h(
      "p",
      { className: "wa-typing", "aria-live": "polite" },
      phone.typing || (phone.waiting ? "waits for a connection" : ""),
    ),
    h(
      "form",
      { className: "wa-form", onSubmit: send },
      h("input", {
        type: "text",
        value: text,
        maxLength: 1000,
        disabled: !may,
        placeholder: "Message",
        "aria-label": `Message on ${who}`,
        onChange: type,
      }),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          disabled: !may || phone.away,
          "aria-label": `Picture from ${who}`,
          onClick: () => on.picture(phone.id, phone.open),
        },
        "Picture",
      ),
      h(
        "button",
        {
          type: "submit",
          className: phone.id === "ann/phone" ? "sd-btn small p" : "sd-btn small",
          disabled: !may,
          "aria-label": `Send from ${who}`,
        },
        "Send",
      ),
    ),
  );
}

export function Phones({ phones, api, onWrite, onPicture, onTyping, onOpen, onFlight, onLink }) {
  const may = useMay();
  const on = { write: onWrite, picture: onPicture, typing: onTyping, open: onOpen, flight: onFlight };
  const linked = phones.some((one) => one.device !== "phone");
  return h(
    "div",
    { className: "wa-product" },
    h(
      Sides,
      {
        label: "Devices",
        className: "wa-phones",
        faces: phones.map((one) => (one.device === "phone" ? one.name : `${one.name}'s tablet`)),
      },
      phones.map((phone) => h(Phone, { key: phone.id, phone, api, may, on })),
    ),
    h(
      "button",
      {
        type: "button",
        className: "sd-btn small wa-link",
        disabled: !may || linked,
        onClick: () => onLink("ann"),
      },
      linked ? "Ann has a tablet, too" : "Link a tablet to Ann",
    ),
  );
}
