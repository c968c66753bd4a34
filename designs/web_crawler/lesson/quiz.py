"""Questions about the web crawler; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.web_crawler.engine.robots_rules import explain
from designs.web_crawler.engine.seen import ERROR
from designs.web_crawler.engine.small_web import small_web
from designs.web_crawler.engine.strategies import BASE_MS
from designs.web_crawler.lesson.numbers import ESTIMATE
from sdlab.blocks.bloom import BloomFilter
from sdlab.blocks.simhash import distance, shingles, simhash
from sdlab.lab import Choice, Question

STORY = "http://wire-east.test/birch/birch", "http://wire-west.test/birch/birch"
RULES = "User-agent: *\nDisallow: /a\nAllow: /a/open\nDisallow: /a/open/closed"


def machines() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "machines")


def bloom_bits() -> float:
    """For each address, in a filter that errs once in a hundred."""
    return BloomFilter(capacity=100_000, error=ERROR).bits / 100_000


def bits_apart() -> float:
    """Between the fingerprints of one story in two papers of the lab's web."""
    prints = [simhash(shingles(" ".join((small_web(1).page(url) or _no_page()).text))) for url in STORY]
    return float(distance(*prints))


def _no_page() -> object:
    raise LookupError("the lab's web has no such page")


def longest_wait() -> float:
    """Seconds until the fourth try, when chance takes nothing off."""
    return sum(BASE_MS * 2**failure for failure in range(3)) / 1000


def letters_of_the_rule() -> float:
    """Letters in the rule that decides about /a/open/door."""
    decided = next(one for one in explain(RULES, "http://x.test/a/open/door").rules if one.decides)
    return float(len(decided.path))


QUIZ = (
    Question(
        id="queues",
        text="Why does a frontier have a queue for each host, and not one for all?",
        explanation="Links of a page mostly lead to the same host: in the order of being found they ask one host at once.",
        choices=(
            Choice("To sort addresses by their value", "That is what front queues are for."),
            Choice(
                "So that one host waits without holding up the others", "Each has its own time.", right=True
            ),
            Choice("Because one queue would be too long", "Length is not the point."),
        ),
    ),
    Question(
        id="lease",
        text="A fetcher dies after the host has answered and before the page is stored. With leases, what follows?",
        explanation="The lease ends, another takes the address, the host is asked again. The page is stored once.",
        choices=(
            Choice("The page is lost", "Only where the frontier forgets what it gives out."),
            Choice(
                "The host is asked twice, the page stored once",
                "At least once, and a key that repeats.",
                right=True,
            ),
            Choice("The page is stored twice", "Its number is the key of the row."),
        ),
    ),
    Question(
        id="bloom",
        text="What does a Bloom filter do to a crawl when it errs?",
        explanation="It says seen of what nobody has seen: that page, and whatever only it leads to, is never fetched.",
        choices=(
            Choice("A page is fetched twice", "It never says new of what was added."),
            Choice("A page is never fetched", "It errs in one direction.", right=True),
            Choice("The crawl never ends", "It errs towards ending early."),
        ),
    ),
    Question(
        id="stages",
        text="What is the reason to store answers before they are read?",
        explanation="Reading has bugs and gets better; asking every host again takes days and their goodwill.",
        choices=(
            Choice("It is faster", "It is a write and a read more."),
            Choice(
                "They can be read again without asking hosts",
                "A mended extractor goes over what is there.",
                right=True,
            ),
            Choice("It saves room", "Raw answers take the most of it."),
        ),
    ),
    Question(
        id="jitter",
        text="Eight sites in one house fail at the same moment, and each request waits exactly a second. What happens then?",
        explanation="They come back together, and the house is as full as before.",
        choices=(
            Choice("All succeed", "The house answers as many as before."),
            Choice("They fail together again", "Nothing has spread them.", right=True),
            Choice("The crawler is shut out", "503 is not 403."),
        ),
    ),
    Question(
        id="rebinding",
        text="A seed's name was checked and leads to a public address. Why is that not enough?",
        explanation="A name can be given another address between the check and the connection, and a page can redirect.",
        choices=(
            Choice("Public addresses may be dangerous, too", "They are what a crawler asks."),
            Choice(
                "It may lead elsewhere when it is asked for",
                "So the connection goes to the address that was checked.",
                right=True,
            ),
            Choice("Names have no addresses", "They do."),
        ),
    ),
    Question(
        id="machines",
        text="10,000 million pages of 2 MB in five days, lines of 50 GB/s that are used to 30 %: how many machines?",
        explanation="20 PB ÷ 432,000 s = 46.3 GB/s; 46.3 ÷ 15.",
        answer=machines,
        unit="machines",
    ),
    Question(
        id="bits",
        text="How many bits for each address does a Bloom filter take that errs once in a hundred?",
        explanation="−ln 0.01 ÷ (ln 2)².",
        answer=bloom_bits,
        unit="bits",
    ),
    Question(
        id="apart",
        text="The same story in two papers, a word changed in each: in how many of 64 bits do their fingerprints differ?",
        explanation="Computed from the two pages of the lab's web with seed 1.",
        answer=bits_apart,
        unit="bits",
    ),
    Question(
        id="wait",
        text="A wait of 0.5 s that doubles, no jitter: how long from the first failure to the fourth try?",
        explanation="0.5 + 1 + 2 s.",
        answer=longest_wait,
        unit="s",
    ),
    Question(
        id="rule",
        text="Disallow: /a, Allow: /a/open, Disallow: /a/open/closed. How long is the rule that decides about /a/open/door?",
        explanation="The longest rule that fits: /a/open, which allows it.",
        answer=letters_of_the_rule,
        unit="letters",
    ),
)
