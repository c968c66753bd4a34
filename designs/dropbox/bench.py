"""What the drive measures: bytes for one byte more, many small files beside a peer, memory for a file of a gigabyte."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from designs.dropbox.config import Config
from designs.dropbox.engine.engine import Dropbox
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

LARGE, HUGE, SMALL = 100_000_000, 1 << 30, 10_000
LINE = Config(line_ms=0)
PATIENCE = 900.0


def insert(_: Subject) -> Iterator[Result]:
    """One byte in front of a file of 100 MB: what of it is sent again."""
    with bench_stores() as stores:
        yield asyncio.run(_insert(stores, LARGE))


async def _insert(stores: BenchStores, size: int) -> Result:
    async with bench_engine(stores, "dropbox", Dropbox, LINE) as engine:
        device = engine.devices["laptop"]
        engine.remotes["desktop"].offline = True
        engine.devices["desktop"].online.clear()
        file = device.folder / "large.bin"
        content = await asyncio.to_thread(Random(1).randbytes, size)
        await asyncio.to_thread(file.write_bytes, content)
        await device.sync_up()
        before = engine.counters.plain_bytes
        await asyncio.to_thread(file.write_bytes, b"x" + content)
        began = time.perf_counter()
        await device.sync_up()
        took = time.perf_counter() - began
        sent = engine.counters.plain_bytes - before
        return Result(
            "sent again for one byte in front",
            100 * sent / size,
            "%",
            bar=2,
            detail=f"{sent:,} bytes, {took:.1f} s",
        )


def small(_: Subject) -> Iterator[Result]:
    """10,000 small files from one folder to the server and into the other, beside rsync or a copy that hashes."""
    with bench_stores() as stores:
        yield asyncio.run(_small(stores, SMALL))


async def _small(stores: BenchStores, count: int) -> Result:
    async with bench_engine(stores, "dropbox", Dropbox, LINE) as engine:
        first, second = engine.devices["laptop"], engine.devices["desktop"]
        engine.checker.watch({})
        for device in (first, second):
            device.online.clear()
        await asyncio.to_thread(_tree, first.folder, count)
        began = time.perf_counter()
        await first.sync_up()
        await second.reconcile()
        ours = time.perf_counter() - began
        there = len([one for one in second.folder.rglob("*.txt") if one.is_file()])
        peer, name = await asyncio.to_thread(_peer, first.folder)
        return Result(
            f"{there:,} small files, beside {name}",
            ours / peer,
            "×",
            bar=3,
            detail=f"{ours:.1f} s, {name} {peer:.2f} s",
        )


def _tree(folder: Path, count: int) -> None:
    for number in range(count):
        file = folder / f"folder-{number % 100:02d}" / f"file-{number:05d}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"small file {number}\n" * 20)


def _peer(source: Path) -> tuple[float, str]:
    """The same tree into another folder, by rsync with checksums, or by a copy that fingerprints each file twice."""
    with TemporaryDirectory() as target:
        began = time.perf_counter()
        if rsync := shutil.which("rsync"):
            subprocess.run([rsync, "-a", "--checksum", f"{source}/", f"{target}/"], check=True)
            return time.perf_counter() - began, "rsync"
        for path in sorted(source.rglob("*")):
            there = Path(target) / path.relative_to(source)
            if path.is_dir():
                there.mkdir(exist_ok=True)
                continue
            content = path.read_bytes()
            there.write_bytes(content)
            assert hashlib.sha256(there.read_bytes()).digest() == hashlib.sha256(content).digest()
        return time.perf_counter() - began, "a plain copy that hashes"


def memory(_: Subject) -> Iterator[Result]:
    """A sparse file of 1 GB up, in a process of its own: how much more memory that takes than the process had."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        before, after, took = pool.submit(_memory).result(PATIENCE)
    yield Result(
        "memory for a file of 1 GB",
        after - before,
        "MB",
        bar=100,
        detail=f"{after:.0f} MB in all, {took:.0f} s",
    )


def _memory() -> tuple[float, float, float]:
    with bench_stores() as stores:
        return asyncio.run(_sync_sparse(stores))


async def _sync_sparse(stores: BenchStores) -> tuple[float, float, float]:
    async with bench_engine(stores, "dropbox", Dropbox, LINE) as engine:
        device = engine.devices["laptop"]
        engine.devices["desktop"].online.clear()
        before = _peak()
        with (device.folder / "huge.bin").open("wb") as file:
            file.truncate(HUGE)
        began = time.perf_counter()
        await device.sync_up()
        return before, _peak(), time.perf_counter() - began


def _peak() -> float:
    """MB of this process, at most so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most / 1e3


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "dropbox-insert": insert,
    "dropbox-small": small,
    "dropbox-memory": memory,
}
