"""Callbacks leave for allowed hosts alone, and for no address inside a network, by name or by redirect."""

from __future__ import annotations

from collections.abc import Iterable

import httpcore
import pytest

from designs.job_scheduler.engine.outbound import (
    ALLOWED,
    CheckedBackend,
    Refused,
    check_address,
    check_url,
    post,
)
from sdlab.lab import Invalid

HOSTS = frozenset({"hooks.example"})


class Scripted(httpcore.AsyncMockBackend):
    """Answers as it was told; notes where it was connected to."""


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "240.0.0.1"],
)  # fmt: skip
def test_addresses_inside_a_network_are_refused(address: str) -> None:
    with pytest.raises(Refused):
        check_address(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_internet_are_not(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    "url",
    ["http://other.example/", "ftp://hooks.example/", "http://u:p@hooks.example/", "http://hooks.example:8080/x",
     "http://hooks.example/a b", "/nowhere", "http://", "http://[::1", "http://169.254.169.254/", "x" * 600,
     "http://hooks.example\n.evil/"],
)  # fmt: skip
def test_urls_are_refused_with_a_reason(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url, HOSTS)
    assert refused.value.extra["field"] == "callback"


def test_without_an_operators_word_no_host_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ALLOWED, raising=False)
    with pytest.raises(Invalid):
        check_url("https://hooks.example/x")
    monkeypatch.setenv(ALLOWED, " Hooks.example , other.example")
    assert check_url("https://hooks.example/x") == "https://hooks.example/x"


async def test_a_name_that_leads_inside_is_refused_when_it_is_called() -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    with pytest.raises(Refused, match="public Internet"):
        await post("http://hooks.example/", b"{}", {}, hosts=HOSTS, backend=CheckedBackend(inside))


def answers(*lines: str) -> Iterable[bytes]:
    return ["\r\n".join([*lines, "", ""]).encode()]


async def test_a_status_comes_back_and_a_redirect_elsewhere_is_refused() -> None:
    taken = Scripted(list(answers("HTTP/1.1 204 No Content", "Content-Length: 0")))
    assert (
        await post("http://hooks.example/", b"{}", {"Idempotency-Key": "a@1"}, hosts=HOSTS, backend=taken)
        == 204
    )
    away = Scripted(
        list(answers("HTTP/1.1 302 Found", "Location: http://169.254.169.254/x", "Content-Length: 0"))
    )
    with pytest.raises(Refused, match=r"169\.254"):
        await post("http://hooks.example/", b"{}", {}, hosts=HOSTS, backend=away)
    again = list(answers("HTTP/1.1 302 Found", "Location: /again", "Content-Length: 0"))
    with pytest.raises(Refused, match="redirects"):
        await post("http://hooks.example/", b"{}", {}, hosts=HOSTS, backend=Scripted(again * 8))
