"""Large packages are fetched once, when first wanted; who needs one is told how far it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sdlab.lab import DUCKDB, OptionalPackage, Unavailable
from sdlab.lab.optional_package import OPTIONAL_PACKAGES
from sdlab.launcher.environment import EXTRAS, lock_of
from sdlab.launcher.licences import locked_packages
from sdlab.parts import optional_packages as module
from sdlab.parts.optional_packages import (
    AGAIN_AFTER,
    OptionalPackages,
    can_be_imported,
    locked_part,
)

Make = Callable[..., OptionalPackages]
SMALL = OptionalPackage("duckdb", "duckdb", "DuckDB", 1)
INSTALLS = "open({there!r}, 'w').close()"


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Packages whose installer runs a few lines of Python, and that are there when a file is."""
    made: list[OptionalPackages] = []

    def with_installer(code: str = "", *, allowed: bool = True) -> OptionalPackages:
        there = tmp_path / "there"
        counted = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')"
        program = f"import os, sys, time; {counted}; {code or INSTALLS.format(there=str(there))}"
        made.append(
            OptionalPackages(
                allowed=allowed,
                installed=lambda _: there.exists(),
                command=lambda wanted: [sys.executable, "-c", program, str(wanted)],
            )
        )
        return made[-1]

    yield with_installer
    for one in made:
        await one.close()


def runs(tmp_path: Path) -> int:
    file = tmp_path / "runs"
    return len(file.read_text()) if file.exists() else 0


async def test_it_is_fetched_when_first_wanted_and_once(make: Make, tmp_path: Path) -> None:
    packages = make()
    assert packages.status(SMALL).state == "missing"
    assert packages.want(SMALL).state == "fetching"
    assert packages.want(SMALL).state == "fetching"
    assert (await packages.settled(SMALL)).state == "ready"
    packages.demand(SMALL)
    assert runs(tmp_path) == 1


async def test_who_needs_it_meanwhile_is_told_how_far_it_is(make: Make, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    half = "open(os.path.join(os.environ['TMPDIR'], 'part'), 'wb').write(bytes(500_000))"
    waits = f"[time.sleep(0.01) for _ in iter(lambda: os.path.exists({str(gate)!r}), True)]"
    packages = make(f"{half}; {waits}; {INSTALLS.format(there=str(tmp_path / 'there'))}")
    with pytest.raises(Unavailable, match=r"DuckDB is being fetched: \d+%"):
        packages.demand(SMALL)
    async with asyncio.timeout(30):
        while packages.status(SMALL).share < 0.5:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.01)
    assert packages.status(SMALL).share == 0.5
    gate.touch()
    assert (await packages.settled(SMALL)).state == "ready"


async def test_what_is_asked_for_is_one_package_with_its_hashes(make: Make, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    packages = make(f"open({str(kept)!r}, 'w').write(open(sys.argv[1]).read())")
    packages.want(SMALL)
    await packages.settled(SMALL)
    name, *hashes = kept.read_text().replace("\\", "").split()
    assert name.startswith("duckdb==")
    assert hashes
    assert all(one.startswith("--hash=sha256:") for one in hashes)


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("ERROR: No matching distribution found for duckdb==2.0.0", "no DuckDB for this system"),
        ("Retrying (Retry(total=0", "the package index cannot be reached"),
        ("ERROR: Could not install packages: Permission denied", "Permission denied"),
    ],
)
async def test_a_failure_says_why_and_is_not_repeated_at_once(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, why: str
) -> None:
    packages = make(f"sys.exit(print({output!r}) or 1)")
    packages.want(SMALL)
    failed = await packages.settled(SMALL)
    assert failed.state == "failed"
    assert why in failed.why
    with pytest.raises(Unavailable, match="is not installed"):
        packages.demand(SMALL)
    assert runs(tmp_path) == 1
    monkeypatch.setattr(module, "AGAIN_AFTER", -AGAIN_AFTER)
    assert packages.want(SMALL).state == "fetching"


async def test_what_is_installed_and_cannot_be_imported_has_failed(make: Make) -> None:
    packages = make("pass")
    packages.want(SMALL)
    assert "cannot be imported" in (await packages.settled(SMALL)).why


async def test_where_nothing_may_be_fetched_nothing_is(make: Make, tmp_path: Path) -> None:
    packages = make(allowed=False)
    with pytest.raises(Unavailable, match="run --all"):
        packages.demand(SMALL)
    assert runs(tmp_path) == 0


async def test_it_takes_no_longer_than_it_may(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.2)
    packages = make("time.sleep(600)")
    packages.want(SMALL)
    assert "not there after" in (await packages.settled(SMALL)).why


async def test_a_server_that_ends_takes_its_fetch_along(make: Make, tmp_path: Path) -> None:
    packages = make(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    packages.want(SMALL)
    async with asyncio.timeout(30):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await packages.close()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()
    assert packages.status(SMALL).state == "missing"


def test_all_optional_packages_are_locked_with_hashes_and_nothing_else_is() -> None:
    lock = lock_of(EXTRAS).read_text()
    assert set(locked_packages(lock_of(EXTRAS))) == {one.name for one in OPTIONAL_PACKAGES}
    for one in OPTIONAL_PACKAGES:
        assert locked_part(lock, one.name).count("--hash=sha256:") > 1
    with pytest.raises(LookupError, match="reflex"):
        locked_part(lock, "reflex")


def test_those_that_tests_need_are_here() -> None:
    assert can_be_imported(DUCKDB.module)
    assert not can_be_imported("no_such_module_of_anybody")
