"""Predictions of a class: each sketches how a figure will go, or what it will be, before the server measures it.

A prediction is open while sketches come in, running while the figure is measured, then measured, and
shown once the leader reveals it. What must survive is in one hash in Redis; a run is not, and is run again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sdlab.lab import Conflict, Invalid, TooMany
from sdlab.lab.clock import Clock
from sdlab.rooms.measurable import Measurable
from sdlab.rooms.polls import LIVES
from sdlab.rooms.wanted_predictions import CHANGE, LONGEST, SHORTEST, Kind, Wanted

log = logging.getLogger("sdlab.predictions")

State = Literal["open", "running", "closed", "measured", "shown"]
Read = Callable[[], Awaitable[float | None]]
Sketch = tuple[float, ...]

MAX_PREDICTIONS = 30  # in one class
FEWEST_POINTS, MAX_POINTS = 2, 64  # of a sketched curve, evenly spaced from the beginning to the end
GRID = 31  # points that sketches are compared at, and shown with
MAX_VALUE = 1e12
LEAST_SPAN = 1e-6  # of a range
OFTEN, MOST_SAMPLES = 0.5, 60  # seconds between samples; so many of a long run
NEAR = 0.2  # of what was measured: a sketch that is off by no more is near
NEAR_OF_RANGE = 0.02  # so much of the range is near, too: where nothing is measured, a hand does not hit 0
DIGITS = 4  # that a sketch is kept with
INTERRUPTED = "the server was started anew during the run"
NOTHING = "nothing was measured: there was no traffic that this figure tells of"


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction. `before` is the figure when it was asked for, `beat` where the class was, 0 for none.

    `measured` are pairs of seconds since the run began and what was measured then, None for nothing.
    """

    id: int
    lab: str
    beat: int
    figure: str
    label: str
    unit: str
    kind: Kind
    seconds: float
    low: float
    high: float
    change: str
    before: float | None
    size: int = 0  # how many were in class at the run
    state: State = "open"
    ran: float = 0.0  # when the run began, seconds since the epoch
    failed: str = ""  # why the last run gave nothing
    away: bool = False  # no longer on anybody's screen
    measured: tuple[tuple[float, float | None], ...] = ()


@dataclass(slots=True)
class _Kept:
    """A prediction with its sketches, by who sent them.

    `told` is what came out of the run that began at `told_of`: hundreds ask for it at once, and it is worked
    out once.
    """

    asked: Prediction
    sketches: dict[str, Sketch] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    told_of: float = 0.0


