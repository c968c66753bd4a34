"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Click slowly, and follow the packet with your finger: to a host, to the log, and only then back to the "
                "page. Ask what would be lost if the host died between two clicks. Then look at the leaderboard: two for "
                "the night train, one for the other. So far everything is trivial, a dictionary and a sort. Keep that in "
                "mind, since all that follows is the price of size, of death, or of both."
            ),
            mistake=(
                "Many believe the counter is the data. The log is. A click is acknowledged when it is in the log; a counter "
                "in memory is only a quick way to answer, and could be made again from it."
            ),
            discuss=(
                "Which questions about the requirements would you ask before drawing anything? Good answers: which windows, "
                "how fresh, exact or nearly, how many different videos, and what happens when a part is gone. The number of "
                "different videos matters more than the number of views."
            ),
            onward="Three clicks fit anywhere. Let traffic begin, and see what grows first.",
        ),
        Line(
            say=(
                "Two numbers stand at the host: views per second and memory. Cover the first with your hand. Let them watch "
                "the second for a while, and ask for the vote only then. A popular video costs one entry, however often it "
                "is seen. A video that was seen once costs the same entry, in each slice of each window. The long tail "
                "fills the memory, and nobody will ever see it on a leaderboard."
            ),
            mistake=(
                "Many size such a system by views per second. The rate stays the same here while the host holds more and "
                "more videos. Memory follows the number of different keys, and how many slices they stand in."
            ),
            discuss=(
                "Why not simply keep a heap of ten and forget the rest? Good answers: a window also lets views go, so a "
                "video outside the heap may belong in it later; and the heap cannot know a count that it never kept."
            ),
            onward="One machine will not hold it all. The question is how to share the work among several.",
        ),
        Line(
            say=(
                "Three hosts, chosen at random for each view. First the good news in the panel Hosts: the load is even, "
                "whatever is popular. Then the answer: read the line under the ranks, so many entries merged, for ten "
                "places. Each video lies in three pieces on three hosts. To know who is first, somebody must add up all the "
                "pieces of everything. Adding hosts makes it worse."
            ),
            mistake=(
                "A common idea is to ask each host for its ten best and merge these. A video that is eleventh on every host "
                "may be first in total, and nobody would have named it. So whole maps must travel."
            ),
            discuss=(
                "Random routing is bad for questions. When is it still used? Good answers: for a key that is too hot for "
                "one host. It gets a salt, its parts go to several hosts, and only these few parts are added. Even load is "
                "bought where it is needed."
            ),
            onward="Let us pay the other price instead: whole counts in one place, and whatever that means for load.",
        ),
        Line(
            say=(
                "The id decides now. Look at the merger again: some ten entries and one per host, no more. Then press Go "
                "viral at a video of the wall and look at Hosts: one of them carries the mark hot. Add a host, if there is "
                "time, and let them see that it does not help: the video still belongs to one slot, and the slot to one "
                "host and its copies."
            ),
            mistake=(
                "Many answer every load problem with more partitions. A partition splits the set of keys, never a key. The "
                "hot host stays hot, as all these views carry the same id."
            ),
            discuss=(
                "How would you cool down that host? Good answers: split the hot key by a salt and add the parts when asked; "
                "count in the gateway for a second and send sums. Both give up a little freshness or simplicity for that "
                "key alone."
            ),
            onward="Every count is whole now, and lies in one place. What if that place is gone?",
        ),
        Line(
            say=(
                "Vote first. Then look at two places: at Hosts, views lost, and at the answer, where the verdict says "
                "partial. This word is the important part. The leaderboard looks complete, ten ranks with names and "
                "numbers, and it is wrong. Only because the merger knows how many slots should have answered can it say "
                "that something is missing. Ask who would have noticed without it."
            ),
            mistake=(
                "Many expect an error page. The page goes on and shows ten fine ranks without the videos of the dead host. "
                "The verdict partial, and not an exception, is what tells the truth here."
            ),
            discuss=(
                "Should a leaderboard be shown when it is partial? Good answers depend on use: for a home page yes, marked, "
                "rather than nothing; for paying authors by views no. They all want the answer to carry what is missing."
            ),
            onward="A count that must survive has to be written down more than once.",
        ),
        Line(
            say=(
                "Same traffic, same death, but each count is kept on two hosts. Read the verdict of the answer: not "
                "partial. Host one is down in the list, and its slots are answered by the neighbours. Then bring it back "
                "and watch slots copied again. Until a slot is copied, that host does not answer for it, as it missed what "
                "was counted meanwhile. A copy that is stale keeps quiet."
            ),
            mistake=(
                "Many call two copies durable. Both are in memory, so a power cut takes both at once. The copies keep "
                "answers coming; what survives is the log, from which everything may be counted again."
            ),
            discuss=(
                "What does the second copy cost? Good answers: twice the memory and twice the counting for every view; a "
                "decision about which copy answers; and repair after each outage. Against that stand seconds without an "
                "answer instead of minutes of counting again."
            ),
            onward="From here on every count is in good hands, or so it seems. A count can also go wrong without any death.",
        ),
        Line(
            say=(
                "Everything is up, and still the hosts count less than was acknowledged. Point at views overwritten, and "
                "open the claim that each view is counted once. Draw two arrows on the board: read five, read five, write "
                "six, write six. Two people watched, and the number went up by one. It needs two views of the same video "
                "within the gap, so it hits exactly those videos that the leaderboard is about."
            ),
            mistake=(
                "People say: one thread, so no race. The gap is a knob here; it stands for any handler that asks somebody "
                "else between reading and writing. One thread is enough, as it serves other views while it waits."
            ),
            discuss=(
                "How large is the error if nobody repairs it? Good answers: it grows with the rate of a key and the length "
                "of the gap, so popular videos lose a share of their views and rare ones nearly none. The ranking is bent, "
                "not merely a bit low."
            ),
            onward="So far we counted exactly. Now we allow an error on purpose, for the sake of memory.",
        ),
        Line(
            say=(
                "One host, four rows of 64 counters. Follow one view: each row has its own hash, one cell per row goes up. "
                "To read a video, look at its four cells and take the least. Now the video that was looked up: estimated so "
                "many, in truth fewer. Others share its cells. Then compare the tiles memory and exact counts: one is "
                "fixed, the other says growing."
            ),
            mistake=(
                "Many think an estimate may err both ways, like a poll. A cell only ever goes up, so the least of four is "
                "never below the truth. The panel Error of the sketch shows no negative bar."
            ),
            discuss=(
                "The error is bounded by a share of all views. For whom is that good? A good answer: for the largest "
                "videos, where it hardly matters; for a rare one the bound may exceed its count many times. A sketch suits "
                "the head, not the tail."
            ),
            onward="There is one more bargain: exact, in little memory, but not now.",
        ),
        Line(
            say=(
                "The same traffic, and no counters that answer. Walk along the stages from left to right: log, aggregators, "
                "files, sum, ranking. Read how late it is, in seconds. Then kill an aggregator in the architecture and come "
                "back: so many views were read a second time. It lost its memory and nothing else, for it begins where its "
                "last file ends. The file and the position are the same fact."
            ),
            mistake=(
                "Many fear that reading again counts twice. The views read a second time were in no file yet, since the "
                "aggregator died before it wrote one. What has a file is never read again."
            ),
            discuss=(
                "You may run both: sketch now, batch later. What do you show when they differ? Good answers: the quick one "
                "for the last minutes, replaced by the exact one; mark what is provisional; and use the difference as a "
                "check on the sketch."
            ),
            onward=(
                "Close with the choice on the board: exact, fresh, small. Each way today gave up one of them, and said so."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 4, 5, 6, 8, 9), asks=(5, 8), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 7, 8), discusses=(3, 5, 8)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 7, 8), discusses=(2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
