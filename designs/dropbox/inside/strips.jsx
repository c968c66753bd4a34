// Versions of a file as strips of chunks; a chunk that both have is of the same colour in both.
import { createElement as h, memo } from "react";
import { fmt } from "$/public/external/components/live/live.jsx";

function Strip({ one }) {
  const fresh = one.pieces.filter((piece) => !piece.shared).length;
  return h(
    "div",
    { className: "dx-strip" },
    h("small", null, `version ${fmt(one.version)}, ${fmt(one.size)} bytes`),
    h(
      "ol",
      { "aria-label": `Version ${one.version}: ${one.pieces.length} chunks, ${fresh} of them new` },
      one.pieces.map((piece, place) =>
        h(
          "li",
          {
            key: `${place}:${piece.print}`,
            "data-tone": piece.tone,
            "data-shared": piece.shared,
            style: { flexGrow: Math.max(0.004, piece.share) },
            title: `${piece.print}, ${fmt(piece.size)} bytes${piece.shared ? "" : ", new"}`,
          },
          piece.shared ? "" : "＋",
        ),
      ),
    ),
    one.more > 0 && h("small", null, `and ${fmt(one.more)} more`),
  );
}

export const Strips = memo(function Strips({ strips, label }) {
  return h(
    "div",
    { className: "dx-strips", role: "group", "aria-label": label },
    strips.map((one) => h(Strip, { key: one.version, one })),
  );
});
