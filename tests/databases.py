"""Databases of one's own for hundreds of tests, each a copy of one that has all tables.

In PostgreSQL the copies stand in one cluster: one for each test would cost a second or two.
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

WITH_TABLES = "with_tables"
_numbers = itertools.count(1)


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
        """A new one with all tables of all designs, and nothing in them."""
        made = cls(server, f"copy_{next(_numbers)}")
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
        """Drop it, whoever is still connected."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))


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
