"""The lesson: from one seed to everything that a web does to a crawler."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

PORTAL = Operation("seed", {"kind": "", "site": 0, "page": 0}, "visitor")

LESSON = Lesson(
    (
        Beat(
            "One seed",
            "A crawl begins at one page. Its links lead to other sites, and **node by node a web appears**. "
            "Choose a page to read what was found in it.",
            2,
            Do(restart=True, workload="", verbs=(PORTAL,)),
            spotlight="graph",
            expect=Expect("twenty pages are read", lambda s: s.screen.stored >= 20, 20),
        ),
        Beat(
            "A queue for each host",
            "Seeds of all sites. The frontier gives out one address of a host at a time, and the next after a pause.",
            2,
            Do(restart=True, workload="seeds", rate=20),
            spotlight="frontier",
            ask=Ask(
                "A page has fifty links, forty of them to its own site. How many are fetched at once?",
                ("All fifty", "One for each host", "As many as there are fetchers"),
                1,
                "Each host has a queue and a time of its own.",
            ),
            expect=Expect(
                "of thirty that were handed in, thirty hosts were asked",
                lambda s: s.graph.handed_in >= 30 and s.hosts.hosts >= 30,
                20,
            ),
        ),
        Beat(
            "In a hurry",
            "Three strict hosts, and nobody waits any more. Look at the hosts' own logs.",
            2,
            Do(restart=True, toggles={"politeness": "off"}, workload="strict", rate=12),
            spotlight="hosts",
            expect=Expect("hosts are asked too soon", lambda s: violations(s, "polite") > 0, 20),
        ),
        Beat(
            "What robots.txt forbids",
            "Polite again. But now nobody reads robots.txt.",
            2,
            Do(
                restart=True,
                toggles={"politeness": "on", "robots": "ignore"},
                workload="forbidden",
                rate=12,
            ),
            spotlight="robots",
            expect=Expect("something forbidden was asked for", lambda s: violations(s, "robots") > 0, 20),
        ),
        Beat(
            "A fetcher dies",
            "Fetcher 1 is killed mid-page again and again, and the frontier forgets what it gives out.",
            3,
            Do(
                restart=True,
                toggles={"robots": "obey", "lease": "forget"},
                workload="seeds",
                rate=12,
                faults=(Fault("fetcher-1", "midway"),),
            ),
            spotlight="frontier",
            ask=Ask(
                "What becomes of the page that it had in its hand?",
                ("Another fetches it", "Nobody has it any more", "It is stored half"),
                1,
                "The queue forgot it when it was taken.",
            ),
            expect=Expect("addresses are lost", lambda s: violations(s, "stored") > 0, 20),
        ),
        Beat(
            "Leases",
            "The same deaths. What was taken is leased until it is acknowledged: after two seconds another takes it.",
            2,
            Do(
                restart=True,
                toggles={"lease": "ack"},
                workload="seeds",
                rate=12,
                faults=(Fault("fetcher-1", "midway"),),
            ),
            spotlight="frontier",
            expect=Expect(
                "leases have ended, and nothing is lost",
                lambda s: s.frontier.expired > 0 and violations(s, "stored") == 0,
                20,
            ),
        ),
        Beat(
            "No last page",
            "A calendar links to the next month, for ever. Nobody counts what looks alike.",
            2,
            Do(restart=True, toggles={"guard": "off"}, workload="calendar", rate=3),
            spotlight="traps",
            expect=Expect("the calendar has no end", lambda s: violations(s, "ends") > 0, 20),
        ),
        Beat(
            "The same story, four papers",
            "With the guard on again: four papers print a story with a word changed. "
            "A fingerprint of the text changes in few bits.",
            2,
            Do(
                restart=True,
                toggles={"guard": "on", "content": "simhash"},
                knobs={"near_bits": 10},
                workload="copies",
                rate=20,
            ),
            spotlight="copies",
            ask=Ask(
                "Does a hash of the text find them?",
                ("Yes", "No: one word makes another hash", "Only in the same language"),
                1,
                "A good hash changes in half of its bits.",
            ),
            expect=Expect("near-duplicates are noticed", lambda s: s.content.near > 0, 20),
        ),
        Beat(
            "A bug is shipped",
            "A bad version of the extractor reads no text for a second and a half. Then a good one is at work for as long: "
            "it reads the stored answers again. Then the bad one is back.",
            2,
            Do(
                restart=True,
                toggles={"content": "exact"},
                knobs={"near_bits": 6},
                workload="copies",
                rate=8,
                faults=(Fault("extractor-1", "bug", 1.5),),
            ),
            spotlight="stages",
            expect=Expect(
                "pages are read again, none is fetched again",
                lambda s: s.stages.read_again > 0 and s.stages.refetched == 0,
                20,
            ),
        ),
    )
)
