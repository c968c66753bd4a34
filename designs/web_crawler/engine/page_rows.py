"""How the processes of fetchers and extractors write what they have done: one transaction for each page or batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

RAW_IN = sa.text("""
INSERT INTO web_crawler_raw (room, number, crawl, url, content_type, etag, body, same_as, fetched_ms)
VALUES (:room, :number, :crawl, :url, :content_type, :etag, :body, :same_as, :fetched_ms) ON CONFLICT DO NOTHING
""")
RAW_OF = sa.text("SELECT * FROM web_crawler_raw WHERE room = :room AND number = :number")
VALIDATOR = sa.text("""
SELECT number, etag, same_as FROM web_crawler_raw WHERE room = :room AND url = :url AND etag <> ''
ORDER BY number DESC LIMIT 1
""")
# What another has brought further meanwhile stays as it is.
MOVED = sa.text("""
UPDATE web_crawler_url SET state = :state, said = :said, tries = :tries, changed_ms = :now
WHERE room = :room AND number = :number AND state IN ('queued', 'fetched')
""")
PAGE_IN = sa.text("""
INSERT INTO web_crawler_page
  (room, number, crawl, url, title, language, charset, text, hash, simhash, duplicate_of, buggy, stored_ms)
VALUES
  (:room, :number, :crawl, :url, :title, :language, :charset, :text, :hash, :simhash, :duplicate_of, :buggy, :now)
ON CONFLICT (room, number) DO UPDATE SET title = excluded.title, language = excluded.language,
  charset = excluded.charset, text = excluded.text, hash = excluded.hash, simhash = excluded.simhash,
  duplicate_of = excluded.duplicate_of, buggy = excluded.buggy
""")


def moved(room: str, number: int, state: str, said: str, *, tries: int, now: int) -> dict[str, Any]:
    """For `MOVED`."""
    return {
        "room": room,
        "number": number,
        "state": state,
        "said": said[:120],
        "tries": tries,
        "now": now,
    }


def page(
    room: str, entry: Mapping[str, Any], read: Mapping[str, Any], *, copy_of: int, buggy: bool, now: int
) -> dict[str, Any]:
    """For `PAGE_IN`. `entry` has number, crawl and url; `read` is what was extracted."""
    return {
        "room": room,
        "number": entry["number"],
        "crawl": entry["crawl"],
        "url": entry["url"],
        "title": read["title"],
        "language": read["language"],
        "charset": read["charset"],
        "text": "" if copy_of else read["text"],
        "hash": read["hash"],
        "simhash": read["simhash"],
        "duplicate_of": copy_of,
        "buggy": int(buggy),
        "now": now,
    }
