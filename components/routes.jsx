// Where the boxes of the path stand, and how its arrows run around them.

const VISITOR = {
  id: "visitor",
  label: "visitors",
  kind: "visitor",
  state: "up",
  detail: "",
  rate: 0,
  outside: true,
};
const NARROWEST = 92;
const TIP = 7; // the arrowhead

function columnsOf(nodes) {
  const first = Math.min(...nodes.map((node) => node.column));
  const all = nodes.some((node) => node.id === VISITOR.id)
    ? nodes
    : [{ ...VISITOR, column: first - 1 }, ...nodes];
  const numbers = [...new Set(all.map((node) => node.column))].sort((a, b) => a - b);
  return numbers.map((number) => all.filter((node) => node.column === number));
}

const FULL = { tall: 44, gap: 6, between: 30, narrowest: () => 108 };
/** To be looked at, not to be pressed: as many beside each other as their names allow. */
const SMALL = {
  tall: 22,
  gap: 4,
  between: 15,
  narrowest: (column) => 14 + 6.4 * Math.max(...column.map((node) => node.label.length)),
};

/** Boxes by id: left to right while the width allows, else top to bottom. */
export function layout(nodes, width, isSmall = false) {
  if (!nodes.length) return { boxes: new Map(), height: 112, upright: false };
  const columns = columnsOf(nodes);
  const boxWidth = Math.min(168, (width - 48 * (columns.length - 1)) / columns.length);
  return boxWidth >= NARROWEST && !isSmall
    ? sideways(columns, width, boxWidth)
    : upright(columns, width, isSmall ? SMALL : FULL);
}

function sideways(columns, width, boxWidth) {
  const most = Math.max(...columns.map((column) => column.length));
  const sizeOf = (column) => (column.length > 4 ? [32, 6] : most > 3 ? [40, 8] : [44, 12]);
  const tallness = (column) => column.length * (sizeOf(column)[0] + sizeOf(column)[1]) - sizeOf(column)[1];
  const height = Math.max(112, ...columns.map((column) => tallness(column) + 4));
  const pitch = columns.length > 1 ? (width - boxWidth - 2) / (columns.length - 1) : 0;
  const boxes = new Map();
  columns.forEach((column, at) => {
    const [tall, gap] = sizeOf(column);
    const top = (height - tallness(column)) / 2;
    column.forEach((node, row) => {
      boxes.set(node.id, {
        node,
        x: 1 + at * pitch,
        y: top + row * (tall + gap),
        w: boxWidth,
        h: tall,
        column: at,
      });
    });
  });
  return { boxes, height, upright: false, last: columns.length - 1 };
}

function upright(columns, width, { tall, gap, between, narrowest }) {
  const boxes = new Map();
  let y = 2;
  columns.forEach((column, at) => {
    const perRow = Math.max(2, Math.floor((width + gap) / (narrowest(column) + gap)));
    for (let start = 0; start < column.length; start += perRow) {
      const row = column.slice(start, start + perRow);
      const boxWidth = Math.min(156, (width - gap * (row.length - 1)) / row.length);
      const left = (width - row.length * (boxWidth + gap) + gap) / 2;
      row.forEach((node, place) => {
        boxes.set(node.id, { node, x: left + place * (boxWidth + gap), y, w: boxWidth, h: tall, column: at });
      });
      y += tall + gap;
    }
    y += between - gap;
  });
  return { boxes, height: y - between + 4, upright: true };
}

/** Where a line may pass a column without running behind a box: the free height nearest to the wanted one. */
function freeHeight(boxes, wanted) {
  const inside = (box) => wanted > box.y - 3 && wanted < box.y + box.h + 3;
  if (!boxes.some(inside)) return wanted;
  const sorted = boxes.toSorted((one, other) => one.y - other.y);
  const gaps = sorted.slice(1).map((box, at) => (sorted[at].y + sorted[at].h + box.y) / 2);
  const last = sorted.at(-1);
  const free = [Math.max(1, sorted[0].y - 5), ...gaps, last.y + last.h + 5];
  return free.reduce((best, y) => (Math.abs(y - wanted) < Math.abs(best - wanted) ? y : best));
}

