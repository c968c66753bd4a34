"""The script of the page's uploader: chunks with fingerprints, several at once, which goes on after a reload."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

UPLOADER = script(__name__, "uploader.jsx")
