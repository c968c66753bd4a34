"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="I look for night, then red as well, then circle. With each tag the wall gets emptier. Now look at what "
            "happened underneath: three lists of numbers on one axis, all in the same order. Follow the walk from the "
            "left. It takes the next number of the shortest list and asks the others whether they have it. Because all "
            "are sorted, none is ever read backwards, and an arc jumps over what cannot match.",
            mistake="Many imagine that a query looks at each picture and checks its tags. Look at the axis: no picture is "
            "opened at all. Only the lists of the tags asked for are read, and long parts of them are skipped.",
            discuss="In which order would you intersect three lists, and why does it matter? A good answer starts with "
            "the rarest tag, since the result cannot be longer than it, and says that a tag on everything costs work and "
            "filters nothing.",
            onward="Sorted lists by tag: that is the whole idea. The question is who keeps such lists, and where.",
        ),
        Line(
            say="In the database there are no lists yet, only a table of pairs: this picture, that tag. I drop both "
            "indexes and ask for the same three tags. Look at the boxes of the plan: each reads the table from its first "
            "row to its last. Then at the figure above, rows looked at, and compare it with the number of pairs. The "
            "result is the same few pictures. Only the way there is different.",
            mistake="“A query with so small a result must be cheap.” The column “thrown away” shows what it cost: nearly "
            "all the rows that were read were read to be discarded.",
            discuss="The table fits into memory, and the query still takes its time. Why does nobody notice on a test "
            "system? A good answer says that a scan grows with the table and not with the result, that ten thousand pairs "
            "hide it, and that the plan shows it long before the clock.",
            onward="The rows are the right ones; they only lie in no useful order. So we give them one.",
        ),
        Line(
            say="One index, with the tag in front. Look at the plan again: the scans have become walks down a tree, and "
            "the thick lines have become thin. The pairs of one tag now lie side by side, sorted by item: that is exactly "
            "the sorted list of the first picture of today. Then look at the lower query, the tags of picture 1. It still "
            "reads far more pages than it needs, for it wants the same pairs the other way round.",
            mistake="Many think an index on two columns serves both directions. Compare the two queries in the panel: "
            "with (tag, item) the upper one became cheap and the lower one did not, because the order of columns is the "
            "order of the list.",
            discuss="Which indexes does this table need, and what do they cost? A good answer names both orders for two "
            "different pages, says that every new pair is then written into two trees, and knows that the index alone can "
            "answer, without the table.",
            onward="Once the lists lie in order, one may ask for whom, and for which part of the data, they are kept.",
        ),
        Line(
            say="Most queries here ask for active pictures, and few pictures are active. So this tree holds only their "
            "pairs. Look at the two sizes below: the partial index, and what a whole one takes. Then at the two lines: "
            "the query that says “active only” uses it, the other cannot. The database does not guess. It uses the index "
            "only when the query's own condition shows that nothing is missing.",
            mistake="It is often believed that the planner will find out by itself that all results happen to be active. "
            "It must not: it plans before it knows the rows. A query that leaves the condition out gets the label “cannot "
            "use it”.",
            discuss="Pictures become inactive all the time. What does that do to a partial index, and when is it not "
            "worth having? A good answer says that a change of state adds or removes entries, that the saving ends when "
            "most rows are hot, and that every query has to repeat the condition.",
            onward="A smaller list is one saving. Another is to keep the lists where they are intersected fastest.",
        ),
        Line(
            say="The same truth is kept four times: as pairs, as an array on each picture, as bitmaps in memory, and as "
            "sets in Valkey. Read the table row by row. The pairs column is equal for all. Then bytes, then the time of a "
            "write: here they differ. Bitmaps answer at the moment, and the claim “all four answer alike” is checked by "
            "asking all of them the same thing. Whoever adds a copy gains speed and takes on a duty.",
            mistake="People see the fast copy and call it a better database. It is only as true as the last change that "
            "reached it. The caption says so: bitmaps and sets lack what waits in the outbox.",
            discuss="A tag on half of all pictures is renamed. What does each of the four copies have to do? A good "
            "answer: pairs and bitmaps know the tag by number, so one row changes; arrays hold names, and every array "
            "with it has to be written again.",
            onward="Four copies that agree are a pleasant sight. What makes them agree when something dies?",
        ),
        Line(
            say="The service still writes to every copy, first to the database, then to the others. But it can die "
            "between the two. Watch the pairs column: the four figures part, and the panel marks which copies are away "
            "from the pair table. Pairs and arrays stay equal, as they are one transaction. Now let the service recover, "
            "and watch on: the difference stays.",
            mistake="Many answer that a retry will fix it. Whoever would have to retry is the one who died, and nothing "
            "on disk says that there was work left. The marked difference does not shrink, however long we wait.",
            discuss="How does an outbox repair this, and why may its reader do a change twice? A good answer: the note "
            "commits with the pair, so it exists exactly when the pair does; the reader may die after applying and before "
            "ticking off; so applying must be idempotent.",
            onward="Between two stores the answer was to write down the intention. Inside one database there is a race as "
            "well.",
        ),
        Line(
            say="Somebody merges a trip into trips. The merge makes a list of what has the old tag, then moves that list. "
            "Meanwhile people go on tagging. Watch two tiles in Pairs: stranded, which are pairs under a tag that no "
            "longer exists, and doubled, which are there twice. Open the evidence of “no pair lost or doubled”: somebody "
            "looked up the tag before the merge and wrote after it. That person was told that it had worked.",
            mistake="“Put the merge into one transaction and it is safe.” A transaction makes its own writes appear "
            "together. It does not stop others from writing a row that was not on its list; the stranded tile counts "
            "those.",
            discuss="Would a unique key on item and tag have prevented this? A good answer: it prevents doubled pairs, "
            "not stranded ones, since those have a key of their own; a foreign key to a tag that stays as a synonym does "
            "not help either. Someone has to wait.",
            onward="Two operations meet on the meaning of one tag. So the tag itself is the place to make them wait.",
        ),
        Line(
            say="The same traffic, one thing more: whoever writes a pair holds the row of its tag, shared with all other "
            "writers, until the commit. A merge wants that row alone. Watch merges count up, and stranded and doubled "
            "stay at zero. Whoever came during a merge waited, read the row again, and found a synonym that leads to "
            "trips. Writers among themselves never wait for each other here.",
            mistake="Many expect a lock on a popular tag to make all tagging queue up. Shared locks do not exclude each "
            "other. Only the merge does, for as long as it takes.",
            discuss="A merge moves two million pairs. What is wrong with holding the lock for all of it, and what could "
            "one do? A good answer makes the old name a synonym first, in a short lock, so that new pairs go to the new "
            "tag, and then moves the rest in small batches.",
            onward="With the lock, copies and merges are right. Right is not yet large: at some point the lists no longer "
            "fit on one machine.",
        ),
        Line(
            say="Four shards, each with whole lists, and one tag that everybody uses. Look at the bars: one shard has "
            "most of the load, the others are idle. Adding shards would not help, because a list is not divided. Now I "
            "cut by item. The bars become even; but read the line below: the last query asked all four. One cut pays with "
            "a hot spot, the other with every query waiting for the slowest.",
            mistake="“More shards, less load on each.” Not for this tag: with the cut by tag its list lies on one shard "
            "however many there are. Raise the number of shards and look which bar stays high.",
            discuss="Search engines with thousands of machines cut by document. Why do they accept that a query asks all "
            "of a group? A good answer: intersection happens where the lists are, only results travel, load is even; and "
            "replicas, timeouts and partial answers tame the slowest.",
            onward="To end, name for each panel of today what is truth and what is copy, and who tells the copy.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 5, 6, 7, 8), asks=(2, 7), discusses=(6,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 6, 7), discusses=(3, 6, 7, 9)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 6, 7), discusses=(2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
