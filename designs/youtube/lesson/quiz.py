"""Questions about the video site; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.youtube.engine.abr import RULES, Seen, harmonic_mean
from designs.youtube.lesson.numbers import ESTIMATE, segments
from sdlab.lab import Choice, Question

SPEEDS = (2_000.0, 500.0)


def cells() -> float:
    """Of ten minutes in segments of four seconds, six renditions."""
    return segments(10, 4) * 6


def ingest() -> float:
    """Of the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "ingest")


def mean() -> float:
    """Of the two downloads."""
    return harmonic_mean(SPEEDS)


def chosen() -> float:
    """Kbit/s that the throughput rule takes after them, of 240, 400 and 1,000."""
    ladder = (240.0, 400.0, 1_000.0)
    level = RULES["throughput"].choose(Seen(ladder, SPEEDS, 4.0, 6.0, 0))
    return ladder[level]


QUIZ = (
    Question(
        id="direct",
        text="Why does the browser send chunks to a signed address and not to the app server?",
        explanation="The app server decides who may store what. It does not have to touch the bytes for that.",
        choices=(
            Choice("The store is faster", "It may be, but the bytes would reach it all the same."),
            Choice(
                "Bytes pass one machine less", "And that machine would only have passed them on.", right=True
            ),
            Choice(
                "It is safer", "An address that is signed is as good as a login, for one chunk and one hour."
            ),
        ),
    ),
    Question(
        id="fingerprint",
        text="TCP has a checksum. Why compare a fingerprint of every chunk?",
        explanation="Sixteen bits per packet let errors pass, and nothing of TCP covers what lies between two connections.",
        choices=(
            Choice(
                "TCP's is too weak, and ends at each hop",
                "Proxies, disks and memory are outside of it.",
                right=True,
            ),
            Choice("TCP may reorder chunks", "Within a connection it does not, and chunks have numbers."),
            Choice("To find duplicates", "A use of fingerprints, but not why the store compares."),
        ),
    ),
    Question(
        id="fencing",
        text="A transcoder is stopped while its lease runs out, and wakes up. Who can stop it from writing its segment?",
        explanation="It knows nothing of the time that has passed. Only who is written to can compare tokens.",
        choices=(
            Choice("It, by looking at its lease first", "It may be stopped after that look."),
            Choice("The queue", "It has given the job to another, and is not asked again."),
            Choice("The metadata, by the token", "An old one is lower than the one that wrote.", right=True),
        ),
    ),
    Question(
        id="manifest",
        text="Why is the manifest written last?",
        explanation="It is what makes a video visible. What it names has to be there from that moment on.",
        choices=(
            Choice("Its text is not known before", "It is, as soon as the file is cut."),
            Choice("It says that everything is there", "A player asks for whatever it names.", right=True),
            Choice("It is small", "That is why it could come first, too."),
        ),
    ),
    Question(
        id="bba",
        text="The buffer is almost full and the last download was very slow. What does a buffer-based player fetch next?",
        explanation="It looks at the buffer alone. A full one means that there is time to spare.",
        choices=(
            Choice(
                "The highest rendition",
                "The filling says so; a slow network shows in the next seconds.",
                right=True,
            ),
            Choice("The lowest", "That is what a throughput-based one would do."),
            Choice("Nothing", "It waits only when the buffer is full."),
        ),
    ),
    Question(
        id="poison",
        text="A file kills every transcoder that decodes it. What keeps it from killing them for ever?",
        explanation="A worker that dies cannot report; whoever counts how often a job was taken can.",
        choices=(
            Choice("A longer lease", "They die later, and as often."),
            Choice(
                "A bound on how often a job is taken",
                "Then it is a dead letter, and its video has failed.",
                right=True,
            ),
            Choice("More transcoders", "More to be killed."),
        ),
    ),
    Question(
        id="cells",
        text="Ten minutes, segments of 4 s, six renditions: how many cells?",
        explanation="150 segments × 6.",
        answer=cells,
        unit="cells",
    ),
    Question(
        id="ingest",
        text="A million uploads a day, five minutes each at 8 Mbit/s: how many Gbit/s come in, on average?",
        explanation="1,000,000 × 300 s × 8 Mbit/s ÷ 86,400 s.",
        answer=ingest,
        unit="Gbit/s",
    ),
    Question(
        id="mean",
        text="Two segments of equal size came with 2,000 and 500 kbit/s. What throughput does a player assume?",
        explanation="The harmonic mean: all bits over all seconds, 2 ÷ (1/2,000 + 1/500).",
        answer=mean,
        unit="kbit/s",
    ),
    Question(
        id="chosen",
        text="After these two, with renditions of 240, 400 and 1,000 kbit/s and a margin of 0.8: which rate comes next?",
        explanation="0.8 × 800 = 640 kbit/s; the highest below that is 400.",
        answer=chosen,
        unit="kbit/s",
    ),
)
