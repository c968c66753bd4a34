"""From the running engine to the snapshot."""

from __future__ import annotations

from designs.web_crawler.engine.engine import WebCrawler
from designs.web_crawler.engine.nodes import JOURNAL, STORE
from designs.web_crawler.inside.views import CountView, Snapshot
from sdlab.lab import Tally, amount


def build_snapshot(engine: WebCrawler) -> Snapshot:
    """Everything that the panels may show of now: the last look at the stores."""
    view = count_view(engine)
    engine.node(STORE).detail = f"{view.total:,}"
    engine.node(JOURNAL).detail = amount(view.adds, "row")
    return Snapshot(**engine.common(), shown=view)


def count_view(engine: WebCrawler) -> CountView:
    """Counter and journal, as they were read together."""
    looked = engine.reader.look.last
    return CountView(
        looked.total, looked.sums.adds, looked.sums.amount, max(0, looked.sums.amount - looked.total)
    )


def build_tallies(engine: WebCrawler) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    view = count_view(engine)
    return (
        Tally("lost", "Adds lost", "", view.lost),
        Tally("adds", "Adds acknowledged", "", view.adds, "more"),
    )
