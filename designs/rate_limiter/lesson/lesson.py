"""The lesson: from one refused click to a skewed clock, in nine beats."""

from __future__ import annotations

from designs.rate_limiter.inside.views import AlgorithmView, Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _algorithm(snapshot: Snapshot, algorithm: str) -> AlgorithmView:
    return next(one for one in snapshot.algorithms if one.id == algorithm)


LESSON = Lesson(
    (
        Beat(
            "Ask until it says no",
            "Send a few requests as Ana. The first five pass at once, from the tokens that the bucket had saved; "
            "then one passes each second. **Every answer says why, and when to come back.** Open a refused line "
            "of the feed and step through it.",
            2,
            Do(restart=True, workload="", verbs=(Operation("burst", {"count": 8}, "ana"),)),
            spotlight="buckets",
            expect=Expect(
                "five pass, three are refused", lambda s: s.totals.passed == 5 and s.totals.refused == 3
            ),
        ),
        Beat(
            "Six verdicts on the same traffic",
            "All six algorithms look at every request; the token bucket decides. Each lane is one of them. The "
            "leaky bucket draws its requests where they *leave*. Which lanes look alike?",
            2,
            Do(workload="burst", rate=2, restart=True),
            spotlight="lanes",
            ask=Ask(
                "Two of the six give the same answers. Which?",
                ("token bucket and GCRA", "fixed window and sliding log", "token bucket and leaky bucket"),
                0,
                "GCRA keeps the token bucket's state as a single time: when the next request is due.",
            ),
            expect=Expect(
                "token bucket and GCRA agree over a hundred requests",
                lambda s: (
                    (bucket := _algorithm(s, "token_bucket")).passed + bucket.refused > 100
                    and bucket.passed == _algorithm(s, "gcra").passed
                ),
                seconds=10,
            ),
        ),
        Beat(
            "Two full windows in a fifth of a second",
            "A fixed window decides now: ten in each window of ten seconds. Eve knows where the windows meet. She "
            "saves her requests up, ten for just before the edge and ten for just after it.",
            3,
            Do(toggles={"algorithm": "fixed_window"}, workload="boundary", rate=20, restart=True),
            spotlight="windows",
            ask=Ask(
                "The limit is ten in ten seconds. How many of Eve's requests pass within 0.2 s?",
                ("10", "15", "20", "all of them"),
                2,
                "Each of the two windows sees ten. The window that lies across the edge sees twenty.",
            ),
            expect=Expect(
                "about twice the limit passed in ten seconds, and the log would have passed half",
                lambda s: max(s.used.used) >= 18 and _algorithm(s, "sliding_log").fullest == 10,
                seconds=20,
            ),
        ),
        Beat(
            "Read, then write",
            "Token bucket again. The counters stay in Redis, but the script is gone: a gateway reads the state, "
            "decides, and writes it back. Thirty requests of one client come at once.",
            2,
            Do(
                toggles={"algorithm": "token_bucket", "store": "racy"}, workload="burst", rate=3, restart=True
            ),
            spotlight="used",
            ask=Ask(
                "The bucket holds five tokens. How many of thirty simultaneous requests pass?",
                ("5", "about 10", "up to 30", "none"),
                2,
                "All read “five tokens” before anybody writes “four”. The invariant names the requests.",
            ),
            expect=Expect(
                "more pass than any window may hold", lambda s: violations(s, "within_limit") > 0, seconds=15
            ),
        ),
        Beat(
            "Three gateways, three counters",
            "Without a shared store each gateway counts what it sees. Requests go to the gateways in turn, so each "
            "sees a third, and each has a full allowance to give.",
            2,
            Do(toggles={"store": "local"}, workload="burst", rate=3, restart=True),
            spotlight="used",
            expect=Expect(
                "more pass than any window may hold, and the store keeps no counter",
                lambda s: (
                    violations(s, "within_limit") > 0
                    and (bucket := _algorithm(s, "token_bucket")).redis_bytes == 0 < bucket.memory_bytes
                ),
                seconds=15,
            ),
        ),
        Beat(
            "The neighbour's traffic",
            "Atomic scripts again. But now an allowance belongs to an address, and Ana, Ben and Eve share the "
            "office's. Eve sends most of the traffic.",
            2,
            Do(
                toggles={"store": "shared", "client_key": "ip"},
                workload="one_abuser",
                rate=30,
                restart=True,
            ),
            spotlight="accounts",
            ask=Ask(
                "Who is refused?",
                ("only Eve", "Eve, Ana and Ben", "all five"),
                1,
                "The limiter sees one client: the address. Chi and Dev have addresses of their own.",
            ),
            expect=Expect(
                "somebody is refused for what somebody else used",
                lambda s: violations(s, "own_use_only") > 0,
                seconds=10,
            ),
        ),
        Beat(
            "The store goes down",
            "Allowances belong to users again, the counter store is down, and the limiter fails open: nobody is "
            "asked. Try the other two answers while it is down.",
            2,
            Do(
                toggles={"client_key": "user", "on_failure": "open"},
                workload="one_abuser",
                rate=30,
                faults=(Fault("redis", "down"),),
                restart=True,
            ),
            spotlight="counters",
            ask=Ask(
                "With “fail open”, what does Eve get?",
                ("nothing", "her limit", "everything she asks for"),
                2,
                "Nobody counts. Local fallback would hold each gateway to its share instead.",
            ),
            expect=Expect("requests pass unchecked", lambda s: s.counters.failed_open > 20, seconds=10),
        ),
        Beat(
            "A clock that is wrong",
            "The store is back. The sliding log decides, each gateway stamps its own requests, and the clock of "
            "gateway 1 runs twenty seconds ahead: to it, the whole window is over.",
            2,
            Do(
                toggles={"on_failure": "closed", "algorithm": "sliding_log", "clock": "gateway"},
                workload="steady",
                rate=20,
                faults=(Fault("gateway-1", "skew"),),
                mend=True,
                restart=True,
            ),
            spotlight="counters",
            expect=Expect(
                "an exact algorithm passes more than its limit",
                lambda s: _algorithm(s, "sliding_log").over_limit > 0,
                seconds=20,
            ),
        ),
        Beat(
            "Many clients, one service",
            "Every clock is right. There are 300 clients, some busier than others, and hardly one asks for more than its own "
            "rule allows. The global rule is checked in the same atomic step: what one of the two refuses uses up neither.",
            2,
            Do(
                toggles={"clock": "store", "algorithm": "token_bucket", "hierarchy": "both"},
                workload="many_clients",
                rate=100,
                mend=True,
                restart=True,
            ),
            spotlight="together",
            expect=Expect(
                "all together are held to the global limit",
                lambda s: s.together.refused > 20 and s.together.fullest == s.together.limit,
                seconds=15,
            ),
        ),
    )
)
