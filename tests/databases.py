"""Databases of one's own for hundreds of tests, each a copy of one that has all tables.

In PostgreSQL the copies stand in one cluster: one for each test would cost a second or two. One that was given
back is emptied and used again: to make and drop one costs more than most tests.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlmodel import SQLModel

from sdlab.registry import designs
from sdlab.stores.postgres import EmbeddedPostgres

WITH_TABLES, COPY = "with_tables", "copy_"
OTHERS_LEAVE = """
    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Tables with their names, and what else there is without one.
RELATIONS = """
    SELECT oid, CASE relkind WHEN 'r' THEN relname END FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT oid, NULL FROM pg_extension UNION ALL SELECT oid, NULL FROM pg_publication
    UNION ALL SELECT oid, NULL FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
WRITTEN = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
_numbers = itertools.count(1)
_empty_again: dict[str, list[str]] = {}  # by server, databases that were given back
_known: dict[str, dict[int, str]] = {}


def start(folder: Path) -> EmbeddedPostgres:
    """A server of the run: nobody needs its data once the machine has failed, so that no disk is waited for."""
    server = EmbeddedPostgres.start(folder)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def empty(server: EmbeddedPostgres) -> DatabaseOfItsOwn:
    """One with nothing in it, not even tables."""
    made = DatabaseOfItsOwn(server, f"empty_{next(_numbers)}")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made.name)))
    return made


def _named(server: EmbeddedPostgres, name: str) -> str:
    """The address of a database of that server."""
    before, _, options = server.url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{options}"


@dataclass(frozen=True, slots=True)
class DatabaseOfItsOwn:
    """A database, for its user a whole server; `stop` drops it."""

    server: EmbeddedPostgres
    name: str

    @classmethod
    def copy(cls, server: EmbeddedPostgres) -> DatabaseOfItsOwn:
        """One with all tables of all designs, and nothing in them: one that was given back, else a new one."""
        if kept := _empty_again.get(server.url):
            return cls(server, kept.pop())
        made = cls(server, f"{COPY}{next(_numbers)}")
        with psycopg.connect(server.url, autocommit=True) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [WITH_TABLES])
            if known.fetchone() is None:
                _make_tables(connection, server)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log").format(
                    sql.Identifier(made.name), sql.Identifier(WITH_TABLES)
                )
            )
        return made

    @property
    def url(self) -> str:
        """How clients reach it."""
        return _named(self.server, self.name)

    @property
    def alive(self) -> bool:
        """Whether the server of the run is there."""
        return self.server.alive

    def stop(self) -> None:
        """Give it back as it was, to be had again, else drop it, whoever is still connected."""
        if self.name.startswith(COPY) and self._emptied():
            _empty_again.setdefault(self.server.url, []).append(self.name)
            return
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def _emptied(self) -> bool:
        """Whether it is like a new copy now: its tables, no others, and nothing in them, nor known of what was."""
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(OTHERS_LEAVE)
                expected = _relations(self.server)
                found = dict(connection.execute(RELATIONS).fetchall())
                if more := [name for oid, name in found.items() if oid not in expected and name]:
                    connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(_listed(more)))
                    found = dict(connection.execute(RELATIONS).fetchall())
                if set(found) != set(expected):
                    return False
                written = [name for (name,) in connection.execute(WRITTEN)]
                if written:
                    connection.execute(
                        sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(_listed(written))
                    )
                connection.execute("DELETE FROM pg_statistic WHERE starelid = ANY(%s)", [list(expected)])
            return True
        except psycopg.Error:
            return False


def _listed(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _relations(server: EmbeddedPostgres) -> dict[int, str]:
    """By number, everything that a new copy has: a copy has the numbers of what it is a copy of."""
    if server.url not in _known:
        with psycopg.connect(_named(server, WITH_TABLES)) as connection:
            _known[server.url] = dict(connection.execute(RELATIONS).fetchall())
    return _known[server.url]


def _make_tables(connection: psycopg.Connection, server: EmbeddedPostgres) -> None:
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(WITH_TABLES)))
    _with_tables(_named(server, WITH_TABLES).replace("postgresql://", "postgresql+psycopg://"))


def sqlite_with_tables(file: Path) -> Path:
    """That file, with all tables of all designs, and nothing in them."""
    _with_tables(f"sqlite:///{file}")
    return file


def _with_tables(url: str) -> None:
    designs()  # whose tables these are
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
