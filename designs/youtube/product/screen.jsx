// A video site: the player, the uploader, what is under way, and the shelf.
import { createElement as h, useEffect, useRef, useState } from "react";
import { apiUrl, fmt, noun, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Player } from "$/public/external/designs/youtube/product/player/player.jsx";
import { Upload, interrupted, pathOf } from "$/public/external/designs/youtube/product/uploader/uploader.jsx";

const TURN = 400;
const STATES = {
  uploading: ["miss", "uploading"],
  splitting: ["selected", "being cut"],
  transcoding: ["selected", "being transcoded"],
  ready: ["ok", "ready"],
  failed: ["error", "failed"],
};
const OTHERS = [
  ["", "Another file…"],
  ["poison", "A clip that no decoder gets through"],
  ["text", "A text that is named .mp4"],
];

const views = (one) => `${fmt(one.views)} ${noun(one.views, "view", "views")}`;
const by = (one) => (one.owner === "visitor" ? "by you" : `by ${one.owner}`);

async function madeClip(room, kind) {
  const answer = await fetch(pathOf("/clip", room, `&kind=${kind}`));
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || "no clip came");
  return answer.blob();
}

function setNetwork(room, bandwidth) {
  fetch(apiUrl(`/api/labs/youtube/config?room=${encodeURIComponent(room)}`), {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ toggles: {}, knobs: { bandwidth } }),
  }).catch(() => {});
}

/** The uploads of this tab: one at a time, and what a reload interrupted. */
function useUpload(room, screen) {
  const [told, setTold] = useState(null);
  const [before, setBefore] = useState(null);
  const upload = useRef(null);
  const settings = useRef(screen);
  settings.current = screen;
  useEffect(() => {
    if (!room) return undefined;
    let gone = false;
    interrupted(room).then((found) => !gone && setBefore(found));
    return () => {
      gone = true;
    };
  }, [room]);
  const begin = (file, title) => {
    setBefore(null);
    upload.current = new Upload(room, setTold);
    upload.current.begin(file, {
      title: title.slice(0, 80),
      chunkKb: settings.current.chunk_kb,
      parallel: settings.current.parallel,
    });
  };
  return { told, before, begin, upload, setTold, setBefore };
}

function Progress({ told, upload, onGiveUp }) {
  const percent = Math.round(told.share * 100);
  const busy = told.state === "sending" || told.state === "hashing";
  return h(
    "div",
    { className: "yt-progress", "data-state": told.state },
    h(
      "div",
      { className: "yt-line" },
      h("b", null, told.title),
      h("span", null, `${fmt(told.stored)} of ${fmt(told.chunks)} ${noun(told.chunks, "chunk", "chunks")}`),
    ),
    h(
      "div",
      {
        className: "sd-bar",
        role: "progressbar",
        "aria-label": `Upload of ${told.title}`,
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": percent,
      },
      h("i", {
        className: "sd-fill",
        "data-tone": told.state === "failed" ? "error" : "ok",
        style: { width: `${percent}%` },
      }),
    ),
    h(
      "div",
      { className: "yt-line" },
      h(
        "span",
        { className: "sd-hint", role: "status" },
        told.words ||
          {
            hashing: "fingerprints are made",
            sending: "sending",
            paused: "paused",
            done: "uploaded",
            failed: "failed",
          }[told.state],
      ),
      busy &&
        h("button", { type: "button", className: "sd-btn small", onClick: () => upload.pause() }, "Pause"),
      told.state === "paused" &&
        h("button", { type: "button", className: "sd-btn small", onClick: () => upload.goOn() }, "Go on"),
      told.state === "paused" &&
        h(
          "button",
          { type: "button", className: "sd-btn small", onClick: () => onGiveUp(told.id) },
          "Give up",
        ),
    ),
  );
}

function Interrupted({ before, onFile, onGiveUp }) {
  return h(
    "div",
    { className: "yt-progress", "data-state": "interrupted" },
    h(
      "div",
      { className: "yt-line" },
      h("b", null, before.title),
      h("span", null, `${fmt(before.stored)} of ${fmt(before.chunks)} chunks are stored`),
    ),
    h(
      "div",
      { className: "yt-line" },
      h(
        "span",
        { className: "sd-hint" },
        before.file ? "a reload interrupted it" : "choose the same file again to go on",
      ),
      before.file &&
        h(
          "button",
          { type: "button", className: "sd-btn small", onClick: () => onFile(before.file, before.title) },
          "Go on",
        ),
      h(
        "button",
        { type: "button", className: "sd-btn small", onClick: () => onGiveUp(before.id) },
        "Give up",
      ),
    ),
  );
}

