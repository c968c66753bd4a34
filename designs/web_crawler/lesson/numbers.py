"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY_S = 86_400

ASSUMPTIONS = (
    Assumption("pages", "Pages", "pages", 1e10, 1, 1e14),
    Assumption("page_bytes", "A page as it comes", "bytes", 2e6, 1_000, 1e9, "with pictures and scripts"),
    Assumption("days", "Time for all of them", "days", 5, 0.1, 3_650),
    Assumption("line", "Line of one machine", "GB/s", 50, 0.01, 1_000, "400 Gbit/s"),
    Assumption("used", "Of which is used", "%", 30, 1, 100),
    Assumption("hosts", "Hosts", "hosts", 1e8, 1, 1e10),
    Assumption("ttl_h", "A name is remembered for", "h", 24, 0.01, 720),
    Assumption("pause_s", "Pause between two requests to a host", "s", 1, 0.01, 60),
    Assumption("text_bytes", "Text of a page, compressed", "bytes", 5_000, 100, 1e6),
    Assumption("links", "Links on a page", "links", 50, 1, 1_000),
    Assumption("answer_s", "An answer takes", "s", 1, 0.01, 60),
    Assumption("fingerprint", "A seen address takes", "bytes", 16, 1, 1_000),
)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    seconds = values["days"] * DAY_S
    rate = values["pages"] / seconds
    flow = rate * values["page_bytes"] / 1e9
    usable = values["line"] * values["used"] / 100
    return (
        Result("rate", "Pages per second", rate, "pages/s", "pages ÷ (days × 86,400 s)"),
        Result("raw", "Raw answers in all", values["pages"] * values["page_bytes"] / 1e15, "PB", "pages × bytes of a page"),
        Result(
            "flow", "Bytes per second", flow, "GB/s", "pages per second × bytes of a page",
            "Bits and bytes: a line of 400 Gbit/s is 50 GB/s, not 400.",
        ),
        Result(
            "machines", "Machines, by their lines", float(math.ceil(flow / usable)), "machines",
            "bytes per second ÷ (line × share that is used)",
            "From 2 at a half to 4 at 30 %; reading the pages needs more processors than that.",
        ),
        Result(
            "open", "Requests under way at once", rate * values["answer_s"], "requests",
            "pages per second × time of an answer",
            "That many connections are what decides how many processes fetch.",
        ),
        Result(
            "names", "Lookups of names", values["hosts"] * max(1.0, seconds / (values["ttl_h"] * 3_600)) / seconds,
            "lookups/s",
            "hosts × times that each is forgotten ÷ seconds",
            "Without remembering there would be one for each page.",
        ),
        Result(
            "largest", "The largest site that can be done in that time", seconds / values["pause_s"], "pages",
            "seconds ÷ pause", "Politeness, not machines, bounds a single site.",
        ),
        Result("links", "Links looked up", rate * values["links"], "lookups/s", "pages per second × links on a page"),
        Result(
            "seen", "Memory of seen addresses", values["pages"] * values["fingerprint"] / 1e9, "GB", "pages × bytes of each",
        ),
        Result(
            "bloom", "The same as a Bloom filter, 1 % wrong", values["pages"] * 9.585 / 8 / 1e9, "GB", "pages × 9.6 bits",
            "One page in a hundred is then never fetched.",
        ),
        Result("text", "Texts in all", values["pages"] * values["text_bytes"] / 1e12, "TB", "pages × bytes of a text"),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("rate", "Requests of the last seconds", "requests/s", "outcomes.rate", "rate"),),
)
