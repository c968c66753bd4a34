"""The product in the browser: a job runs in five seconds, one is cancelled, one dies and is tried anew."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Fact, OpenLab

SLUG = "job-scheduler"


def test_a_job_is_scheduled_called_cancelled_and_tried_anew(lab: OpenLab, fact: Fact) -> None:
    page = lab(SLUG, query="?seed=1")
    jobs = page.get_by_role("region", name="My jobs")
    bin = page.get_by_role("region", name="Request bin")
    with fact("nothing is there yet"):
        expect(jobs).to_contain_text("None yet")
        expect(bin.get_by_role("listitem")).to_have_count(0)
    with fact("“Run in 5 s” waits on the line of time, and its callback lands in the bin"):
        page.get_by_role("button", name="Run in 5 s").click()
        expect(jobs.get_by_role("listitem").first).to_contain_text("in five seconds")
        expect(jobs.get_by_role("listitem").first).to_contain_text(re.compile(r"in \d"))
        expect(bin.get_by_role("listitem").first).to_contain_text("in five seconds")
        expect(bin.get_by_role("listitem").first).to_contain_text("ms late")
        expect(jobs.get_by_role("listitem").first).to_contain_text("done")
    with fact("a job of the form is cancelled before its time"):
        page.get_by_label("Seconds", exact=True).fill("600")
        page.get_by_label("With", exact=True).fill("never")
        page.get_by_role("button", name="Schedule", exact=True).click()
        expect(jobs.get_by_role("listitem")).to_have_count(2)
        jobs.get_by_role("button", name="Cancel never").click()
        expect(jobs.get_by_role("listitem").first).to_contain_text("cancelled")
    with fact("bad input is refused, and stays"):
        page.get_by_label("Seconds", exact=True).fill("soon")
        page.get_by_role("button", name="Schedule", exact=True).click()
        expect(page.get_by_role("alert").filter(has_text="number of seconds")).to_be_visible()
        expect(page.get_by_label("Seconds", exact=True)).to_have_value("soon")
        page.get_by_label("When", exact=True).select_option("by cron (UTC)")
        page.get_by_label("Cron expression", exact=True).fill("* * * * * *")
        page.get_by_role("button", name="Schedule", exact=True).click()
        expect(page.get_by_role("alert").filter(has_text="five fields")).to_be_visible()
    with fact("a cron job has its next time"):
        page.get_by_label("Cron expression", exact=True).fill("30 2 * * *")
        page.get_by_label("With", exact=True).fill("nightly")
        page.get_by_role("button", name="Schedule", exact=True).click()
        expect(jobs.get_by_role("listitem").first).to_contain_text("30 2 * * * · next 02:30:00 UTC")
    with fact("one that always fails dies, and is tried anew"):
        page.get_by_label("When", exact=True).select_option("after a delay")
        page.get_by_label("Seconds", exact=True).fill("0")
        page.get_by_label("Call", exact=True).select_option("always failing")
        page.get_by_label("Try again", exact=True).select_option("never")
        page.get_by_label("With", exact=True).fill("hopeless")
        page.get_by_role("button", name="Schedule", exact=True).click()
        dead = page.get_by_role("region", name="My dead letters")
        expect(dead.get_by_role("listitem")).to_contain_text("hopeless")
        dead.get_by_role("button", name="Try hopeless anew").click()
        expect(dead.get_by_role("listitem")).to_contain_text("2 tries")
