"""What lasts: crawls, the addresses that they know, what was fetched as it came, and the pages read out of it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

RUNNING, PAUSED, DONE = "running", "paused", "done"
QUEUED, FETCHED, STORED, DUPLICATE = "queued", "fetched", "stored", "duplicate"
FORBIDDEN, REDIRECT, MISSING, OTHER, DEAD, REFUSED = (
    "forbidden",
    "redirect",
    "missing",
    "other",
    "dead",
    "refused",
)
STATES = (QUEUED, FETCHED, STORED, DUPLICATE, FORBIDDEN, REDIRECT, MISSING, OTHER, DEAD, REFUSED)


class CrawlRow(SQLModel, table=True):
    """Somebody's crawl. `seeds` are its first addresses, one per line."""

    __tablename__ = "web_crawler_crawl"

    room: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=sa.BigInteger)
    id: str
    owner: str
    seeds: str
    max_depth: int
    max_pages: int
    state: str = RUNNING
    created_ms: int = Field(sa_type=sa.BigInteger)
    ended_ms: int = Field(default=0, sa_type=sa.BigInteger)


class UrlRow(SQLModel, table=True):
    """An address that a crawl knows. `parent` is the number of the page that leads there; 0 for a seed."""

    __tablename__ = "web_crawler_url"
    __table_args__ = (
        sa.Index("web_crawler_url_crawl", "room", "crawl", "url"),
        sa.Index("web_crawler_url_changed", "room", "changed_ms"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    room: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=sa.BigInteger)
    crawl: int = Field(sa_type=sa.BigInteger)
    url: str
    host: str
    depth: int
    parent: int = Field(default=0, sa_type=sa.BigInteger)
    state: str = QUEUED
    said: str = ""
    tries: int = 0
    changed_ms: int = Field(sa_type=sa.BigInteger)


class RawRow(SQLModel, table=True):
    """What a server answered, byte for byte, up to the cut. `same_as`: unchanged since the answer of that number."""

    __tablename__ = "web_crawler_raw"
    __table_args__ = (sa.Index("web_crawler_raw_url", "room", "url", "number"),)

    room: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=sa.BigInteger)
    crawl: int = Field(sa_type=sa.BigInteger)
    url: str
    content_type: str
    etag: str = ""
    body: bytes = b""
    same_as: int = Field(default=0, sa_type=sa.BigInteger)
    fetched_ms: int = Field(sa_type=sa.BigInteger)


class PageRow(SQLModel, table=True):
    """A page that was read. `duplicate_of` is the number of the page that says the same; `buggy`: read by a bad version."""

    __tablename__ = "web_crawler_page"
    __table_args__ = (
        sa.Index("web_crawler_page_crawl", "room", "crawl", "number"),
        sa.Index("web_crawler_page_stored", "room", "stored_ms"),
    )

    room: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=sa.BigInteger)
    crawl: int = Field(sa_type=sa.BigInteger)
    url: str
    title: str
    language: str
    charset: str
    text: str
    hash: str
    simhash: int = Field(sa_type=sa.BigInteger)
    duplicate_of: int = Field(default=0, sa_type=sa.BigInteger)
    buggy: int = 0
    stored_ms: int = Field(sa_type=sa.BigInteger)


CRAWL, URL, RAW, PAGE = (
    kind.__table__  # type: ignore[attr-defined]
    for kind in (CrawlRow, UrlRow, RawRow, PageRow)
)
