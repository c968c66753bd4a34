"""Browser tests: a real Chromium against a real server, with nothing overlooked.

`page` fails its test on any console error, any uncaught error and any request to another host.
A page costs more to load than to look at: what can share one is a fact of one journey, named `with fact("…"):`.
Against a server that is already there: `SDLAB_TEST_URL`; otherwise one is started for the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from sdlab.launcher.browser import ARGUMENTS, ensure_chromium
from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS, TEST_URL
from sdlab.rooms.ids import COOKIE
from tests.machine import budget

HERE = Path(__file__).parent
SERIOUS = ("serious", "critical")
PATIENCE = budget(20) * 1000  # milliseconds
OWN_SCHEMES = ("data", "blob", "about")
MOST_BROKEN = 3

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

EMPTY_ROOM = "?seed=1"
OpenLab = Callable[..., Page]
Fact = Callable[[str], AbstractContextManager[None]]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run last: Playwright leaves an event loop running, which asyncio tests cannot stand."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server under test."""
    if given := os.environ.get(TEST_URL):
        yield given
        return
    with running_server(tmp_path_factory.mktemp("server"), env=LIMITS) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    chromium = ensure_chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def fact() -> Iterator[Fact]:
    """`with fact("what must be so"):`: a broken one is named at the end, and the journey goes on."""
    broken: list[str] = []

    @contextmanager
    def one(name: str) -> Iterator[None]:
        try:
            yield
        except (AssertionError, Error) as error:
            broken.append(f"{name}: {error}")
            if len(broken) >= MOST_BROKEN:
                raise AssertionError("\n\n".join(broken)) from error

    yield one
    if len(broken) < MOST_BROKEN:
        assert broken == [], "\n\n".join(broken)


def room_of(page: Page) -> str:
    """The room of that page's visitor."""
    return next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)


def call(page: Page, method: str, path: str, data: Any) -> Any:
    """What the API answers that visitor's browser, as to one of its own pages."""
    address = urlsplit(page.url)
    headers = {"X-SDLab-Room": room_of(page), "Origin": f"{address.scheme}://{address.netloc}"}
    answer = page.request.fetch(path, method=method, data=data, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.status != 204 else None


@dataclass
class Witness:
    """What went wrong in a browser context, in the order it was seen."""

    host: str
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Look at every page of the context, also those it opens itself."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"uncaught: {error.error}"))
        context.on("request", self._request)

    def expect(self, text: str) -> None:
        """Let pass what holds this text: a test that provokes an error says so."""
        self.expected.append(text)

    def complaints(self) -> list[str]:
        """What no test has expected."""
        return [one for one in self.seen if not any(text in one for text in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in OWN_SCHEMES and address.netloc != self.host:
            self.seen.append(f"request to another host: {request.url}")


@pytest.fixture
def witness(server_url: str) -> Iterator[Witness]:
    """Fails the test for what happened unexpectedly in the browser."""
    one = Witness(urlsplit(server_url).netloc)
    yield one
    assert one.complaints() == []


@pytest.fixture
def new_context(
    browser: Browser, server_url: str, witness: Witness
) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(viewport=..., color_scheme=...)`: a fresh visitor, with a room of their own."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        one = browser.new_context(base_url=server_url, **options)
        one.set_default_timeout(PATIENCE)
        witness.watch(one)
        made.append(one)
        return one

    yield make
    for one in made:
        leave(one)


WORKED_IN = """() => [location.pathname, sessionStorage.getItem('sdlab_room')]"""


def leave(context: BrowserContext) -> None:
    """Close a visitor's tabs for good: traffic that nobody comes back to would run on, at the next test's cost."""
    for page in context.pages:
        with suppress(Error):  # a page that has gone, or a server: nothing runs on there
            path, room = page.evaluate(WORKED_IN)
            if room and path.startswith("/labs/"):
                address = urlsplit(page.url)
                headers = {"X-SDLab-Room": room, "Origin": f"{address.scheme}://{address.netloc}"}
                context.request.delete(f"/api{path.rstrip('/')}/workload", headers=headers)
    context.close()


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A visitor."""
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab of that visitor."""
    return context.new_page()


@pytest.fixture
def lab(new_context: Callable[..., BrowserContext]) -> OpenLab:
    """`lab("url-shortener", query=..., viewport=...)`: a fresh visitor in a lab whose frames arrive.

    The room is empty and stays so: an address that names a scenario, if only its usual seed, starts no
    sample traffic. All questions and panels are open, unless `question` names one; empty, the page opens
    as it does by itself.
    """

    def open_lab(slug: str, *, query: str = EMPTY_ROOM, question: str = "all", **options: Any) -> Page:
        one = new_context(**options).new_page()
        asked = f"{'&' if query else '?'}question={question}" if question and "question=" not in query else ""
        one.goto(f"/labs/{slug}{query}{asked}")
        wait_until_live(one)
        return one

    return open_lab


def wait_until_live(page: Page) -> None:
    """Return once the page reacts to its visitor and shows frames of its room."""
    page.locator(".sd-where[data-state='live']").first.wait_for(state="attached")
    page.wait_for_function("() => !document.querySelector('[data-hydrated=\"false\"]')")


# Without transitions, instead of waiting for their end: one whose element goes away never has an end, and one
# that begins a moment later is looked at half-way.
NO_TRANSITIONS = """() => {
  if (window.withoutTransitions) return;
  window.withoutTransitions = new CSSStyleSheet();
  window.withoutTransitions.replaceSync('*, *::before, *::after { transition: none !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, window.withoutTransitions];
}"""


def look_like(page: Page, size: ViewportSize, scheme: str) -> None:
    """Give the page that size and mode; return when it has taken them on."""
    page.evaluate(NO_TRANSITIONS)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.wait_for_function("scheme => document.documentElement.classList.contains(scheme)", arg=scheme)


def show_side(page: Page, name: str) -> None:
    """On a phone, have that side of the product in front; on a wide screen all are there."""
    tab = page.locator(".sd-sidetabs").get_by_role("tab", name=name)
    if tab.is_visible():
        tab.click()


def use_fingers(page: Page) -> None:
    """Make the page one of a touch screen from now on."""
    page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.wait_for_function("matchMedia('(pointer: coarse)').matches")


# Dark mode is other colours and shadows, nothing else (tests/frame/test_styles.py), so a page that was
# looked at in the light is asked about colours alone in the dark.
COLOURS = ("color-contrast", "link-in-text-block")
RUN_AXE = """async ({within, rules}) => {
  const options = {resultTypes: ['violations'], preload: false};
  if (rules.length) options.runOnly = {type: 'rule', values: rules};
  const found = await axe.run(within.length ? {include: within} : document, options);
  return found.violations.map(({id, help, impact, nodes}) => ({id, help, impact, html: nodes.map(one => one.html)}));
}"""


def axe(page: Page, *, within: tuple[str, ...] = (), rules: tuple[str, ...] = ()) -> None:
    """Fail on serious and critical accessibility findings, and say where they are.

    `within` keeps to the elements of those selectors, `rules` to those rules.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(RUN_AXE, {"within": [[one] for one in within], "rules": list(rules)})
    serious = [
        f"{one['id']}: {one['help']}: {html[:200]}"
        for one in found
        if one["impact"] in SERIOUS
        for html in one["html"]
    ]
    assert serious == [], "\n".join(serious)
