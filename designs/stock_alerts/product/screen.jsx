// A stock with its candles and alert lines: a line is dragged, or moved by the arrow keys. What the
// visitor is told comes over an event stream of its own, and through the browser where it is allowed.
import { createElement as h, useEffect, useId, useMemo, useRef, useState } from "react";
import { apiUrl, fmt, fmtMs, useRoom } from "$/public/external/components/live/live.jsx";
import { usePending, useWidth } from "$/public/external/components/controls/controls.jsx";

const HEIGHT = 240;
const RIGHT = 74;
const PAD = 22; // as much as a finger needs around a line
const NEAR = 0.03; // of the price: alerts that far away widen the picture
const STEP = 0.0005; // of the price, per press of an arrow key
const SHOWN_MS = 9000;
const TOASTS = 3;

const KINDS = [
  ["above", "rises to"],
  ["below", "falls to"],
  ["pct_up", "rises by %"],
  ["pct_down", "falls by %"],
];
const proposal = (kind, price) =>
  kind.startsWith("pct") ? "1" : (price * (kind === "above" ? 1.004 : 0.996)).toFixed(2);

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

const ring = (one) => {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const note = new Notification(one.text, { body: `${fmtMs(one.delay_ms)} ms after the tick`, tag: one.id });
  note.onclick = () => window.focus();
};

/** What the visitor is told, as it comes; each for some seconds. */
function useToasts(api, on) {
  const [room, visible] = [useRoom(), useVisible()];
  const [toasts, setToasts] = useState([]);
  useEffect(() => {
    if (!on || !room) return undefined;
    const source = new EventSource(apiUrl(`${api}/notifications/events?room=${room}`));
    source.addEventListener("notification", (event) => {
      const one = { ...JSON.parse(event.data), id: event.lastEventId, until: Date.now() + SHOWN_MS };
      ring(one);
      setToasts((all) => [one, ...all].slice(0, TOASTS));
    });
    return () => source.close();
  }, [api, room, on]);
  useEffect(() => {
    if (!toasts.length || !visible) return undefined;
    const timer = setTimeout(() => setToasts((all) => all.filter((one) => one.until > Date.now())), 1000);
    return () => clearTimeout(timer);
  }, [toasts, visible]);
  return toasts;
}

/** Prices to heights, over candles and the alerts near them. */
function scaleOf(screen, lines) {
  const near = lines.filter((price) => Math.abs(price - screen.price) < screen.price * NEAR);
  const prices = [
    ...screen.candles.flatMap((one) => [one.low, one.high]),
    screen.price,
    screen.price * 1.005,
    screen.price * 0.995,
    ...near,
  ];
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const span = Math.max(high - low, 0.02);
  return {
    low,
    high,
    y: (price) => PAD + ((high - price) / span) * (HEIGHT - 2 * PAD),
    price: (y) => high - ((y - PAD) / (HEIGHT - 2 * PAD)) * span,
  };
}

function Candles({ candles, scale, width }) {
  const step = Math.max(1, width - RIGHT) / Math.max(1, candles.length); // no width when out of sight
  return candles.map((one, n) => {
    const [x, rises] = [step * (n + 0.5), one.close >= one.open];
    const [top, bottom] = [scale.y(Math.max(one.open, one.close)), scale.y(Math.min(one.open, one.close))];
    return h(
      "g",
      { key: one.start, className: rises ? "sa-up" : "sa-down" },
      h("line", { x1: x, x2: x, y1: scale.y(one.high), y2: scale.y(one.low) }),
      h("rect", {
        x: x - step * 0.32,
        y: top,
        width: step * 0.64,
        height: Math.max(1, bottom - top),
        className: rises ? "sa-hollow" : "",
      }),
    );
  });
}

