"""The lesson: from one letter to chunks, conflicts, lost notifications, damaged parts and garbage."""

from __future__ import annotations

from typing import Any

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations

LETTER = Operation("type", {"device": 0, "text": 7}, "ann")


def sent_in_front(snapshot: Any) -> tuple[int, float]:
    """How often a byte was put in front, and what each sent."""
    return next(
        ((one.insertions, one.sent) for one in snapshot.wire.places if one.where == "front"), (0, 0.0)
    )


LESSON = Lesson(
    (
        Beat(
            "One letter",
            "Two devices, two real folders. A letter is typed on the laptop: its watcher hears of it, the file is **cut into "
            "chunks**, and the one chunk that the server has not travels. The desktop follows.",
            2,
            Do(restart=True, workload="", verbs=(LETTER,)),
            spotlight="chunks",
            expect=Expect(
                "one part was sent, and both have the same text",
                lambda s: (
                    s.wire.parts == 1
                    and s.devices[0].text == s.devices[1].text
                    and s.polling.delay.samples > 0
                ),
                20,
            ),
        ),
        Beat(
            "A byte in front",
            "The same with a file of 64 kB that is cut every 1,024 bytes. Single bytes are put in: at the end, in the "
            "middle, in front.",
            2,
            Do(toggles={"chunking": "fixed"}, workload="inserts", rate=4),
            spotlight="wire",
            ask=Ask(
                "One byte in front of the first: how many of its chunks are new?",
                ("One", "About half", "All"),
                2,
                "Every boundary is where it was, and every byte is one further: no chunk is what it was.",
            ),
            expect=Expect("a byte in front sends the whole file", lambda s: sent_in_front(s)[1] > 30_000, 20),
        ),
        Beat(
            "Cut by content",
            "Now a boundary stands where the last 32 bytes say so. It moves with its bytes, and behind the insertion the "
            "same chunks come again.",
            2,
            Do(restart=True, toggles={"chunking": "content"}, workload="inserts", rate=4),
            spotlight="chunks",
            expect=Expect(
                "three bytes in front, less than a tenth of the file for each",
                lambda s: sent_in_front(s)[0] >= 3 and sent_in_front(s)[1] < 6_400,
                20,
            ),
        ),
        Beat(
            "Both edit",
            "Two people edit the same file before either device has heard of the other, and the later by the clocks wins.",
            2,
            Do(restart=True, toggles={"conflict": "last"}, workload="conflicts", rate=2),
            spotlight="versions",
            ask=Ask(
                "Who notices that an edit is gone?",
                ("The server", "The one who made it, some day", "The device, at once"),
                1,
                "Nobody was refused, and nothing failed: a version simply took the place of another.",
            ),
            expect=Expect("edits are lost", lambda s: s.versions.lost > 0 and violations(s, "edits") > 0, 20),
        ),
        Beat(
            "Keep both",
            "A version says which one its writer had seen. Where that is not the newest, the edit becomes a file of its "
            "own: a conflict copy, whatever the clocks say.",
            2,
            Do(restart=True, toggles={"conflict": "copy"}, workload="conflicts", rate=2),
            spotlight="versions",
            expect=Expect(
                "three copies, and nothing lost",
                lambda s: s.versions.made >= 3 and s.versions.lost == 0 and violations(s, "edits") == 0,
                20,
            ),
        ),
        Beat(
            "Nobody was told",
            "Nobody reads the log any more: a device hears of a change, or does not. "
            "Of every second edit the notification is lost.",
            2,
            Do(restart=True, toggles={"changes": "told"}, workload="lost", rate=5),
            spotlight="log",
            ask=Ask(
                "How long do the folders stay different?",
                ("Until the next notification", "Until everything is compared", "A second"),
                1,
                "The next notification names another file. Only a comparison of all files finds the first.",
            ),
            expect=Expect(
                "files stay different", lambda s: s.log.differing > 0 and violations(s, "same") > 0, 20
            ),
        ),
        Beat(
            "A log and a cursor",
            "Every change is an entry in the same transaction as its version. A device reads on from its cursor, and with "
            "the next question it has what it missed.",
            2,
            Do(restart=True, toggles={"changes": "log"}, workload="lost", rate=5),
            spotlight="log",
            expect=Expect(
                "fifteen notifications lost, no file different",
                lambda s: s.log.untold >= 15 and s.log.differing == 0 and violations(s, "same") == 0,
                20,
            ),
        ),
        Beat(
            "A flipped bit",
            "Parts are damaged on their way, and the server believes the device that all is well.",
            2,
            Do(restart=True, toggles={"completing": "trusted"}, workload="damaged", rate=4),
            spotlight="parts",
            expect=Expect(
                "versions are visible that nobody can read",
                lambda s: s.parts.unverified > 0 and violations(s, "visible") > 0,
                20,
            ),
        ),
        Beat(
            "Verified",
            "Each part is checked by its fingerprint when it comes, and the store is asked for all of them before a version "
            "is visible. A damaged one is refused and sent again.",
            1,
            Do(restart=True, toggles={"completing": "verified"}, workload="damaged", rate=4),
            spotlight="parts",
            expect=Expect(
                "three parts refused, every version whole",
                lambda s: s.parts.rejected >= 3 and s.parts.unverified == 0 and violations(s, "visible") == 0,
                20,
            ),
        ),
        Beat(
            "Garbage that was none",
            "Drafts are deleted and come again. The collector marks chunks without references and sweeps them a little "
            "later, without a second look: an upload that counts on one loses it.",
            2,
            Do(restart=True, toggles={"collecting": "at_once"}, workload="churn", rate=8),
            spotlight="objects",
            expect=Expect(
                "versions miss a chunk", lambda s: s.objects.missing > 0 and violations(s, "kept") > 0, 20
            ),
        ),
    )
)
