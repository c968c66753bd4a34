"""Questions about the feed; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.facebook_feed.engine.entries import Entry, Position
from designs.facebook_feed.engine.graph import room_edges
from designs.facebook_feed.engine.strategies import Hybrid, OlderThan, Partitioned, Replicated
from designs.facebook_feed.lesson.numbers import ESTIMATE
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import Choice, Question

THRESHOLD = 100


def celebrity_writes() -> float:
    """Feed entries of one post of the room's most followed member, all pushed."""
    return float(len(room_edges().followers(0)))


def popular_share(*, alike: bool) -> float:
    """Percent of all deliveries that are of members above the threshold.

    When everybody posts `alike`; else half of the posts are by whoever is followed more.
    """
    fans = [int(one) for one in room_edges().popularity()]
    everybody, follows = len(fans), sum(fans)
    chance = [1 / everybody if alike else (1 / everybody + one / follows) / 2 for one in fans]
    deliveries = [share * one for share, one in zip(chance, fans, strict=True)]
    ahead = sum(one for one, count in zip(deliveries, fans, strict=True) if Hybrid.pushes(count, THRESHOLD))
    return 100 * (1 - ahead / sum(deliveries))


def popular_members() -> int:
    """How many members of the room are above the threshold."""
    return sum(not Hybrid.pushes(int(one), THRESHOLD) for one in room_edges().popularity())


def saved_by_threshold() -> float:
    """Writes of pure push over those of the hybrid, when half of the posts are by whoever is followed more."""
    return 100 / (100 - popular_share(alike=False))


def never_shown() -> float:
    """Posts of one second that a cursor of time alone jumps over: fourteen posts, pages of ten."""
    second = [Entry(Position(1_800_000_000, id), 1) for id in range(14, 0, -1)]
    last = second[:10][-1]
    rest = [one for one in second[10:] if one.written < OlderThan.below(last.position)[1:]]
    return float(len(second[10:]) - len(rest))


def refused(shares: type[Partitioned] | type[Replicated]) -> float:
    """Reads refused in a second when 900 want one post and each of three nodes answers 300."""
    rule, buckets = Rule(300, 1.0, 300), [TokenBucket() for _ in range(3)]
    verdicts = [
        buckets[shares.node(0, turn, 3)].check(10.0 + turn / 1e9, rule).allowed for turn in range(900)
    ]
    return float(verdicts.count(False))


def estimated_writes() -> float:
    """Feed writes per second of the estimate, in millions."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "push") / 1e6


QUIZ = (
    Question(
        id="who",
        text="Most members view often and post rarely. Whose work should be done ahead?",
        explanation="Work done once per post serves all later views, as long as a post has not too many followers.",
        choices=(
            Choice("Nobody's: collect when read", "Every view then repeats what the view before it did."),
            Choice(
                "The readers', by writing posts of ordinary accounts into feeds",
                "Few writes per post, one list per view.",
                right=True,
            ),
            Choice(
                "The readers', by writing every post into every feed",
                "A post of a popular account is then millions of writes, most of them never read.",
            ),
        ),
    ),
    Question(
        id="celebrity",
        text="How many feed entries does one post of the lab's most followed member take when all is pushed?",
        explanation="One per follower. Be the celebrity, switch the threshold off, and count the lines.",
        answer=celebrity_writes,
        tolerance=0.02,
        unit="entries",
    ),
    Question(
        id="threshold",
        text="Half of the posts by anybody, half by whoever is followed more: how many times fewer feed writes with "
        "a threshold of 100 in the lab's graph?",
        explanation=f"{popular_members()} of 2,000 members are above it. They have {popular_share(alike=True):.0f} % of "
        f"all follows; since they post more as well, {popular_share(alike=False):.0f} % of all deliveries are theirs.",
        answer=saved_by_threshold,
        tolerance=0.15,
        unit="×",
    ),
    Question(
        id="ack",
        text="A worker writes 400 of 800 entries and dies. When must it have acknowledged, so that nobody misses the post?",
        explanation="Until it is acknowledged the job stays pending, and somebody else can claim it.",
        choices=(
            Choice("When it took the job", "The queue forgets the job; 400 feeds never get the post."),
            Choice("After half of the writes", "Whoever takes over would have to know which half."),
            Choice(
                "After the last write, with writes that may be repeated",
                "The job is done again from the start; entries that exist stay as they are.",
                right=True,
            ),
        ),
    ),
    Question(
        id="ties",
        text="Fourteen posts share one second. A page of ten ends among them. How many does “older than that "
        "time” never show?",
        explanation="The four that did not fit. A cursor of time and id goes on exactly behind the tenth.",
        answer=never_shown,
        tolerance=0.01,
        unit="posts",
    ),
    Question(
        id="melts",
        text="900 reads a second want one post; three cache nodes answer 300 each. How many are refused when "
        "posts are partitioned?",
        explanation="One node has the post. Replicated, all three share the reads and none is refused.",
        answer=lambda: refused(Partitioned),
        tolerance=0.02,
        unit="per s",
    ),
    Question(
        id="unfollow",
        text="You unfollow somebody while a worker is writing their post into feeds. How do you surely not see it?",
        explanation="A purge can come before the late write. Checking at read time cannot be overtaken.",
        choices=(
            Choice("Purge your feed of their posts", "The worker may write after the purge."),
            Choice(
                "Check each page against whom you follow now",
                "Whatever was written late is left out.",
                right=True,
            ),
            Choice("Wait until the queue is empty", "It may never be."),
        ),
    ),
    Question(
        id="estimate",
        text="500 million users post 0.2 times a day and reach 500 followers each time. How many million feed "
        "writes per second?",
        explanation="Posts per second times followers reached, before any threshold.",
        answer=estimated_writes,
        tolerance=0.05,
        unit="million/s",
    ),
)
