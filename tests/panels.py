"""What the panels of a design's page say of themselves: their sources, their facts, and the fields that they draw."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

import components.panel as panel_module
from components.tables import Fact
from sdlab.lab import Design

RegistrationContext.ensure_context()  # pages are made in tasks of tests: what they register is for all of them

STEP = r'\??\.?\["(\w+)"\]'
FIELD = re.compile(r'live_\w+?((?:\?\.\["\w+"\])+)')
TREND = re.compile(r'\["path"\]\s*:\s*"([\w.]+)"')
FIGURE = re.compile(rf"(?:fmt\w*\()?live_\w+?((?:{STEP})+)(?:, \d+\))?\)?")


@dataclass(frozen=True, slots=True)
class PanelSource:
    """Where a panel has its data from, in the words of the page."""

    kind: str
    store: str
    text: str


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel of a page; `fields` are the paths of the snapshot that it draws."""

    id: str
    title: str
    sources: tuple[PanelSource, ...]
    facts: tuple[Fact, ...]
    fields: tuple[str, ...]

    def reads(self, store: str) -> bool:
        """Whether it says that it reads that store."""
        return any(one.kind == "read" and one.store == store for one in self.sources)

    def shown(self, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """What a snapshot, as plain data, gives it to draw: values by path, of the deepest structures."""
        return {path: value for field in self.fields for path, value in leaves(field, at(snapshot, field))}


def at(snapshot: Mapping[str, Any], path: str) -> Any:
    """The value at that path; `None` where there is none."""
    value: Any = snapshot
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The plain values within a value, each with its path."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from leaves(f"{path}.{name}", one)
    elif isinstance(value, list | tuple):
        yield f"{path}.length", len(value)
        for number, one in enumerate(value):
            yield from leaves(f"{path}.{number}", one)
    else:
        yield path, value


def panels_of(design: Design) -> tuple[DrawnPanel, ...]:
    """All panels that the page of the design draws."""
    if design.slug not in _made:
        _made[design.slug] = _build(design)
    return _made[design.slug]


_made: dict[str, tuple[DrawnPanel, ...]] = {}


def _build(design: Design) -> tuple[DrawnPanel, ...]:
    found: list[DrawnPanel] = []
    noted: list[Fact] = []
    tiles, create = panel_module.stat_tiles, panel_module.Panel.create

    def stat_tiles(*facts: Fact) -> Any:
        noted.extend(facts)
        return tiles(*facts)

    def made(*children: Any, **props: Any) -> Any:
        facts = tuple(noted)
        noted.clear()
        found.append(_drawn(children, props, facts))
        return create(*children, **props)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(panel_module, "stat_tiles", stat_tiles)
        patch.setattr(panel_module.Panel, "create", staticmethod(made))
        module, function = design.page.split(":")
        getattr(importlib.import_module(module), function)(design)
    return tuple(found)


def _drawn(children: Sequence[Any], props: Mapping[str, Any], facts: tuple[Fact, ...]) -> DrawnPanel:
    drawn = "".join(str(one) for one in children)
    paths = {".".join(re.findall(r'"(\w+)"', one)) for one in FIELD.findall(drawn)} | set(
        TREND.findall(drawn)
    )
    return DrawnPanel(
        id=str(props["anchor"]),
        title=str(props["title"]),
        sources=tuple(PanelSource(**one) for one in props["sources"]),
        facts=facts,
        fields=tuple(sorted(one for one in paths if not any(other.startswith(f"{one}.") for other in paths))),
    )


def figure_path(value: Any) -> str | None:
    """The one field that a fact shows as it is, formatted at most; `None` for anything made of more."""
    match = FIGURE.fullmatch(str(value))
    return ".".join(re.findall(r'"(\w+)"', match[1])) if match else None