/** An alert as a line with a handle: a slider that commits when it is let go. */
function AlertLine({ alert, screen, scale, width, onMove }) {
  const [draft, setDraft] = useState(null);
  const [asked, , ask] = usePending(alert.price); // let go there; shown until the row says so
  const grip = useRef(null);
  const price = draft ?? asked;
  const y = Math.max(PAD, Math.min(HEIGHT - PAD, scale.y(price)));
  const rises = price > screen.price;
  const commit = () => {
    if (draft !== null && draft.toFixed(2) !== alert.price.toFixed(2)) {
      const wanted = Number(draft.toFixed(2));
      ask(wanted);
      onMove(alert.id, wanted);
    }
    grip.current = null;
    setDraft(null);
  };
  const keys = {
    ArrowUp: () => setDraft(price + screen.price * STEP),
    ArrowDown: () => setDraft(price - screen.price * STEP),
    Enter: commit,
    Escape: () => setDraft(null),
  };
  const at = (event) => {
    const box = event.currentTarget.ownerSVGElement.getBoundingClientRect();
    return scale.price(((event.clientY - box.top) / box.height) * HEIGHT);
  };
  return h(
    "g",
    {
      className: "sa-line",
      "data-side": rises ? "above" : "below",
      role: "slider",
      tabIndex: 0,
      "aria-label": `Alert line of ${alert.symbol}`,
      "aria-orientation": "vertical",
      "aria-valuenow": Number(price.toFixed(2)),
      "aria-valuemin": Number(scale.low.toFixed(2)),
      "aria-valuemax": Number(scale.high.toFixed(2)),
      "aria-valuetext": `${rises ? "rises to" : "falls to"} ${fmt(price, 2)}`,
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = event.pointerId;
        setDraft(at(event));
      },
      onPointerMove: (event) => grip.current === event.pointerId && setDraft(at(event)),
      onPointerUp: commit,
      onPointerCancel: () => setDraft(null),
      onBlur: commit,
      onKeyDown: (event) => {
        if (!keys[event.key]) return;
        event.preventDefault();
        event.stopPropagation();
        keys[event.key]();
      },
    },
    h("rect", { className: "sa-grip", x: 0, y: y - 12, width }),
    h("line", { x1: 0, x2: width - RIGHT, y1: y, y2: y }),
    h("rect", {
      className: "sa-plate",
      x: width - RIGHT + 2,
      y: y - 10,
      width: RIGHT - 4,
      height: 20,
      rx: 4,
    }),
    h("text", { x: width - RIGHT / 2, y: y + 4 }, `${rises ? "▲" : "▼"} ${fmt(price, 2)}`),
  );
}

function Chart({ screen, onMove }) {
  const [box, width] = useWidth(360);
  const mine = screen.alerts.filter((one) => one.symbol === screen.symbol && one.armed);
  const scale = scaleOf(
    screen,
    mine.map((one) => one.price),
  );
  const y = scale.y(screen.price);
  return h(
    "div",
    { ref: box, className: "sa-chart" },
    h(
      "svg",
      {
        viewBox: `0 0 ${width} ${HEIGHT}`,
        width,
        height: HEIGHT,
        role: "group",
        "aria-label": `${screen.name}: candles of two seconds, now ${fmt(screen.price, 2)}`,
      },
      h(Candles, { candles: screen.candles, scale, width }),
      h("line", { className: "sa-price", x1: 0, x2: width - RIGHT, y1: y, y2: y }),
      h("text", { className: "sa-pricetext", x: width - RIGHT / 2, y: y + 4 }, fmt(screen.price, 2)),
      mine.map((one) => h(AlertLine, { key: one.id, alert: one, screen, scale, width, onMove })),
    ),
  );
}

function Form({ screen, wrong, onPlace, onLook, onNudge }) {
  const [kind, setKind] = useState("above");
  const [value, setValue] = useState(null);
  const ids = { stock: useId(), kind: useId(), value: useId(), wrong: useId() };
  const shown = value ?? proposal(kind, screen.price);
  return h(
    "form",
    {
      className: "sa-form",
      onSubmit: (event) => {
        event.preventDefault();
        onPlace(screen.symbol, kind, shown);
      },
    },
    h(
      "div",
      { className: "sa-row" },
      h("label", { htmlFor: ids.stock, className: "sd-sr" }, "Stock"),
      h(
        "select",
        {
          id: ids.stock,
          className: "sd-input",
          value: screen.symbol,
          onChange: (event) => {
            setValue(null);
            onLook(event.target.value);
          },
        },
        screen.quotes.map((one) =>
          h("option", { key: one.symbol, value: one.symbol }, `${one.symbol} · ${one.name}`),
        ),
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          "aria-label": "Push the price up",
          onClick: () => onNudge(screen.symbol, true),
        },
        "▲",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          "aria-label": "Push the price down",
          onClick: () => onNudge(screen.symbol, false),
        },
        "▼",
      ),
    ),
    h(
      "div",
      { className: "sa-row" },
      h("label", { htmlFor: ids.kind, className: "sd-sr" }, "Tell me when it"),
      h(
        "select",
        {
          id: ids.kind,
          className: "sd-input",
          value: kind,
          onChange: (event) => {
            setKind(event.target.value);
            setValue(null);
          },
        },
        KINDS.map(([id, text]) => h("option", { key: id, value: id }, text)),
      ),
      h("label", { htmlFor: ids.value, className: "sd-sr" }, kind.startsWith("pct") ? "Percent" : "Price"),
      h("input", {
        id: ids.value,
        className: "sd-input sa-value",
        inputMode: "decimal",
        value: shown,
        "aria-invalid": wrong ? "true" : undefined,
        "aria-describedby": wrong ? ids.wrong : undefined,
        onChange: (event) => setValue(event.target.value),
      }),
      h("button", { type: "submit", className: "sd-btn p" }, "Set alert"),
    ),
    wrong && h("p", { id: ids.wrong, className: "sd-fielderror", role: "alert" }, wrong),
  );
}

