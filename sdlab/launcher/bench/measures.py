"""What is measured. Each measure is a function from the subject to its results."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from sdlab.lab import Design
from sdlab.launcher.bench.calls import calls, crowd
from sdlab.launcher.bench.load import Load, play, request
from sdlab.launcher.bench.pages import pages
from sdlab.launcher.bench.promises import breaks, compared
from sdlab.launcher.bench.result import Result
from sdlab.launcher.browser import ARGUMENTS, ensure_chromium
from sdlab.launcher.paths import ROOT
from sdlab.launcher.server import Server, running_server
from sdlab.launcher.testing import IDLE_MINUTES, LIMITS

LAB = "url-shortener"
LINKS = 200
ROUNDS = 7
ROUND_SECONDS = 1.5
CONNECTIONS = 32
VIEWERS = 200
FRAMES_PER_SECOND = 5
VIEWERS_TRAFFIC = {"name": "read_heavy", "rate": 50}
VIEWERS_SECONDS = 15.0
FOLLOWERS = 300
CLASS_ROUNDS = 9
VERBS = 40
KILOBYTE = 1024


@dataclass(slots=True)
class Subject:
    """What is measured: a server of its own, started when first asked for, and which of its labs."""

    folder: Path
    stack: ExitStack
    labs: Sequence[Design]
    _server: Server | None = field(default=None)

    @property
    def server(self) -> Server:
        """The running server."""
        if self._server is None:
            env = {name: value for name, value in LIMITS.items() if name != IDLE_MINUTES} | {
                "SDLAB_BENCH": "1"
            }
            self._server = self.stack.enter_context(running_server(self.folder, env=env))
        return self._server

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    def call(self, method: str, path: str, *, room: str = "", body: Any = None) -> Any:
        """One API call; the answer as data."""
        headers = {"Content-Type": "application/json", **({"X-SDLab-Room": room} if room else {})}
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def new_room(self) -> str:
        """A fresh room."""
        room: str = self.call("POST", "/api/rooms")["room"]
        return room

    def processes(self) -> list[psutil.Process]:
        """The server's processes: supervisor, worker, embedded Valkey."""
        main = psutil.Process(self.server.process.pid)
        return [main, *main.children(recursive=True)]


def start(subject: Subject) -> Iterator[Result]:
    """How long a start over built pages takes until it answers."""
    assert subject.url  # the pages are built now
    folder = subject.folder / "second"
    folder.mkdir()
    began = time.perf_counter()
    with running_server(folder, env=LIMITS):
        yield Result("second start, until it answers", time.perf_counter() - began, "s", bar=5)


def redirects(subject: Subject) -> Iterator[Result]:
    """Redirects against a route that does nothing, alternating; the median of the rounds' ratios."""
    room = subject.new_room()
    paths = [f"/s/{_shorten(subject, room, number)}" for number in range(LINKS)]
    following = itertools.cycle([request(subject.url, path, room=room) for path in paths])
    nothing = request(subject.url, "/api/bench/noop")
    _play(subject, lambda: nothing, 0.5)
    _play(subject, lambda: next(following), 0.5)
    pairs = [
        (_play(subject, lambda: nothing), _play(subject, lambda: next(following))) for _ in range(ROUNDS)
    ]
    ratios = [redirect.rate(302) / noop.rate(204) for noop, redirect in pairs]
    noops, redirected = (statistics.median(rates) for rates in zip(*_rates(pairs), strict=True))
    client = max(load.cpu for pair in pairs for load in pair)
    detail = f"{redirected:,.0f}/s against {noops:,.0f}/s; the client used up to {client:.0%} of a core"
    yield Result("redirects / no-op", statistics.median(ratios), "x", bar=0.6, at_least=True, detail=detail)


def _rates(pairs: list[tuple[Load, Load]]) -> list[tuple[float, float]]:
    return [(noop.rate(204), redirect.rate(302)) for noop, redirect in pairs]