class Predictions:
    """All of one class, the last of them on screen; `tell` says that something is other than it was."""

    def __init__(self, redis: Redis, room: str, clock: Clock, tell: Callable[[], None]) -> None:
        self._redis, self._key, self._clock, self._tell = redis, predictions_key(room), clock, tell
        self._kept: list[_Kept] = []
        self._run: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    async def recall(self) -> None:
        """Read everything back after a restart; a run that was under way is to be run again."""
        stored: Mapping[str, str] = await self._redis.hgetall(self._key)
        found = [json.loads(text) for place, text in stored.items() if place.startswith("asked:")]
        for one in sorted(found, key=lambda asked: asked["id"]):
            measured = tuple((at, value) for at, value in one["measured"])
            self._kept.append(_Kept(Prediction(**{**one, "measured": measured})))
        by_id = {kept.asked.id: kept for kept in self._kept}
        for place, text in stored.items():
            if place.startswith("sketch:"):
                _, id, name = place.split(":", 2)
                if kept := by_id.get(int(id)):
                    kept.sketches[name] = tuple(json.loads(text))
        if self.current and self.current.state == "running":
            await self._save(replace(self.current, state="closed", failed=INTERRUPTED))

    @property
    def current(self) -> Prediction | None:
        """The one on screen."""
        last = self._kept[-1].asked if self._kept else None
        return last if last and not last.away else None

    # The leader

    async def ask(self, lab: str, beat: int, figure: Measurable, wanted: Wanted) -> None:
        """Ask all for a sketch of that figure; the prediction before it leaves the screen.

        `Invalid` for a run or a range that cannot be, `TooMany` beyond 30 in a class.
        """
        change = CHANGE.check(wanted.change)
        low, high = _range(wanted, figure)
        if not SHORTEST <= wanted.seconds <= LONGEST:
            raise Invalid(f"a run takes {SHORTEST:g} to {LONGEST:g} seconds", field="seconds")
        if sum(kept.asked.state == "shown" for kept in self._kept) >= MAX_PREDICTIONS:
            raise TooMany(f"a class has at most {MAX_PREDICTIONS} predictions")
        async with self._changing:
            await self._put_away()
            asked = Prediction(
                id=await self._redis.hincrby(self._key, "last", 1),
                lab=lab,
                beat=beat,
                figure=figure.id,
                label=figure.label,
                unit=figure.unit,
                kind=wanted.kind,
                seconds=wanted.seconds,
                low=low,
                high=high,
                change=change,
                before=figure.value,
            )
            self._kept.append(_Kept(asked))
            await self._save(asked)

    async def run(self, read: Read, *, size: int = 0) -> None:
        """No more sketches: measure from now on; what a run before has measured is forgotten.

        `Conflict` while it runs, and once all have seen it.
        """
        async with self._changing:
            asked = self._demand()
            if asked.state == "running":
                raise Conflict("the run is under way")
            if asked.state == "shown":
                raise Conflict("all have seen this prediction: ask for another one")
            size = max(size, len(self._kept[-1].sketches))
            running = replace(
                asked, state="running", ran=self._clock.time(), size=size, measured=(), failed=""
            )
            await self._save(running)
            self._run = asyncio.create_task(self._measures(running, read), name="run of a prediction")

    async def break_off(self) -> None:
        """End the run before its time; it may be run again. `Conflict` when there is none."""
        async with self._changing:
            asked = self._demand()
            if asked.state != "running":
                raise Conflict("there is no run under way")
            self.stop()
            await self._save(replace(asked, state="closed"))

    async def show(self) -> None:
        """All see all sketches over what was measured. `Conflict` before that."""
        async with self._changing:
            asked = self._demand()
            if asked.state not in ("measured", "shown"):
                raise Conflict("nothing has been measured yet: run it first")
            await self._save(replace(asked, state="shown"))

    async def put_away(self) -> None:
        """Take it off the screens; it stays for the results once all have seen it, else it is forgotten."""
        async with self._changing:
            await self._put_away()

    async def _put_away(self) -> None:
        asked = self.current
        if asked is None:
            return
        self.stop()
        if asked.state == "shown":
            await self._save(replace(asked, away=True))
            return
        kept = self._kept.pop()
        await self._redis.hdel(self._key, _asked(asked), *(_sketch(asked, one) for one in kept.sketches))

    def stop(self) -> None:
        """Measure no more."""
        if self._run:
            self._run.cancel()
            self._run = None

    # The class

    async def sketch(self, name: str, values: Sequence[float], *, most: int) -> None:
        """What somebody expects, in place of what they sent before; no values take it back.

        A curve is 2 to 64 values, evenly spaced over the run; a value is one. `Conflict` when none is
        asked for, `Invalid` for no such sketch, `TooMany` beyond `most` people.
        """
        asked = self._demand()
        if asked.state != "open":
            raise Conflict("no more predictions are taken: the run has begun")
        sketches = self._kept[-1].sketches
        if not values:
            await self._redis.hdel(self._key, _sketch(asked, name))
            sketches.pop(name, None)
            return
        checked = _checked(asked, values)
        if name not in sketches and len(sketches) >= most:
            raise TooMany("everybody has sent a prediction")
        await self._redis.hset(self._key, _sketch(asked, name), json.dumps(checked))
        sketches[name] = checked

    # What is seen of it

    def view(self, *, name: str = "") -> dict[str, Any] | None:
        """The one on screen, with what `name` has sent; of the others only how many have."""
        asked = self.current
        if asked is None:
            return None
        sketches = self._kept[-1].sketches
        shown = asdict(replace(asked, measured=())) | {
            "sent": len(sketches),
            "ends": asked.ran + asked.seconds if asked.state == "running" else 0.0,
            "mine": list(sketches[name]) if name in sketches else None,
        }
        for private in ("away", "measured"):
            del shown[private]
        return shown

    def outcome(self, *, leads: bool, name: str = "") -> dict[str, Any]:
        """All sketches and what was measured: the leader may see it before it is shown. `Conflict` before that."""
        asked = self._demand()
        if asked.state != "shown" and not (leads and asked.state == "measured"):
            raise Conflict("it has not been shown yet")
        return _outcome(self._kept[-1]) | _own(self._kept[-1], name)

    def report(self, name: str) -> list[dict[str, Any]]:
        """All that were shown, with what was measured, and what `name` had expected."""
        told = [kept for kept in self._kept if kept.asked.state == "shown"]
        return [_without_sketches(_outcome(kept)) | _own(kept, name) for kept in told]

    def rows(self) -> list[list[object]]:
        """For the results: lab, beat, question, round, answer, right (unknown), how many, how many were in class.

        Single values are there; of curves, how many were near.
        """
        made: list[list[object]] = []
        for kept in self._kept:
            if kept.asked.state == "shown":
                made += _rows(kept)
        return made

    # Within

    def _demand(self) -> Prediction:
        if self.current is None:
            raise Conflict("no prediction is asked for now")
        return self.current

    async def _measures(self, asked: Prediction, read: Read) -> None:
        began = self._clock.monotonic()
        every = max(OFTEN, asked.seconds / MOST_SAMPLES)
        measured: list[tuple[float, float | None]] = []
        for number in range(int(asked.seconds / every) + 1):
            await self._clock.sleep(max(0.0, began + number * every - self._clock.monotonic()))
            at = min(asked.seconds, self._clock.monotonic() - began)
            measured.append((round(at, 2), await _tried(read)))
        done = replace(asked, state="measured", measured=tuple(measured))
        if all(value is None for _, value in measured):
            done = replace(asked, state="closed", failed=NOTHING)
        try:
            await self._save(done)
        except RedisError:
            log.exception("what a run has measured is in memory only")
            self._kept[-1].asked = done
        self._run = None
        self._tell()

    async def _save(self, asked: Prediction) -> None:
        await self._redis.hset(self._key, _asked(asked), json.dumps(asdict(asked)))
        await self._redis.expire(self._key, LIVES)
        self._kept[-1].asked = asked  # nothing but the one on screen ever changes


