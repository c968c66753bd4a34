"""Pages as they are found: wrong charsets, open tags, links in every form; and which addresses may be asked for."""

from __future__ import annotations

import pytest

from designs.web_crawler.engine.addresses import canonical, check_seed, why_not
from designs.web_crawler.engine.extract import decoded, extract
from designs.web_crawler.engine.robots_rules import explain, may_fetch
from designs.web_crawler.engine.small_web import small_web
from sdlab.lab import Invalid

WEB = small_web(1)
READABLE = [site for site in WEB.sites if WEB.page(f"http://{site.host}/")]


@pytest.mark.parametrize("site", READABLE, ids=lambda site: site.host)
def test_every_site_is_read_as_it_was_written(site: object) -> None:
    url = f"http://{site.host}/"  # type: ignore[attr-defined]
    page, answer = WEB.page(url), WEB.answer(site.host, "/", "")  # type: ignore[attr-defined]
    assert page is not None
    found = extract(answer.body, answer.content_type, url)
    assert found.title == page.title
    assert page.text[0] in found.text
    assert set(found.links) == set(page.links)


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("windows-1251", "utf-8"),
        ("shift_jis", "iso-8859-1"),
        ("iso-8859-7", ""),
        ("utf-16", ""),
        ("koi8-r", "koi8-r"),
    ],
)
def test_a_wrong_charset_is_not_believed(charset: str, declared: str) -> None:
    text = {"shift_jis": "港の灯台は静かです。" * 20, "iso-8859-7": "το λιμάνι και ο φάρος " * 20}.get(
        charset, "гавань и маяк на берегу " * 20
    )
    header = f"text/html; charset={declared}" if declared else "text/html"
    assert decoded(text.encode(charset), header)[1] == text


def test_a_bad_version_reads_links_and_no_text() -> None:
    answer = WEB.answer("portal.test", "/", "")
    found = extract(answer.body, answer.content_type, "http://portal.test/", buggy=True)
    assert (found.text, found.hash, found.simhash) == ("", "", 0)
    assert found.links


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://example.com/",
        "https://portal.test/",
        "http://portal.test:8080/",
        "http://user:secret@portal.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://portal.test\x00/",
        "",
        "http://" + "a" * 2000,
    ],
)
def test_what_is_not_of_the_labs_web_is_no_seed(url: str) -> None:
    with pytest.raises(Invalid):
        check_seed(url, WEB.hosts)


def test_hosts_that_the_operator_allows_are_asked_by_their_names_and_usual_ports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDLAB_CRAWL_HOSTS", "example.com")
    assert check_seed("https://example.com/a#b", WEB.hosts) == "https://example.com/a"
    assert why_not("https://example.com:444/", WEB.hosts, frozenset({"example.com"}))
    assert canonical("//example.com/a", "https://portal.test/") == "https://example.com/a"


@pytest.mark.parametrize("site", [site for site in WEB.sites if WEB.robots(site)], ids=lambda site: site.host)
def test_three_readers_of_rules_agree(site: object) -> None:
    text = WEB.robots(site)  # type: ignore[arg-type]
    host = site.host  # type: ignore[attr-defined]
    for path in (
        "/",
        "/amber/open",
        "/amber/x",
        "/report.pdf",
        "/report.pdfx",
        "/birch/birch",
        "/cedar/a",
        "/search?q=1",
    ):
        url = f"http://{host}{path}"
        assert may_fetch(text, url) == explain(text, url).allowed == (not WEB.forbidden(host, path)), path