def _shorten(subject: Subject, room: str, number: int) -> str:
    body = {"url": f"https://bench.example/{number}"}
    code: str = subject.call("POST", f"/api/{LAB}/shorturl/generate", room=room, body=body)["code"]
    return code


def _play(subject: Subject, make: Callable[[], bytes], seconds: float = ROUND_SECONDS) -> Load:
    return asyncio.run(play(subject.url, make, seconds=seconds, connections=CONNECTIONS))


def creates(subject: Subject) -> Iterator[Result]:
    """New links per second, for each way to make a key, against the no-op route."""
    nothing = request(subject.url, "/api/bench/noop")
    toggles = subject.call("GET", f"/api/labs/{LAB}")["toggles"]
    for option in next(toggle for toggle in toggles if toggle["id"] == "generator")["options"]:
        room = subject.new_room()
        subject.call(
            "PATCH", f"/api/labs/{LAB}/config", room=room, body={"toggles": {"generator": option["id"]}}
        )
        noop = _play(subject, lambda: nothing)
        made = _play(subject, _new_links(subject, room), 2 * ROUND_SECONDS)
        detail = f"{made.rate(200) / noop.rate(204):.2f} x the no-op route; answers {made.others}"
        yield Result(f"creates, {option['id']}", made.rate(200), "/s", detail=detail)


def _new_links(subject: Subject, room: str) -> Callable[[], bytes]:
    numbers = itertools.count()

    def make() -> bytes:
        body = {"url": f"https://bench.example/{room}/{next(numbers)}"}
        return request(subject.url, f"/api/{LAB}/shorturl/generate", method="POST", room=room, body=body)

    return make


def snapshot(subject: Subject) -> Iterator[Result]:
    """How long the picture of a full room takes, in the process itself."""
    from sdlab.launcher.bench.inside import snapshot_times

    for links, times in snapshot_times(subject.folder / "inside", LAB):
        slow = statistics.quantiles(times, n=20)[-1]
        detail = f"p95 of {len(times)}; median {statistics.median(times):.2f} ms"
        yield Result(f"snapshot with {links:,} links", slow, "ms", bar=5, detail=detail)


def pictures(subject: Subject) -> Iterator[Result]:
    """How long the picture of each lab takes after some of all its traffic, in the process itself."""
    from sdlab.launcher.bench.inside import picture_times

    for slug, times in picture_times(subject.folder / "pictures", subject.labs):
        slow = statistics.quantiles(times, n=20)[-1]
        detail = f"p95 of {len(times)}; median {statistics.median(times):.2f} ms"
        yield Result(f"snapshot of {slug}", slow, "ms", bar=5, detail=detail)


def resting(subject: Subject) -> Iterator[Result]:
    """What open labs cost that nobody uses or watches, in the process itself."""
    from sdlab.launcher.bench.many_rooms import AT_REST, at_rest

    awake, resting = at_rest(subject.folder / "resting")
    detail = f"{awake:.1f} % in the first seconds"
    yield Result(f"{AT_REST} labs that nobody uses", resting, "% of a core", bar=5, detail=detail)


def left(subject: Subject) -> Iterator[Result]:
    """What stays of rooms that were opened and left, in the process itself."""
    from sdlab.launcher.bench.many_rooms import LEFT
    from sdlab.launcher.bench.many_rooms import left as measured

    found = measured(subject.folder / "left")
    before, full, after = found.keys
    detail = f"{full:,} while they were there; removed in {found.seconds:.1f} s"
    yield Result(f"keys of {LEFT:,} rooms that were left", after - before, "more", bar=1, detail=detail)
    first, most, last = found.memory
    detail = f"{first:.0f} MB before, {most:.0f} MB with them, {last:.0f} MB after"
    yield Result("memory after them", last / first, "x", bar=1.5, detail=detail)


