"""Questions about the drive; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.dropbox.engine.samples import text
from designs.dropbox.lesson.numbers import hours, parts, polls
from sdlab.blocks.gear_cdc import cut
from sdlab.lab import Choice, Question

AVERAGE = 1024


def new_chunks_when_fixed() -> float:
    """Chunks of a text of 64 kB that are new after one byte was put in front, cut every 1,024 bytes."""
    content = text("quiz", 64_000)[:64_000]
    before = {content[at : at + AVERAGE] for at in range(0, len(content), AVERAGE)}
    changed = b"x" + content
    return float(sum(changed[at : at + AVERAGE] not in before for at in range(0, len(changed), AVERAGE)))


def new_chunks_by_content() -> int:
    """The same, cut by content."""
    content = text("quiz", 64_000)[:64_000]
    before = {content[start:end] for start, end in cut(content, average=AVERAGE)}
    changed = b"x" + content
    return sum(changed[start:end] not in before for start, end in cut(changed, average=AVERAGE))


def parts_of_the_largest() -> float:
    """By the defaults of the estimate."""
    return float(parts(50e9, 4e6))


def hours_of_the_largest() -> float:
    """By the defaults of the estimate."""
    return hours(50e9, 100e6)


def questions_per_second() -> float:
    """By the defaults of the estimate."""
    return polls(500e6 * 0.2, 60)


QUIZ = (
    Question(
        id="base",
        text="What must a device say with a new version, so that the server notices a conflict?",
        explanation="Only the version that the writer had seen tells whether there was another in between.",
        choices=(
            Choice("When it was edited", "Clocks differ; the later need not have seen the earlier."),
            Choice(
                "Which version it had seen", "Another newest version means that two edits met.", right=True
            ),
            Choice("The fingerprint of the new content", "That says what is new, not what it was made of."),
        ),
    ),
    Question(
        id="cursor",
        text="A notification is lost. What brings the device the change at its next question?",
        explanation="The cursor says what the device knows, whatever it was told.",
        choices=(
            Choice("The notification is sent again", "Nobody knows that it was not heard."),
            Choice(
                "The log, read on from the cursor of the device",
                "It names all that is behind it.",
                right=True,
            ),
            Choice("Nothing, only a comparison of all files", "That is so where there is no log."),
        ),
    ),
    Question(
        id="complete",
        text="A device says that all parts are uploaded. What should the server do before the version is visible?",
        explanation="A part may be missing or damaged without the device knowing.",
        choices=(
            Choice("Believe it", "Then a damaged part is in the file for everybody."),
            Choice(
                "Ask the store for each part, checked when it came",
                "So the store says it, not the device.",
                right=True,
            ),
            Choice("Wait a minute", "Time verifies nothing."),
        ),
    ),
    Question(
        id="grace",
        text="A chunk has no references. Why is it not deleted at once?",
        explanation="An upload may have been told that the chunk is there, and has not been completed yet.",
        choices=(
            Choice("Deleting is expensive", "It is not; several are deleted at a time."),
            Choice("An upload under way may count on it", "It was told not to send it.", right=True),
            Choice("Somebody may want to read it", "Whoever reads it has a version that refers to it."),
        ),
    ),
    Question(
        id="sealed",
        text="Chunks are sealed with the key of a room. Between whom are equal chunks shared?",
        explanation="The fingerprint of the plain bytes finds them, and the seal of another room cannot be opened.",
        choices=(
            Choice("All rooms of the server", "Another room could not open them."),
            Choice("The files of one room", "One key, one store of chunks.", right=True),
            Choice("Nobody: sealed bytes are always different", "They are found by what they were before."),
        ),
    ),
    Question(
        id="fixed",
        text="64,000 bytes cut every 1,024, one byte put in front: how many chunks are new?",
        explanation="All of them: 63. Cut by content, one or two.",
        answer=new_chunks_when_fixed,
        unit="chunks",
    ),
    Question(
        id="parts",
        text="50 GB in parts of 4 MB: how many parts?",
        explanation="50,000 MB ÷ 4 MB.",
        answer=parts_of_the_largest,
        unit="parts",
    ),
    Question(
        id="hours",
        text="50 GB over a line of 100 Mbit/s: how many hours?",
        explanation="400,000 Mbit ÷ 100 Mbit/s = 4,000 s.",
        answer=hours_of_the_largest,
        unit="h",
    ),
    Question(
        id="polls",
        text="500 million users, a fifth of them online, each asks once a minute: how many questions per second?",
        explanation="100 million devices ÷ 60 s.",
        answer=questions_per_second,
        unit="per s",
    ),
)
