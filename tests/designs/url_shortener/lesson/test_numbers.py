"""The estimate's figures, the quiz's answers, and the choices' labels."""

from __future__ import annotations

import math

import pytest

from designs.url_shortener.engine.strategies import (
    ALLOCATOR_LOCKS,
    CACHES,
    GENERATORS,
    MAPPINGS,
    PLACEMENTS,
    REDIRECTS,
    URL_LOCKS,
)
from designs.url_shortener.engine.strategies.generators import md5_number, md5_space
from designs.url_shortener.lesson.numbers import ESTIMATE, birthday
from designs.url_shortener.lesson.quiz import QUIZ
from designs.url_shortener.toggles import TOGGLES


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ("writes", 1157.4), ("reads", 115_740), ("leases", 1.157), ("storage", 456.25), ("replicated", 1.36875),
        ("cache", 0.05), ("space", 3.5216e12), ("lasts", 96.48), ("fill", 5.18), ("collision", 2.2095e6),
        ("tries", 1.0547), ("machines", 1024), ("snowflake", 4_096_000), ("snowflake_signs", 11),
    ],
)  # fmt: skip
def test_the_defaults_give_the_known_figures(result: str, value: float) -> None:
    computed = {one.id: one.value for one in ESTIMATE.compute({})}
    assert computed[result] == pytest.approx(value, rel=0.001)


def test_the_birthday_bound_is_that_of_birthdays() -> None:
    assert birthday(365) == pytest.approx(23, abs=1)
    exact, people = 1.0, 0
    while exact > 0.5:
        exact *= (3844 - people) / 3844
        people += 1
    assert birthday(3844) == pytest.approx(people, abs=2)


def test_the_front_of_an_md5_digest_has_an_eighth_of_the_codes() -> None:
    assert (
        {md5_number(f"https://a.example/{n}", 1) for n in range(500)}
        == set(range(8))
        == set(range(md5_space(1)))
    )
    assert math.log2(62**7 / md5_space(7)) == pytest.approx(3, abs=0.05)


def test_every_numeric_answer_is_what_it_should_be() -> None:
    answers = {one.id: one.answer() for one in QUIZ if one.answer is not None}
    assert answers == {
        "modulo": pytest.approx(80, abs=2),
        "ring": pytest.approx(20, abs=4),
        "birthday": pytest.approx(2.2095e6, rel=0.001),
        "bits": pytest.approx(9.585, abs=0.01),
        "lasts": pytest.approx(96.5, abs=0.1),
        "signs": 11,
        "burst": 4096,
    }


def test_every_choice_of_a_toggle_names_itself_and_its_price() -> None:
    tables = {
        "generator": GENERATORS,
        "redirect": REDIRECTS,
        "cache": CACHES,
        "one_to_one": MAPPINGS,
        "allocator_lock": ALLOCATOR_LOCKS,
        "url_lock": URL_LOCKS,
        "placement": PLACEMENTS,
    }
    assert {toggle.id: [option.id for option in toggle.options] for toggle in TOGGLES} == {
        name: list(table) for name, table in tables.items()
    }
