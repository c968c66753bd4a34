"""The concepts: each explained once and at work somewhere, on a map that can be read, linked from the notes."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from sdlab.concepts import PATHS, Concept, concept, concepts, on_path, runs
from sdlab.lab import NotFound
from sdlab.pages.catalogue import DAYS, by_level, days
from sdlab.pages.concept_map import HEIGHT, LETTER, LINE, WIDTH, concept_map
from sdlab.pages.notes import linked
from sdlab.registry import designs


@pytest.mark.parametrize("one", concepts(), ids=lambda one: one.id)
def test_a_concept_is_explained_and_at_work(one: Concept) -> None:
    assert len(one.idea.split()) >= 50
    assert one.paths
    assert set(one.paths) <= set(PATHS)
    assert runs(one.id, designs())


def test_no_name_means_two_things() -> None:
    names = [name.lower() for one in concepts() for name in one.names]
    assert len(set(names)) == len(names)
    with pytest.raises(NotFound):
        concept("nothing")


def test_every_path_leads_through_labs() -> None:
    for path in PATHS:
        found = on_path(path, designs())
        assert len(found) >= 2
        assert all(shown for _, shown in found)


def test_a_week_has_all_labs_from_easy_to_hard() -> None:
    planned = days(designs())
    assert len(planned) <= DAYS
    assert [one for today in planned for one in today] == by_level(designs())
    sizes = [len(today) for today in planned]
    assert max(sizes) - min(sizes) <= 1


def test_the_map_has_every_lab_and_no_name_over_another() -> None:
    found = concept_map(designs())
    assert {one.id for one in found.spots if one.kind == "lab"} == {one.slug for one in designs()}
    assert len(found.lines) == sum(len(one.concepts) for one in designs())
    assert all(0 <= one.x <= WIDTH and 0 <= one.y <= HEIGHT for one in found.spots)
    for one, other in combinations(found.spots, 2):
        wide = (len(one.title) + len(other.title)) * LETTER / 2
        assert abs(one.x - other.x) >= wide or abs(one.y - other.y) >= LINE * 0.7, (one.title, other.title)
    assert concept_map(designs()) == found


def test_notes_link_the_first_mention_and_nothing_that_is_fixed() -> None:
    said = linked("## Bloom filter\nA Bloom filter, `Bloom filter`, [a Bloom filter](/x), a Bloom filter.\n")
    assert said == (
        "## Bloom filter\nA [Bloom filter](/concepts/bloom-filter), `Bloom filter`, "
        "[a Bloom filter](/x), a Bloom filter.\n"
    )


@pytest.mark.parametrize("design", designs(), ids=lambda one: one.slug)
def test_the_notes_of_every_lab_lead_to_concepts(design: object) -> None:
    found = re.findall(r"\]\(/concepts/([\w-]+)\)", linked(design.notes))  # type: ignore[attr-defined]
    assert len(found) >= 3
    assert len(set(found)) == len(found)
    assert all(concept(one) for one in found)
