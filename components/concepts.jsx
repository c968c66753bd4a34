// A live panel in a frame of its own; the lab opens when the frame comes into sight.
import { createElement as h } from "react";

export const ConceptLive = ({ src, title }) =>
  h("iframe", { src, title, loading: "lazy", className: "sd-liveframe" });
