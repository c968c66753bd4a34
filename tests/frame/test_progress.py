"""What a first start prints while it takes its time."""

from __future__ import annotations

import time

import pytest

from sdlab.launcher import progress


def test_what_is_done_is_said_before_meanwhile_and_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = ""
    with progress.telling("building the pages", hint="once", every=0.001):
        while "so far" not in said:
            said += capsys.readouterr().out
            time.sleep(0)
    said += capsys.readouterr().out
    lines = said.splitlines()

    assert lines[0] == "sdlab: building the pages (once)"
    assert lines[1] == "sdlab: building the pages: 0 s so far"
    assert lines[-1].startswith("sdlab: building the pages: done in ")


def test_what_failed_is_not_said_to_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError), progress.telling("installing", hint="once"):
        raise ValueError
    assert capsys.readouterr().out == "sdlab: installing (once)\n"
