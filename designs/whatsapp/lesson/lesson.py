"""The lesson: from one message to servers that die, and what each short cut breaks."""

from __future__ import annotations

from typing import Any

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

HELLO = Operation("write", {"chat": "weekend", "who": "ann", "by": 0, "text": 0}, "ann")
MORE = tuple(
    Operation("write", {"chat": "weekend", "who": "ben", "by": 0, "text": number}, "ben")
    for number in range(5)
)


def phone(snapshot: Any, id: str) -> Any:
    """A device of the page."""
    return next(one for one in snapshot.phones if one.id == id)


LESSON = Lesson(
    (
        Beat(
            "One message",
            "Ann writes to Ben and Cleo. Her phone is on one chat server, theirs on others; **the ticks turn** when their "
            "phones have it.",
            2,
            Do(restart=True, workload="", verbs=(HELLO,)),
            spotlight="message",
            expect=Expect(
                "it is on both phones, and read",
                lambda s: s.path.tick == "read" and all(len(one.messages) == 1 for one in s.phones),
                10,
            ),
        ),
        Beat(
            "Three servers",
            "Forty-eight more people, in pairs and groups. Most writers and readers are on different servers; a channel per "
            "user carries word to whoever subscribes.",
            2,
            Do(workload="chat", rate=40),
            spotlight="servers",
            expect=Expect(
                "subscriptions on each server, messages on devices",
                lambda s: s.servers.channels > 20 and s.delivery.delivered > 100,
                15,
            ),
        ),
        Beat(
            "Flight mode",
            "Cleo is away, and Ben goes on writing. What she misses waits in her inbox; nothing is lost, and no second tick "
            "comes.",
            2,
            Do(workload="", faults=(Fault("phone", "flight"),), verbs=MORE),
            spotlight="inboxes",
            ask=Ask(
                "How many ticks does Ben see?",
                ("None", "One", "Two"),
                1,
                "The servers have it, so it is sent. Cleo has not, so it is not delivered.",
            ),
            expect=Expect(
                "five rows wait for her",
                lambda s: (
                    phone(s, "cleo/phone").away
                    and any(one.of.startswith("cleo") and one.rows >= 5 for one in s.inboxes.boxes)
                ),
                10,
            ),
        ),
        Beat(
            "Back online",
            "She comes back: the inbox is read from the oldest on, her phone acknowledges, and the rows are deleted.",
            1,
            Do(mend=True),
            spotlight="inboxes",
            expect=Expect(
                "she has caught up, and nothing waits",
                lambda s: (
                    not phone(s, "cleo/phone").away and s.delivery.caught_up >= 5 and s.inboxes.rows == 0
                ),
                15,
            ),
        ),
        Beat(
            "Channels alone",
            "No inbox any more: what is published is heard now or never. Servers die, and their phones take half a second to "
            "come back.",
            3,
            Do(toggles={"inbox": "off"}, workload="kills", rate=60),
            spotlight="delivery",
            ask=Ask(
                "A server dies. Which messages are lost?",
                (
                    "None, phones send again",
                    "Those to its phones, until they are back",
                    "All that it ever had",
                ),
                1,
                "Senders send again what was not answered. Receivers do not know what they missed.",
            ),
            expect=Expect(
                "messages are lost", lambda s: s.delivery.lost > 0 and violations(s, "once") > 0, 20
            ),
        ),
        Beat(
            "With an inbox",
            "The same servers die. Whoever comes back finds everything in the inbox.",
            2,
            Do(restart=True, toggles={"inbox": "kept"}, workload="kills", rate=60),
            spotlight="delivery",
            expect=Expect(
                "seven times a server died, no message is lost",
                lambda s: (
                    s.servers.deaths >= 7
                    and s.delivery.delivered > 600
                    and s.delivery.lost == 0
                    and violations(s, "once") == 0
                ),
                20,
            ),
        ),
        Beat(
            "Sent twice",
            "Every third message is sent again, over another server, as phones do that heard no answer. Nobody remembers the "
            "client's id.",
            2,
            Do(toggles={"resend": "forgotten"}, workload="resends", rate=40),
            spotlight="delivery",
            expect=Expect("phones show it twice", lambda s: s.delivery.twice > 0, 15),
        ),
        Beat(
            "A tick that lies",
            "Ids are remembered again. Two ticks now come with the write to a socket, and phones lose what was written.",
            2,
            Do(
                restart=True, toggles={"resend": "remembered", "ticks": "on_write"}, workload="flaky", rate=40
            ),
            spotlight="ticks",
            ask=Ask(
                "What does the write to a socket prove?",
                ("That the phone has it", "That the system took it for the network", "That it was read"),
                1,
                "A phone that is in a tunnel still has an open socket for a while.",
            ),
            expect=Expect("ticks that are not true", lambda s: violations(s, "ticks") > 0, 20),
        ),
        Beat(
            "As it should be",
            "Acknowledgements again, and phones still lose what was written. A tick comes later, and is true.",
            1,
            Do(restart=True, toggles={"ticks": "on_ack"}, workload="flaky", rate=40),
            spotlight="ticks",
            expect=Expect(
                "150 ticks, and all are true",
                lambda s: s.ticks.delivered > 150 and s.ticks.early == 0 and violations(s, "ticks") == 0,
                20,
            ),
        ),
    )
)
