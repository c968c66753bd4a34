"""The product in the browser: three phones chat, ticks turn, one is away and catches up, a tablet is linked."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "whatsapp"
STROKES, STROKE_MS = 12, 3_000


def types(field: Locator, *, until: Locator) -> None:
    """Go on typing, as somebody does: what others see of it is over after some seconds."""
    for _ in range(STROKES):
        field.press_sequentially("a")
        try:
            expect(until).to_be_visible(timeout=STROKE_MS)
        except AssertionError:
            continue
        return
    expect(until).to_be_visible()


def test_three_phones_chat(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    ann, ben, cleo = (page.get_by_role("region", name=f"{name}'s phone") for name in ("Ann", "Ben", "Cleo"))
    with fact("Ann sends what stands in her field, and both others have it"):
        ann.get_by_role("button", name="Send from Ann's phone").click()
        for phone in (ann, ben, cleo):
            expect(phone.get_by_text("Where do we meet?")).to_be_visible()
    with fact("the ticks turn"):
        expect(ann.get_by_label("read", exact=True)).to_have_count(1)
    with fact("Ben answers by the keyboard"):
        field = ben.get_by_label("Message on Ben's phone")
        field.fill("At the fountain")
        field.press("Enter")
        expect(ann.get_by_text("At the fountain")).to_be_visible()
        expect(field).to_have_value("")
    with fact("others see that he types"):
        types(field, until=ann.get_by_text("Ben is typing"))
        field.fill("")
    with fact("Cleo is away: one tick"):
        cleo.get_by_role("button", name="Flight mode of Cleo's phone").click()
        expect(cleo).to_have_attribute("data-away", "true")
        ann.get_by_label("Message on Ann's phone").fill("Cleo, where are you?")
        ann.get_by_role("button", name="Send from Ann's phone").click()
        expect(ben.get_by_text("Cleo, where are you?")).to_be_visible()
        expect(ann.get_by_label("sent", exact=True)).to_have_count(1)
        expect(cleo.get_by_text("Cleo, where are you?")).to_have_count(0)
    with fact("she comes back and has it"):
        cleo.get_by_role("button", name="Flight mode of Cleo's phone").click()
        expect(cleo.get_by_text("Cleo, where are you?")).to_be_visible()
        expect(ann.get_by_label("sent", exact=True)).to_have_count(0)
    with fact("a picture goes by signed addresses"):
        ben.get_by_role("button", name="Picture from Ben's phone").click()
        expect(ann.get_by_role("img", name="A picture")).to_be_visible()
    with fact("another chat is opened"):
        ann.get_by_role("button", name="Ann and Ben").click()
        expect(ann.get_by_text("No messages on this device yet.")).to_be_visible()
    with fact("a tablet is linked and gets what comes from now on"):
        page.get_by_role("button", name="Link a tablet to Ann").click()
        tablet = page.get_by_role("region", name="Ann's tablet")
        expect(tablet).to_be_visible()
        field.fill("For both of your devices")
        field.press("Enter")
        expect(tablet.get_by_text("For both of your devices")).to_be_visible()
