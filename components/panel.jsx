// The frame of a panel: its own error boundary, and the same data as a table on request.
import { Children, Component, createElement as h, useContext, useId, useRef, useState } from "react";
import { useKnown } from "$/public/external/components/live/live.jsx";
import { PanelPlace } from "$/public/external/components/asked/asked.jsx";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";
import { Share } from "$/public/external/components/share/share.jsx";

class Boundary extends Component {
  constructor(props) {
    super(props);
    this.state = { error: null };
  }

  static getDerivedStateFromError(error) {
    return { error };
  }

  render() {
    if (!this.state.error) return this.props.children;
    return h(
      "div",
      { className: "sd-broken", role: "alert" },
      h("b", null, "This panel failed. The rest goes on."),
      h("code", null, String(this.state.error?.message ?? this.state.error).slice(0, 200)),
      h(
        "button",
        { type: "button", className: "sd-btn", onClick: () => this.setState({ error: null }) },
        "Try again",
      ),
    );
  }
}

const asText = (table) =>
  [...(table?.rows ?? [])]
    .map((row) => [...row.cells].map((cell) => cell.innerText.trim()).join("\t"))
    .join("\n");

/** What a panel shows when it is not folded to its title and figure. */
function Whole({ title, says, sources, table, body, twin, legend }) {
  const holder = useRef(null);
  return [
    h("p", { key: "says", className: "sd-says" }, says),
    sources.length > 0 &&
      h(
        "p",
        { key: "from", className: "sd-from", "aria-label": "Source" },
        sources.map((one) => one.text).join(" · "),
      ),
    h(
      "div",
      { key: "body", className: "sd-body" },
      h(
        Boundary,
        null,
        table
          ? h(
              "div",
              { className: "sd-astable", ref: holder },
              h(
                "div",
                { className: "sd-scroll", tabIndex: 0, role: "region", "aria-label": `${title} as table` },
                twin,
              ),
              h(CopyButton, {
                label: "Copy table",
                name: `Copy ${title} as text`,
                read: () => [...(holder.current?.querySelectorAll("table") ?? [])].map(asText).join("\n\n"),
              }),
            )
          : body,
      ),
    ),
    h("footer", { key: "legend", className: "sd-legend" }, h(Boundary, null, legend)),
  ];
}

/** Children, in this order: headline figure, legend, body, table. */
export function Panel({ anchor, title, says, sources = [], unit, twinned = true, children }) {
  const [figure, legend, body, twin] = Children.toArray(children);
  const [table, setTable] = useState(false);
  const id = useId();
  const known = useKnown();
  const { folded, fold, quoted } = useContext(PanelPlace);
  const name = fold
    ? h(
        "button",
        { type: "button", className: "sd-fold", "aria-expanded": !folded, onClick: () => fold(!folded) },
        title,
      )
    : title;
  return h(
    "section",
    {
      id: quoted ? undefined : anchor, // the one in the lab has it
      "data-known": known,
      "aria-busy": !known,
      className: "sd-card sd-panel",
      "data-folded": folded,
      "aria-labelledby": id,
      "data-jump": quoted ? undefined : title,
      "data-jump-kind": "Panel",
      tabIndex: quoted ? undefined : -1,
    },
    h(
      "header",
      null,
      h("h3", { id }, name),
      unit && !folded && h("span", { className: "sd-unit" }, unit),
      h("div", { className: "sd-figure" }, h(Boundary, null, figure)),
      anchor && !folded && !quoted && h(Share, { anchor, title }),
      twinned &&
        !folded &&
        h(
          "button",
          {
            type: "button",
            className: "sd-twin",
            "aria-pressed": table,
            "aria-label": `${title}: show as table`,
            title: table ? "Show the picture" : "Show as table",
            onClick: () => setTable(!table),
          },
          h("span", { "aria-hidden": true }, "⊞"),
        ),
    ),
    !folded && h(Whole, { title, says, sources, table, body, twin, legend }),
  );
}
