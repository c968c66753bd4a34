"""A panel's table says what its picture says, from the same facts."""

from __future__ import annotations

import pytest
import reflex as rx

from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import Fact, facts_table, stat_tiles

FACTS: tuple[Fact, ...] = (("held", rx.Var("held_now"), "seats"), ("sold", "3", ""))

MEMORY = in_memory("the office's own list")


def test_facts_are_figures_and_table() -> None:
    drawn = str(panel("Office", says="What is sold.", source=MEMORY, id="office", facts=FACTS))
    assert drawn.count("held_now") == 3  # the figure of the folded panel, too
    assert drawn.count('"sold"') == 2
    assert drawn.count('"Office"') >= 2
    tiles, table = str(stat_tiles(*FACTS)), str(facts_table(FACTS, label="Office"))
    for said in ("held_now", "seats", "sold"):
        assert said in tiles
        assert said in table


def test_facts_stand_beside_a_body_and_its_table() -> None:
    body, table = rx.el.p("the map"), rx.el.p("the list")
    drawn = str(panel("Office", says="s", source=MEMORY, id="office", facts=FACTS, body=body, table=table))
    assert (
        drawn.index("sd-stats") < drawn.index("the map") < drawn.index("sd-table") < drawn.index("the list")
    )


def test_a_table_takes_pairs_as_well() -> None:
    assert "seats" in str(facts_table([("held", "3"), ("free", "seats")], label="pairs"))


def test_a_panel_without_a_table_cannot_be() -> None:
    with pytest.raises(TypeError, match="office"):
        panel("Office", says="s", source=MEMORY, id="office", body=rx.el.p("the map"))
    with pytest.raises(TypeError, match="office"):
        panel("Office", says="s", source=MEMORY, id="office", table=rx.el.p("the list"))


def test_a_panel_says_where_it_has_its_data_from() -> None:
    sources = (read("valkey", "HGETALL of the office"), counted("since opened"))
    drawn = str(panel("Office", says="s", source=sources, id="office", facts=FACTS))
    assert "Read from Valkey: HGETALL of the office" in drawn
    assert "Counted since opened" in drawn
    assert computed("from the estimate").text == "Computed from the estimate"
    assert MEMORY.text == "In memory: the office's own list"
    with pytest.raises(TypeError, match="office"):
        panel("Office", says="s", source=(), id="office", facts=FACTS)


def test_a_legend_tells_its_entries_apart() -> None:
    assert str(legend(("ok", "promises"), ("error", "is late"))).count("sd-key ") == 2
    with pytest.raises(ValueError, match="look alike"):
        legend(("ok", "free"), ("selected", "sold"))
