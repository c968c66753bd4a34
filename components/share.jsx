// A panel to take along: as PNG, as SVG, or as a frame for somebody's page.
import { createElement as h, useId, useState } from "react";
import { CopyButton, Popover } from "$/public/external/components/controls/controls.jsx";

const SVG = "http://www.w3.org/2000/svg";
const SIZES = [
  { id: "slide", label: "slide, 960 × 540", width: 960, height: 540 },
  { id: "page", label: "page, 640 × 420", width: 640, height: 420 },
  { id: "column", label: "column, 360 × 420", width: 360, height: 420 },
];
const NOT_DRAWN = ".sd-twin, .sd-pop";
const SHARP = 2;

/** All rules of the page: a picture has no page around it that would style it. */
const rules = () =>
  [...document.styleSheets]
    .flatMap((sheet) => {
      try {
        return [...sheet.cssRules];
      } catch {
        return []; // of another origin
      }
    })
    .filter((rule) => !(rule instanceof CSSFontFaceRule))
    .map((rule) => rule.cssText)
    .join("\n");

/** A copy that needs no script: what was drawn on a canvas is an image in it. */
function copyOf(element) {
  const copy = element.cloneNode(true);
  const drawn = element.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, at) => {
    const image = document.createElement("img");
    image.src = drawn[at].toDataURL();
    image.className = canvas.className;
    image.style.width = `${drawn[at].clientWidth}px`;
    image.style.height = `${drawn[at].clientHeight}px`;
    canvas.replaceWith(image);
  });
  for (const one of copy.querySelectorAll(NOT_DRAWN)) one.remove();
  return copy;
}

/** The element as it looks now, as SVG text. */
function svgOf(element) {
  const { width, height } = element.getBoundingClientRect();
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", String(Math.ceil(width)));
  svg.setAttribute("height", String(Math.ceil(height)));
  svg.setAttribute("class", document.documentElement.className);
  const style = document.createElementNS(SVG, "style");
  style.textContent = rules();
  const holder = document.createElementNS(SVG, "foreignObject");
  holder.setAttribute("width", "100%");
  holder.setAttribute("height", "100%");
  // The page's own frame, so that what its rules say of descendants holds here, too.
  const frame = document.createElement("div");
  frame.className = `radix-themes sd-page ${document.documentElement.className}`;
  frame.style.minHeight = "0";
  frame.append(copyOf(element));
  holder.append(frame);
  svg.append(style, holder);
  return new XMLSerializer().serializeToString(svg);
}

async function pngOf(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * SHARP;
  canvas.height = image.height * SHARP;
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  context.drawImage(image, 0, 0);
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("nothing was drawn"))), "image/png"),
  );
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const labOfPage = () => window.location.pathname.split("/").filter(Boolean).at(1) ?? "";

/** A frame with that panel, opened with the scenario that the address holds now. */
function snippetOf(anchor, title, { width, height }) {
  const query = new URLSearchParams(window.location.search);
  for (const name of ["tab", "question", "beat", "room", "class", "stage"]) query.delete(name);
  query.set("panel", anchor);
  const src = `${window.location.origin}/embed/${labOfPage()}?${query}`.replaceAll("&", "&amp;");
  const name = title.replaceAll('"', "&quot;");
  return (
    `<iframe src="${src}" title="${name}" width="${width}" height="${height}" ` +
    'loading="lazy" style="border:0"></iframe>'
  );
}

function Frame({ anchor, title }) {
  const [size, setSize] = useState(SIZES[1].id);
  const id = useId();
  const text = snippetOf(
    anchor,
    title,
    SIZES.find((one) => one.id === size),
  );
  return h(
    "div",
    { className: "sd-snippet" },
    h(
      "span",
      { className: "sd-withunit" },
      h("label", { htmlFor: id }, "For a page"),
      h(
        "select",
        { id, className: "sd-select", value: size, onChange: (event) => setSize(event.target.value) },
        SIZES.map((one) => h("option", { key: one.id, value: one.id }, one.label)),
      ),
    ),
    h("pre", { tabIndex: 0, "aria-label": `HTML of a frame with ${title}` }, h("code", null, text)),
    h(CopyButton, { text, className: "sd-btn small", name: `Copy the frame: ${title}` }),
  );
}

/** The menu in the head of a panel whose element has the id `anchor`. */
export function Share({ anchor, title }) {
  const [problem, setProblem] = useState("");
  const take = async (as) => {
    try {
      setProblem("");
      const svg = svgOf(document.getElementById(anchor));
      const blob = as === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await pngOf(svg);
      save(blob, `${labOfPage()}-${anchor}.${as}`);
    } catch (error) {
      setProblem(`The picture failed: ${error.message}`);
    }
  };
  return h(Popover, { label: `${title}: take along`, face: "↗", className: "sd-share", align: "end" }, () =>
    h(
      "div",
      { className: "sd-sharemenu" },
      h(
        "div",
        { className: "sd-row" },
        h("button", { type: "button", className: "sd-btn", onClick: () => take("png") }, "Save as PNG"),
        h("button", { type: "button", className: "sd-btn", onClick: () => take("svg") }, "Save as SVG"),
      ),
      h(Frame, { anchor, title }),
      problem && h("p", { role: "alert", className: "sd-fielderror" }, problem),
    ),
  );
}
