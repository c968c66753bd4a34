"""Questions about the URL shortener; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.url_shortener.engine.strategies import PLACEMENTS
from designs.url_shortener.engine.strategies.redirects import Found, PermanentNoStore, PermanentPublic
from designs.url_shortener.lesson.numbers import ESTIMATE, birthday
from sdlab.blocks import base62, snowflake
from sdlab.blocks.bloom import BloomFilter
from sdlab.blocks.hash_ring import share_moved
from sdlab.lab import Choice, Question

SAMPLE = [base62.fixed(number * 7_919_317, 7) for number in range(20_000)]


def moved_by_a_fifth_shard(rule: str) -> float:
    """The per cent of 20,000 codes that another shard has once there are five and not four."""
    before, after = (PLACEMENTS[rule].build(shards=shards, virtual_nodes=128) for shards in (4, 5))
    return 100 * share_moved(SAMPLE, before, after)


def bloom_bits_per_url() -> float:
    """Bits per URL of a filter for one wrong yes in a hundred."""
    bloom = BloomFilter(capacity=100_000, error=0.01)
    return bloom.bits / bloom.capacity


def years_of_seven_characters() -> float:
    """How long the seven-character code space lasts at the estimate's rate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "lasts")


QUIZ = (
    Question(
        id="redirect",
        text="You sell click statistics. Which redirect shows every click, and why not the others?",
        explanation="Only what reaches the server can be counted. Whether a browser asks again is decided by "
        "status and Cache-Control together.",
        choices=(
            Choice(
                f"301 with Cache-Control: {PermanentPublic.cache_control}",
                "A browser may keep it for good and never ask again.",
            ),
            Choice(
                f"{Found.status}, or 301 with Cache-Control: {PermanentNoStore.cache_control}",
                "Neither may be answered from a cache, so every click comes by.",
                right=True,
            ),
            Choice(
                "301 without Cache-Control", "A 301 may be cached unless it is forbidden (RFC 9110 §15.4.2)."
            ),
        ),
    ),
    Question(
        id="guess",
        text="A competitor makes a short link each minute. Which codes tell how many links you make?",
        explanation="Order leaks volume. A keyed shuffle keeps codes unique and hides their order.",
        choices=(
            Choice("Random codes", "They carry nothing but chance."),
            Choice("Tokens behind a keyed Feistel shuffle", "Without the key, neighbours look like chance."),
            Choice("Snowflake ids", "Time, machine and sequence can be read from the code.", right=True),
        ),
    ),
    Question(
        id="server_dies",
        text="A key server dies in the middle of its leased range. What is lost?",
        explanation="The counter has moved on, so nobody else is ever given that range: a gap, no harm.",
        choices=(
            Choice("The links it had made", "They are on the shards; the server only gave numbers."),
            Choice(
                "The rest of its range, and nothing else",
                "Unused numbers, of which there are plenty.",
                right=True,
            ),
            Choice("Uniqueness, once it restarts", "It leases a new range; the old one is gone for good."),
        ),
    ),
    Question(
        id="bloom",
        text="A Bloom filter stands before the lookup of a URL. When may the lookup be skipped?",
        explanation="A filter never forgets what was added, but others may have set the same bits.",
        choices=(
            Choice("When it says “perhaps seen”", "It may be wrong: then the URL would get no code."),
            Choice("When it says “not seen”", "That answer is certain.", right=True),
            Choice("Whenever its error rate is below 1 %", "A wrong “perhaps” must still be looked up."),
        ),
    ),
    Question(
        id="url_lock",
        text="1:1 mapping is on, and 40 clients send the same new URL at once. What keeps it at one code?",
        explanation="Looking up and creating are two steps; something must make them one for that URL.",
        choices=(
            Choice("The Bloom filter", "All 40 ask before anybody has added the URL: “not seen”, 40 times."),
            Choice("The lock on the allocator", "It gives each of the 40 a different code, as it should."),
            Choice("A lock on the long URL", "39 wait, then find the code of the first.", right=True),
        ),
    ),
    Question(
        id="modulo",
        text="Codes are placed by hash mod n. How many per cent of them move when a fifth shard joins four?",
        explanation="A code stays only if both remainders agree: one in five. Computed over 20,000 codes.",
        answer=lambda: moved_by_a_fifth_shard("modulo"),
        unit="%",
    ),
    Question(
        id="ring",
        text="The same with consistent hashing: how many per cent move?",
        explanation="The new shard takes its fifth, and nothing else moves. Computed over 20,000 codes, 128 "
        "virtual nodes, so it is not exactly 20.",
        answer=lambda: moved_by_a_fifth_shard("ring"),
        tolerance=0.2,
        unit="%",
    ),
    Question(
        id="birthday",
        text="Random codes of seven base62 characters: after how many links is a collision as likely as not?",
        explanation="√(2 · ln 2 · 62^7): about 2.2 million of 3.5 trillion codes.",
        answer=lambda: birthday(base62.BASE**7),
        unit="links",
    ),
    Question(
        id="bits",
        text="How many bits per URL does a Bloom filter need for 1 % false positives?",
        explanation="-ln(0.01) ÷ ln(2)² = 9.59, whatever the length of the URLs.",
        answer=bloom_bits_per_url,
        unit="bits",
    ),
    Question(
        id="lasts",
        text="100 million links a day, codes of seven characters: for how many years do the codes last?",
        explanation="62^7 ÷ (100 million × 365).",
        answer=years_of_seven_characters,
        tolerance=0.02,
        unit="years",
    ),
    Question(
        id="signs",
        text="How many base62 characters can a 64-bit id need?",
        explanation="A character holds 5.954 bits, so 64 bits need eleven. Eight would be bytes.",
        answer=lambda: float(base62.width_of(64)),
        tolerance=0.01,
        unit="characters",
    ),
    Question(
        id="burst",
        text="How many ids can one Snowflake worker make within a millisecond?",
        explanation="12 bits of sequence; then it waits for the next millisecond.",
        answer=lambda: float(snowflake.SEQUENCES),
        tolerance=0.01,
        unit="ids",
    ),
)
