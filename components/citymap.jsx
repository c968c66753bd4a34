// A city on a canvas: colours of the theme, streets, cells of an index, rings and badges.
// Every lab with a map draws with it.
import { useEffect, useState } from "react";

const COLOURS = [
  "bg",
  "panel",
  "cell",
  "line",
  "line2",
  "field",
  "strong",
  "text",
  "dim",
  "acc",
  "acc-tint",
  "acc-soft",
  "ok",
  "ok-tint",
  "miss",
  "error",
  "moved",
];

export function colours(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--sd-${name}`).trim()]));
}

/** A counter that changes with the theme, so that canvases are painted again. */
export function useTheme() {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const watch = new MutationObserver(() => setCount((n) => n + 1));
    watch.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["class", "data-theme", "style"],
    });
    return () => watch.disconnect();
  }, []);
  return count;
}

export function prepared(canvas, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/** How metres of the city become pixels when all of it is shown: north is up. */
export const wholeCity = (city, width, height) => {
  const scale = width / city.width;
  return { scale, x: (m) => m * scale, y: (m) => height - m * scale };
};

/** The same for a part of it that is `span` metres wide around a place. */
export const partOfCity = (centre, span, width, height) => {
  const scale = width / span;
  return {
    scale,
    x: (m) => width / 2 + (m - centre[0]) * scale,
    y: (m) => height / 2 - (m - centre[1]) * scale,
  };
};

/** Arrow heads between the crossings of streets where cars may go one way only. */
function paintOneWay(pen, city, tone, { x, y }) {
  const [avenues, streets] = city.ways,
    middle = (lines, n) => (lines[n] + lines[n + 1]) / 2,
    head = (left, top, turn) => {
      pen.save();
      pen.translate(left, top);
      pen.rotate(turn);
      pen.moveTo(-2.5, -2.5);
      pen.lineTo(1.5, 0);
      pen.lineTo(-2.5, 2.5);
      pen.restore();
    };
  pen.strokeStyle = tone.dim;
  pen.globalAlpha = 0.55;
  pen.lineWidth = 1;
  pen.beginPath();
  avenues.forEach((way, n) => {
    for (let row = n % 2; way && row + 1 < city.ys.length; row += 2)
      head(x(city.xs[n]), y(middle(city.ys, row)), (-way * Math.PI) / 2);
  });
  streets.forEach((way, n) => {
    for (let column = n % 2; way && column + 1 < city.xs.length; column += 2)
      head(x(middle(city.xs, column)), y(city.ys[n]), way > 0 ? 0 : Math.PI);
  });
  pen.stroke();
  pen.globalAlpha = 1;
}

export function paintCity(canvas, city, width, height, { x, y, scale } = wholeCity(city, width, height)) {
  const pen = prepared(canvas, width, height),
    tone = colours(canvas);
  pen.fillStyle = tone.panel;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = tone["ok-tint"];
  for (const [left, low, wide, tall] of city.parks)
    pen.fillRect(x(left), y(low + tall), wide * scale, tall * scale);
  pen.strokeStyle = tone.line;
  pen.lineCap = "butt";
  const streets = (every, thick) => {
    pen.lineWidth = thick;
    pen.beginPath();
    city.xs.forEach((at, n) => {
      if ((n % 4 === 0) === every) {
        pen.moveTo(x(at), 0);
        pen.lineTo(x(at), height);
      }
    });
    city.ys.forEach((at, n) => {
      if ((n % 4 === 0) === every) {
        pen.moveTo(0, y(at));
        pen.lineTo(width, y(at));
      }
    });
    pen.stroke();
  };
  pen.lineJoin = "round";
  streets(false, Math.max(1, 12 * scale));
  pen.strokeStyle = tone["acc-soft"];
  pen.globalAlpha = 0.3;
  pen.lineWidth = Math.max(5, 130 * scale);
  pen.beginPath();
  city.river.forEach(([at, up], n) => (n ? pen.lineTo(x(at), y(up)) : pen.moveTo(x(at), y(up))));
  pen.stroke();
  pen.globalAlpha = 1;
  pen.strokeStyle = tone.line2;
  streets(true, Math.max(1.4, 20 * scale));
  if (city.ways && scale > 0.04) paintOneWay(pen, city, tone, { x, y });
  if (width < 420) return;
  pen.fillStyle = tone.dim;
  pen.font = "10px Inter, system-ui, sans-serif";
  pen.strokeStyle = tone.panel;
  pen.lineWidth = 3;
  const write = (text, left, top, turn) => {
    pen.save();
    pen.translate(left, top);
    pen.rotate(turn);
    pen.strokeText(text, 0, 0);
    pen.fillText(text, 0, 0);
    pen.restore();
  };
  city.ys.forEach((at, n) => n % 4 === 0 && y(at) > 16 && write(city.streets[n], 6, y(at) - 3, 0));
  city.xs.forEach(
    (at, n) => n % 4 === 0 && n > 0 && write(city.avenues[n], x(at) - 3, height - 6, -Math.PI / 2),
  );
}

export function paintCells(pen, cells, tone, x, y) {
  const most = Math.max(1, ...cells.map((cell) => cell.count));
  for (const touched of [false, true]) {
    for (const cell of cells) {
      if (cell.touched !== touched) continue;
      const { corners } = cell;
      pen.beginPath();
      for (let n = 0; n < corners.length; n += 2)
        (n ? pen.lineTo : pen.moveTo).call(pen, x(corners[n]), y(corners[n + 1]));
      pen.closePath();
      pen.globalAlpha = touched ? 0.2 : 0.05 + 0.2 * (cell.count / most);
      pen.fillStyle = touched ? tone.miss : tone.acc;
      pen.fill();
      pen.globalAlpha = touched ? 1 : 0.4;
      pen.lineWidth = touched ? 1.8 : 1;
      pen.strokeStyle = touched ? tone.miss : tone["acc-soft"];
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

export function ring(pen, left, top, radius, colour, dash = []) {
  pen.setLineDash(dash);
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.beginPath();
  pen.arc(left, top, radius, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
}

export function badge(pen, text, left, top, fill, ink) {
  pen.font = "600 11px Inter, system-ui, sans-serif";
  const wide = pen.measureText(text).width + 10;
  pen.fillStyle = fill;
  pen.beginPath();
  pen.roundRect(left - wide / 2, top - 22, wide, 16, 5);
  pen.fill();
  pen.fillStyle = ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, left, top - 13.5);
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
}
