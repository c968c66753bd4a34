// Faces from a seed: the same seed, the same face.
// In scripts: h(Avatar, { seed, size }) and h(Portrait, { seed }).
import { createElement as h, memo } from "react";

const SKIN = ["#f6d3b8", "#eab995", "#d59a6f", "#b87548", "#8f5632", "#6b3f26"];
const HAIR = ["#231a17", "#3c2a20", "#5d3d26", "#8a5a2c", "#c58f46", "#b4492c", "#8d8f96", "#2b3352"];
const DARK = ["#1d1614", "#2b1d17", "#3a2418", "#9a9ca4"];
const CLOTH = ["#3e63dd", "#2b9a66", "#c2410c", "#8e4ec6", "#0e8aa5", "#be3a72", "#475569", "#a16207"];
const GROUND = ["#dbe5ff", "#d8f1e3", "#ffe6d2", "#ecdcfa", "#d3eef5", "#fbdbe8", "#e4e6ec", "#f6ebc9"];

/** Independent small numbers from a text (FNV-1a, then xorshift). */
function chance(seed) {
  let state = 2166136261;
  for (const sign of String(seed)) state = Math.imul(state ^ sign.codePointAt(0), 16777619);
  state = state >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const p = (d, fill, key, more) => h("path", { d, fill, key, ...more });
const BACK = [
  null,
  "M27 46c-3-30 12-33 23-33s26 3 23 33c0 12 3 22 5 28H22c2-6 5-16 5-28z",
  "M24 42c-4-28 16-31 26-31s30 3 26 31c6 4 5 14 0 18H24c-5-4-6-14 0-18z",
  null,
  "M30 44c-2-26 10-30 20-30s22 4 20 30v14H30z",
  null,
];
const FRONT = [
  "M30 44c-3-24 10-29 21-29 12 0 22 6 19 29-3-8-6-12-10-15-8 4-20 3-26 4-2 3-3 6-4 11z",
  "M30 44c-1-22 9-28 20-28s21 6 20 28c-4-8-8-13-20-18-8 6-16 10-20 18z",
  "M30 41c0-18 9-24 20-24s20 6 20 24c-5-7-11-9-20-9s-15 2-20 9z",
  "M31 38c0-14 8-19 19-19s19 5 19 19c-3-5-6-8-9-9-7 1-14 1-20 0-3 1-6 4-9 9z",
  "M30 42c0-18 8-26 21-25 12 0 19 8 19 25-6-2-14-6-19-14-4 6-12 12-21 14z",
  "M35 27c2-6 8-10 15-10s13 4 15 10c-4-3-9-4-15-4s-11 1-15 4z",
];

function head(seed) {
  const pick = chance(seed);
  const tone = pick(6),
    skin = SKIN[tone];
  const hair = tone > 2 ? DARK[pick(4)] : HAIR[pick(8)],
    cloth = CLOTH[pick(8)],
    ground = GROUND[pick(8)];
  const cut = pick(6),
    collar = pick(3),
    beard = pick(7) === 0,
    glasses = pick(5) === 0,
    smile = pick(3),
    brow = pick(3);
  const ink = "#2a2320";
  const parts = [
    BACK[cut] && p(BACK[cut], hair, "back"),
    p("M42 58h16v14c0 6-16 6-16 0z", skin, "neck", { style: { filter: "brightness(.9)" } }),
    p("M14 106c0-26 14-36 30-37 3 5 9 5 12 0 16 1 30 11 30 37z", cloth, "cloth"),
    collar === 0 && p("M40 70l10 9 10-9 3 2-13 14-13-14z", "#fff", "collar", { opacity: 0.75 }),
    collar === 1 && p("M42 69c2 8 14 8 16 0l3 1c-3 12-19 12-22 0z", "#000", "collar", { opacity: 0.18 }),
    h("ellipse", { cx: 30.5, cy: 48, rx: 3.4, ry: 5, fill: skin, key: "left" }),
    h("ellipse", { cx: 69.5, cy: 48, rx: 3.4, ry: 5, fill: skin, key: "right" }),
    p("M31 40c0-14 8-21 19-21s19 7 19 21c0 18-8 28-19 28S31 58 31 40z", skin, "face"),
    beard &&
      p(
        "M31.5 46c1 3 3 7 8 7 4-2 17-2 21 0 5 0 7-4 8-7 0 15-8 22.5-18.5 22.5S31.5 61 31.5 46z",
        hair,
        "beard",
      ),
    p(FRONT[cut], hair, "front"),
    h("ellipse", { cx: 42.5, cy: 45, rx: 2.1, ry: 2.6, fill: ink, key: "eye1" }),
    h("ellipse", { cx: 57.5, cy: 45, rx: 2.1, ry: 2.6, fill: ink, key: "eye2" }),
    p(`M38 ${39 - brow}q4.5 ${-2 + brow} 8 0M54 ${39 - brow}q4.5 ${-2 + brow} 8 0`, "none", "brow", {
      stroke: hair,
      strokeWidth: 1.8,
      strokeLinecap: "round",
    }),
    p("M49.5 46c-1 4-2 6 1 6", "none", "nose", {
      stroke: ink,
      strokeWidth: 1.3,
      strokeLinecap: "round",
      opacity: 0.45,
    }),
    smile === 0
      ? p("M43 56c3 6 11 6 14 0z", "#fff", "smile", {
          stroke: ink,
          strokeWidth: 1.2,
          strokeLinejoin: "round",
        })
      : p(smile === 1 ? "M44 57q6 5 12 0" : "M45 57.5q6 2.5 11-1", "none", "smile", {
          stroke: ink,
          strokeWidth: 1.8,
          strokeLinecap: "round",
        }),
    glasses &&
      h(
        "g",
        { key: "glasses", fill: "none", stroke: ink, strokeWidth: 1.6 },
        h("circle", { cx: 42.5, cy: 45, r: 6 }),
        h("circle", { cx: 57.5, cy: 45, r: 6 }),
        h("path", { d: "M48.5 45h3" }),
      ),
  ];
  return { parts, ground, pick };
}

const named = (label) => (label ? { role: "img", "aria-label": label } : { "aria-hidden": true });

export const Avatar = memo(function Avatar({ seed, size = 32, label = "" }) {
  const { parts, ground } = head(seed);
  return h(
    "svg",
    {
      viewBox: "0 0 100 100",
      width: size,
      height: size,
      className: "sd-avatar",
      style: { borderRadius: "50%", background: ground, flex: "none", display: "block" },
      ...named(label),
    },
    parts,
  );
});

const SCENES = [
  // hills, sea, town, wood
  () => [
    p("M0 120V74c20-16 40-14 60-2s30 4 40-6v54z", "#7fae7a", "a"),
    p("M0 130V92c30-14 60 10 100-8v46z", "#5c9464", "b"),
    h("circle", { key: "s", cx: 78, cy: 26, r: 9, fill: "#ffd98a" }),
  ],
  () => [
    p("M0 130V72h100v58z", "#5aa3c7", "a"),
    p("M0 84q12-5 25 0t25 0 25 0 25 0v46H0z", "#3f87b0", "b"),
    h("circle", { key: "s", cx: 22, cy: 30, r: 10, fill: "#ffe3a3" }),
  ],
  () => [
    p("M0 130V58h14V44h14v22h10V36h16v30h12V50h14v20h20v60z", "#8b93a8", "a"),
    p("M0 130V84h20V72h14v16h30V76h16v14h20v40z", "#6d768d", "b"),
  ],
  () => [
    p("M4 130l14-70 14 70zM26 130l16-84 16 84zM54 130l14-64 14 64zM74 130l13-76 13 76z", "#4f8a5f", "a"),
    p("M0 130v-18h100v18z", "#3e7450", "b"),
  ],
];

export const Portrait = memo(function Portrait({ seed, label = "" }) {
  const { parts, ground, pick } = head(seed);
  const scene = SCENES[pick(SCENES.length)];
  return h(
    "svg",
    {
      viewBox: "0 0 100 130",
      preserveAspectRatio: "xMidYMid slice",
      className: "sd-portrait",
      style: { width: "100%", height: "100%", background: ground, display: "block" },
      ...named(label),
    },
    scene(),
    h("g", { transform: "translate(-7.5 21) scale(1.15)" }, parts),
  );
});
