"""Questions about the messenger; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.whatsapp.lesson.numbers import ESTIMATE, mesh_lines, servers
from sdlab.lab import Choice, Question


def writes_per_second() -> float:
    """Rows per second, by the estimate."""
    return next(one.value for one in ESTIMATE.compute({}) if one.id == "writes")


def lines_of_a_mesh() -> float:
    """Lines between the servers that the estimate needs."""
    return mesh_lines(servers(200e6, 1e6))


def rows_of_a_group() -> float:
    """Rows of one message in a group of 256 with two devices each, without the device that wrote it."""
    return 256 * 2 - 1.0


QUIZ = (
    Question(
        id="at_most_once",
        text="A server publishes a message while the receiver's server restarts. What becomes of it?",
        explanation="Pub/sub hands a message to whoever listens at that moment, and keeps nothing.",
        choices=(
            Choice("The channel keeps it until the server is back", "A channel keeps nothing; a log does."),
            Choice(
                "It is gone, unless an inbox has it",
                "Channels are for speed, inboxes for being sure.",
                right=True,
            ),
            Choice("The publisher gets an error", "It is told how many heard it, and zero is no error."),
        ),
    ),
    Question(
        id="idempotent",
        text="A phone sends, its connection breaks before the answer. What should it do?",
        explanation="It cannot know whether the message was taken in. With the same client id both cases end well.",
        choices=(
            Choice("Send again with a new id", "If the first was taken in, everybody gets it twice."),
            Choice("Send again with the same id", "Known or new: it is one message.", right=True),
            Choice("Ask the user", "The user knows less than the phone."),
        ),
    ),
    Question(
        id="ticks",
        text="When may a sender see two ticks?",
        explanation="Only the device can say that it has a message.",
        choices=(
            Choice("When the server has stored it", "That is the first tick."),
            Choice(
                "When it was written to the receiver's socket",
                "A phone in a tunnel has an open socket, and nothing.",
            ),
            Choice("When the receivers' devices have acknowledged it", "Nobody else knows.", right=True),
        ),
    ),
    Question(
        id="order",
        text="Two servers take in messages of one chat at the same time. Who decides which comes first?",
        explanation="One counter per chat gives numbers in the step that keeps the message; clocks of servers differ.",
        choices=(
            Choice("The clocks of the servers", "They differ by more than two messages do."),
            Choice("A counter of the chat, in one place", "One place per chat, and all agree.", right=True),
            Choice("Each server numbers its own", "Then two messages have the same number."),
        ),
    ),
    Question(
        id="balancer",
        text="A server joins ten others that are full. Connections live for hours. What does a random balancer do?",
        explanation="Connections that are there stay where they are; only new ones are distributed.",
        choices=(
            Choice("Fill it first", "That is what counting connections does."),
            Choice(
                "Give it an eleventh of what comes, so that it stays emptier for hours",
                "Chance knows no load.",
                right=True,
            ),
            Choice("Move connections to it", "Nobody moves an open socket."),
        ),
    ),
    Question(
        id="writes",
        text="By the defaults of the estimate: how many rows are written to inboxes per second?",
        explanation="A billion users, ten messages, three rows each, over 86,400 seconds.",
        answer=writes_per_second,
        unit="per s",
    ),
    Question(
        id="mesh",
        text="Two hundred million connections, a million per server: how many lines has a full mesh of these servers?",
        explanation="Each server opens one to every other.",
        answer=lines_of_a_mesh,
        unit="lines",
    ),
    Question(
        id="group",
        text="A group of 256, everybody with two devices, an inbox per device: how many rows does one message take?",
        explanation="One for every device but the one that wrote it.",
        answer=rows_of_a_group,
        unit="rows",
    ),
)
