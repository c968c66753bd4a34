"""The lesson: from one link to a lost shard, in nine beats."""

from __future__ import annotations

from designs.url_shortener.inside.views import Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _create(number: int, url: str) -> Operation:
    return Operation("create", {"number": number, "url": url}, "visitor")


def _error_rate(snapshot: Snapshot) -> float:
    return snapshot.traffic.errors / snapshot.traffic.rate if snapshot.traffic.rate else 0.0


LESSON = Lesson(
    (
        Beat(
            "One link, there and back",
            "Shorten a page of your own and open it in a new tab. Follow the packet: gateway, Bloom filter, "
            "key server, shard. Then click the line in the feed and step through it: **each reason stands "
            "beside the line of code that decided.**",
            2,
            Do(
                restart=True,
                workload="",
                verbs=(
                    _create(0, "https://docs.python.org/3/library/asyncio-task.html"),
                    Operation("open", {"number": 0}, "visitor"),
                ),
            ),
            spotlight="path",
            expect=Expect(
                "one link is stored and opened", lambda s: s.totals.links >= 1 and s.totals.redirects >= 1
            ),
        ),
        Beat(
            "Where the code comes from",
            "A key server walks a leased range of tokens; a keyed permutation scatters them. Neighbouring "
            "tokens give codes that are far apart, and no two tokens can give the same code. Switch to "
            "Snowflake for a moment: what do two links made in a row have in common?",
            2,
            Do(workload="new_links_storm", rate=20),
            spotlight="generator",
            expect=Expect("codes are made and none is taken twice", lambda s: s.generator.made >= 10),
        ),
        Beat(
            "Shrink the code space",
            "Random codes are checked against the store and drawn again when taken. With seven characters that "
            "almost never happens. Now make the code two characters long.",
            2,
            Do(
                toggles={"generator": "random"},
                knobs={"code_length": 2},
                workload="new_links_storm",
                rate=200,
            ),
            spotlight="generator",
            ask=Ask(
                "62² codes are 3,844. After about how many links do you expect the first collision?",
                ("about 70", "about 600", "about 1,900", "only when all 3,844 are used"),
                0,
                "The birthday bound: about 1.18 × √3,844 ≈ 73. Collisions come with the square root of the space.",
            ),
            expect=Expect(
                "codes are taken and drawn again", lambda s: s.generator.collisions > 0, seconds=10
            ),
        ),
        Beat(
            "Two requests, one token",
            "Back to token ranges, with seven characters. The allocator's lock is about to go: read the next "
            "token from the store, write it back in a second round trip. Nothing else changes.",
            2,
            Do(
                toggles={"generator": "token_range", "allocator_lock": "off"},
                knobs={"code_length": 7},
                workload="new_links_storm",
                rate=300,
            ),
            spotlight="generator",
            ask=Ask(
                "Under 300 new links a second, what happens?",
                (
                    "nothing: each request is too short",
                    "requests wait for each other",
                    "two URLs get one code",
                ),
                2,
                "Some read a token that another has read and not written back yet. The second link overwrites the "
                "first. Open the claim's evidence: both reads lie before both writes.",
            ),
            expect=Expect(
                "one code serves two URLs", lambda s: violations(s, "one_url_per_code") > 0, seconds=10
            ),
        ),
        Beat(
            "What a click is worth",
            "Lock on again. The traffic now is a hundred opens for each new link. Redirects are 302: every "
            "click comes to us. Then answer with 301 and `public`: browsers keep the answer, and never come back.",
            2,
            Do(
                toggles={"allocator_lock": "on", "redirect": "301_public"},
                workload="read_heavy",
                rate=400,
                restart=True,
            ),
            spotlight="clicks",
            ask=Ask(
                "With 301 public, which line falls?",
                ("clicks made", "clicks seen", "both", "neither"),
                1,
                "People click as before; their browsers answer from memory, so we see fewer and fewer.",
            ),
            expect=Expect(
                "fewer clicks are seen than made", lambda s: s.clicks.seen < 0.9 * s.clicks.made, seconds=15
            ),
        ),
        Beat(
            "A small cache for many links",
            "A few links get most of the clicks. Compare the hit ratio with the share of links that the cache "
            "can hold. Then turn it off and look at the latency.",
            2,
            Do(toggles={"redirect": "302"}, knobs={"cache_size": 50}, workload="read_heavy", rate=400),
            spotlight="cache",
            expect=Expect(
                "most opens are answered from fifty entries",
                lambda s: s.cache.capacity == 50 and (s.cache.recent_hit_ratio_pct or 0) > 50,
                seconds=15,
            ),
        ),
        Beat(
            "Lose a shard",
            "Shard 2 is about to go down. The ring shows which part of the codes it has.",
            2,
            Do(faults=(Fault("shard-2", "down"),)),
            spotlight="shard_map",
            ask=Ask(
                "Which opens fail now?",
                ("all", "one in three", "one in three, unless cached", "none"),
                2,
                "The cache goes on serving what it has; only misses that belong to shard 2 get a 503. So do new "
                "links whose code would have to be written there.",
            ),
            expect=Expect("some opens fail, most do not", lambda s: 0 < _error_rate(s) < 0.5, seconds=15),
        ),
        Beat(
            "Add a shard",
            "All shards are up again. One more joins: with consistent hashing about a quarter of the rows "
            "move. Then switch the rule to modulo and read off what it would have moved.",
            2,
            Do(mend=True, knobs={"shards": 4}),
            spotlight="shard_map",
            ask=Ask(
                "From three shards to four by `hash mod n`: how many rows move?",
                ("a quarter", "a half", "three quarters", "all"),
                2,
                "A row stays only when both remainders agree, which is one time in four.",
            ),
            expect=Expect(
                "the ring moved a minority of the rows",
                lambda s: (
                    len(s.shard_map.shards) == 4 and not s.shard_map.moving and 0 < s.shard_map.moved_pct < 50
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Not seen, for certain",
            "With one code per URL, each create must ask whether the URL is known. The Bloom filter answers "
            "*certainly not* without asking the database; *perhaps* costs a lookup. This one is small on purpose, "
            "made for 1,000 URLs. As it fills, needless lookups come, and their rate stands beside what theory says.",
            2,
            Do(
                knobs={"bloom_capacity": 1_000, "bloom_error_pct": 10},
                workload="new_links_storm",
                rate=100,
                restart=True,
            ),
            spotlight="bloom",
            expect=Expect(
                "most lookups are avoided, and some were needless",
                lambda s: s.bloom.avoided > 50 and 0 < s.bloom.false_positives < s.bloom.avoided,
                seconds=15,
            ),
        ),
    )
)
