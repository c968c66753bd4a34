"""How things stand when somebody asks: labs at work, who watches, what is played, how late the process is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from sdlab.metrics import REGISTRY
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.pace import PACE


class Standing(Collector):
    """Reads the manager at the moment of the question: nothing is kept, nothing can be stale."""

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Gauges by lab, and of the process."""
        labs = self._manager.running()
        opened = Counter(slug for _, slug in labs)
        viewers: Counter[str] = Counter()
        rates: Counter[str] = Counter()
        for (_, slug), lab in labs.items():
            viewers[slug] += lab.frames.viewers
            rates[slug] += round(lab.playing)
        yield _by_lab("sdlab_open_labs", "Labs at work", opened)
        yield _by_lab("sdlab_viewers", "Tabs that watch", viewers)
        yield _by_lab("sdlab_traffic_per_second", "Operations a second that are played", rates)
        yield GaugeMetricFamily(
            "sdlab_rooms", "Rooms with a lab at work", value=len({room for room, _ in labs})
        )
        yield GaugeMetricFamily(
            "sdlab_event_loop_late_seconds", "By how much short sleeps overrun, smoothed", value=PACE.late
        )
        waiting = GaugeMetricFamily(
            "sdlab_sql_waiting", "Calls that wait for a database", labels=["database"]
        )
        for name, sql in zip(("common", "postgres"), self._manager.stores.databases.open, strict=False):
            waiting.add_metric([name], sql.waiting)
        yield waiting


def _by_lab(name: str, help: str, values: Counter[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=["lab"])
    for slug, value in sorted(values.items()):
        family.add_metric([slug], value)
    return family


_of_manager: tuple[RoomManager, Standing] | None = None


def measure(manager: RoomManager) -> None:
    """Let the metrics of this process tell of that manager, and of no other any more."""
    global _of_manager  # noqa: PLW0603 - one process, one manager
    if _of_manager is not None and _of_manager[0] is manager:
        return
    if _of_manager is not None:
        REGISTRY.unregister(_of_manager[1])
    _of_manager = (manager, Standing(manager))
    REGISTRY.register(_of_manager[1])
