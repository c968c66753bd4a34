// Moving pictures of the streams, drawn by the browser: a scene for each, the same on all its screens.
import { createElement as h, memo, useEffect, useRef } from "react";
import { isQuiet } from "$/public/external/components/live/live.jsx";

const [W, H] = [480, 300];
const EVERY_MS = 1000 / 12;
const QUIET_EVERY = 4; // of these, one is drawn while nobody says anything
const TAU = 2 * Math.PI;

/** The same numbers between 0 and 1 for the same seed, so that a picture does not jump. */
const chance = (seed) => {
  const x = Math.sin(seed * 127.1) * 43758.5453;
  return x - Math.floor(x);
};
const many = (count, draw) => Array.from({ length: count }, (_, n) => draw(n));
const swing = (t, seconds, shift = 0) => Math.sin((t / seconds + shift) * TAU);

/** A backdrop of colours from top to bottom. */
function sky(g, ...colours) {
  const fill = g.createLinearGradient(0, 0, 0, H);
  colours.forEach((one, n) => fill.addColorStop(n / (colours.length - 1), one));
  g.fillStyle = fill;
  g.fillRect(0, 0, W, H);
}

function shape(g, colour, points) {
  g.fillStyle = colour;
  g.beginPath();
  points.forEach(([x, y], n) => (n ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.fill();
}

function disc(g, colour, x, y, r, ry = r) {
  g.fillStyle = colour;
  g.beginPath();
  g.ellipse(x, y, r, ry, 0, 0, TAU);
  g.fill();
}

function box(g, colour, x, y, width, height, round = 0) {
  g.fillStyle = colour;
  g.beginPath();
  g.roundRect(x, y, width, height, round);
  g.fill();
}

function stroke(g, colour, width, points) {
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.lineCap = g.lineJoin = "round";
  g.beginPath();
  points.forEach(([x, y], n) => (n ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.stroke();
}

function glow(g, x, y, r, colour) {
  const fill = g.createRadialGradient(x, y, 0, x, y, r);
  fill.addColorStop(0, colour);
  fill.addColorStop(1, "transparent");
  g.fillStyle = fill;
  g.fillRect(x - r, y - r, 2 * r, 2 * r);
}

const curve = (from, to, step, y) => {
  const points = [];
  for (let x = from; x <= to; x += step) points.push([x, y(x)]);
  return points;
};
const ground = (line) => [[0, H], ...line, [W, H]];

const SCENES = {
  harbour(g, t) {
    sky(g, "#0b1733", "#26406b", "#c06a4f");
    disc(g, "#ffd9a0", 350, 118, 26);
    shape(g, "#131f3d", ground(curve(0, W, 8, (x) => 150 - 26 * Math.sin(x / 61) - 12 * Math.sin(x / 23))));
    many(18, (n) => {
      const on = 0.55 + 0.45 * swing(t, 2 + chance(n) * 3, chance(n + 40));
      glow(g, 20 + n * 26, 152 + 10 * chance(n + 9), 15, `rgba(255, 206, 120, ${on})`);
    });
    many(4, (n) => {
      const wave = (x) => 172 + n * 30 + 4 * Math.sin(x / (26 + 9 * n) + t * (1.4 - 0.25 * n) + n);
      shape(g, ["#1d3a5f", "#17304f", "#112541", "#0b1a31"][n], ground(curve(0, W, 8, wave)));
    });
    const [x, y] = [90 + 22 * swing(t, 21), 205 + 3 * swing(t, 3.4)];
    shape(g, "#efe4d0", [
      [x - 2, y - 74],
      [x - 2, y - 10],
      [x + 44, y - 10],
    ]);
    shape(g, "#b8463f", [
      [x - 40, y - 4],
      [x + 52, y - 4],
      [x + 38, y + 14],
      [x - 28, y + 14],
    ]);
  },
  kitchen(g, t) {
    sky(g, "#4a2c1c", "#8d5730", "#c98d51");
    many(6, (n) => box(g, "rgba(30, 14, 6, .35)", 20 + n * 80, 24, 60, 62, 6));
    box(g, "#5b3a24", 0, 226, W, 74);
    many(9, (n) => {
      const pull = 34 + 15 * swing(t, 2.6, n / 40);
      stroke(
        g,
        "#f6e3b4",
        3.5,
        curve(120, 360, 12, (x) => 118 + n * 3 + pull * Math.sin(((x - 120) / 240) * Math.PI)),
      );
    });
    disc(g, "#e8b68b", 112, 122 + 4 * swing(t, 2.6), 20);
    disc(g, "#e8b68b", 368, 122 - 4 * swing(t, 2.6), 20);
    disc(g, "#20242c", 240, 250, 84, 26);
    disc(g, "#d9a562", 240, 244, 72, 18);
    many(7, (n) => {
      const up = (t / 3 + chance(n)) % 1;
      glow(
        g,
        190 + n * 17 + 9 * swing(t, 4, n / 3),
        236 - 110 * up,
        24,
        `rgba(255, 255, 255, ${0.3 * (1 - up)})`,
      );
    });
  },
  launch(g, t) {
    const [round, flown] = [t % 24, Math.max(0, (t % 24) - 12)];
    sky(g, "#0a1730", "#2b4a78", "#8aa6c4");
    many(40, (n) => disc(g, "rgba(255, 255, 255, .7)", chance(n) * W, chance(n + 70) * 130, 0.9));
    box(g, "#3b4150", 0, 264, W, 36);
    many(7, (n) =>
      stroke(g, "#a5532f", 3, [
        [168, 258 - n * 24],
        [190, 246 - n * 24],
        [168, 234 - n * 24],
      ]),
    );
    stroke(g, "#a5532f", 4, [
      [168, 264],
      [168, 76],
    ]);
    const y = 250 - 9 * flown * flown;
    if (round > 11) {
      many(26, (n) => {
        const out = chance(n + Math.floor(t * 6));
        disc(
          g,
          `rgba(240, 236, 230, ${0.5 * (1 - out)})`,
          250 + (n - 13) * 15 * out,
          262 - 26 * out * chance(n),
          8 + 22 * out,
        );
      });
      shape(g, "#ffce54", [
        [238, y],
        [262, y],
        [250, y + 46 + 16 * chance(Math.floor(t * 12))],
      ]);
      glow(g, 250, y + 16, 76, "rgba(255, 190, 90, .8)");
    }
    shape(g, "#eceff4", [
      [236, y],
      [236, y - 120],
      [250, y - 152],
      [264, y - 120],
      [264, y],
    ]);
    shape(g, "#c8372d", [
      [236, y - 120],
      [250, y - 152],
      [264, y - 120],
    ]);
    box(g, "#2b4a78", 245, y - 104, 10, 14, 5);
    g.fillStyle = "#ffe9b0";
    g.font = "600 30px monospace";
    g.fillText(
      round < 12
        ? `T−${String(Math.ceil(12 - round)).padStart(2, "0")}`
        : `T+${String(Math.floor(flown)).padStart(2, "0")}`,
      340,
      60,
    );
  },
  chess(g, t) {
    sky(g, "#7db5d8", "#cfe3d2", "#86a66b");
    many(5, (n) => disc(g, "#5e8c4e", 40 + n * 104, 118, 58, 34));
    const [left, top, side] = [116, 96, 31];
    const at = (column, row) => [left + column * side + row * 2 - 6, top + row * (side - 8)];
    shape(g, "#5a3d28", [
      [96, 88],
      [384, 88],
      [408, 290],
      [72, 290],
    ]);
    many(64, (n) => {
      const [column, row] = [n % 8, n >> 3];
      const [x, y] = at(column, row);
      box(g, (column + row) % 2 ? "#8a5a3a" : "#f0dcb8", x, y, side - 1, side - 9);
    });
    const move = Math.floor(t / 2);
    many(14, (n) => {
      const turn = n === move % 14;
      const step = turn ? Math.min(1, (t % 2) * 1.6) : 0;
      const hop = turn ? Math.sin(step * Math.PI) * 22 : 0;
      const column = Math.floor(chance(n * 3 + Math.floor((move - n) / 14)) * 8);
      const to = Math.floor(chance(n * 3 + Math.floor((move - n) / 14) + 1) * 8);
      const [x, y] = at(column + (to - column) * step, (n * 5) % 8);
      const colour = n % 2 ? "#241a14" : "#fbf3e2";
      disc(g, "rgba(0, 0, 0, .25)", x + 16, y + 17, 10, 4);
      shape(g, colour, [
        [x + 8, y + 17 - hop],
        [x + 13, y - 4 - hop],
        [x + 19, y - 4 - hop],
        [x + 24, y + 17 - hop],
      ]);
      disc(g, colour, x + 16, y - 8 - hop, 6);
    });
  },
  garden(g, t) {
    sky(g, "#08121c", "#12302e", "#1d4a34");
    disc(g, "#e9f1d8", 386, 56, 24);
    many(7, (n) =>
      stroke(g, "rgba(190, 220, 230, .28)", 2.5, [
        [n * 80, 0],
        [240 + (n - 3) * 40, 118],
        [n * 80, H],
      ]),
    );
    many(9, (n) => {
      const [x, bend] = [24 + n * 54, 9 * swing(t, 5 + chance(n) * 3, chance(n))];
      const top = 150 - 54 * chance(n + 5);
      stroke(g, "#2f6b3a", 4, [
        [x, H],
        [x + bend / 2, (H + top) / 2],
        [x + bend, top],
      ]);
      many(4, (leaf) =>
        disc(
          g,
          leaf % 2 ? "#3d8a4a" : "#2c6f3b",
          x + bend * 0.7 + (leaf % 2 ? 16 : -16),
          top + 26 + leaf * 28,
          17,
          7,
        ),
      );
      const open = 7 + 3 * swing(t, 7, chance(n + 2));
      many(5, (petal) =>
        disc(
          g,
          ["#f2a7c3", "#f6d36b", "#b9a2f2"][n % 3],
          x + bend + open * Math.cos((petal * TAU) / 5 + t / 9),
          top + open * Math.sin((petal * TAU) / 5 + t / 9),
          5,
        ),
      );
    });
    many(14, (n) => {
      const [x, y] = [240 + 220 * swing(t, 17 + n, chance(n)), 150 + 90 * swing(t, 11 + n, chance(n + 3))];
      glow(g, x, y, 11, `rgba(214, 255, 130, ${0.5 + 0.5 * swing(t, 1.5, chance(n + 8))})`);
    });
  },
  trail(g, t) {
    sky(g, "#8fc1e6", "#d8e8f2", "#f5e7d2");
    const range = (far, base, tall, colour) =>
      shape(
        g,
        colour,
        ground(
          curve(0, W, 6, (x) => {
            const at = x + t * far;
            return base - tall * Math.abs(Math.sin(at / 83)) - tall * 0.4 * Math.sin(at / 31);
          }),
        ),
      );
    range(3, 168, 88, "#9db4cc");
    range(7, 196, 60, "#6f8fa6");
    range(15, 230, 40, "#4d7263");
    range(30, 262, 22, "#37543f");
    many(11, (n) => {
      const x = ((((n * 67 - t * 30) % 560) + 560) % 560) - 40;
      shape(g, "#22402e", [
        [x, 258],
        [x + 13, 200 - 22 * chance(n)],
        [x + 26, 258],
      ]);
    });
    const step = swing(t, 0.9);
    stroke(g, "#2a2320", 5, [
      [232 + 8 * step, 278],
      [240, 254],
      [248 - 8 * step, 278],
    ]);
    box(g, "#d0562f", 231, 222, 17, 34, 6);
    box(g, "#2f6f9f", 223, 226, 11, 24, 5);
    disc(g, "#e9b48f", 241, 214, 8);
    stroke(g, "#3b332d", 2.5, [
      [246, 236],
      [262 + 6 * step, 250],
      [266 + 6 * step, 280],
    ]);
  },
  studio(g, t) {
    sky(g, "#17131f", "#2b2138", "#3b2a45");
    many(4, (track) => {
      const y = 40 + track * 62;
      box(g, "#0f0c15", 20, y, 440, 50, 8);
      const colour = ["#ff6b6b", "#ffd166", "#5fd3a6", "#6fa8ff"][track];
      many(72, (n) => {
        const beat = n + Math.floor(t * 8);
        const loud =
          (0.25 + 0.75 * chance(Math.floor(beat / (track + 2)) + track * 50)) *
          (0.35 + 0.65 * chance(beat * 1.7 + track));
        box(
          g,
          n > 60 ? "rgba(255, 255, 255, .2)" : colour,
          28 + n * 6,
          y + 25 - 21 * loud,
          3.4,
          42 * loud,
          2,
        );
      });
      disc(g, swing(t, 1) > 0 ? "#ff4d4d" : "#5a2020", 452, y + 8, 4);
    });
    stroke(g, "#fff", 2, [
      [394, 34],
      [394, 278],
    ]);
  },
  forge(g, t) {
    sky(g, "#120b0a", "#2b1611", "#4a2114");
    const fire = 0.7 + 0.3 * chance(Math.floor(t * 10));
    glow(g, 96, 170, 150, `rgba(255, 120, 40, ${0.75 * fire})`);
    box(g, "#2a2220", 36, 160, 120, 120, 10);
    many(9, (n) => {
      const tall = 26 + 40 * chance(n + Math.floor(t * 9));
      shape(g, n % 2 ? "#ffb13d" : "#ff6a2b", [
        [46 + n * 11, 198],
        [52 + n * 11, 198 - tall],
        [60 + n * 11, 198],
      ]);
    });
    box(g, "#43434a", 252, 214, 148, 24, 5);
    box(g, "#35353b", 296, 238, 60, 52);
    const blow = (t % 1.4) / 1.4;
    const lift = blow < 0.75 ? Math.sin((blow / 0.75) * Math.PI * 0.5) * 92 : (1 - (blow - 0.75) / 0.25) * 92;
    const heat = Math.round(120 + 80 * (1 - blow));
    shape(g, `rgb(255, ${heat}, 70)`, [
      [236, 212],
      [372, 206],
      [388, 210],
      [372, 214],
      [236, 216],
    ]);
    stroke(g, "#6b4a2e", 9, [
      [398, 150 - lift * 0.5],
      [330, 196 - lift],
    ]);
    box(g, "#8d8d96", 312, 182 - lift, 36, 24, 4);
    if (blow < 0.24)
      many(24, (n) => {
        const far = blow * 4 * (40 + 90 * chance(n));
        const angle = Math.PI * (1.05 + 0.9 * chance(n + 30));
        disc(
          g,
          "#ffd98a",
          330 + far * Math.cos(angle),
          204 + far * Math.sin(angle) + 70 * blow * blow * 16,
          2,
        );
      });
  },
  reef(g, t) {
    sky(g, "#7fd2dd", "#1e8aa6", "#0a3f5c");
    many(5, (n) =>
      shape(g, "rgba(255, 255, 255, .07)", [
        [60 + n * 90 + 20 * swing(t, 9, n / 5), 0],
        [100 + n * 90, 0],
        [50 + n * 90, H],
        [-10 + n * 90, H],
      ]),
    );
    many(5, (n) => box(g, "#5b4a3a", 26 + n * 104, 0, 16, 232));
    shape(g, "#d8c08a", ground(curve(0, W, 10, (x) => 262 + 7 * Math.sin(x / 45))));
    many(16, (n) => {
      const [x, sway] = [10 + n * 31, 15 * swing(t, 4 + chance(n) * 2, chance(n))];
      stroke(g, n % 3 ? "#2f8f63" : "#c2567a", 5, [
        [x, 272],
        [x + sway / 2, 246],
        [x + sway, 220 - 18 * chance(n)],
      ]);
    });
    many(16, (n) => {
      const way = n % 2 ? 1 : -1;
      const x = ((((way * t * (18 + 34 * chance(n)) + chance(n + 4) * 560) % 560) + 560) % 560) - 40;
      const y = 50 + 175 * chance(n + 9) + 8 * swing(t, 3 + chance(n), chance(n));
      const [size, colour] = [7 + 9 * chance(n + 2), ["#ff9f43", "#ffe066", "#c3e8ff", "#ff6b81"][n % 4]];
      disc(g, colour, x, y, size, size * 0.55);
      shape(g, colour, [
        [x - way * size * 0.7, y],
        [x - way * size * 1.7, y - size * 0.6 + 2 * swing(t, 0.5, chance(n))],
        [x - way * size * 1.7, y + size * 0.6],
      ]);
      disc(g, "#123", x + way * size * 0.5, y - 1, 1.6);
    });
    many(12, (n) => {
      const up = (t / (5 + 4 * chance(n)) + chance(n + 6)) % 1;
      disc(
        g,
        "rgba(255, 255, 255, .45)",
        40 + chance(n) * 400 + 6 * swing(t, 2, chance(n)),
        280 - 280 * up,
        1.5 + 2.5 * chance(n + 1),
      );
    });
  },
  loom(g, t) {
    sky(g, "#5d4a3b", "#836a52", "#a58a6b");
    box(g, "#3e2a1c", 60, 16, 360, 18, 6);
    box(g, "#3e2a1c", 60, 262, 360, 20, 6);
    const [row, thrown] = [Math.floor(t / 1.1), (t / 1.1) % 1];
    const woven = row % 26;
    many(60, (n) => {
      const up = (n + row) % 2 ? 7 * Math.sin(thrown * Math.PI) : 0;
      stroke(g, "#eadfc8", 1.6, [
        [78 + n * 5.5, 34],
        [78 + n * 5.5, 128 - up],
        [78 + n * 5.5, 262],
      ]);
    });
    many(woven, (line) =>
      many(60, (n) => {
        const motif = Math.abs(n - 30) + Math.abs(((line + Math.floor(row / 26) * 7) % 16) - 8) * 2;
        box(
          g,
          ["#b23a48", "#e0a458", "#2f5d62", "#f2e8cf"][Math.floor(motif / 6) % 4],
          76 + n * 5.5,
          258 - line * 5 - 5,
          5,
          4.4,
        );
      }),
    );
    const x = row % 2 ? 80 + 320 * thrown : 400 - 320 * thrown;
    shape(g, "#c98f4e", [
      [x - 26, 132],
      [x, 125],
      [x + 26, 132],
      [x, 139],
    ]);
    stroke(g, "#b23a48", 2, [
      [row % 2 ? 76 : 404, 254 - woven * 5],
      [x, 132],
    ]);
  },
  derby(g, t) {
    sky(g, "#20324f", "#37557a", "#5c7a92");
    many(170, (n) =>
      disc(
        g,
        ["#e9c9a5", "#c08a64", "#e4574e", "#f0d35b", "#e8eef2"][n % 5],
        6 + (n % 34) * 14.2,
        20 + Math.floor(n / 34) * 15 + 2 * swing(t, 0.9, chance(n)),
        4.4,
      ),
    );
    box(g, "#8c5a3c", 0, 104, W, 196);
    many(3, (n) =>
      stroke(g, "rgba(255, 255, 255, .55)", 2, [
        [0, 140 + n * 52],
        [W, 140 + n * 52],
      ]),
    );
    many(12, (n) => box(g, "#f5f2ea", ((((n * 44 - t * 170) % 528) + 528) % 528) - 40, 98, 8, 12));
    many(4, (n) => {
      const [x, y] = [230 + 130 * swing(t, 13 + 3 * n, chance(n)) - n * 14, 130 + n * 44];
      const stride = swing(t, 0.42, chance(n + 3));
      const colour = ["#e4574e", "#f0d35b", "#5fb0e8", "#7bd389"][n];
      many(2, (leg) => {
        const forward = 17 * stride * (leg ? 1 : -1);
        stroke(g, "#241c1a", 6, [
          [x, y + 2],
          [x + forward, y + 20],
          [x + forward - 8, y + 32],
        ]);
        disc(g, "#f4f4f4", x + forward - 4, y + 34, 7, 4);
      });
      box(g, colour, x - 9, y - 26, 20, 30, 8);
      stroke(g, "#e8b68b", 5, [
        [x, y - 18],
        [x + 17 * stride, y - 4],
      ]);
      disc(g, colour, x + 4, y - 34, 10);
      disc(g, "#e8b68b", x + 8, y - 31, 5);
    });
    g.fillStyle = "#fff";
    g.font = "600 17px monospace";
    g.fillText(`ROUND 7  ${String(Math.floor(t % 60)).padStart(2, "0")} s`, 330, 292);
  },
  sky(g, t) {
    sky(g, "#04061a", "#0d1440", "#3a2b58");
    many(3, (n) => glow(g, 120 + n * 120, 70 + n * 34, 150, "rgba(150, 130, 220, .13)"));
    many(150, (n) => {
      const on = 0.4 + 0.5 * Math.abs(swing(t, 2 + 5 * chance(n), chance(n + 5)));
      disc(g, `rgba(255, 255, 255, ${on})`, chance(n) * W, chance(n + 200) * 220, 0.6 + 1.1 * chance(n + 80));
    });
    many(5, (n) => {
      const [wait, number] = [3 + 2 * n, Math.floor((t + n * 1.7) / (3 + 2 * n))];
      const life = ((t + n * 1.7) % wait) / 0.9;
      if (life > 1) return;
      const [x, y] = [
        120 + 360 * chance(number + n * 17) - 150 * life,
        14 + 90 * chance(number * 3 + n) + 92 * life,
      ];
      stroke(g, `rgba(255, 244, 214, ${1 - life})`, 2, [
        [x, y],
        [x + 46, y - 28],
      ]);
      glow(g, x, y, 13, `rgba(255, 250, 230, ${1 - life})`);
    });
    shape(g, "#070a16", ground(curve(0, W, 8, (x) => 252 - 18 * Math.sin(x / 70) - 8 * Math.sin(x / 21))));
    shape(g, "#e9c46a", [
      [318, 254],
      [340, 222],
      [362, 254],
    ]);
    glow(g, 340, 246, 40, "rgba(255, 200, 110, .5)");
    many(3, (n) => disc(g, "#0b0e1c", 232 + n * 22, 248, 7, 12));
  },
};

/** Draws one stream for all screens that show it. */
class Projector {
  constructor(id) {
    this.paint = SCENES[id] ?? SCENES.harbour;
    this.canvas = document.createElement("canvas");
    this.canvas.width = W;
    this.canvas.height = H;
    this.screens = new Set();
  }

  show(moving) {
    this.paint(this.canvas.getContext("2d"), moving ? performance.now() / 1000 : 4.2);
    for (const screen of this.screens) screen.getContext("2d").drawImage(this.canvas, 0, 0);
  }

  add(screen) {
    this.screens.add(screen);
    const moving = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.show(moving);
    if (moving && !this.timer) this.timer = setInterval(() => this.tick(), EVERY_MS);
  }

  tick() {
    this.ticks = (this.ticks ?? 0) + 1;
    if (document.hidden || (isQuiet() && this.ticks % QUIET_EVERY)) return;
    this.show(true);
  }

  remove(screen) {
    this.screens.delete(screen);
    if (this.screens.size) return;
    clearInterval(this.timer);
    this.timer = 0;
  }
}

const projectors = {};

/** The picture of a stream. */
export const Scene = memo(function Scene({ id }) {
  const canvas = useRef(null);
  useEffect(() => {
    const [screen, projector] = [canvas.current, (projectors[id] ??= new Projector(id))];
    projector.add(screen);
    return () => projector.remove(screen);
  }, [id]);
  return h("canvas", {
    ref: canvas,
    className: "sd-scene",
    width: W,
    height: H,
    "aria-hidden": true,
    "data-scene": id,
  });
});
