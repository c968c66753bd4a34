"""The lesson: from one card to a match that two replicas nearly missed."""

from __future__ import annotations

from designs.tinder.inside.views import Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _asked(snapshot: Snapshot, source: str) -> int:
    return next(one.asked for one in snapshot.refill.sources if one.id == source)


def _swipe(user: str, target: str) -> Operation:
    return Operation("swipe", {"target": target, "like": True}, user)


FEED = Operation("feed", {}, "visitor")

LESSON = Lesson(
    (
        Beat(
            "A card, and the next one",
            "Two phones, three thousand people. Swipe a few cards: **the next one is there before you look.** "
            "It was on the phone already; the phone asks for more while five are left.",
            2,
            Do(restart=True, verbs=(FEED,)),
            spotlight="queue",
            ask=Ask(
                "Two hundred swipes, twenty cards per request: how many requests for cards?",
                ("200", "20", "10"),
                2,
                "One for each twenty cards. A swipe itself asks for nothing.",
            ),
            expect=Expect("a feed is held ready", lambda s: s.queue.exists and s.queue.size > 20, seconds=8),
        ),
        Beat(
            "It's a match",
            "You and Sam live 400 m apart, share three interests and are both online: each ranks high in the "
            "other's feed. You like Sam, Sam likes you, and both phones are told.",
            2,
            Do(verbs=(_swipe("visitor", "sam"), _swipe("sam", "visitor"))),
            spotlight="race",
            expect=Expect(
                "both have a match, made once",
                lambda s: all(one.match_total == 1 for one in s.phones) and s.race.matched,
                seconds=8,
            ),
        ),
        Beat(
            "Only the cells nearby",
            "An evening in the city begins. The index keeps people by geohash cell; a search reads the cells that "
            "its circle touches. Compare the fullest cell with the empty ones around it.",
            2,
            Do(workload="city", rate=8),
            spotlight="map",
            expect=Expect(
                "people swipe, and feeds are read instead of made",
                lambda s: s.store.total > 60 and s.map.examined < s.map.people and s.refill.refills > 5,
                seconds=12,
            ),
        ),
        Beat(
            "Ask the database each time",
            "The same feed as one statement: a rectangle, a filter, a sort over everybody in reach, for every refill. "
            "Read the two rows of milliseconds.",
            2,
            Do(toggles={"feed": "query"}, workload="city", rate=8),
            spotlight="refill",
            expect=Expect(
                "the database was asked a few times", lambda s: _asked(s, "query") >= 8, seconds=12
            ),
        ),
        Beat(
            "The same face again",
            "Feeds are prepared once more. Now only the database knows who was swiped, and the replica that is "
            "asked may be the one that has not heard yet. People swipe, change their filters, and swipe on.",
            3,
            Do(
                toggles={"feed": "precomputed", "again": "database"},
                knobs={"replication_ms": 600},
                workload="restless",
                rate=14,
                restart=True,
            ),
            spotlight="again",
            ask=Ask(
                "Who could know of a swipe before all replicas do?",
                ("the phone that made it", "the other replica", "nobody"),
                0,
                "Its last K swipes cost the phone some bytes, and cover the lag.",
            ),
            expect=Expect(
                "somebody was shown again, and the evidence names the replica",
                lambda s: violations(s, "not_again") > 0,
                seconds=18,
            ),
        ),
        Beat(
            "A few bits per swipe",
            "The last swipes from a cache, long histories from a Bloom filter: nobody is shown twice. The filter is "
            "much too small on purpose, so that its price can be read: people who will never be shown.",
            3,
            Do(
                toggles={"again": "bloom"},
                knobs={"replication_ms": 300, "bloom_bits": 256, "bloom_from": 10},
                workload="restless",
                rate=14,
                restart=True,
            ),
            spotlight="filter",
            ask=Ask(
                "The filter says yes. Was this person swiped?",
                ("certainly", "perhaps", "certainly not"),
                1,
                "No means no. Yes means that all their bits are set, by whomever.",
            ),
            expect=Expect(
                "some are never shown, none is shown again",
                lambda s: s.again.hidden > 0 and violations(s, "not_again") == 0,
                seconds=18,
            ),
        ),
        Beat(
            "The filters are lost",
            "The node with the filters is down, and what was in its memory is gone. The database is asked instead, "
            "and nobody slips through. Bring the node back: each filter is built again from the swipes.",
            2,
            Do(workload="city", rate=8, faults=(Fault("bloom", "down"),)),
            spotlight="filter",
            expect=Expect(
                "no filter is left of those that were built, and nobody is shown again",
                lambda s: (
                    s.filter.filters == 0 < s.filter.built
                    and violations(s, "not_again") == 0
                    and violations(s, "filter") == 0
                ),
                seconds=10,
            ),
        ),
        Beat(
            "Read, then write",
            "Two strangers like each other in the same instant. Each app server reads at its own replica, finds "
            "nothing, and writes. **Neither looks again.** The lanes show both looks before either write arrives.",
            3,
            Do(
                toggles={"match": "replicas"},
                knobs={"bloom_bits": 4096},
                workload="both",
                rate=25,
                mend=True,
            ),
            spotlight="race",
            ask=Ask(
                "Would faster replication be enough?",
                ("yes", "no, the gap only gets narrower"),
                1,
                "Even on one replica both may read before either writes.",
            ),
            expect=Expect(
                "matches are missed",
                lambda s: s.race.missed > 0 and violations(s, "matched") > 0,
                seconds=10,
            ),
        ),
        Beat(
            "One step",
            "Write and look in one script. Whoever comes second sees the first, however close they are. Switch to "
            "“partition per pair” and nothing is missed either: there one writer does them in order.",
            2,
            Do(toggles={"match": "atomic"}, workload="both", rate=25, restart=True),
            spotlight="race",
            expect=Expect(
                "every mutual like is a match",
                lambda s: s.race.mutual > 20 and s.race.missed == 0,
                seconds=12,
            ),
        ),
        Beat(
            "Somebody moves",
            "Feeds wait for their TTL now, and change capture stands still: restless people change their filters and "
            "go elsewhere, and cards that no longer fit are sent. Let it run again, evict, and compare.",
            2,
            Do(
                toggles={"change": "ttl"},
                workload="restless",
                rate=14,
                faults=(Fault("capture", "paused"),),
            ),
            spotlight="stale",
            expect=Expect(
                "stale cards are shown, and changes wait",
                lambda s: s.stale.shown > 0 and s.stale.waiting > 0,
                seconds=15,
            ),
        ),
    )
)
