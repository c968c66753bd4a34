// The Compare tab of a page; what fills it is loaded once somebody looks at it.
import { createElement as h, lazy, Suspense } from "react";

const Whole = lazy(() =>
  import("$/public/external/components/compare/compare.jsx").then((all) => ({ default: all.Compare })),
);

export function Compare(props) {
  return h(Suspense, { fallback: h("p", { className: "sd-hint" }, "Loading …") }, h(Whole, props));
}