async def _tried(read: Read) -> float | None:
    """What is measured now; what cannot be read just now is a gap, and no end of the run."""
    try:
        value = await read()
    except Exception as error:  # a store that does not answer, a lab that is being opened anew
        log.warning("a figure was not measured: %s", type(error).__name__)
        return None
    return value if value is not None and math.isfinite(value) else None


def _range(wanted: Wanted, figure: Measurable) -> tuple[float, float]:
    low = 0.0 if wanted.low is None else wanted.low
    high = figure.top if wanted.high is None else wanted.high
    if not all(math.isfinite(one) and abs(one) <= MAX_VALUE for one in (low, high)):
        raise Invalid(f"a range ends at {MAX_VALUE:g}", field="high")
    if high - low < LEAST_SPAN:
        raise Invalid(f"the range goes up: its end is above {low:g}", field="high")
    return low, high


def _checked(asked: Prediction, values: Sequence[float]) -> Sketch:
    fewest, most = (1, 1) if asked.kind == "value" else (FEWEST_POINTS, MAX_POINTS)
    if not fewest <= len(values) <= most:
        said = "a value is one number" if asked.kind == "value" else f"a curve has {fewest} to {most} points"
        raise Invalid(said, field="values")
    if not all(math.isfinite(one) and asked.low <= one <= asked.high for one in values):
        raise Invalid(f"a prediction is from {asked.low:g} to {asked.high:g}", field="values")
    return tuple(_short(one) for one in values)


def _short(value: float) -> float:
    """With the digits that a hand can mean."""
    return float(f"{value:.{DIGITS}g}")


def at(sketch: Sequence[float], share: float) -> float:
    """What a sketch says at that share (0 to 1) of the run, between its points along straight lines.

    >>> at((0.0, 10.0, 0.0), 0.25), at((3.0,), 0.7)
    (5.0, 3.0)
    """
    place = share * (len(sketch) - 1)
    left = min(int(place), len(sketch) - 1)
    right = min(left + 1, len(sketch) - 1)
    return sketch[left] + (sketch[right] - sketch[left]) * (place - left)


def on_grid(sketch: Sequence[float]) -> list[float]:
    """A sketch at 31 evenly spaced times."""
    return [_short(at(sketch, one / (GRID - 1))) for one in range(GRID)]


def off_by(asked: Prediction, sketch: Sequence[float]) -> float:
    """By how much a sketch missed: the mean absolute error of a curve, or that of the value at the end."""
    known = [(when / asked.seconds, value) for when, value in asked.measured if value is not None]
    if asked.kind == "value":
        known = known[-1:]
    return statistics.fmean(abs(at(sketch, share) - value) for share, value in known)


