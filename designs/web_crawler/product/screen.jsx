// The crawler's desk: a form, the web as it grows, the newest pages, and one of them to be read.
import { createElement as h, useId, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";
import { WebGraph } from "$/public/external/designs/web_crawler/inside/webgraph/webgraph.jsx";

const PAGES = 7;
const TONES = { running: "selected", paused: "miss", done: "ok" };

function Field({ label, children }) {
  const id = useId();
  return h("span", { className: "cw-field" }, h("label", { htmlFor: id }, label), children(id));
}

function input(id, value, set, more) {
  return h("input", {
    id,
    className: "sd-input",
    value,
    onChange: (event) => set(event.target.value),
    ...more,
  });
}

function Form({ proposed, wrong, may, onStart }) {
  const [seeds, setSeeds] = useState(proposed);
  const [depth, setDepth] = useState("20");
  const [pages, setPages] = useState("2000");
  const wrongId = useId();
  return h(
    "form",
    {
      className: "cw-form",
      onSubmit: (event) => {
        event.preventDefault();
        onStart(seeds, depth, pages);
      },
    },
    h(Field, { label: "Start at" }, (id) =>
      input(id, seeds, setSeeds, {
        maxLength: 4000,
        autoComplete: "off",
        spellCheck: false,
        "aria-invalid": wrong ? "true" : undefined,
        "aria-describedby": wrong ? wrongId : undefined,
      }),
    ),
    h(Field, { label: "Links deep" }, (id) => input(id, depth, setDepth, { inputMode: "numeric" })),
    h(Field, { label: "Pages" }, (id) => input(id, pages, setPages, { inputMode: "numeric" })),
    h("button", { type: "submit", className: "sd-btn p", disabled: !may }, "Crawl"),
    wrong && h("p", { id: wrongId, className: "sd-fielderror", role: "alert" }, wrong),
  );
}

function Head({ screen, may, onPause, onResume }) {
  const { crawl } = screen;
  const acts = { running: ["Pause", onPause], paused: ["Resume", onResume] }[crawl.state];
  return h(
    "div",
    { className: "cw-head" },
    h("h2", null, "A small web"),
    crawl.id && h("span", { className: "sd-pill", "data-tone": TONES[crawl.state] ?? "none" }, crawl.state),
    h(
      "span",
      { className: "sd-hint" },
      crawl.id ? `${fmt(screen.stored)} pages read, ${fmt(screen.waiting)} to go` : "Nothing was crawled yet",
    ),
    crawl.id &&
      screen.mine &&
      acts &&
      h(
        "button",
        { type: "button", className: "sd-btn", disabled: !may, onClick: () => acts[1](crawl.id) },
        acts[0],
      ),
  );
}

function Pages({ screen, open, onRead }) {
  return h(
    "section",
    { className: "cw-pages", "aria-label": "Newest pages" },
    h("h3", null, "Newest pages", h("small", null, " choose one to read it")),
    screen.pages.length === 0 && h("p", { className: "sd-hint" }, "None yet. Press “Crawl”."),
    h(
      "ul",
      { role: "list" },
      // By place and not by page: what is read stays where it is, and no row moves down with each new page.
      screen.pages.slice(0, PAGES).map((one, place) =>
        h(
          "li",
          { key: place },
          h(
            "button",
            {
              type: "button",
              className: "cw-page",
              title: `${one.title} ${one.url}`,
              "aria-current": one.id === open ? "true" : undefined,
              onClick: () => onRead(one.id),
            },
            h(
              "span",
              { key: one.id }, // another page is another text, and not the old one moved by its title
              h("b", { lang: one.language, dir: "auto" }, one.title),
              h("small", null, ` ${one.url.replace("http://", "")}`),
            ),
            h("span", { className: "sd-pill" }, `${one.language} · ${one.charset}`),
          ),
        ),
      ),
    ),
  );
}

function Reader({ id, title, url, language, charset, text, copy, onShut }) {
  if (!id) return null;
  return h(
    "section",
    { className: "cw-reader", "aria-label": "Page" },
    h(
      "header",
      null,
      h(
        "span",
        null,
        h("h3", { lang: language, dir: "auto" }, title || "without a title"),
        h("small", null, `${url} · ${charset}${copy ? " · a copy: this is the page that came first" : ""}`),
      ),
      h("button", { type: "button", className: "sd-btn small", onClick: () => onShut() }, "Close"),
    ),
    h(
      "p",
      { className: "cw-text", lang: language, dir: "auto", tabIndex: 0 },
      text || "No text was read out of this page.",
    ),
  );
}

function Rules({ robots, may, onExplain }) {
  const [url, setUrl] = useState("http://closed-garden.test/amber/open");
  return h(
    "form",
    {
      className: "cw-rules",
      onSubmit: (event) => {
        event.preventDefault();
        onExplain(url);
      },
    },
    h(Field, { label: "What may be fetched?" }, (id) =>
      input(id, url, setUrl, { maxLength: 1000, autoComplete: "off", spellCheck: false }),
    ),
    h("button", { type: "submit", className: "sd-btn", disabled: !may }, "Ask robots.txt"),
    robots.url &&
      h(
        "p",
        { role: "status" },
        h("b", null, robots.verdict),
        `: ${robots.url.replace("http://", "")}: ${robots.why}`,
      ),
  );
}

/** The product. Until the first look at the store it is a skeleton. */
export function Screen(props) {
  const may = useMay("verb");
  if (!props.ready)
    return h("div", { className: "cw-desk" }, h("div", { className: "cw-skeleton", "aria-busy": "true" }));
  const { screen, graph, robots } = props;
  return h(
    "div",
    { className: "cw-desk" },
    h(Head, { screen, may, onPause: props.onPause, onResume: props.onResume }),
    h(Form, { proposed: props.proposed, wrong: props.wrong, may, onStart: props.onStart }),
    h(WebGraph, { graph, label: "The web as it is crawled", onChoose: props.onRead }),
    h(Reader, {
      id: props.pageId,
      title: props.pageTitle,
      url: props.pageUrl,
      language: props.pageLanguage,
      charset: props.pageCharset,
      text: props.pageText,
      copy: props.pageCopy,
      onShut: props.onShut,
    }),
    h(Pages, { screen, open: props.pageId, onRead: props.onRead }),
    h(Rules, { robots, may, onExplain: props.onExplain }),
  );
}
