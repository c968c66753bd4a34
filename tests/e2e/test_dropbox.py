"""The product in the browser: a letter travels, files come and go, both edit offline, versions can be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab
from tests.machine import budget

SLUG = "dropbox"


def test_two_folders_are_kept_in_step(lab: OpenLab, fact: Fact, server_url: str, tmp_path: Path) -> None:
    page = lab(SLUG, query="?seed=1")
    laptop, desktop = (page.get_by_role("region", name=name, exact=True) for name in ("Laptop", "Desktop"))
    mine, theirs = (
        page.get_by_label("Text of notes.txt on the laptop"),
        page.get_by_label("Text of notes.txt on the desktop"),
    )
    with fact("both begin with the same notes"):
        expect(mine).to_have_value(theirs.input_value())
        expect(mine).not_to_have_value("")
    with fact("a letter typed on the laptop is on the desktop"):
        before = mine.input_value()
        page.get_by_role("button", name="Type a letter on the laptop").click()
        expect(mine).not_to_have_value(before)
        expect(theirs).to_have_value(mine.input_value())
        expect(laptop.get_by_text("version 2", exact=True)).to_be_visible()
    with fact("what is typed on the desktop is on the laptop"):
        theirs.fill("Written on the desktop")
        expect(mine).to_have_value("Written on the desktop")
    with fact("a new file is on both"):
        laptop.get_by_label("Name of a new file on the laptop").fill("docs/plan.txt")
        laptop.get_by_role("button", name="New file").click()
        expect(desktop.get_by_role("button", name="docs/plan.txt")).to_be_visible()
    with fact("a name that leads elsewhere is refused, and stays in its field"):
        laptop.get_by_label("Name of a new file on the laptop").fill("../plan.txt")
        laptop.get_by_role("button", name="New file").click()
        expect(page.get_by_text("“..” leads to another folder", exact=True)).to_be_visible()
        expect(laptop.get_by_label("Name of a new file on the laptop")).to_have_value("../plan.txt")
    with fact("it gets another name on both"):
        laptop.get_by_role("button", name="Rename docs/plan.txt on the laptop").click()
        field = laptop.get_by_label("New name of docs/plan.txt on the laptop")
        field.fill("../trip.txt")
        field.press("Enter")
        expect(field).to_have_value("../trip.txt")
        field.fill("docs/trip.txt")
        field.press("Enter")
        expect(desktop.get_by_role("button", name="docs/trip.txt")).to_be_visible()
        expect(desktop.get_by_role("button", name="docs/plan.txt")).to_have_count(0)
    with fact("a picture shows"):
        desktop.get_by_role("button", name="picture.png").first.click()
        picture = desktop.get_by_role("img", name="picture.png")
        expect(picture).to_be_visible()
    with fact("both edit while one is away, and both edits are kept"):
        desktop.get_by_role("button", name="notes.txt").first.click()
        laptop.get_by_role("button", name="notes.txt").first.click()
        desktop.get_by_role("button", name="Take the desktop offline").click()
        expect(desktop).to_have_attribute("data-online", "false")
        mine.fill("The plan of the laptop")
        theirs.fill("The plan of the desktop")
        expect(desktop.get_by_text("waits").first).to_be_visible()
        desktop.get_by_role("button", name="Bring the desktop online").click()
        for device in (laptop, desktop):
            expect(
                device.get_by_role("button", name="notes (conflicted copy of desktop).txt")
            ).to_be_visible()
        expect(theirs).to_have_value("The plan of the laptop")
    with fact("old versions can be had"):
        laptop.get_by_role("button", name="Versions notes.txt on the laptop").click()
        versions = laptop.get_by_label("Versions of notes.txt on the laptop")
        expect(versions.get_by_role("link", name="Version 2", exact=True)).to_be_visible()
        with page.expect_download() as download:
            versions.get_by_role("link").last.click()
        assert download.value.suggested_filename == "notes.txt"
    with fact("a file is deleted on both"):
        laptop.get_by_role("button", name="todo.txt").first.click()
        laptop.get_by_role("button", name="Delete todo.txt on the laptop").click()
        for device in (laptop, desktop):
            expect(device.get_by_role("button", name="todo.txt")).to_have_count(0)
    with fact("a folder of one's own is a third device"):
        page.get_by_text("A folder of your own", exact=True).click()
        said = page.locator(".dx-command code").inner_text().split()
        (tmp_path / "mine.txt").write_text("from a folder of my own")
        client = [
            sys.executable,
            "-m",
            "designs.dropbox.client",
            str(tmp_path),
            "--once",
            "--server",
            server_url,
        ]
        subprocess.run([*client, "--room", said[said.index("--room") + 1]], check=True, timeout=budget(60))
        for device in (laptop, desktop):
            expect(device.get_by_role("button", name="mine.txt")).to_be_visible()
        assert (tmp_path / "notes.txt").read_text() == "The plan of the laptop"
