"""What may be shortened and what not, field by field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.url_shortener.engine.link_request import (
    MAX_URL,
    LinkRequest,
    ascii_uri,
    checked_request,
    digest_of,
)
from sdlab.lab import Invalid
from sdlab.lab.actor import VISITOR

NOW = 1_800_000_000.0


def request_for(
    url: str = "https://a.example/", *, alias: str | None = None, expires_at: float | None = None
) -> LinkRequest:
    return checked_request(url, alias=alias, expires_at=expires_at, actor=VISITOR, now=NOW)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://a.example", "https://a.example/"),
        ("HTTP://A.Example:80/x?q=1#f", "http://a.example/x?q=1#f"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("  https://a.example/x  ", "https://a.example/x"),
        ("https://köln.example/straße", "https://xn--kln-sna.example/stra%C3%9Fe"),
        ("https://例え.example/パス?q=値", "https://xn--r8jz45g.example/%E3%83%91%E3%82%B9?q=%E5%80%A4"),
        ("https://a.example/%C3%A4?already=%20", "https://a.example/%C3%A4?already=%20"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("http://localhost:3000/labs", "http://localhost:3000/labs"),
    ],
)
def test_a_url_becomes_an_ascii_uri(url: str, location: str) -> None:
    assert request_for(url).location == location
    assert request_for(url).url == url.strip()
    assert ascii_uri(location) == location, "and stays as it is"


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "a.example", "/x", "//a.example/x", "ftp://a.example", "javascript:alert(1)", "data:text/html,x",
        "file:///etc/passwd", "https://", "https:///x", "https://?q", "https://u:p@a.example/", "https://u@a.example/",
        "https://@a.example/", "https://a.example:99999/", "https://a.example:x/", "https://a b.example/",
        "https://a.example/a b", "https://a.example/\nx", "https://a.example\\@b.example/", "https://a..example/",
        "https://-a.example/", "https://[::1/", "https://[nonsense]/", "https://a.example/\x00", "https://\ud800.example/",
        "https://a.example/\ud800", "https://" + "a" * 64 + ".example/", "https://a.example/" + "x" * MAX_URL,
        "https://a.example/<script>", 'https://a.example/"',
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_by_name(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        request_for(url)
    assert refused.value.extra["field"] == "url"


def test_the_longest_url_is_accepted() -> None:
    url = "https://a.example/".ljust(MAX_URL, "x")
    assert request_for(url).url == url


@given(st.text(max_size=60))
def test_any_text_is_either_accepted_or_refused(text: str) -> None:
    try:
        location = request_for(f"https://{text}").location
    except Invalid:
        return
    assert location.isascii()
    assert location.startswith("https://")
    assert not set(location) & set(" \r\n\t")
    assert request_for(location).location == location


@pytest.mark.parametrize(
    "alias", ["", "ab", "a" * 33, "a b", "a/b", "ä-ä-ä", "a.b.c", "api", "ADMIN", "a\nb", "abc\n"]
)
def test_a_bad_alias_is_refused_by_name(alias: str) -> None:
    with pytest.raises(Invalid) as refused:
        request_for(alias=alias)
    assert refused.value.extra["field"] == "alias"


@pytest.mark.parametrize(
    "expires_at", [NOW, NOW - 1, 0.0, -1.0, float("nan"), float("inf"), NOW + 11 * 365 * 86_400]
)
def test_a_bad_expiry_is_refused_by_name(expires_at: float) -> None:
    with pytest.raises(Invalid) as refused:
        request_for(expires_at=expires_at)
    assert refused.value.extra["field"] == "expires_at"


def test_only_plain_requests_share_a_code() -> None:
    assert request_for("https://A.example").digest == request_for("https://a.example/").digest != ""
    assert request_for(alias="mine").digest == ""
    assert request_for(expires_at=NOW + 1).digest == ""
    assert digest_of("https://a.example/") != digest_of("https://a.example/x")
