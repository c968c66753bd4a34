"""The product in the browser: a clip plays, another is made, uploaded, transcoded and played, and the network gets slow."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab, Witness
from tests.machine import budget

SLUG = "youtube"


def test_a_clip_goes_all_the_way(lab: OpenLab, fact: Fact, witness: Witness) -> None:
    witness.expect("422")  # for the file that is no video
    page = lab(SLUG, query="?seed=1")
    player = page.get_by_role("region", name="Player")
    uploader = page.get_by_role("region", name="Upload")
    with fact("the clip of the room is on the screen, and plays"):
        expect(player.get_by_text("Shapes that bounce")).to_be_visible()
        expect(player.locator("[data-level$='p']")).to_be_visible(timeout=budget(15) * 1000)
    with fact("a clip is made on the spot and uploaded in chunks"):
        uploader.get_by_role("button", name="Upload this clip").click()
        expect(uploader.get_by_role("progressbar")).to_have_attribute(
            "aria-valuenow", "100", timeout=budget(20) * 1000
        )
    coming = page.get_by_role("region", name="Under way")
    with fact("it is transcoded for real, and ready"):
        expect(coming.locator("li[data-mine=true][data-state=ready]")).to_be_visible(
            timeout=budget(40) * 1000
        )
        expect(page.locator(".yt-cell[data-state=done][data-earlier=false]")).to_have_count(12)
    with fact("then it is what plays"):
        expect(player.get_by_text("Made at")).to_be_visible()
        expect(player.locator("[data-level$='p']")).to_be_visible(timeout=budget(15) * 1000)
    with fact("the player tells the lab what it does"):
        expect(page.locator("#abr")).to_contain_text("you")
    with fact("a slow network brings it down to the lowest rendition"):
        slider = player.get_by_role("slider", name="Network of the player")
        slider.fill("1")
        expect(player.locator("[data-level='240p']")).to_be_visible(timeout=budget(20) * 1000)
    with fact("a text that is named .mp4 is refused, in words"):
        uploader.get_by_label("Another file").select_option("text")
        expect(uploader.get_by_role("status")).to_contain_text("not a video", timeout=budget(20) * 1000)
    with fact("a poisoned clip ends as a dead letter"):
        uploader.get_by_label("Another file").select_option("poison")
        expect(coming.locator("li[data-mine=true][data-state=failed]").first).to_be_visible(
            timeout=budget(40) * 1000
        )


def test_an_upload_goes_on_after_a_pause_and_a_reload(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    uploader = page.get_by_role("region", name="Upload")
    with fact("it is paused in the middle"):
        page.route("**/blobs/**", lambda route: route.continue_() if _few(route) else None)
        uploader.get_by_role("button", name="Upload this clip").click()
        uploader.get_by_role("button", name="Pause").click(timeout=budget(20) * 1000)
        expect(uploader.get_by_role("button", name="Go on")).to_be_visible()
    with fact("a reload finds it again, and only the rest is sent"):
        page.unroute("**/blobs/**")
        page.reload()
        expect(uploader.get_by_text("a reload interrupted it")).to_be_visible(timeout=budget(20) * 1000)
        uploader.get_by_role("button", name="Go on").click()
        coming = page.get_by_role("region", name="Under way")
        expect(coming.locator("li[data-mine=true][data-state=ready]")).to_be_visible(
            timeout=budget(40) * 1000
        )
        expect(page.get_by_role("button", name="goes on where it stopped")).to_have_count(1)


_seen: list[str] = []


def _few(route: object) -> bool:
    """The first three chunks go through, the others wait."""
    _seen.append(str(route))
    return len(_seen) <= 3