def near_within(asked: Prediction) -> tuple[float, Literal["measured", "range"]]:
    """A sketch that is off by no more is near: 20 % of what was measured, at least 2 % of the range. And which it is."""
    known = [abs(value) for _, value in asked.measured if value is not None]
    level = known[-1] if asked.kind == "value" else statistics.fmean(known)
    of_measured, of_range = NEAR * level, NEAR_OF_RANGE * (asked.high - asked.low)
    return (of_measured, "measured") if of_measured >= of_range else (of_range, "range")


def _outcome(kept: _Kept) -> dict[str, Any]:
    """What came out of the last run, with all sketches and nobody's name."""
    if kept.told_of != kept.asked.ran:
        kept.told, kept.told_of = _worked_out(kept.asked, list(kept.sketches.values())), kept.asked.ran
    return kept.told


def _without_sketches(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "sketches"}


def _own(kept: _Kept, name: str) -> dict[str, Any]:
    """What somebody had expected, and how near it was."""
    mine = kept.sketches.get(name)
    off = off_by(kept.asked, mine) if mine else None
    return {
        "mine": list(mine) if mine else None,
        "mine_off": off,
        "mine_near": None if off is None else off <= near_within(kept.asked)[0],
    }


def _worked_out(asked: Prediction, sketches: Sequence[Sketch]) -> dict[str, Any]:
    within, near_is = near_within(asked)
    errors = sorted(off_by(asked, one) for one in sketches)
    curves = sorted(on_grid(one) for one in sketches)  # in no order that tells whose they are
    columns = [sorted(column) for column in zip(*curves, strict=True)]
    median = [statistics.median(column) for column in columns]
    return {
        "id": asked.id,
        "lab": asked.lab,
        "kind": asked.kind,
        "label": asked.label,
        "unit": asked.unit,
        "seconds": asked.seconds,
        "low": asked.low,
        "high": asked.high,
        "change": asked.change,
        "before": asked.before,
        "measured": [list(pair) for pair in asked.measured],
        "sent": len(sketches),
        "size": asked.size,
        "median": median or None,
        "middle": [_middle(column) for column in columns] or None,
        "off": statistics.median(errors) if errors else None,
        "median_off": off_by(asked, median) if median else None,
        "near": sum(one <= within for one in errors),
        "within": within,
        "near_is": near_is,
        "sketches": curves,
    }


def _middle(column: Sequence[float]) -> tuple[float, float]:
    """Where the middle half of them lies; `column` is sorted.

    >>> _middle([1, 2, 3, 4, 5])
    (2.0, 4.0)
    """
    return at(column, 0.25), at(column, 0.75)


def _rows(kept: _Kept) -> list[list[object]]:
    asked, told = kept.asked, _outcome(kept)
    unit = f" {asked.unit}" if asked.unit else ""
    about = f"; {asked.change}" if asked.change else ""
    question = (
        f"prediction: {asked.label}{f' ({asked.unit})' if asked.unit else ''}, {asked.seconds:g} s{about}"
    )
    known = [value for _, value in asked.measured if value is not None]
    figures: list[tuple[str, object]] = [("measured at the end", known[-1])]
    if asked.kind == "curve":
        figures.append(("measured on average", statistics.fmean(known)))
    if told["off"] is not None:
        figures += [("off by, median", told["off"]), ("median sketch off by", told["median_off"])]
    answers: list[tuple[str, object]] = [(f"{what}: {value:.{DIGITS}g}{unit}", "") for what, value in figures]
    answers += [("near", told["near"]), ("not near", told["sent"] - told["near"])]
    if asked.kind == "value":
        said = sorted(value for (value,) in kept.sketches.values())
        answers += [(f"predicted: {value:g}{unit}", said.count(value)) for value in dict.fromkeys(said)]
    place = [asked.lab, asked.beat or "", question, 1]
    return [[*place, answer, "", count, asked.size] for answer, count in answers]


def _asked(asked: Prediction) -> str:
    return f"asked:{asked.id}"


def _sketch(asked: Prediction, name: str) -> str:
    return f"sketch:{asked.id}:{name}"


def predictions_key(room: str) -> str:
    """Where the predictions of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:predictions"
