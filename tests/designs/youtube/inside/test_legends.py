"""Legends have the colours of what they explain."""

from __future__ import annotations

import re
from pathlib import Path

from components.live import live
from designs.youtube.inside import panels
from designs.youtube.inside.views import Snapshot
from sdlab.settings import ROOT

STYLES = Path(panels.__file__).with_name("abr.css").read_text() + (ROOT / "assets" / "sdlab.css").read_text()


def colour_of(selector: str) -> str:
    """The variable with which it is filled."""
    found = re.search(re.escape(selector) + r"[^{]*\{[^}]*(?:background|fill): var\((--[\w-]+)\)", STYLES)
    assert found, selector
    return found[1]


def test_chunks_and_buffer_have_the_colours_of_their_keys() -> None:
    snap = live(Snapshot())
    for panel, text, drawn in (
        (panels.chunks(snap), "stored and compared", '.yt-map li[data-state="verified"]'),
        (panels.chunks(snap), "stored", '.yt-map li[data-state="stored"]'),
        (panels.abr(snap), "buffer", ".yt-buffer"),
    ):
        key = re.search(rf'sd-key (\w+)(?:(?!sd-key).)*?"{text}"', str(panel).replace("\\", ""), re.DOTALL)
        assert key, text
        assert colour_of(f".sd-key.{key[1]}") == colour_of(drawn)
