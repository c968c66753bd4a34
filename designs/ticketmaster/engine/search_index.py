"""Finding events: a scan in the database, or an index beside it that must be told of every change.

Both answer in the same order, soonest first, and go on from a place, so that pages never overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
import tantivy
from sqlalchemy.engine import Connection

from designs.ticketmaster.models import EventRow

WRITER_BYTES = 15_000_000
FIELDS = ["title", "performer", "venue", "city"]
SHORTEST_PREFIX = 2
PLACES_PER_SECOND = 1_000_000
LATEST = 4_000_000_000
EVENT = EventRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `starts` is Unix seconds."""

    id: str
    title: str
    performer: str
    venue: str
    city: str
    starts: float
    popular: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A search: words, a city, a time between two others, and the place behind which to go on."""

    term: str = ""
    city: str = ""
    since: float = 0.0
    until: float = LATEST
    after: int = -1
    limit: int = 10


class Like:
    """A scan with `LIKE '%word%'`: no index of the database helps a pattern that begins with anything."""

    label = "SQL LIKE"
    tradeoff = "Right at once and nothing to keep in step; every question reads every row."


class DualWrites:
    """The application writes the database, then the index."""

    label = "search engine, dual writes"
    tradeoff = "Fast answers; a failure between the two writes leaves the index wrong for good."


class ChangeCapture:
    """The index follows an outbox that is written together with the change."""

    label = "search engine, change data capture"
    tradeoff = "Fast answers, late by a moment; after a failure it catches up by itself."


SEARCHES: dict[str, type[Like] | type[DualWrites] | type[ChangeCapture]] = {
    "like": Like,
    "dual": DualWrites,
    "cdc": ChangeCapture,
}


def place_of(event: Event) -> int:
    """Where an event stands in time, unlike that of any other: its second, then the number in its id."""
    number = int("".join(one for one in event.id if one.isdigit()) or 0)
    return int(event.starts) * PLACES_PER_SECOND + number % PLACES_PER_SECOND


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, without anything that could be syntax."""
    return "".join(one if one.isalnum() else " " for one in text.lower()).split()


def matches(event: Event, asked: Question, *, anywhere: bool) -> bool:
    """Whether an event answers a question; a word counts `anywhere` in a field, or as its beginning only."""
    fields = [getattr(event, name).lower() for name in FIELDS]
    known = {word for text in fields for word in words_of(text)}
    *whole, last = words_of(asked.term) or [""]

    def has(word: str) -> bool:
        if anywhere:
            return any(word in text for text in fields)
        if word == last and len(word) >= SHORTEST_PREFIX:
            return any(one.startswith(word) for one in known)
        return word in known

    return (
        all(has(word) for word in (*whole, last) if word)
        and (not asked.city or asked.city.lower() == event.city.lower())
        and asked.since <= event.starts <= asked.until
        and place_of(event) > asked.after
    )


def like(connection: Connection, room: str, asked: Question) -> list[str]:
    """Ids of events with every word of the question in some field, soonest first."""
    query = sa.select(EVENT.c.id).where(EVENT.c.room == room, EVENT.c.place > asked.after)
    for word in words_of(asked.term):
        query = query.where(sa.or_(*[EVENT.c[name].icontains(word, autoescape=True) for name in FIELDS]))
    if asked.city:
        query = query.where(sa.func.lower(EVENT.c.city) == asked.city.lower())
    query = query.where(EVENT.c.starts >= asked.since, EVENT.c.starts <= asked.until)
    return list(connection.execute(query.order_by(EVENT.c.place).limit(asked.limit)).scalars())


class Index:
    """A tantivy index in memory. A change shows after `commit`; putting an event again replaces it."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("home", tokenizer_name="raw")
        builder.add_integer_field("place", indexed=True, fast=True)
        for name in FIELDS:
            builder.add_text_field(name)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self.known: dict[str, Event] = {}

    def put(self, events: Iterable[Event]) -> None:
        """Index these events, in the place of what they were before."""
        for one in events:
            self._writer.delete_documents_by_term("id", one.id)
            document = tantivy.Document(id=one.id, home=one.city.lower(), place=place_of(one))
            for name in FIELDS:
                document.add_text(name, getattr(one, name))
            self._writer.add_document(document)
            self.known[one.id] = one
        self._writer.commit()
        self._index.reload()

    def find(self, asked: Question) -> list[str]:
        """Ids of events with every word somewhere, the last one also as a beginning, soonest first."""
        searcher = self._index.searcher()
        *whole, last = words_of(asked.term) or [""]
        wanted = [self._anywhere(word, prefix=False) for word in whole]
        if last:
            wanted.append(self._anywhere(last, prefix=len(last) >= SHORTEST_PREFIX))
        if asked.city:
            wanted.append(tantivy.Query.term_query(self._schema, "home", asked.city.lower()))
        first = max(asked.after + 1, _ceiling(asked.since) * PLACES_PER_SECOND)
        final = (int(asked.until) + 1) * PLACES_PER_SECOND - 1
        if first > 0 or asked.until < LATEST:
            wanted.append(
                tantivy.Query.range_query(self._schema, "place", tantivy.FieldType.Integer, first, final)
            )
        query = (
            tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in wanted])
            if wanted
            else tantivy.Query.all_query()
        )
        found = searcher.search(
            query, asked.limit, count=False, order_by_field="place", order=tantivy.Order.Asc
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
