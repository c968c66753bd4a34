// The page's player: hls.js fetches and plays; the lab's own rule says which rendition the next segment has.
import { createElement as h, useEffect, useRef, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";
import { stillness } from "$/public/external/components/controls/controls.jsx";
import { pathOf } from "$/public/external/designs/youtube/product/uploader/uploader.jsx";

const NAMES = ["240p", "360p", "720p"];
const MARGIN = 0.8;
const MEASURED = 5;
const RESERVOIR = 0.25;
const CUSHION = 0.9;
const ROUNDS = 4; // a short clip is played so often after one press
const SAMPLE_MS = 500;
const REPORT_MS = 1500;
const EMPTY = 0.15;
const IDLE_MS = 300;

const mean = (speeds) => (speeds.length ? speeds.length / speeds.reduce((sum, one) => sum + 1 / one, 0) : 0);
const highest = (ladder, most) => Math.max(0, ladder.filter((rate) => rate <= most).length - 1);

/** The rules of engine/abr.py, word for word. */
export function choose(rule, { ladder, speeds, buffer, target, level }) {
  if (rule === "fixed") return ladder.length - 1;
  if (rule === "throughput") return highest(ladder, MARGIN * mean(speeds.slice(-MEASURED)));
  const at = Math.min(Math.max(level, 0), ladder.length - 1);
  const [low, high] = [RESERVOIR * target, CUSHION * target];
  if (buffer <= low) return 0;
  if (buffer >= high) return ladder.length - 1;
  const line = ladder[0] + ((ladder[ladder.length - 1] - ladder[0]) * (buffer - low)) / (high - low);
  if (line >= ladder[Math.min(at + 1, ladder.length - 1)]) return highest(ladder, line);
  if (line <= ladder[Math.max(at - 1, 0)]) return highest(ladder, line);
  return at;
}

/** One player at one video element: fetches, chooses, counts, and tells the lab what it did. */
class Playing {
  constructor(Hls, video, { room, id, rule, target, onLevel, onStalled, onWrong, onPlays }) {
    Object.assign(this, { video, room, id, rule, target, onLevel, onStalled, onWrong, onPlays });
    this.viewer = `p${Math.random().toString(36).slice(2, 10)}`;
    this.speeds = [];
    this.level = 0;
    this.moments = [];
    this.first = true;
    this.began = performance.now();
    this.stalled = false;
    this.started = false;
    this.rounds = 1;
    this.retries = 0;
    const hls = new Hls({
      enableWorker: false,
      autoStartLoad: true,
      startLevel: 0,
      maxBufferLength: target,
      maxMaxBufferLength: target,
      backBufferLength: 2,
      xhrSetup: (xhr, url) => {
        const mark = url.includes("?") ? "&" : "?";
        xhr.open(
          "GET",
          `${url}${url.includes("room=") ? "" : `${mark}room=${room}&viewer=${this.viewer}`}`,
          true,
        );
      },
    });
    this.hls = hls;
    const on = Hls.Events;
    hls.on(on.MANIFEST_PARSED, (_, data) => {
      this.ladder = data.levels.map((one) => (one.attrs?.["AVERAGE-BANDWIDTH"] || one.bitrate) / 1000);
      this.decide();
      if (!stillness() || this.wanted) this.play();
    });
    hls.on(on.FRAG_LOADED, (_, data) => {
      const { loading, total, loaded } = data.frag.stats;
      const seconds = (loading.end - loading.start) / 1000;
      if (seconds > 0) this.speeds.push(Math.max(1, ((total || loaded) * 8) / 1000 / seconds));
      this.speeds.splice(0, this.speeds.length - MEASURED);
      this.level = data.frag.level;
      this.decide();
    });
    hls.on(on.LEVEL_SWITCHED, (_, data) => onLevel(data.level));
    hls.on(on.ERROR, (_, data) => this.failed(Hls, data));
    video.onwaiting = () => this.stall(true);
    video.onplaying = () => {
      this.started = true;
      onPlays(true);
      this.stall(false);
    };
    video.onended = () => this.again();
    video.onpause = () => onPlays(false);
    this.sampling = setInterval(() => this.sample(), SAMPLE_MS);
    this.reporting = setInterval(() => this.report(), REPORT_MS);
    hls.loadSource(pathOf(`/videos/${id}/master.m3u8`, room, `&viewer=${this.viewer}`));
    hls.attachMedia(video);
  }

  failed(Hls, data) {
    if (!data.fatal) return;
    this.retries += 1;
    if (this.retries > 3) {
      this.onWrong("this video cannot be played now");
      return;
    }
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR) this.hls.recoverMediaError();
    else setTimeout(() => this.hls && this.hls.startLoad(), 1000);
  }

  get buffer() {
    const { buffered, currentTime } = this.video;
    for (let n = 0; n < buffered.length; n += 1)
      if (buffered.start(n) <= currentTime + 0.2 && buffered.end(n) > currentTime)
        return buffered.end(n) - currentTime;
    return 0;
  }

  decide() {
    if (!this.ladder) return;
    const { ladder, speeds, buffer, target, level } = this;
    this.hls.loadLevel = choose(this.rule, { ladder, speeds, buffer, target, level });
  }

  set(rule, target) {
    this.rule = rule;
    this.target = target;
    this.hls.config.maxBufferLength = target;
    this.hls.config.maxMaxBufferLength = target;
    this.decide();
  }

  stall(on) {
    if (on && (!this.started || this.video.ended || this.video.seeking || this.buffer > EMPTY)) return;
    if (this.stalled === on) return;
    this.stalled = on;
    if (on) this.onStalled();
    this.sample();
  }

  sample() {
    const { video } = this;
    if (!this.started || (video.paused && !this.stalled) || video.ended) return;
    this.moments.push({
      t: Number(((performance.now() - this.began) / 1000).toFixed(2)),
      kbits: Math.round(mean(this.speeds)),
      buffer_s: Number(this.buffer.toFixed(2)),
      level: Math.max(0, Math.min(2, this.level)),
      stalled: this.stalled,
    });
    this.moments.splice(0, this.moments.length - 50);
  }

  report() {
    if (!this.moments.length) return;
    const body = JSON.stringify({ viewer: this.viewer, first: this.first, moments: this.moments });
    this.moments = [];
    this.first = false;
    fetch(pathOf(`/videos/${this.id}/player`, this.room), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    }).catch(() => {});
  }

  play(rounds = 1) {
    this.wanted = true;
    this.rounds = rounds;
    if (this.video.ended) this.video.currentTime = 0;
    this.video.play().catch(() => {});
  }

  again() {
    this.report();
    this.rounds -= 1;
    if (this.rounds <= 0) return;
    this.video.currentTime = 0;
    this.video.play().catch(() => {});
  }

  close() {
    clearInterval(this.sampling);
    clearInterval(this.reporting);
    this.report();
    Object.assign(this.video, { onwaiting: null, onplaying: null, onended: null, onpause: null });
    this.hls.destroy();
    this.hls = null;
  }
}

