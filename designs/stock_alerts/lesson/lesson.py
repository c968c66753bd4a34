"""The lesson: from one alert to a million, and what each short cut breaks."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

UP = Operation("swing", {"stocks": [0], "share": 0.01}, "exchange")
BACK = Operation("swing", {"stocks": [0], "share": 0.0}, "exchange")

LESSON = Lesson(
    (
        Beat(
            "One alert",
            "A line stands just above the price. The market rises by one per cent and crosses it; **the owner is told at "
            "once**, with the milliseconds since the tick.",
            2,
            Do(restart=True, workload="", verbs=(BACK, UP)),
            spotlight="ladder",
            expect=Expect("a notification is there", lambda s: len(s.screen.notes) > 0),
        ),
        Beat(
            "A market",
            "Fifty-two stocks, two thousand alerts of others, two hundred ticks a second. Each tick touches what lies "
            "between two prices, and no more.",
            2,
            Do(workload="market", rate=200),
            spotlight="cost",
            ask=Ask(
                "2,000 alerts, 52 stocks. How many does a tick look at?",
                ("2,000", "About 40, those of its stock", "About 10: a logarithm of those"),
                2,
                "Two bisections of some twenty entries, and what is crossed.",
            ),
            expect=Expect(
                "ticks are searched for", lambda s: s.cost.ticks > 100 and 0 < s.cost.looked < 40, 15
            ),
        ),
        Beat(
            "Ask the table instead",
            "The same ticks, each of them a SELECT on an index of stock, status, side and price.",
            2,
            Do(toggles={"matching": "sql"}, workload="market", rate=200),
            spotlight="cost",
            expect=Expect(
                "alerts are found in the rows, and none is held in memory",
                lambda s: s.cost.ticks > 50 and s.cost.found > 0 and s.cost.held == 0,
                15,
            ),
        ),
        Beat(
            "Nobody keeps the order",
            "Back to memory. Ticks now go round the partitions, and any consumer takes any tick; the exchange is late "
            "with most. The market is choppy, and whoever was told arms again.",
            3,
            Do(
                restart=True,
                toggles={"matching": "thresholds", "order": "any"},
                workload="chop",
                rate=200,
                faults=(Fault("exchange", "late"),),
            ),
            spotlight="verdicts",
            ask=Ask(
                "Which promise breaks?",
                ("Alerts fire twice", "Alerts fire that were not crossed", "Nothing, all ticks are taken"),
                1,
                "An old tick that is taken last looks like a move of now.",
            ),
            expect=Expect(
                "something fires that was not crossed",
                lambda s: violations(s, "crossed") > 0,
                20,
            ),
        ),
        Beat(
            "One partition per stock",
            "A stock is always in the same partition, and a partition has one consumer. Late ticks are excursions: they may "
            "cross, and the newest price stays.",
            2,
            Do(
                restart=True,
                toggles={"order": "partitioned"},
                workload="chop",
                rate=200,
                faults=(Fault("exchange", "late"),),
            ),
            spotlight="partitions",
            expect=Expect(
                "all right, in the same market, with the same late ticks",
                lambda s: s.verdicts.told > 100 and violations(s, "crossed") == 0,
                20,
            ),
        ),
        Beat(
            "The notifier dies",
            "Nothing is marked, and the notifier ends again and again after it has sent and before it has acknowledged.",
            2,
            Do(
                restart=True,
                toggles={"once": "off"},
                workload="market",
                rate=300,
                faults=(Fault("notifier", "unacked"),),
            ),
            spotlight="dedupe",
            ask=Ask(
                "What becomes of the messages in its hand?",
                ("They are lost", "They are sent a second time", "Nothing: they were sent"),
                1,
                "The queue still has them, and nobody knows that they were sent.",
            ),
            expect=Expect("somebody is told twice", lambda s: violations(s, "once") > 0, 20),
        ),
        Beat(
            "Key, then status",
            "The same crashes. The key is set in the step that sends; the row is changed afterwards.",
            2,
            Do(
                restart=True,
                toggles={"once": "both"},
                workload="market",
                rate=300,
                faults=(Fault("notifier", "unacked"),),
            ),
            spotlight="dedupe",
            expect=Expect(
                "what comes again is dropped",
                lambda s: s.dedupe.by_status + s.dedupe.by_key > 0 and violations(s, "once") == 0,
                20,
            ),
        ),
        Beat(
            "Poll instead of push",
            "The exchange is asked every two seconds. Prices jump for one tick and are back with the next.",
            2,
            Do(mend=True, toggles={"feed": "poll"}, knobs={"poll_s": 2}, workload="spikes", rate=60),
            spotlight="delay",
            expect=Expect("crossings are missed", lambda s: violations(s, "fires") > 0, 20),
        ),
        Beat(
            "Flash crash",
            "Pushed again. Everything falls by thirty per cent in one moment, then rebounds. The queue holds what the "
            "notifier cannot send at once.",
            3,
            Do(restart=True, toggles={"feed": "push"}, workload="flash_crash", rate=60),
            spotlight="queue",
            expect=Expect(
                "a thousand are told, and the exchange was never asked",
                lambda s: s.queue.sent > 900 and s.feed.polls == 0,
                20,
            ),
        ),
    )
)
