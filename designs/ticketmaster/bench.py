"""Five hundred buyers on two hundred seats over HTTP, and searches among 100,000 events against SQL LIKE."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from designs.ticketmaster.search import EVENT, Event, Index, Question, like, place_of

from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.launcher.places import ROOT
from sdlab.stores.sql import Sql

SLUG = "ticketmaster"
BUYERS, ATTEMPTS, SEATS = 500, 20, 200
EVENTS, QUESTIONS = 100_000, 300
WORDS, CITIES = 2_000, 200
PAGE = 5_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def onsale(subject: Subject) -> Iterator[Result]:
    """Everybody at once, without a waiting room: by lock, by row lock, and without protection."""
    locked, rows, bare = (_sell(subject, holding) for holding in ("redis", "row", "none"))
    yield Result(
        "hold attempts, 500 buyers on 200 seats",
        locked["rate"],
        "/s",
        bar=300,
        at_least=True,
        detail=f"p50 {locked['p50']:.0f} ms, p99 {locked['p99']:.0f} ms; answers {locked['statuses']}",
    )
    yield Result(
        "seats sold twice, Redis lock",
        locked["twice"] + locked["doubles"],
        "seats",
        bar=1,
        detail=f"{locked['bought']} seats bought, {locked['sold']} rows of sales",
    )
    yield Result(
        "Redis lock / row lock in the database",
        locked["rate"] / rows["rate"],
        "x",
        detail=f"{rows['rate']:,.0f}/s by row lock, as pretix does it; {rows['doubles']} sold twice",
    )
    yield Result(
        "seats sold twice, no protection",
        bare["doubles"],
        "seats",
        bar=1,
        at_least=True,
        detail=f"{bare['bought']} seats bought of {SEATS}",
    )


def _sell(subject: Subject, holding: str) -> dict[str, Any]:
    room = subject.new_room()
    toggles = {"holding": holding, "admission": "free"}
    subject.call("PATCH", f"/api/labs/{SLUG}/config", room=room, body={"toggles": toggles})
    command = [sys.executable, "-m", "designs.ticketmaster.buyers", subject.url, room]
    numbers = [str(BUYERS), str(ATTEMPTS), str(SEATS)]
    done = subprocess.run([*command, *numbers], cwd=ROOT, capture_output=True, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    time.sleep(1)  # the audit comes twice a second
    office = subject.call("GET", f"/api/labs/{SLUG}/snapshot", room=room)["snapshot"]["office"]
    return {**found, "doubles": office["doubles"], "sold": office["sold"]}


def searching(subject: Subject) -> Iterator[Result]:
    """The same questions to the index and to the database, one by one."""
    folder = subject.folder / "search"
    folder.mkdir()
    ours, theirs, equal, built = asyncio.run(_ask_both(folder))
    yield Result(
        "search of 100,000 events, p99",
        _quantile(ours, 0.99),
        "ms",
        bar=50,
        detail=f"p50 {_quantile(ours, 0.5):.2f} ms; {equal} of {QUESTIONS} answers as LIKE gives them; "
        f"indexed in {built:.1f} s",
    )
    yield Result(
        "SQL LIKE / index, at p99",
        _quantile(theirs, 0.99) / _quantile(ours, 0.99),
        "x",
        bar=1,
        at_least=True,
        detail=f"LIKE p50 {_quantile(theirs, 0.5):.1f} ms, p99 {_quantile(theirs, 0.99):.1f} ms, in SQLite",
    )


async def _ask_both(folder: Path) -> tuple[list[float], list[float], int, float]:
    rng = Random(1)
    words = ["".join(rng.choices(LETTERS, k=rng.randint(5, 9))) for _ in range(WORDS)]
    events = [_event(rng, words, number) for number in range(1, EVENTS + 1)]
    sql = Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    for start in range(0, EVENTS, PAGE):
        rows = [
            {"room": "bench", "place": place_of(one), **asdict(one)} for one in events[start : start + PAGE]
        ]
        await sql.write(lambda c, rows=rows: c.execute(EVENT.insert(), rows) and None)  # type: ignore[misc]
    index = Index()
    began = time.perf_counter()
    index.put(events)
    built = time.perf_counter() - began
    ours, theirs, equal = [], [], 0
    for _ in range(QUESTIONS):
        asked = _question(rng, words)
        began = time.perf_counter()
        found = index.find(asked)
        between = time.perf_counter()
        scanned = await sql.read(lambda c, asked=asked: like(c, "bench", asked))  # type: ignore[misc]
        ours.append((between - began) * 1000)
        theirs.append((time.perf_counter() - between) * 1000)
        equal += found == scanned
    await sql.close()
    return ours, theirs, equal, built


def _event(rng: Random, words: list[str], number: int) -> Event:
    title, performer = " ".join(rng.choices(words, k=4)), " ".join(rng.choices(words, k=2))
    starts = 1_800_000_000 + rng.randrange(365 * 86_400)
    return Event(f"e{number}", title, performer, rng.choice(words), f"city{rng.randrange(CITIES)}", starts)


def _question(rng: Random, words: list[str]) -> Question:
    """One word or two, one of four with a city."""
    city = f"city{rng.randrange(CITIES)}" if rng.random() < 0.25 else ""
    return Question(term=" ".join(rng.sample(words, rng.choice((1, 1, 2)))), city=city)


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "ticketmaster-onsale": onsale,
    "ticketmaster-search": searching,
}
