"""The table of panels and their sources is the one that the panels make."""

from __future__ import annotations

from tests.truth_table import PAGE, page


def test_the_table_of_panels_is_what_the_panels_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `.venv/bin/python -m tests.truth_table`"
