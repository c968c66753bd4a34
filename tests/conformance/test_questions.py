"""What a visitor is told about a lab's questions and claims: short where it must be short, and complete."""

from __future__ import annotations

import pytest

from sdlab.lab import Design
from sdlab.lab.invariant import MAX_NAME
from sdlab.registry import designs

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


@ALL
def test_a_claim_has_a_name_that_fits_a_chip_and_a_sentence_that_says_it(design: Design) -> None:
    claims = design.engine.claims
    names = [one.name for one in claims]
    assert {one for one in names if not 0 < len(one) <= MAX_NAME} == set()
    assert len(set(names)) == len(names)
    assert all(len(one.text) > len(one.name) for one in claims)