function Uploader({ room, screen, onGiveUp }) {
  const may = useMay("verb");
  const { told, before, begin, upload, setTold, setBefore } = useUpload(room, screen);
  const [over, setOver] = useState(false);
  const [making, setMaking] = useState(false);
  const [wrong, setWrong] = useState("");
  const chooser = useRef(null);
  const busy = making || told?.state === "sending" || told?.state === "hashing";
  const clip = async (kind, title) => {
    setMaking(true);
    setWrong("");
    try {
      begin(await madeClip(room, kind), title);
    } catch (error) {
      setWrong(error.message);
    }
    setMaking(false);
  };
  const own = (file) => file && begin(file, file.name || "A file");
  const giveUp = (id) => {
    upload.current?.forget();
    new Upload(room, () => {}).forget();
    setTold(null);
    setBefore(null);
    onGiveUp(id);
  };
  return h(
    "section",
    {
      className: "yt-uploader",
      "aria-label": "Upload",
      "data-over": over,
      onDragOver: (event) => {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event) => {
        event.preventDefault();
        setOver(false);
        if (may && !busy) own(event.dataTransfer.files[0]);
      },
    },
    h(
      "div",
      { className: "yt-actions" },
      h(
        "button",
        {
          type: "button",
          className: "sd-btn p",
          disabled: !may || busy || !room,
          onClick: () => clip("fresh", `Made at ${new Date().toISOString().slice(11, 19)} UTC`),
        },
        making ? "A clip is made …" : "Upload this clip",
      ),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn",
          disabled: !may || busy,
          onClick: () => chooser.current.click(),
        },
        "A file of mine",
      ),
      h("input", {
        ref: chooser,
        type: "file",
        accept: "video/*,.mkv,.mp4,.webm,.mov,.ts,.avi,.flv",
        className: "sd-sr",
        tabIndex: -1,
        "aria-label": "Video file",
        onChange: (event) => {
          own(event.target.files[0]);
          event.target.value = "";
        },
      }),
      h(
        "select",
        {
          className: "sd-input yt-others",
          "aria-label": "Another file",
          value: "",
          disabled: !may || busy,
          onChange: (event) =>
            event.target.value &&
            clip(event.target.value, event.target.value === "text" ? "holiday.mp4" : "Poison"),
        },
        OTHERS.map(([value, text]) => h("option", { key: value, value }, text)),
      ),
    ),
    !told &&
      !before &&
      h(
        "p",
        { className: "sd-hint" },
        "Shapes and a clock are encoded on the spot; or drop a video here: 200 MB, 2 min.",
      ),
    !screen.encoder &&
      h(
        "p",
        { className: "sd-hint" },
        "ffmpeg is not installed here: only the lab’s own clips can be transcoded.",
      ),
    wrong && h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    before && !told && h(Interrupted, { before, onFile: begin, onGiveUp: giveUp }),
    told && h(Progress, { told, upload: upload.current, onGiveUp: giveUp }),
  );
}

function Coming({ coming, onPlay }) {
  return h(
    "section",
    { className: "yt-list", "aria-label": "Under way" },
    h("h3", null, "Under way"),
    coming.length === 0 && h("p", { className: "sd-hint" }, "Nothing is being transcoded."),
    h(
      "ul",
      null,
      coming.map((one) => {
        const [tone, word] = STATES[one.state] ?? ["none", one.state];
        const how =
          one.state === "uploading"
            ? `${fmt(one.stored)} of ${fmt(one.chunks)} chunks`
            : one.state === "ready"
              ? `${fmt(one.took_s, 2)} s from upload to ready`
              : one.why || (one.cells ? `${fmt(one.done)} of ${fmt(one.cells)} cells` : "");
        return h(
          "li",
          { key: one.id, "data-state": one.state, "data-mine": one.mine },
          h(
            "span",
            null,
            h("b", null, one.title),
            h("small", null, ` ${one.mine ? "by you" : `by ${one.owner}`} · ${how}`),
          ),
          h("span", { className: "sd-pill", "data-tone": tone }, word),
          one.state === "ready"
            ? h(
                "button",
                {
                  type: "button",
                  className: "sd-btn small",
                  "aria-label": `Play ${one.title}`,
                  onClick: () => onPlay(one),
                },
                "Play",
              )
            : h("span", null),
        );
      }),
    ),
  );
}

function Shelf({ shelf, current, onPlay }) {
  return h(
    "section",
    { className: "yt-list", "aria-label": "Videos" },
    h("h3", null, "Videos"),
    h(
      "ul",
      null,
      shelf.map((one) =>
        h(
          "li",
          { key: one.id, "data-current": one.id === current },
          h(
            "span",
            null,
            h("b", null, one.title),
            h("small", null, ` ${by(one)} · ${fmt(one.seconds, 0)} s · ${views(one)}`),
          ),
          h("span", null),
          h(
            "button",
            {
              type: "button",
              className: "sd-btn small",
              disabled: one.id === current,
              "aria-label": `Play ${one.title}, ${one.id}`,
              onClick: () => onPlay(one),
            },
            one.id === current ? "On screen" : "Play",
          ),
        ),
      ),
    ),
  );
}

/** The product. Until the first look at the store it is a skeleton. */
export function Screen({ screen, ready, wrong, onGiveUp }) {
  const room = useRoom();
  const [chosen, setChosen] = useState(null);
  const done = screen.coming.find((one) => one.mine && one.state === "ready");
  const waited = useRef("");
  const mine = screen.coming.find((one) => one.mine && one.state !== "ready" && one.state !== "failed");
  if (mine) waited.current = mine.id;
  useEffect(() => {
    if (done && done.id === waited.current) {
      waited.current = "";
      const timer = setTimeout(() => setChosen({ id: done.id, title: done.title }), TURN);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [done?.id]);
  if (!ready)
    return h("div", { className: "yt-screen" }, h("div", { className: "yt-skeleton", "aria-busy": "true" }));
  const first = screen.shelf.find((one) => one.id === screen.first);
  const current = chosen ?? (first ? { id: first.id, title: first.title } : { id: "", title: "" });
  return h(
    "div",
    { className: "yt-screen" },
    h(Player, {
      room,
      id: current.id,
      title: current.title,
      screen,
      onNetwork: (kbits) => setNetwork(room, kbits),
    }),
    h(Uploader, { room, screen, onGiveUp }),
    wrong && h("p", { className: "sd-fielderror", role: "alert" }, wrong),
    h(Coming, { coming: screen.coming, onPlay: (one) => setChosen({ id: one.id, title: one.title }) }),
    h(Shelf, {
      shelf: screen.shelf,
      current: current.id,
      onPlay: (one) => setChosen({ id: one.id, title: one.title }),
    }),
  );
}