def viewers(subject: Subject) -> Iterator[Result]:
    """The server's share of a core with one viewer and with many, under the same traffic."""
    room = subject.new_room()
    subject.call("POST", f"/api/labs/{LAB}/workload", room=room, body=VIEWERS_TRAFFIC)
    alone, _ = _watched(subject, room, 1)
    crowd, seen = _watched(subject, room, VIEWERS)
    subject.call("DELETE", f"/api/labs/{LAB}/workload", room=room)
    enough = seen["median"] >= 0.8 * FRAMES_PER_SECOND and not seen["lost"]
    detail = (
        f"{alone:.0f} % with one viewer and the same {VIEWERS_TRAFFIC['rate']} requests/s; "
        f"{seen['median']:.1f} frames/s each, the slowest {seen['slowest']:.1f}, {seen['lost']:.0f} lost"
    )
    if not enough:
        raise RuntimeError(f"the viewers were not served: {detail}")
    yield Result(f"{VIEWERS} live viewers", crowd, "% of a core", bar=40, detail=detail)


def _watched(subject: Subject, room: str, count: int) -> tuple[float, dict[str, float]]:
    command = [sys.executable, "-m", "sdlab.launcher.bench.viewers", subject.url, LAB, room]
    command += [str(count), str(VIEWERS_SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        if watching.stdout.readline() != "ready\n":
            raise RuntimeError("the viewers could not watch")
        processes = subject.processes()
        began, busy = time.perf_counter(), _busy(processes)
        seen: dict[str, float] = json.loads(watching.stdout.readline())
        share = (_busy(processes) - busy) / (time.perf_counter() - began)
    return 100 * share, seen


def followers(subject: Subject) -> Iterator[Result]:
    """A class of many on one process: how soon all are at the next beat, what it costs, what each one takes."""
    assert subject.url
    processes = subject.processes()
    alone = _memory(processes)
    command = [sys.executable, "-m", "sdlab.launcher.bench.followers", subject.url, LAB]
    command += [str(FOLLOWERS), str(CLASS_ROUNDS)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as crowd:
        assert crowd.stdout
        assert crowd.stdin
        if crowd.stdout.readline() != "joined\n":
            raise RuntimeError("the followers could not join")
        each = (_memory(processes) - alone) / FOLLOWERS / KILOBYTE
        began, busy = time.perf_counter(), _busy(processes)
        print(file=crowd.stdin, flush=True)
        seen: dict[str, float] = json.loads(crowd.stdout.readline())
        share = 100 * (_busy(processes) - busy) / (time.perf_counter() - began)
    if seen["lost"]:
        raise RuntimeError(f"{seen['lost']:.0f} followers were lost")
    detail = (
        f"median {seen['p50']:.0f} ms, slowest {seen['slowest']:.0f} ms; the leader's own call, with all that "
        f"a beat sets up, {seen['call']:.0f} ms"
    )
    yield Result(f"beat to message, {FOLLOWERS} followers", seen["p95"], "ms", bar=300, detail=detail)
    said = f"20 marks a second, {seen['marks']:,.0f} arrived"
    yield Result(f"pen to message, {FOLLOWERS} followers", seen["pen_p95"], "ms", bar=100, detail=said)
    said = f"through a whole lesson, with the pen and {seen['votes']:,.0f} votes"
    yield Result(f"{FOLLOWERS} followers", share, "% of a core", bar=60, detail=said)
    yield Result("memory of a follower", each, "KB", detail=f"resident, {FOLLOWERS} of them against none")


def forks(subject: Subject) -> Iterator[Result]:
    """An exercise of a class of 60, all with traffic at once, in the process itself."""
    from sdlab.launcher.bench.forks import EXERCISES, measured

    for slug, kind, task in EXERCISES:
        found = measured(subject.folder / f"forks-{slug}-{task}", slug, kind, task)
        name = f"{slug}, {kind} {task}: {found.students} students in {found.count} forks"
        detail = (
            f"all open in {found.opened[-1]:.1f} s; {found.rate:.0f} requests/s, {found.shed} operations shed; "
            f"{found.frames:.1f} frames/s in each; short waits {found.late_p95:.0f} ms late (p95); "
            f"{found.memory:.0f} MB for each"
        )
        yield Result(name, found.share, "% of a core", bar=100, detail=detail)


def _memory(processes: list[psutil.Process]) -> float:
    """Resident bytes."""
    return float(sum(one.memory_info().rss for one in processes))


def _busy(processes: list[psutil.Process]) -> float:
    """Processor seconds they have used."""
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def javascript(subject: Subject) -> Iterator[Result]:
    """What a browser loads to show the lab's page: scripts, as the gzip that the server sends."""
    sizes: dict[str, int] = {}

    def note(answer: Any) -> None:
        if answer.url.partition("?")[0].endswith(".js"):
            sizes[answer.url] = len(gzip.compress(answer.body(), 6))

    with _page(subject) as page:
        answers: list[Any] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{subject.url}/labs/{LAB}", wait_until="networkidle")
        for answer in answers:
            note(answer)
    total = sum(sizes.values()) / KILOBYTE
    biggest = max(sizes, key=lambda url: sizes[url]).rpartition("/")[2]
    detail = f"{len(sizes)} files, the biggest {biggest}"
    yield Result("JavaScript of the lab page", total, "KB", bar=260, detail=detail)


def lab_pages(subject: Subject) -> Iterator[Result]:
    """What the page of each lab costs a browser."""
    assert subject.url
    yield from pages(subject.url, subject.labs)


def pixel(subject: Subject) -> Iterator[Result]:
    """From the click on the verb until its row is painted, measured inside the browser."""
    with _page(subject) as page:
        page.goto(f"{subject.url}/labs/{LAB}")
        page.locator(".sd-where[data-state='live']").first.wait_for(state="attached")
        page.evaluate(STOPWATCH)
        times = sorted(_verb(page, number) for number in range(VERBS))
    p95 = times[int(0.95 * len(times)) - 1]
    detail = f"p95 of {VERBS}; median {statistics.median(times):.0f} ms"
    yield Result("verb to pixel", p95, "ms", bar=150, detail=detail)


# Starts at the click (capturing, before anybody reacts) and stops when the frame after the
# text's appearance has been painted.
STOPWATCH = """() => {
  window.stopwatch = (text) => new Promise((done, failed) => {
    let began = 0;
    const look = () => {
      if (!began || !document.body.textContent.includes(text)) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    };
    const seen = new MutationObserver(look);
    seen.observe(document.body, { subtree: true, childList: true, characterData: true });
    document.addEventListener("click", () => { began = performance.now(); }, { capture: true, once: true });
    setTimeout(() => failed(new Error(`${text} did not appear`)), 10000);
  });
}"""


def _verb(page: Any, number: int) -> float:
    from playwright.sync_api import expect

    text = f"bench.example/pixel-{number}-end"
    field = page.get_by_role("textbox", name="Long URL", exact=True)
    field.fill(f"https://{text}")
    page.evaluate("text => { window.measured = window.stopwatch(text); }", text)
    page.get_by_role("button", name="Shorten", exact=True).click()
    took: float = page.evaluate("() => window.measured")
    expect(field).to_have_value("")  # the form clears itself after the row is there
    return took


@contextmanager
def _page(subject: Subject) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = ensure_chromium()
    assert subject.url
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser.new_page()
        browser.close()


def of_designs(labs: Sequence[Design]) -> dict[str, Callable[[Subject], Iterator[Result]]]:
    """The `MEASURES` in `bench.py` of those that have one, by name."""
    found: dict[str, Callable[[Subject], Iterator[Result]]] = {}
    for one in labs:
        if (one.folder / "bench.py").exists():
            found |= import_module(f"designs.{one.folder.name}.bench").MEASURES
    return found


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "start": start,
    "redirects": redirects,
    "creates": creates,
    "calls": calls,
    "crowd": crowd,
    "resting": resting,
    "left": left,
    "snapshot": snapshot,
    "pictures": pictures,
    "breaks": breaks,
    "compared": compared,
    "viewers": viewers,
    "followers": followers,
    "forks": forks,
    "javascript": javascript,
    "pages": lab_pages,
    "pixel": pixel,
}
OF_ANY_LAB = ("pictures", "breaks", "compared", "pages")
