"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Look at the two figures before anybody presses: one is a key in Valkey, the other counts rows in SQL. Now "
            "one press. Both move, and the path shows which was asked first. They are two facts about the same event.",
            mistake="Many take the second figure for a copy of the first. It is counted from rows of its own, which is why "
            "the two can differ at all.",
            discuss="Which of the two would you believe if they differed, and why? A good answer names what each write "
            "survives: a crash, a retry, another server.",
            onward="One visitor never shows a race, so let us see what a crowd does to the same two figures.",
        ),
        Line(
            say="Forty people press at once. The store takes commands one after the other, and each add is a single command, "
            "so nobody can come in between. Watch the figures stay equal while the rate on the box climbs.",
            mistake="It is often said that this is slow because it is serial. One core does hundreds of thousands of such "
            "commands a second; the network is the slower part.",
            discuss="What if the counter must not go beyond a limit: is one command still enough? A good answer names a "
            "script that reads and decides in one step.",
            onward="Whether that one command matters shows when we replace it by two.",
        ),
        Line(
            say="Same crowd, same store, and one change: each server reads the total, adds in its own memory, and writes the "
            "sum. Vote first. Then look at the gap between the figures, and open the evidence of one lost add.",
            mistake="Many expect an error when two writes collide. There is none: both are valid writes, and one is simply "
            "overwritten. Only the journal tells.",
            discuss="How would you notice this in a system that has no journal beside the counter? A good answer names an "
            "independent count, an audit, or a version that is compared.",
            onward="The mend is one line, and it is in the code under the panel.",
        ),
        Line(
            say="We begin with no data, so that old losses do not confuse us, and go back to the single command. The claim "
            "that broke a minute ago holds again under the same rate. That is the proof, not my word for it.",
            mistake="Some think that a lower rate would have been the mend. It makes the loss rarer and not impossible, "
            "which is harder to find.",
            discuss="When would you accept losing some adds? A good answer compares the price of exactness with what the "
            "number is used for.",
            onward="So far every part was up. Let us take the store away.",
        ),
        Line(
            say="Nothing answers for the counter now. Ask the class what the visitor should be told before you reveal it. "
            "Then read the refusals on the path: each of them is a call that changed nothing.",
            mistake="A friendly 200 with a promise to count later seems kind. Unless that promise is stored somewhere safe, "
            "it is a lost add with a smile.",
            discuss="Where could the add wait while the store is away? A good answer names a durable log, and who empties it "
            "without counting twice.",
            onward="What was refused was never promised, so coming back is easy.",
        ),
        Line(
            say="The store is there again, and the crowd is steady. No repair ran, because nothing that was promised was "
            "missing. Compare that with the third beat, where a repair would have had to know what was lost.",
            mistake="Being back is not the same as being right. Look at the claim and not at the green light of the process "
            "before you call it recovered.",
            discuss="What would you measure to know that a counter of your own is right after an outage? A good answer names "
            "two independent counts and the difference.",
            onward="Close by asking which of your own systems reads, adds, and writes back.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 3, 4, 5), asks=(3,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6), asks=(3, 5), discusses=(3, 5)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6), asks=(3, 5), discusses=(1, 2, 3, 4, 5, 6)),
    ),
)
