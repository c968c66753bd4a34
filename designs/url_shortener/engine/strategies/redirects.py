"""How a browser is sent on, and whether it will ever ask again (RFC 9110 §15.4, RFC 9111 §3 and §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from designs.url_shortener.engine.strategies.locks import Decide


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer to `GET /s/{code}`. `location` is an ASCII URI."""

    status: int
    location: str
    cache_control: str


class RedirectPolicy(Protocol):
    """Status and caching rule of every redirect."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    status: ClassVar[int]
    cache_control: ClassVar[str]

    @classmethod
    def answer(cls, location: str, decide: Decide) -> Redirect:
        """The answer that leads there."""
        ...


class PermanentPublic(RedirectPolicy):
    """301 that browsers and proxies may keep."""

    label = "301 public"
    tradeoff = "Fastest for a returning browser, which never asks again: its later clicks are not seen."
    status = 301
    cache_control = "public"

    @classmethod
    def answer(cls, location: str, decide: Decide) -> Redirect:
        decide(
            f"{cls.status} with Cache-Control {cls.cache_control}: it is kept: the browser will not ask again"
        )
        return Redirect(cls.status, location, cls.cache_control)


class PermanentNoStore(RedirectPolicy):
    """301 that nobody may keep."""

    label = "301 no-store"
    tradeoff = "Says “moved for good”, and yet every click comes here and is counted."
    status = 301
    cache_control = "no-store"

    @classmethod
    def answer(cls, location: str, decide: Decide) -> Redirect:
        decide(f"{cls.status} with Cache-Control {cls.cache_control}: moved for good, but nobody may keep it")
        return Redirect(cls.status, location, cls.cache_control)


class Found(RedirectPolicy):
    """302: for this time, the page is over there."""

    label = "302"
    tradeoff = (
        "Every click comes here: exact counts, and the target could change; all reads are ours to bear."
    )
    status = 302
    cache_control = "no-cache"

    @classmethod
    def answer(cls, location: str, decide: Decide) -> Redirect:
        decide(f"{cls.status} with Cache-Control {cls.cache_control}: the next click comes here again")
        return Redirect(cls.status, location, cls.cache_control)


REDIRECTS: dict[str, type[RedirectPolicy]] = {
    "301_public": PermanentPublic,
    "301_no_store": PermanentNoStore,
    "302": Found,
}


def may_keep(redirect: Redirect) -> bool:
    """Whether a browser may answer the next click on this link by itself, without asking.

    A 301 is cacheable unless told otherwise; a 302 only when given a lifetime.

    >>> may_keep(Redirect(301, "http://a", "public")), may_keep(Redirect(302, "http://a", "no-cache"))
    (True, False)
    """
    rules = {rule.strip().lower() for rule in redirect.cache_control.split(",")}
    if rules & {"no-store", "no-cache", "max-age=0"}:
        return False
    return redirect.status in (301, 308) or any(rule.startswith("max-age=") for rule in rules)
