"""Paths: one form, none that leads elsewhere, none that some system cannot store."""

from __future__ import annotations

import pytest

from designs.dropbox.engine.device import clashes
from designs.dropbox.engine.names import checked, conflicted
from sdlab.lab import Invalid


@pytest.mark.parametrize(
    "path", ["a", "docs/a.txt", "☂️/é.txt", "ab שלום", "a (1).txt", ".hidden", "con-cert.txt"]
)
def test_ordinary_names_are_kept(path: str) -> None:
    assert checked(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", " ", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "C:a", "nul", "docs/CON.txt", "a.", "a /b", "a?b",
        "a\x00b", "a\nb", ".sdlab-x", "x" * 201, "/".join("a" * 13), "lpt1.log",
    ],
)  # fmt: skip
def test_others_are_refused(path: str) -> None:
    with pytest.raises(Invalid):
        checked(path)


def test_two_forms_of_a_letter_are_one_name() -> None:
    assert checked("Cafe\u0301.txt") == checked("Caf\u00e9.txt") == "Caf\u00e9.txt"


def test_a_copy_of_a_copy_is_a_further_copy() -> None:
    first = conflicted("a.txt", "laptop")
    assert conflicted(first, "laptop", 2) == "a (conflicted copy of laptop 2).txt"


def test_names_that_differ_in_case_alone_are_reported() -> None:
    assert clashes(["Docs/A.txt", "docs/a.txt", "b"]) == {"docs/a.txt": "Docs/A.txt"}
