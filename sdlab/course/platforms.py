"""Platforms (learning management systems) that an operator has registered, from a JSON file.

Terms are those of LTI 1.3, https://www.imsglobal.org/spec/lti/v1p3: a platform launches a tool, and this is one.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MOST_PLATFORMS = 100
MOST_DEPLOYMENTS = 1000
MOST_BYTES = 1024 * 1024
LONGEST = 2000
LAB = "lab"  # the custom parameter of a link that says which
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class BadPlatforms(ValueError):
    """The file cannot be read; the text says where and why."""


class Platform(BaseModel):
    """One registration: an issuer with a client id, where to send a visitor, and whose signatures to believe.

    `auth_url` is the platform's OIDC authentication endpoint. Its keys are at `key_set_url`, or stand here as
    `key_set`; nothing is asked of any other address.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Text
    client_id: Text
    auth_url: Text
    key_set_url: str = Field("", max_length=LONGEST)
    key_set: dict[str, list[dict[str, Any]]] | None = None
    deployment_ids: list[Text] = Field(min_length=1, max_length=MOST_DEPLOYMENTS)

    @model_validator(mode="after")
    def _has_keys(self) -> Platform:
        if bool(self.key_set_url) == bool(self.key_set):
            raise ValueError("has either key_set_url or key_set")
        if self.key_set is not None and not self.key_set.get("keys"):
            raise ValueError("key_set has a list `keys`, with at least one key")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    platforms: list[Platform] = Field(min_length=1, max_length=MOST_PLATFORMS)


class Platforms:
    """All registrations, by issuer and client id."""

    def __init__(self, registered: list[Platform]) -> None:
        self._registered = {(one.issuer, one.client_id): one for one in registered}
        if len(self._registered) < len(registered):
            raise BadPlatforms("an issuer with the same client_id stands there twice")

    def find(self, issuer: str, client_id: str = "") -> Platform | None:
        """The registration; an issuer with only one needs no client id."""
        if client_id:
            return self._registered.get((issuer, client_id))
        found = [one for one in self._registered.values() if one.issuer == issuer]
        return found[0] if len(found) == 1 else None


def read_platforms(file: Path, *, http_loopback: bool = False) -> Platforms:
    """What is registered in `file`; `BadPlatforms` names the first place that is wrong.

    Addresses are https; `http_loopback` also lets http to this very machine through, for trials.
    """
    try:
        with file.open("rb") as source:
            text = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadPlatforms(f"{file}: {error.strerror}") from None
    if len(text) > MOST_BYTES:
        raise BadPlatforms(f"{file}: more than {MOST_BYTES} bytes")
    try:
        registered = _File.model_validate_json(text).platforms
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadPlatforms(f"{file}: {place + ': ' if place else ''}{first['msg']}") from None
    for one in registered:
        for url in filter(None, (one.auth_url, one.key_set_url)):
            if not is_trusted(url, http_loopback=http_loopback):
                raise BadPlatforms(f"{file}: {url[:200]!r} is no https address")
    return Platforms(registered)


@cache
def platforms_of(file: Path, *, http_loopback: bool) -> Platforms:
    """What is registered in that file, read once."""
    return read_platforms(file, http_loopback=http_loopback)


def is_trusted(url: str, *, http_loopback: bool) -> bool:
    """Whether a signature may rest on what is there: encrypted, or on this machine where that is allowed.

    >>> is_trusted("https://lms.example/keys", http_loopback=False), is_trusted("http://lms.example", http_loopback=True)
    (True, False)
    >>> is_trusted("http://127.0.0.1:80/keys", http_loopback=True), is_trusted("https://a:b@c/", http_loopback=True)
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host, user = parts.hostname or "", parts.username
        _ = parts.port
    except ValueError:
        return False
    if not _HOST.fullmatch(host) or user is not None or parts.fragment or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (http_loopback and parts.scheme == "http" and _is_loopback(host))


def origin_of(url: str) -> str:
    """What a policy calls the place of a trusted address.

    >>> origin_of("https://lms.example:8443/back?course=1")
    'https://lms.example:8443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
