"""Finding events: a scan in the database, or an index beside it that must be told of every change.

Both answer in the same order, soonest first, and go on behind a sort key, so that pages never overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
import tantivy
from sqlalchemy.engine import Connection

from designs.ticketmaster.engine.models import EVENT
from designs.ticketmaster.engine.towns import zone_of

WRITER_BYTES = 15_000_000
MOST_DOCUMENTS = 1_000
FIELDS = ["title", "performer", "venue", "city"]
SHORTEST_PREFIX = 2
KEYS_PER_SECOND = 1_000_000
LATEST = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `starts` is Unix seconds; `local_start` is the same by the clocks of its town."""

    id: str
    title: str
    performer: str
    venue: str
    city: str
    starts: float
    popular: bool = False

    @property
    def timezone(self) -> str:
        """The name of the zone of its town."""
        return zone_of(self.city).key

    @property
    def local_start(self) -> datetime:
        """When it begins, in that zone."""
        return datetime.fromtimestamp(self.starts, zone_of(self.city))


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: words, a city, a time between two others, and the sort key behind which to go on."""

    term: str = ""
    city: str = ""
    since: float = 0.0
    until: float = LATEST
    after: int = -1
    limit: int = 10

    def behind(self, after: int, *, limit: int) -> SearchQuery:
        """The same search, going on behind a sort key."""
        return replace(self, after=after, limit=limit)


def sort_key(event: Event) -> int:
    """Where an event stands in time, unlike that of any other: its second, then the number in its id."""
    number = int("".join(one for one in event.id if one.isdigit()) or 0)
    return int(event.starts) * KEYS_PER_SECOND + number % KEYS_PER_SECOND


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, without anything that could be syntax."""
    return "".join(one if one.isalnum() else " " for one in text.lower()).split()


def matches(event: Event, query: SearchQuery, *, anywhere: bool) -> bool:
    """Whether an event answers a query; a word counts `anywhere` in a field, or as its beginning only."""
    fields = [getattr(event, name).lower() for name in FIELDS]
    known = {word for text in fields for word in words_of(text)}
    *whole, last = words_of(query.term) or [""]

    def has(word: str) -> bool:
        if anywhere:
            return any(word in text for text in fields)
        if word == last and len(word) >= SHORTEST_PREFIX:
            return any(one.startswith(word) for one in known)
        return word in known

    return (
        all(has(word) for word in (*whole, last) if word)
        and (not query.city or query.city.lower() == event.city.lower())
        and query.since <= event.starts <= query.until
        and sort_key(event) > query.after
    )


def like(connection: Connection, room: str, query: SearchQuery) -> list[str]:
    """Ids of events with every word of the query in some field, soonest first."""
    chosen = sa.select(EVENT.c.id).where(EVENT.c.room == room, EVENT.c.place > query.after)
    for word in words_of(query.term):
        chosen = chosen.where(sa.or_(*[EVENT.c[name].icontains(word, autoescape=True) for name in FIELDS]))
    if query.city:
        chosen = chosen.where(sa.func.lower(EVENT.c.city) == query.city.lower())
    chosen = chosen.where(EVENT.c.starts >= query.since, EVENT.c.starts <= query.until)
    return list(connection.execute(chosen.order_by(EVENT.c.place).limit(query.limit)).scalars())


class EventIndex:
    """A tantivy index in memory. A change shows after `commit`; putting an event again replaces it."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("home", tokenizer_name="raw")
        builder.add_integer_field("place", indexed=True, fast=True)
        for name in FIELDS:
            builder.add_text_field(name, stored=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self.known: dict[str, Event] = {}

    def put(self, events: Iterable[Event]) -> None:
        """Index these events, instead of what they were before."""
        for one in events:
            self._writer.delete_documents_by_term("id", one.id)
            document = tantivy.Document(id=one.id, home=one.city.lower(), place=sort_key(one))
            for name in FIELDS:
                document.add_text(name, getattr(one, name))
            self._writer.add_document(document)
            self.known[one.id] = one
        self._writer.commit()
        self._index.reload()

    def stored(self) -> dict[str, tuple[str, ...]]:
        """What the index has of each event, by id: its fields, in their order."""
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), MOST_DOCUMENTS, count=False)
        documents = (searcher.doc(address) for _, address in found.hits)
        return {str(one["id"][0]): tuple(str(one[name][0]) for name in FIELDS) for one in documents}

    def find(self, query: SearchQuery) -> list[str]:
        """Ids of events with every word somewhere, the last one also as a beginning, soonest first."""
        searcher = self._index.searcher()
        *whole, last = words_of(query.term) or [""]
        wanted = [self._anywhere(word, prefix=False) for word in whole]
        if last:
            wanted.append(self._anywhere(last, prefix=len(last) >= SHORTEST_PREFIX))
        if query.city:
            wanted.append(tantivy.Query.term_query(self._schema, "home", query.city.lower()))
        first = max(query.after + 1, _ceiling(query.since) * KEYS_PER_SECOND)
        final = (int(query.until) + 1) * KEYS_PER_SECOND - 1
        if first > 0 or query.until < LATEST:
            wanted.append(
                tantivy.Query.range_query(self._schema, "place", tantivy.FieldType.Integer, first, final)
            )
        chosen = (
            tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in wanted])
            if wanted
            else tantivy.Query.all_query()
        )
        found = searcher.search(
            chosen, query.limit, count=False, order_by_field="place", order=tantivy.Order.Asc
        )
        return [str(searcher.doc(address)["id"][0]) for _, address in found.hits]

    def _anywhere(self, word: str, *, prefix: bool) -> tantivy.Query:
        make = self._beginning if prefix else self._whole
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, make(name, word)) for name in FIELDS])

    def _whole(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, word)

    def _beginning(self, name: str, word: str) -> tantivy.Query:
        return tantivy.Query.regex_query(self._schema, name, f"{re.escape(word)}.*")


def _ceiling(seconds: float) -> int:
    return int(seconds) + (seconds > int(seconds))