function AlertList({ screen, onRearm, onDelete }) {
  return h(
    "section",
    { className: "sa-list", "aria-label": "My alerts" },
    h("h3", null, "My alerts", h("small", null, ` ${screen.armed} of ${screen.limit} in force`)),
    screen.alerts.length === 0 && h("p", { className: "sd-hint" }, "None. Set one above."),
    h(
      "ul",
      null,
      screen.alerts.slice(0, 6).map((one) =>
        h(
          "li",
          { key: one.id, "data-armed": one.armed },
          h(
            "span",
            null,
            h("b", null, one.symbol),
            ` ${one.above ? "▲ rises to" : "▼ falls to"} ${fmt(one.price, 2)}`,
            one.percent > 0 && h("small", null, ` (${fmt(one.percent, 2)} %)`),
          ),
          h(
            "span",
            { className: "sd-pill", "data-tone": one.armed ? "none" : "ok" },
            one.armed ? "armed" : `✓ at ${fmt(one.fired_price, 2)}, ${one.fired_clock} UTC`,
          ),
          h(
            "span",
            { className: "sa-acts" },
            !one.armed &&
              h(
                "button",
                { type: "button", className: "sd-btn tiny", onClick: () => onRearm(one.id) },
                "Re-arm",
              ),
            h(
              "button",
              {
                type: "button",
                className: "sd-btn tiny",
                "aria-label": `Delete the alert of ${one.symbol} at ${fmt(one.price, 2)}`,
                onClick: () => onDelete(one.id),
              },
              "✕",
            ),
          ),
        ),
      ),
    ),
  );
}

function Inbox({ screen }) {
  const [asked, setAsked] = useState(null);
  useEffect(() => setAsked(typeof Notification === "undefined" ? "none" : Notification.permission), []);
  return h(
    "section",
    { className: "sa-list", "aria-label": "My notifications" },
    h(
      "h3",
      null,
      "Notifications",
      asked === "default" &&
        h(
          "button",
          {
            type: "button",
            className: "sd-btn tiny",
            onClick: () => Notification.requestPermission().then(setAsked),
          },
          "Also by the browser",
        ),
      asked === "granted" && h("small", null, " also by the browser"),
    ),
    screen.notes.length === 0 &&
      h("p", { className: "sd-hint" }, "Drag the line onto the price, or wait for it."),
    h(
      "ul",
      null,
      screen.notes.map((one) =>
        h(
          "li",
          { key: one.id },
          h("span", null, one.says),
          h(
            "small",
            null,
            one.quiet ? "kept quiet: the cap of the day" : `${fmtMs(one.delay_ms)} ms after the tick`,
            ` · ${one.clock} UTC`,
          ),
        ),
      ),
    ),
  );
}

/** The product. Until the first frame it is a skeleton. */
export function Screen({ api, screen, ready, wrong, onLook, onNudge, onPlace, onMove, onRearm, onDelete }) {
  const visible = useVisible();
  const toasts = useToasts(api, ready && visible);
  const change = useMemo(() => `${screen.change > 0 ? "+" : ""}${fmt(screen.change, 2)} %`, [screen.change]);
  if (!ready)
    return h("div", { className: "sa-screen" }, h("div", { className: "sa-skeleton", "aria-busy": "true" }));
  return h(
    "div",
    { className: "sa-screen" },
    h(
      "div",
      { className: "sa-head" },
      h("h2", null, screen.name),
      h("b", { className: "sa-big" }, fmt(screen.price, 2)),
      h("span", { className: screen.change < 0 ? "sa-fell" : "sa-rose" }, change),
    ),
    h(
      "div",
      { className: "sa-toasts", role: "status", "aria-live": "polite" },
      toasts.map((one) =>
        h(
          "p",
          { key: one.id, className: "sa-toast" },
          h("b", null, "🔔 ", one.text),
          h("span", null, `${fmtMs(one.delay_ms)} ms after the tick`),
        ),
      ),
    ),
    h(Chart, { screen, onMove }),
    h("p", { className: "sd-hint" }, "Drag a line, or move it with ↑ ↓ and Enter. ▲ ▼ push the price."),
    h(Form, { key: screen.symbol, screen, wrong, onPlace, onLook, onNudge }),
    h(AlertList, { screen, onRearm, onDelete }),
    h(Inbox, { screen }),
  );
}