/** The points at which a line crosses the columns between two boxes, in its direction. */
function crossings(from, to, boxes) {
  const [first, last] = [Math.min(from.column, to.column), Math.max(from.column, to.column)];
  const crossed = [];
  for (let column = first + 1; column < last; column += 1) {
    const here = [...boxes.values()].filter((box) => box.column === column);
    if (here.length) crossed.push(here);
  }
  const forward = to.column > from.column;
  if (!forward) crossed.reverse();
  const [y1, y2] = [from.y + from.h / 2, to.y + to.h / 2];
  return crossed.flatMap((here, at) => {
    const y = freeHeight(here, y1 + ((y2 - y1) * (at + 1)) / (crossed.length + 1));
    const [left, right] = [here[0].x, here[0].x + here[0].w];
    return forward
      ? [
          [left, y],
          [right, y],
        ]
      : [
          [right, y],
          [left, y],
        ];
  });
}

/** From which side of a box an arrow leaves, and at which it enters. */
function sidesOf(from, to, { upright: isUpright, last }) {
  if (isUpright) return to.y >= from.y ? ["bottom", "top"] : ["top", "bottom"];
  // Beside the last column there is room on its left only.
  if (from.column === to.column) return from.column === last ? ["left", "left"] : ["right", "right"];
  return to.column > from.column ? ["right", "left"] : ["left", "right"];
}

const middleOf = (box) => [box.x + box.w / 2, box.y + box.h / 2];

/** The ends of all arrows: those on one side of a box stand apart, in the order of where they lead. */
function portsOf(edges, place) {
  const { boxes, upright: isUpright } = place;
  const sides = new Map();
  const ends = new Map(edges.map((edge) => [keyOf(edge), []]));
  for (const edge of edges) {
    const pair = [boxes.get(edge.source), boxes.get(edge.target)];
    sidesOf(...pair, place).forEach((side, at) => {
      const key = `${pair[at].node.id} ${side}`;
      const end = {
        key: keyOf(edge),
        at,
        box: pair[at],
        side,
        towards: middleOf(pair[1 - at])[isUpright ? 0 : 1],
      };
      sides.set(key, [...(sides.get(key) ?? []), end]);
    });
  }
  for (const here of sides.values())
    here
      .toSorted((one, other) => one.towards - other.towards || one.at - other.at)
      .forEach(({ key, at, box, side }, index) => {
        const share = (index + 1) / (here.length + 1);
        ends.get(key)[at] = {
          left: [box.x, box.y + box.h * share],
          right: [box.x + box.w, box.y + box.h * share],
          top: [box.x + box.w * share, box.y],
          bottom: [box.x + box.w * share, box.y + box.h],
        }[side];
      });
  return ends;
}

/** Control points of the curve between two ends: a start, and three points for each bend. */
function curve([[x1, y1], [x2, y2]], from, to, { boxes, upright: isUpright, last }) {
  if (isUpright) {
    const bend = (y2 - y1) / 2;
    return [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2];
  }
  if (from.column === to.column) {
    const aside = from.column === last ? -30 : 30;
    return [x1, y1, x1 + aside, y1, x2 + aside, y2, x2, y2];
  }
  const points = [x1, y1];
  for (const [x, y] of [...crossings(from, to, boxes), [x2, y2]]) {
    const [px, py] = points.slice(-2);
    const bend = (x - px) / 2;
    points.push(px + bend, py, x - bend, y, x, y);
  }
  return points;
}

/** The way of each arrow whose boxes are there, by its key. */
export function routesOf(edges, place) {
  const drawn = edges.filter((edge) => place.boxes.has(edge.source) && place.boxes.has(edge.target));
  const ends = portsOf(drawn, place);
  return new Map(
    drawn.map((edge) => {
      const key = keyOf(edge);
      return [key, curve(ends.get(key), place.boxes.get(edge.source), place.boxes.get(edge.target), place)];
    }),
  );
}

export const pathOf = ([x1, y1, ...rest]) => `M${x1} ${y1}C${rest.join(" ")}`;

/** The arrowhead at the end of a way: it points where the way ends. */
export function tipOf(points) {
  const [px, py, x, y] = points.slice(-4);
  const length = Math.hypot(x - px, y - py) || 1;
  const [ux, uy] = [(x - px) / length, (y - py) / length];
  const [bx, by] = [x - ux * TIP, y - uy * TIP];
  const half = TIP * 0.55;
  return `M${x} ${y}L${bx - uy * half} ${by + ux * half}L${bx + uy * half} ${by - ux * half}Z`;
}

export function pointOn(points, way) {
  const bends = (points.length - 2) / 6;
  const at = Math.min(bends - 1, Math.floor(way * bends));
  const [x0, y0, x1, y1, x2, y2, x3, y3] = points.slice(at * 6, at * 6 + 8);
  const t = way * bends - at;
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3];
}

export const keyOf = (edge) => `${edge.source}>${edge.target}`;
