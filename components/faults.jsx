// What can be done to a node, what is being done to it, and the way back.
import { createElement as h, useId, useState } from "react";
import { fmt, useMay } from "$/public/external/components/live/live.jsx";

export const faultsOf = (faults, node) => faults.nodes[node.id] ?? faults.kinds[node.kind] ?? [];

function Fault({ node, spec, active, onFault, onMend }) {
  const may = useMay("control");
  const ranged = spec.maximum > 0;
  const [value, setValue] = useState(spec.default);
  const id = useId();
  const amount = active && ranged ? ` ${fmt(active.value)} ${spec.unit}` : "";
  return h(
    "li",
    { className: "sd-fault", "data-active": Boolean(active) },
    h(
      "div",
      null,
      h("b", null, spec.label + amount),
      h("span", null, ` – ${spec.does}`),
      ranged &&
        h(
          "label",
          { htmlFor: id },
          h("input", {
            id,
            type: "range",
            min: spec.minimum,
            max: spec.maximum,
            step: 1,
            value,
            "aria-label": `${node.label} ${spec.label}, ${spec.unit}`,
            onChange: (event) => setValue(Number(event.target.value)),
          }),
          h("output", { htmlFor: id }, `${fmt(value)} ${spec.unit}`),
        ),
    ),
    active
      ? h(
          "button",
          {
            type: "button",
            className: "sd-btn small",
            disabled: !may,
            onClick: () => onMend(node.id, spec.kind),
          },
          "Undo",
        )
      : h(
          "button",
          {
            type: "button",
            className: "sd-btn small danger",
            disabled: !may,
            "aria-label": `${spec.verb}: ${node.label}`,
            onClick: () => onFault(node.id, spec.kind, ranged ? value : spec.default),
          },
          spec.verb,
        ),
  );
}

/** The faults of one node as a list of switches. */
export function FaultList({ node, specs, active, onFault, onMend }) {
  if (!specs.length) return h("p", { className: "sd-empty" }, "Nothing can be done to this part.");
  return h(
    "ul",
    { className: "sd-faults" },
    specs.map((spec) =>
      h(Fault, {
        key: spec.kind,
        node,
        spec,
        active: active.find((one) => one.node === node.id && one.kind === spec.kind),
        onFault,
        onMend,
      }),
    ),
  );
}
