// A live panel in a frame of its own; the lab opens when the frame comes into sight.
import { createElement as h, useEffect, useRef, useState } from "react";

/** As high as its panel says, once that has said so, and never lower than it was: nothing below jumps up. */
export function ConceptLive({ src, title }) {
  const frame = useRef(null);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const told = ({ source, data }) => {
      if (source === frame.current?.contentWindow && data?.sdlab === "height")
        setHeight((now) => Math.max(now, Math.ceil(data.height) + 2));
    };
    window.addEventListener("message", told);
    return () => window.removeEventListener("message", told);
  }, []);
  const style = height ? { height } : undefined;
  return h("iframe", { ref: frame, src, title, style, loading: "lazy", className: "sd-liveframe" });
}
