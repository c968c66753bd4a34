"""What lies in a folder is counted while others write and remove it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdlab.stores.folder_size import bytes_in


def test_files_are_counted_however_deep_and_folders_are_not(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "deep" / "deeper" / "one").write_bytes(bytes(10))
    (tmp_path / "two").write_bytes(bytes(5))
    assert bytes_in(tmp_path / "deep") == 10
    assert bytes_in(tmp_path) == 15


def test_what_is_gone_before_it_is_looked_at_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").write_bytes(bytes(5))
    monkeypatch.setattr(Path, "rglob", lambda self, _: iter([self / "gone", self / "stays"]))
    assert bytes_in(tmp_path) == 5
