"""Names lead to the lab's own web or to public addresses, also the second time, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from designs.web_crawler.engine.resolver import CheckedResolver
from designs.web_crawler.engine.small_web import INSIDE, NOWHERE, REBINDING, small_web
from designs.web_crawler.engine.web_program import WebServers
from sdlab.parts.public_address import Refused


class Parent:
    """Answers what servers ask of the engine."""

    async def ask(self, what: str, /, **fields: Any) -> Any:
        return True


@pytest.fixture
async def resolver() -> AsyncIterator[CheckedResolver]:
    servers = WebServers(Parent(), seed=1, scale=1, own_clock=True)  # type: ignore[arg-type]
    web, names = await servers.open()
    made = CheckedResolver(
        hosts=small_web(1).hosts, allowed=frozenset({"example.com"}), web=web, names=names, lookup=_public
    )
    yield made
    await made.close()
    await servers.close()


ADDRESSES = iter(("93.184.215.14", "10.1.2.3"))


async def _public(host: str, port: int) -> list[str]:
    return [next(ADDRESSES)]


async def test_hosts_of_the_web_are_on_its_port_and_remembered(resolver: CheckedResolver) -> None:
    resolver.ttl_ms = 1_000
    found = await resolver.resolve("portal.test", 80)
    assert [(one["host"], one["port"] > 1024) for one in found] == [("127.0.0.1", True)]
    await resolver.resolve("portal.test", 80)
    assert resolver.told() == (1, 1, 0)
    resolver.now_ms = 2_000
    await resolver.resolve("portal.test", 80)
    assert resolver.told() == (0, 1, 1)


async def test_what_leads_into_a_network_is_refused_also_when_it_is_bound_anew(
    resolver: CheckedResolver,
) -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.5"):
        await resolver.resolve(INSIDE, 80)
    outcomes = set()
    for _ in range(2):
        try:
            await resolver.resolve(REBINDING, 80)
            outcomes.add("answered")
        except Refused:
            outcomes.add("refused")
    assert outcomes == {"answered", "refused"}
    with pytest.raises(OSError, match="no host"):
        await resolver.resolve(NOWHERE, 80)


async def test_a_public_host_is_checked_at_every_lookup(resolver: CheckedResolver) -> None:
    found = await resolver.resolve("example.com", 443)
    assert (found[0]["host"], found[0]["port"]) == ("93.184.215.14", 443)
    with pytest.raises(Refused, match="public Internet"):
        await resolver.resolve("example.com", 443)
    with pytest.raises(Refused, match="not of the lab"):
        await resolver.resolve("example.org", 443)
