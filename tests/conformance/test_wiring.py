"""How a design is put together: parts know the context and their siblings, never the engine; nothing makes circles."""

from __future__ import annotations

import ast
import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager
from tests.conformance.test_running import play

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
ABOVE = {"engine.py", "traffic.py"}
CALLABLES = ("Callable", "Awaitable", "Coroutine")


def parts(design: Design) -> Iterator[tuple[str, ast.Module]]:
    """Every module of the engine's folder, with its path."""
    folder = design.folder / "engine"
    for path in sorted(folder.rglob("*.py")):
        yield str(Path(path).relative_to(folder)), ast.parse(path.read_text())


@ALL
def test_no_part_knows_its_engine(design: Design) -> None:
    above = f"designs.{design.folder.name}.engine.engine"
    knowing = [
        name
        for name, module in parts(design)
        if name not in ABOVE
        for node in ast.walk(module)
        if (isinstance(node, ast.ImportFrom) and node.module == above)
        or (isinstance(node, ast.Import) and any(one.name == above for one in node.names))
    ]
    assert knowing == []


@ALL
def test_no_part_is_wired_with_a_list_of_callables(design: Design) -> None:
    wired = [
        f"{name}:{kind.name}"
        for name, module in parts(design)
        for kind in ast.walk(module)
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        if sum(is_callable(one) for one in [*method.args.args, *method.args.kwonlyargs]) > 1
    ]
    assert wired == []


def is_callable(argument: ast.arg) -> bool:
    """Whether a parameter is annotated as something to be called."""
    return argument.annotation is not None and any(
        one in ast.unparse(argument.annotation) for one in CALLABLES
    )


@ALL
async def test_a_closed_lab_leaves_the_memory_without_the_collector(
    make_lab: Callable, manager: RoomManager, design: Design
) -> None:
    lab = await make_lab(design)
    await play(lab, rate=40, seconds=1)
    engine, room = weakref.ref(lab.engine), lab.room.id
    gc.collect()
    gc.disable()
    try:
        await manager.remove(room)
        del lab
        assert engine() is None
    finally:
        gc.enable()
