// A small news page with real ads, and an advertiser's dashboard. A click is followed as a browser follows
// it: over our 302, or to the advertiser with a pixel for us.
import { createElement as h, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { apiUrl, fmt, noun, useRoom } from "$/public/external/components/live/live.jsx";
import { Choice, useWidth } from "$/public/external/components/controls/controls.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";

const SLOTS = ["top", "story", "side"];
const HEIGHT = 132;
const TONES = ["s0", "s2", "s4"];
const RANGES = { "2s": 60, "1m": 1800, "1h": 86400, "1d": 604800 };
const GRANULARITIES = [
  ["2s", "2 s"],
  ["1m", "Minute"],
  ["1h", "Hour"],
  ["1d", "Day"],
];
const RANGE_TEXT = { "2s": "the last minute", "1m": "30 minutes", "1h": "24 hours", "1d": "7 days" };

const problemOf = async (answer) => {
  const body = await answer.json().catch(() => ({}));
  return body.detail ?? body.title ?? `${answer.status}`;
};

/** Impressions of this page view: an ad for each slot, asked for again with each new page. */
function useImpressions(api, room, view) {
  const [ads, setAds] = useState({});
  useEffect(() => {
    if (!room) return undefined;
    const stop = new AbortController();
    const ask = async (slot) => {
      const url = apiUrl(`${api}/impressions?slot=${slot}&room=${room}`);
      const answer = await fetch(url, { signal: stop.signal, cache: "no-store" });
      if (!answer.ok) return;
      const ad = await answer.json();
      setAds((all) => ({ ...all, [slot]: { ...ad, view } }));
    };
    for (const slot of SLOTS) ask(slot).catch(() => {});
    return () => stop.abort();
  }, [api, room, view]);
  return ads;
}

function Ad({ ad, slot, clicked, onFollow }) {
  if (!ad) return h("div", { className: "ac-ad", "data-slot": slot, "aria-busy": "true" });
  return h(
    "a",
    {
      className: "ac-ad",
      "data-slot": slot,
      "data-clicked": clicked > 0,
      href: ad.href,
      rel: "sponsored nofollow",
      onClick: (event) => {
        event.preventDefault();
        onFollow(ad);
      },
    },
    h("small", null, "Ad · ", ad.advertiser),
    h("b", null, ad.title),
    h("span", null, clicked > 0 ? `clicked ${fmt(clicked)} ×` : "Look at it →"),
  );
}

/** The advertiser's page, as it came, with the way that led there. */
function Landing({ landing, onBack }) {
  const back = useRef(null);
  useEffect(() => back.current?.focus(), []);
  return h(
    "section",
    { className: "ac-landing", "aria-label": "The advertiser's page" },
    h("p", { className: "ac-address", title: landing.url }, landing.address),
    landing.failed
      ? h("p", { className: "sd-fielderror", role: "alert" }, landing.failed)
      : h(
          "div",
          { className: "ac-shop" },
          h("h3", null, landing.advertiser),
          h("p", null, landing.title),
          h("p", { className: "sd-hint" }, landing.way),
        ),
    h("button", { ref: back, type: "button", className: "sd-btn p", onClick: onBack }, "Back to the news"),
  );
}

function News({ api, direct }) {
  const room = useRoom();
  const [view, setView] = useState(1);
  const [landing, setLanding] = useState(null);
  const [blocks, setBlocks] = useState(false);
  const [clicks, setClicks] = useState({});
  const ads = useImpressions(api, room, `${view} ${direct}`);
  const follow = useCallback(
    async (ad) => {
      setClicks((all) => ({ ...all, [ad.impression]: (all[ad.impression] ?? 0) + 1 }));
      const query = `room=${room}`;
      const shop = `${api}/landing/${ad.ad_id}?impression=${ad.impression}&${query}`;
      const ours = `${api}/click/${ad.impression}?${query}`;
      if (direct && !blocks) {
        new Image().src = apiUrl(`${api}/pixel/${ad.impression}.gif?${query}`);
      }
      try {
        const answer = await fetch(apiUrl(direct ? shop : ours), {
          headers: { accept: "application/json" },
          cache: "no-store",
        });
        const address = new URL(answer.url).pathname;
        if (!answer.ok) {
          setLanding({ address, url: answer.url, failed: await problemOf(answer) });
          return;
        }
        const page = await answer.json();
        const pixel = blocks ? "the pixel for us was blocked" : "a pixel tells us";
        const way = direct ? `Straight here; ${pixel}.` : "By our 302: the click was logged before you came.";
        setLanding({ ...page, address, url: answer.url, way });
      } catch {
        setLanding({ address: direct ? shop : ours, failed: "no answer" });
      }
    },
    [api, room, direct, blocks],
  );
  return h(
    "section",
    { className: "ac-news", "aria-label": "The news page" },
    h(
      "div",
      { className: "ac-mast" },
      h("h2", null, "The Daily Window"),
      h(
        "button",
        { type: "button", className: "sd-btn", disabled: !room, onClick: () => setView((one) => one + 1) },
        "New page",
      ),
    ),
    landing
      ? h(Landing, { landing, onBack: () => setLanding(null) })
      : h(
          "div",
          { className: "ac-page" },
          SLOTS.slice(0, 1).map((slot) =>
            h(Ad, {
              key: slot,
              slot,
              ad: ads[slot],
              clicked: clicks[ads[slot]?.impression],
              onFollow: follow,
            }),
          ),
          h(
            "div",
            { className: "ac-text" },
            h("h3", null, "Watermark reaches noon"),
            h(
              "p",
              null,
              "Windows along the river closed on time. A few late clicks were let in by the back door.",
            ),
          ),
          SLOTS.slice(1).map((slot) =>
            h(Ad, {
              key: slot,
              slot,
              ad: ads[slot],
              clicked: clicks[ads[slot]?.impression],
              onFollow: follow,
            }),
          ),
        ),
    h(
      "label",
      { className: "ac-block", "data-on": direct },
      h("input", {
        type: "checkbox",
        checked: blocks,
        onChange: (event) => setBlocks(event.target.checked),
      }),
      direct ? "I block pixels" : "I block pixels (there is none: the link leads to us)",
    ),
  );
}

/** Bars of the buckets, stacked by ad. */
function Bars({ bars, ads, label }) {
  const [box, width] = useWidth(320);
  const most = Math.max(1, ...bars.map((bar) => bar.clicks.reduce((sum, one) => sum + one, 0)));
  const step = width / Math.max(1, bars.length);
  return h(
    "div",
    { ref: box, className: "ac-chart" },
    h(
      "svg",
      { width, height: HEIGHT, role: "img", "aria-label": label },
      bars.map((bar, place) => {
        let top = HEIGHT;
        return bar.clicks.map((clicks, ad) => {
          const tall = (clicks / most) * (HEIGHT - 6);
          top -= tall;
          return h("rect", {
            key: `${bar.start}-${ad}`,
            x: place * step + 0.5,
            y: top,
            width: Math.max(1, step - 1),
            height: tall,
            fill: `var(--sd-${TONES[ad]})`,
          });
        });
      }),
    ),
    h(
      "ul",
      { className: "ac-legend", "aria-label": "Ads" },
      ads.map((ad, place) =>
        h(
          "li",
          { key: ad.id },
          h("i", { style: { background: `var(--sd-${TONES[place]})` }, "aria-hidden": true }),
          h("span", null, ad.title),
          h("b", null, fmt(ad.clicks)),
        ),
      ),
    ),
  );
}

/** Buckets of the API, with the empty ones between. */
const bucketsOf = (answer, ads) => {
  const found = new Map();
  for (const one of answer.items) {
    const at = Date.parse(one.start) / 1000;
    const clicks = found.get(at) ?? ads.map(() => 0);
    clicks[ads.findIndex((ad) => String(ad.id) === one.ad_id)] = one.clicks;
    found.set(at, clicks);
  }
  return [...found.entries()]
    .sort((one, two) => one[0] - two[0])
    .map(([start, clicks]) => ({ start, clicks }));
};

/** Coarser buckets are asked for anew when the store was written, at most once a second. */
function useMetrics(api, screen, granularity) {
  const room = useRoom();
  const [bars, setBars] = useState([]);
  const names = screen.ads.map((ad) => ad.id).join(",");
  const ads = useMemo(() => names.split(",").map((id) => ({ id })), [names]);
  const asked = useRef(0);
  useEffect(() => {
    if (granularity === "2s" || !room || !names) return undefined;
    const stop = new AbortController();
    const ask = async () => {
      asked.current = Date.now();
      const now = Date.now() / 1000;
      const since = new Date((now - RANGES[granularity]) * 1000).toISOString();
      const until = new Date((now + 2) * 1000).toISOString();
      const url = `${api}/metrics?ad_id=${names.split(",").join("&ad_id=")}`;
      const range = `&from=${since}&to=${until}&granularity=${granularity}&room=${room}`;
      const answer = await fetch(apiUrl(url + range), { signal: stop.signal });
      if (answer.ok) setBars(bucketsOf(await answer.json(), ads));
    };
    const wait = Math.max(0, asked.current + 1000 - Date.now());
    const timer = setTimeout(() => ask().catch(() => {}), wait);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [api, room, names, ads, granularity, screen.version]);
  return bars;
}

function Dashboard({ api, screen, wrong, onLook }) {
  const [granularity, setGranularity] = useState("2s");
  const asked = useMetrics(api, screen, granularity);
  const id = useId();
  const live = granularity === "2s";
  const bars = live ? screen.bars : asked;
  const ads = screen.ads.map((ad, place) => ({
    ...ad,
    clicks: live ? ad.clicks : bars.reduce((sum, bar) => sum + (bar.clicks[place] ?? 0), 0),
  }));
  const total = ads.reduce((sum, ad) => sum + ad.clicks, 0);
  const counted = `${noun(total, "click", "clicks")} in ${RANGE_TEXT[granularity]}`;
  return h(
    "section",
    { className: "ac-dash", "aria-label": "The advertiser's dashboard" },
    h(
      "div",
      { className: "ac-head" },
      h("label", { htmlFor: id, className: "sd-sr" }, "Advertiser"),
      h(
        "select",
        {
          id,
          className: "sd-input",
          value: screen.advertiser,
          onChange: (event) => onLook(event.target.value),
        },
        screen.advertisers.map((one) => h("option", { key: one, value: one }, one)),
      ),
      h(Choice, {
        label: "Granularity",
        options: GRANULARITIES,
        current: granularity,
        onChoose: setGranularity,
      }),
    ),
    wrong && h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    h(
      "p",
      { className: "ac-total" },
      h("b", null, fmt(total)),
      ` ${counted}`,
      screen.upto && live ? `, up to ${screen.upto} UTC` : "",
    ),
    h(Bars, { bars, ads, label: `${fmt(total)} ${counted}` }),
  );
}

/** The product: on a phone one side at a time. */
export function Newsroom({ api, screen, ready, wrong, onLook }) {
  if (!ready)
    return h("div", { className: "ac-room" }, h("div", { className: "ac-skeleton", "aria-busy": "true" }));
  return h(
    "div",
    { className: "ac-room" },
    h(
      Sides,
      { label: "Whose side", faces: ["Reader", "Advertiser"], className: "ac-sides" },
      h(News, { key: "reader", api, direct: screen.direct }),
      h(Dashboard, { key: "advertiser", api, screen, wrong, onLook }),
    ),
  );
}
