"""`docs/truth.md`: where every panel has what it shows from, and how that is checked. Made, not written.

python -m tests.truth_table
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sdlab.lab import Design
from sdlab.launcher.paths import ROOT
from sdlab.registry import designs
from tests.conformance import test_panels
from tests.panels import DrawnPanel, panels_of

PAGE = ROOT / "docs" / "truth.md"
HEAD = """# What is shown is what happened

Every panel says under its title where it has what it shows from. This table is made from the panels
themselves by `python -m tests.truth_table`; `tests/frame/test_truth_table.py` fails when it is stale.

- **Read**: the last look at a store. Its keys or rows are deleted behind the engine, and the panel
  shows that within a second.
- **In memory**: a structure that lives in the process and nowhere else.
- **Computed**: follows from other figures.
- **Counted**: what happened, in the time that is named.

A switch that names a panel is thrown under the same seeded traffic: the panel then shows something
else than in two runs with the default, which agree. Every claim is broken by a sabotage of its own in
`tests/designs/<lab>/test_sabotage.py`. Figures of one name and unit agree over all panels of a frame.
"""


def checks(design: Design, panel: DrawnPanel) -> Iterator[str]:
    """How the suite holds a panel to what it says."""
    for store in sorted({one.store for one in panel.sources if one.kind == "read"}):
        yield f"{store} emptied behind it"
    for toggle in design.toggles:
        if toggle.panel == panel.id:
            known = f"{design.slug}-{toggle.id}" in test_panels.NOT_YET
            yield f"switch “{toggle.question}”" + (" (not held yet)" if known else "")
    if panel.facts:
        yield "figures agree with other panels"


def page() -> str:
    """The whole document."""
    parts = [HEAD.rstrip()]
    for design in designs():
        parts.append(f"\n## {design.title}\n")
        parts.append("| panel | source | how it is checked |\n| --- | --- | --- |")
        for panel in panels_of(design):
            sources = "; ".join(one.text for one in panel.sources)
            how = "; ".join(checks(design, panel)) or "the lab's own tests"
            parts.append(f"| {panel.title} | {sources} | {how} |")
    return "\n".join(parts) + "\n"


def write(path: Path = PAGE) -> None:
    """Make the document anew."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
