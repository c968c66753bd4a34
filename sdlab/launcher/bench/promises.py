"""What a lab promises to show, in real time and from outside: claims that break, comparisons that tell apart.

The suite holds both in virtual time, in which traffic that is due comes at once; a visitor's comes spread out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sdlab.lab import Design, PreparedComparison, Toggle
from sdlab.launcher.bench.result import Result

if TYPE_CHECKING:
    from sdlab.launcher.bench.measures import Subject

SOON = 5.0  # seconds that somebody who pressed "Break it" looks on
PATIENCE = 30.0
LOOK_EVERY = 0.1
COMPARED_WITHIN = 120.0


def breaks(subject: Subject) -> Iterator[Result]:
    """For each protection, seconds from taking it away under its traffic until the claim is seen broken."""
    for design in subject.labs:
        for toggle in design.toggles:
            if toggle.unprotected:
                name = f"breaks: {design.slug}, {toggle.id}"
                took = _until_broken(subject, design, toggle)
                detail = "not seen broken" if took >= PATIENCE else ""
                yield Result(name, took, "s", bar=SOON, detail=detail)


def _until_broken(subject: Subject, design: Design, toggle: Toggle) -> float:
    room, lab = subject.new_room(), f"/api/labs/{design.slug}"
    subject.call("GET", f"{lab}/snapshot", room=room)  # opened
    began = time.perf_counter()
    changes = {"toggles": {toggle.id: toggle.unprotected}, "knobs": dict(toggle.breaks_at)}
    subject.call("PATCH", f"{lab}/config", room=room, body=changes)
    for fault in toggle.under:
        node, kind = fault.split(":")
        subject.call("POST", f"{lab}/faults", room=room, body={"node": node, "kind": kind})
    subject.call("POST", f"{lab}/workload", room=room, body={"name": toggle.traffic})
    try:
        while time.perf_counter() - began < PATIENCE:
            if any(
                one["id"] == toggle.protects and one["violations"]
                for one in subject.call("GET", f"{lab}/invariants", room=room)
            ):
                return time.perf_counter() - began
            time.sleep(LOOK_EVERY)
        return PATIENCE
    finally:
        subject.call("DELETE", f"{lab}/workload", room=room)


def compared(subject: Subject) -> Iterator[Result]:
    """For each prepared comparison, 1 when it tells its variants apart as the lab says, with what came out."""
    for design in subject.labs:
        for one in design.comparisons:
            told, verdict = _compare(subject, design, one)
            name = f"compared: {design.slug}, {one.id}"
            yield Result(name, float(told), "of 1", bar=1, at_least=True, detail=verdict)


def _compare(subject: Subject, design: Design, prepared: PreparedComparison) -> tuple[bool, str]:
    room, path = subject.new_room(), f"/api/labs/{design.slug}/compare"
    found: dict[str, Any] = subject.call("POST", f"{path}/{prepared.id}", room=room)
    began = time.perf_counter()
    while found["status"] in ("queued", "running"):
        if time.perf_counter() - began > COMPARED_WITHIN:
            return False, "not done in time"
        time.sleep(LOOK_EVERY)
        found = subject.call("GET", path, room=room)
    if found["status"] != "done":
        return False, found["problem"]
    row = next(one for one in found["rows"] if one["answers"])
    names = [one["name"] for one in found["variants"]]
    best = {name for name, run in zip(names, row["runs"], strict=True) if run["best"]}
    return best == set(prepared.best), found["verdict"]
