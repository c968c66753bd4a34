"""One connection of a process: transactions are whole, and a failure leaves a line that works."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from sdlab.parts.sql_line import SqlLine


@pytest.fixture
def line(tmp_path: Path) -> SqlLine:
    made = SqlLine(f"sqlite:///{tmp_path / 'line.db'}")
    made.transaction(lambda c: c.execute(sa.text("CREATE TABLE things (name TEXT PRIMARY KEY)")))
    return made


def _names(line: SqlLine) -> list[str]:
    return line.transaction(lambda c: list(c.execute(sa.text("SELECT name FROM things")).scalars()))


def test_what_was_done_is_committed_and_the_connection_kept(line: SqlLine) -> None:
    connection = line.connection
    line.transaction(lambda c: c.execute(sa.text("INSERT INTO things VALUES ('a')")))
    assert _names(line) == ["a"]
    assert line.connection is connection
    assert not line.row_locks
    line.drop()


def test_after_a_failure_nothing_is_left_of_it_and_the_next_one_works(line: SqlLine) -> None:
    def fails(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO things VALUES ('a')"))
        raise LookupError("half way")

    with pytest.raises(LookupError):
        line.transaction(fails)
    assert _names(line) == []
    line.drop()


def test_what_is_undone_was_never_there(line: SqlLine) -> None:
    line.connection.execute(sa.text("INSERT INTO things VALUES ('a')"))
    line.undo()
    assert _names(line) == []
    line.drop()
