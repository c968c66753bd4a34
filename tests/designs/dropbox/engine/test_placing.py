"""A file is written into a folder that somebody else empties and removes at the same moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from designs.dropbox.engine import engine
from sdlab.lab import Conflict


@pytest.mark.parametrize("removed", [0, 1, 3])
def test_a_folder_that_is_removed_meanwhile_is_made_again(
    removed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, replace = [removed], os.replace

    def racing(source: Path, target: Path) -> None:
        if left[0]:
            left[0] -= 1
            target.parent.rmdir()
        replace(source, target)

    monkeypatch.setattr(engine.os, "replace", racing)
    engine._write(tmp_path, "docs/a.txt", b"whole")
    assert (tmp_path / "docs" / "a.txt").read_bytes() == b"whole"
    assert [one.name for one in tmp_path.iterdir()] == ["docs"]


def test_who_never_finds_the_folder_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(source: Path, target: Path) -> None:
        raise FileNotFoundError(target)

    monkeypatch.setattr(engine.os, "replace", never)
    with pytest.raises(Conflict):
        engine._write(tmp_path, "docs/a.txt", b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["docs"]
