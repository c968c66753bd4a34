// The frame of a panel: its own error boundary, and the same data as a table on request.
import { Children, Component, createElement as h, useId, useRef, useState } from "react";
import { useKnown } from "$/public/external/components/live/live.jsx";
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

/** Children, in this order: headline figure, legend, body, table. */
export function Panel({ anchor, title, says, sources = [], unit, span = 1, twinned = true, children }) {
  const [figure, legend, body, twin] = Children.toArray(children);
  const [table, setTable] = useState(false);
  const holder = useRef(null);
  const id = useId();
  const known = useKnown();
  return h(
    "section",
    {
      id: anchor,
      "data-known": known,
      "aria-busy": !known,
      className: "sd-card sd-panel",
      "data-span": span,
      "aria-labelledby": id,
      "data-jump": title,
      "data-jump-kind": "Panel",
      tabIndex: -1,
    },
    h(
      "header",
      null,
      h("h3", { id }, title),
      unit && h("span", { className: "sd-unit" }, unit),
      h("div", { className: "sd-figure" }, h(Boundary, null, figure)),
      anchor && h(Share, { anchor, title }),
      twinned &&
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
    h("p", { className: "sd-says" }, says),
    sources.length > 0 &&
      h("p", { className: "sd-from", "aria-label": "Source" }, sources.map((one) => one.text).join(" · ")),
    h(
      "div",
      { className: "sd-body" },
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
    h("footer", { className: "sd-legend" }, h(Boundary, null, legend)),
  );
}
