"""Callbacks to other hosts: only to those that the operator allows, and to no address inside a network.

The name is resolved here, every address is checked, and the connection goes to the address that was
checked: a name that changes in between leads nowhere else (DNS rebinding). Redirects are followed by
hand, with the same checks: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
from httpcore._backends.auto import AutoBackend

from sdlab.lab.errors import Invalid
from sdlab.parts.public_address import Refused as Refused
from sdlab.parts.public_address import Resolve, resolve
from sdlab.parts.public_address import check_address as check_address

ALLOWED = "SDLAB_CALLBACK_HOSTS"  # names of hosts with commas, in the environment
MOST_URL = 500
MOST_REDIRECTS = 3
PATIENCE_S = 5.0
MOST_ANSWER = 64 * 1024
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def allowed_hosts() -> frozenset[str]:
    """What the operator lets callbacks go to: none, unless the environment names some."""
    return frozenset(one.strip().lower() for one in os.environ.get(ALLOWED, "").split(",") if one.strip())


def check_url(url: str, hosts: Iterable[str] | None = None) -> str:
    """The address, where it may be called at all. `Invalid` with the reason otherwise."""
    try:
        _checked(url, allowed_hosts() if hosts is None else frozenset(hosts))
    except Refused as refused:
        raise Invalid(str(refused), field="callback") from None
    return url


def _checked(url: str, hosts: frozenset[str]) -> SplitResult:
    if len(url) > MOST_URL or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise Refused(f"a callback is an address of at most {MOST_URL} characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Refused("that is no address") from None
    if parts.scheme not in PORTS or not host:
        raise Refused("a callback goes to /bin and what is below it, or to http(s)://host/path")
    if parts.username is not None or parts.password is not None:
        raise Refused("a callback's address has no user and no password")
    if host not in hosts:
        raise Refused(
            f"callbacks to {host[:80]} are not allowed here: the operator allows hosts, and it is none"
        )
    if port not in (None, PORTS[parts.scheme]):
        raise Refused(f"callbacks go to the usual port of {parts.scheme}")
    return parts


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to an address that was checked, and to no other."""

    def __init__(self, lookup: Resolve = resolve) -> None:
        self._lookup = lookup
        self._inner = AutoBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A line to the first address of the name, when all of them may be called."""
        try:
            found = await self._lookup(host, port)
        except OSError as error:
            raise Refused(f"{host} has no address: {error.strerror or error}") from None
        addresses = [check_address(one) for one in found]
        if not addresses:
            raise Refused(f"{host} has no address")
        return await self._inner.connect_tcp(
            addresses[0], port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a callback goes to no file."""
        raise Refused("a callback goes to no socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    hosts: frozenset[str] | None = None,
    backend: httpcore.AsyncNetworkBackend | None = None,
) -> int:
    """The status of a POST there. `Refused` for an address that must not be called, also by a redirect."""
    allowed = allowed_hosts() if hosts is None else hosts
    sent: dict[bytes | str, bytes | str] = dict(headers.items())
    timeouts = {"connect": PATIENCE_S, "read": PATIENCE_S, "write": PATIENCE_S, "pool": PATIENCE_S}
    async with httpcore.AsyncConnectionPool(
        network_backend=backend or CheckedBackend(), ssl_context=ssl.create_default_context(), retries=0
    ) as pool:
        for _ in range(MOST_REDIRECTS + 1):
            _checked(url, allowed)
            async with (
                asyncio.timeout(2 * PATIENCE_S),
                pool.stream(
                    "POST",
                    url,
                    content=body,
                    headers={**sent, "Host": urlsplit(url).netloc, "Content-Type": "application/json"},
                    extensions={"timeout": timeouts},
                ) as answer,
            ):
                location = dict(answer.headers).get(b"Location") or dict(answer.headers).get(b"location")
                if answer.status not in REDIRECTS or not location:
                    return int(answer.status)
            url = urljoin(url, location.decode("latin-1"))
    raise Refused(f"more than {MOST_REDIRECTS} redirects")
