"""The lesson: from one file to a player in a tunnel, with everything that breaks between."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

ONE = Operation("upload", {"title": "The first", "file": "short"}, "ann")
RATE = 8.0

LESSON = Lesson(
    (
        Beat(
            "One file",
            "A file is announced with the fingerprints of its chunks. Each chunk goes to an address of its own; then the "
            "file is cut, and **each segment of each rendition is a job**.",
            2,
            Do(restart=True, workload="", verbs=(ONE,)),
            spotlight="grid",
            expect=Expect("a video became ready", lambda s: s.grid.ready > 0, 10),
        ),
        Beat(
            "Through the app servers",
            "Uploads all the time, and every byte passes an app server that does nothing with it.",
            2,
            Do(restart=True, toggles={"path": "app"}, workload="uploads", rate=RATE),
            spotlight="bytes",
            ask=Ask(
                "A million uploads a day of 100 MB: what has an app server to do with these bytes?",
                ("Check them", "Nothing", "Compress them"),
                1,
                "It takes them in and sends them on. Whoever checks them is the store.",
            ),
            expect=Expect("app servers carry bytes", lambda s: s.bytes.app > 0, 12),
        ),
        Beat(
            "A byte is changed",
            "Straight to the store again. The network changes a few bytes of every other upload, and nobody compares.",
            2,
            Do(
                restart=True,
                toggles={"path": "direct", "fingerprints": "unchecked"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("network", "corrupt"),),
            ),
            spotlight="chunks",
            expect=Expect("other bytes are stored", lambda s: violations(s, "bytes") > 0, 15),
        ),
        Beat(
            "Fingerprints",
            "The same network. The store hashes what comes, and takes nothing that is not what was announced.",
            2,
            Do(
                restart=True,
                toggles={"fingerprints": "checked"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("network", "corrupt"),),
            ),
            spotlight="chunks",
            expect=Expect(
                "chunks are refused, and sent again",
                lambda s: s.chunks.refused > 0 and violations(s, "bytes") == 0,
                15,
            ),
        ),
        Beat(
            "The line breaks",
            "Every upload loses its connection once, in the middle. Nobody remembers what had come.",
            2,
            Do(
                restart=True,
                toggles={"resume": "off"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("network", "cut"),),
            ),
            spotlight="chunks",
            ask=Ask(
                "Half of a file is there when the line breaks. How much is sent in all?",
                ("Once the file", "One and a half", "Twice"),
                1,
                "What was there is sent once more.",
            ),
            expect=Expect("stored chunks come again", lambda s: violations(s, "resume") > 0, 15),
        ),
        Beat(
            "It goes on",
            "The same breaks. The client asks what is missing, and sends only that.",
            2,
            Do(
                restart=True,
                toggles={"resume": "on"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("network", "cut"),),
            ),
            spotlight="chunks",
            expect=Expect(
                "lines break, and no stored chunk comes again",
                lambda s: s.chunks.cuts > 2 and violations(s, "resume") == 0,
                15,
            ),
        ),
        Beat(
            "A transcoder sleeps",
            "Transcoder 1 is stopped with a cell in its hand until its lease is over, then goes on. Nobody looks at tokens.",
            3,
            Do(
                restart=True,
                toggles={"fencing": "off"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("transcoder-1", "stopped"),),
            ),
            spotlight="grid",
            ask=Ask(
                "What does a viewer notice?",
                ("Nothing", "A second of the film comes twice", "The film ends early"),
                1,
                "The manifest names the segment twice, and players play what it names.",
            ),
            expect=Expect("a cell is in a manifest twice", lambda s: violations(s, "once") > 0, 20),
        ),
        Beat(
            "A token",
            "The same sleep. Whoever writes a segment down shows the token of its lease, and an old one is refused.",
            2,
            Do(
                restart=True,
                toggles={"fencing": "on"},
                workload="uploads",
                rate=RATE,
                faults=(Fault("transcoder-1", "stopped"),),
            ),
            spotlight="grid",
            expect=Expect("it is refused", lambda s: s.grid.fenced > 0 and violations(s, "once") == 0, 20),
        ),
        Beat(
            "A manifest in a hurry",
            "The names of all segments are known as soon as the file is cut. Why wait?",
            2,
            Do(restart=True, toggles={"manifest": "before"}, workload="uploads", rate=RATE),
            spotlight="manifest",
            expect=Expect("it names what is not there", lambda s: violations(s, "whole") > 0, 15),
        ),
        Beat(
            "Into a tunnel",
            "Players on a train: the network goes down to 350 kbit/s. They insist on the best picture.",
            2,
            Do(
                restart=True,
                toggles={"manifest": "after", "abr": "fixed"},
                workload="trace",
                rate=2,
            ),
            spotlight="abr",
            expect=Expect("players stall", lambda s: s.abr.all_stalls > 0, 20),
        ),
    )
)
