"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="rude",
        title="Get a 429",
        says="Make strict hosts answer 429.",
        level="easy",
        goals=(Goal("a host answers 429", "tally.strict", at_least=1),),
        seconds=1,
        solution=Do(toggles={"politeness": "off"}, workload="strict", rate=20),
    ),
    Mission(
        id="calendar",
        title="Escape the calendar",
        says="Start over. Let the crawl meet the calendar, leave links of it alone, and accept no more than 60 of its pages.",
        level="medium",
        goals=(
            Goal("traffic of the calendar runs", "workload.id", equals="calendar"),
            Goal("20 of its pages were met", "tally.traps", at_least=20),
            Goal("no more than 60", "tally.traps", at_most=60),
        ),
        seconds=5,
        solution=Do(workload="calendar", rate=3),
    ),
    Mission(
        id="copies",
        title="Find the near-duplicates",
        says="Notice ten pages that differ from another in a word or two.",
        level="medium",
        goals=(Goal("10 near-duplicates noticed", "tally.near", at_least=10),),
        seconds=1,
        solution=Do(toggles={"content": "simhash"}, knobs={"near_bits": 10}, workload="copies", rate=30),
    ),
    Mission(
        id="survive",
        title="Lose a fetcher, and ask nobody twice",
        says="Start over. Fetchers die before they ask; 60 pages are read, none is lost, and no host gives a page twice.",
        level="medium",
        goals=(
            Goal("fetcher 1 dies before it asks", "fault.fetcher-1.before", at_least=10, unit="%"),
            Goal("processes died", "tally.deaths", at_least=1),
            Goal("60 pages read", "tally.stored", at_least=60),
            Goal("none lost", "tally.lost", at_most=0),
            Goal("none given twice", "tally.asked_twice", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="seeds", rate=20, faults=(Fault("fetcher-1", "before"),)),
    ),
    Mission(
        id="all",
        title="All sites, and not one 429",
        says="Start over. Ask 50 hosts, read 150 pages, and never come too soon.",
        level="hard",
        goals=(
            Goal("50 hosts asked", "tally.hosts", at_least=50),
            Goal("150 pages read", "tally.stored", at_least=150),
            Goal("no 429", "tally.strict", at_most=0),
            Goal("nobody asked too soon", "tally.early", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"delay_ms": 250, "fetchers": 3}, workload="seeds", rate=30),
    ),
)
