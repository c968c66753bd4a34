"""Finding events: a scan in the database, or an index beside it that must be told of every change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
import tantivy
from sqlalchemy.engine import Connection

from designs.ticketmaster.models import EventRow

MOST_FOUND = 50
WRITER_BYTES = 15_000_000
FIELDS = ["title", "performer", "venue", "city"]
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


def like(connection: Connection, room: str, term: str, *, limit: int = MOST_FOUND) -> list[str]:
    """Ids of events with every word of `term` in a field, soonest first."""
    query = sa.select(EVENT.c.id).where(EVENT.c.room == room)
    for word in term.split():
        query = query.where(sa.or_(*[EVENT.c[name].icontains(word, autoescape=True) for name in FIELDS]))
    return list(connection.execute(query.order_by(EVENT.c.starts, EVENT.c.id).limit(limit)).scalars())


class Index:
    """A tantivy index in memory. A change shows after `commit`; putting an event again replaces it."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        for name in FIELDS:
            builder.add_text_field(name)
        self._index = tantivy.Index(builder.build())
        self._writer = self._index.writer(WRITER_BYTES, 1)

    def put(self, events: Iterable[Event]) -> None:
        """Index these events, in the place of what they were before."""
        for one in events:
            self._writer.delete_documents_by_term("id", one.id)
            document = tantivy.Document(id=one.id)
            for name in FIELDS:
                document.add_text(name, getattr(one, name))
            self._writer.add_document(document)
        self._writer.commit()
        self._index.reload()

    def find(self, term: str, *, limit: int = MOST_FOUND) -> list[str]:
        """Ids of events with every word of `term` somewhere, best first. Nothing in `term` is syntax."""
        searcher = self._index.searcher()
        words = [word for part in term.lower().split() for word in _words(part)]
        wanted = [(tantivy.Occur.Must, self._anywhere(word)) for word in words]
        query = tantivy.Query.boolean_query(wanted) if wanted else tantivy.Query.all_query()
        hits = searcher.search(query, limit).hits
        return [str(searcher.doc(address)["id"][0]) for _, address in hits]

    def _anywhere(self, word: str) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, name, word))
                for name in FIELDS
            ]
        )


def _words(text: str) -> list[str]:
    return "".join(one if one.isalnum() else " " for one in text).split()
