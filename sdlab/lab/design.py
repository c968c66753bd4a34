"""One system of the catalogue, as the frame sees it; `designs/<name>/design.py` fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sdlab.lab.comparison import PreparedComparison
from sdlab.lab.concept import Runs
from sdlab.lab.engine import Engine, Tally
from sdlab.lab.errors import NotFound
from sdlab.lab.lesson import Lesson
from sdlab.lab.mission import Mission
from sdlab.lab.numbers import Estimate
from sdlab.lab.optional_package import OptionalPackage
from sdlab.lab.quiz import Question
from sdlab.lab.sample import Sample
from sdlab.lab.script import Script
from sdlab.lab.snapshot import LabSnapshot
from sdlab.lab.toggle import Knob, Toggle, changed, from_mapping
from sdlab.lab.traffic import Traffic
from sdlab.lab.workload import Workload

GROUPS = (
    "Web basics",
    "Feeds and people",
    "Places and trips",
    "Streams and counts",
    "Media and files",
    "Machines at work",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A call of the API as the page shows it, runnable as it stands.

    `path` begins with `/`; `{name}` in it, in a text of `body`, and in the values of `headers` is
    filled from `saves` of an earlier example.
    """

    title: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    status: int = 200
    saves: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def no_tallies(engine: Any) -> tuple[Tally, ...]:
    """Time and errors tell the approaches apart."""
    return ()


@dataclass(frozen=True, slots=True)
class Design:
    """Everything the frame needs to offer a lab. Nothing registers itself: discovery reads this.

    `snapshot` builds the frozen, bounded picture of an engine in less than 5 ms; `tallies` says what
    a comparison counts besides time and errors. `router` gives the FastAPI router of the lab's API,
    `page` names the function ("module:function") that makes the page of a design.
    `database` is `postgres` where transactions, row locks or query plans are the subject; where
    PostgreSQL cannot run, the room gets SQLite all the same, and `room.sql.row_locks` says so.
    `sample` plays for a minute in a room that nobody has used. What it `needs` is fetched when the lab
    is first opened; until then its engine goes on without it.
    """

    slug: str
    number: int
    title: str
    problem: str
    group: str
    question: str
    structures: str
    teaser: str
    folder: Path
    engine: type[Engine[Any]]
    traffic: type[Traffic[Any]]
    snapshot: Callable[[Any], LabSnapshot]
    config: type[Any]
    toggles: tuple[Toggle, ...]
    knobs: tuple[Knob, ...]
    workloads: tuple[Workload, ...]
    sample: Sample
    examples: tuple[Example, ...]
    estimate: Estimate
    quiz: tuple[Question, ...]
    page: str
    router: Callable[[], Any]
    root_router: Callable[[], Any] | None = None
    lesson: Lesson | None = None
    script: Script | None = None
    level: Literal["easy", "medium", "hard"] = "medium"
    concepts: tuple[Runs, ...] = ()
    missions: tuple[Mission, ...] = ()
    comparisons: tuple[PreparedComparison, ...] = ()
    tallies: Callable[[Any], tuple[Tally, ...]] = no_tallies
    database: Literal["sqlite", "postgres"] = "sqlite"
    needs: tuple[OptionalPackage, ...] = ()

    def changed(self, config: Any, toggles: Mapping[str, object], knobs: Mapping[str, object]) -> Any:
        """A config with some answers changed; `Invalid` for an unknown id or a bad value."""
        return changed(config, toggles=self.toggles, knobs=self.knobs, set_toggles=toggles, set_knobs=knobs)

    def config_from(self, stored: Mapping[str, Any]) -> Any:
        """A config from stored data; what no longer fits falls back to the default."""
        return from_mapping(self.config, stored, toggles=self.toggles, knobs=self.knobs)

    def workload(self, workload_id: str) -> Workload:
        """The workload of that id; `NotFound` when there is none."""
        for workload in self.workloads:
            if workload.id == workload_id:
                return workload
        known = ", ".join(workload.id for workload in self.workloads)
        raise NotFound(f"no workload {workload_id!r}; there are {known}")

    def comparison(self, comparison_id: str) -> PreparedComparison:
        """The prepared comparison of that id; `NotFound` when there is none."""
        for one in self.comparisons:
            if one.id == comparison_id:
                return one
        known = ", ".join(one.id for one in self.comparisons)
        raise NotFound(f"no comparison {comparison_id!r}; there are {known}")

    def toggle(self, toggle_id: str) -> Toggle:
        """The toggle of that id; `NotFound` when there is none."""
        for toggle in self.toggles:
            if toggle.id == toggle_id:
                return toggle
        known = ", ".join(toggle.id for toggle in self.toggles)
        raise NotFound(f"no toggle {toggle_id!r}; there are {known}")

    @property
    def notes(self) -> str:
        """The lab's notes, Markdown."""
        return (self.folder / "notes.md").read_text(encoding="utf-8")
