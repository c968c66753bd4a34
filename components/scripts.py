"""Where a component finds its script: the `.jsx` beside its Python module."""

from __future__ import annotations

from pathlib import Path

from sdlab.pages.links import link
from sdlab.settings import ROOT


def script(module: str, name: str) -> str:
    """The library of a component: `library = script(__name__, "panel.jsx")`.

    The script lies beside the module and may be imported by others as
    `$/public/external/<path of the module>/<name>`. Does what Reflex's own shared assets do, which
    read the source of every frame on the stack for it: half of the time of a start. Raises
    `FileNotFoundError` for a script that is not there.
    """
    place = Path(*module.split("."))
    file = (ROOT / place).with_name(name)
    if not file.is_file():
        raise FileNotFoundError(file)
    return f"$/public{link(file, place / name, root=ROOT)}"
