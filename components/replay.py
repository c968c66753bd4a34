"""Replay of one request's trace on the strip; the strip's script does the drawing."""

from __future__ import annotations

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store

REPLAY = rx.asset("replay.jsx", shared=True).importable_path