const SPEEDS = [200, 400, 600, 800, 1200, 2000, 4000, 8000, 20000];

function Network({ kbits, onChange }) {
  const may = useMay("control");
  const at = SPEEDS.findIndex((one) => one >= kbits);
  const [moved, setMoved] = useState(null);
  useEffect(() => setMoved(null), [kbits]);
  const index = moved ?? (at < 0 ? SPEEDS.length - 1 : at);
  const shown = moved === null ? kbits : SPEEDS[moved];
  return h(
    "label",
    { className: "yt-network" },
    h("span", null, "Network of the player"),
    h("input", {
      type: "range",
      min: 0,
      max: SPEEDS.length - 1,
      step: 1,
      value: index,
      disabled: !may,
      "aria-valuetext": `${fmt(shown)} kbit/s`,
      onChange: (event) => {
        setMoved(Number(event.target.value));
        onChange(SPEEDS[Number(event.target.value)]);
      },
    }),
    h("output", null, `${fmt(shown)} kbit/s`),
  );
}

export function Player({ room, id, title, screen, onNetwork, big }) {
  const element = useRef(null);
  const playing = useRef(null);
  const [level, setLevel] = useState(-1);
  const [stalls, setStalls] = useState(0);
  const [wrong, setWrong] = useState("");
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    if (!room || !id) return undefined;
    let gone = false;
    setLevel(-1);
    setStalls(0);
    setWrong("");
    setPlays(false);
    const timer = setTimeout(async () => {
      const { default: Hls } = await import("hls.js/light");
      if (gone || !element.current) return;
      if (!Hls.isSupported()) {
        setWrong("this browser cannot play what comes in segments");
        return;
      }
      playing.current = new Playing(Hls, element.current, {
        room,
        id,
        rule: screen.rule,
        target: screen.target_s,
        onLevel: setLevel,
        onStalled: () => setStalls((one) => one + 1),
        onWrong: setWrong,
        onPlays: setPlays,
      });
    }, IDLE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
      playing.current?.close();
      playing.current = null;
    };
  }, [room, id]);
  useEffect(() => playing.current?.set(screen.rule, screen.target_s), [screen.rule, screen.target_s]);
  const said = level < 0 ? "–" : NAMES[level];
  return h(
    "section",
    { className: "yt-player", "aria-label": "Player", "data-plays": plays },
    h("video", {
      ref: element,
      muted: true,
      playsInline: true,
      controls: true,
      "aria-label": title || "Video",
    }),
    h(
      "div",
      { className: "yt-under" },
      h("b", { className: "yt-title" }, title || "…"),
      h("span", { className: "sd-pill", "data-tone": "selected", "data-level": said }, said),
      h("span", { className: "sd-hint" }, `${fmt(stalls)} ${stalls === 1 ? "stall" : "stalls"}`),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          onClick: () => {
            setStalls(0);
            playing.current?.play(ROUNDS);
          },
        },
        `Play ${ROUNDS} times`,
      ),
    ),
    h(Network, {
      kbits: screen.bandwidth,
      onChange: (kbits) => {
        onNetwork(kbits);
        playing.current?.play(ROUNDS);
      },
    }),
    wrong && h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    big,
  );
}
