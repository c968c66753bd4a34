"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="I post once, as the author on the left. Look at the graph: every line that leaves the dot ends at a "
            "follower, and each of them is an entry that somebody had to write. Now at the table of newest posts: one "
            "post, eighty-six feeds written, and the worker that did it. Then I become the celebrity and post again: in "
            "the table, “feeds written” stays at nil. Keep this picture; the rest of the lesson is about why the two are "
            "treated differently.",
            mistake="Many see the second post as not delivered. Look at the follower's screen: it is there. It was not "
            "written ahead; it is merged in when somebody looks, and the legend gives that a colour of its own.",
            discuss="An author posts twice a day, a follower looks twenty times a day. What does that say about who "
            "should do the work? A good answer counts writes times followers against views times accounts followed, and "
            "sees that it differs from pair to pair.",
            onward="There are two pure ways of sharing out the work. In the first one the author does nothing.",
        ),
        Line(
            say="Posting is now one write, whoever you are. The work comes when somebody opens the timeline: take the "
            "list of every account that this person follows, and merge them. In Who pays look at the row in use: writes "
            "per post are nil, lists per view are many. Then at the time of a view. All these lists come in one round "
            "trip here. On a hundred machines the slowest list would decide.",
            mistake="“Merging is expensive.” Merging a few sorted lists is cheap, as only their heads are looked at. What "
            "costs is fetching them, and most are fetched for nothing: lists per view counts also those without anything "
            "new.",
            discuss="For which readers and which authors is this way the best one? A good answer names readers who rarely "
            "come, accounts with very many followers, and people who follow few; and it needs no clean-up after an "
            "unfollow.",
            onward="Now the other extreme: the author pays for everything, and the reader for nothing.",
        ),
        Line(
            say="A view now reads a single list, already put together. Somebody paid for that earlier. Look at the row in "
            "use: hundreds of writes per post, and the column post p99, which is what the author waits. The five most "
            "followed people are posting. Ask yourselves what such an author does when the answer does not come: presses "
            "again.",
            mistake="Many take the average number of followers, eighteen here, and conclude that this is cheap. The "
            "popular ones post, and each post costs all of their followers: writes per post stands in the hundreds, not "
            "at eighteen.",
            discuss="A million followers, two thousand entries a second. What happens to a second post while the first is "
            "still being written? A good answer: they queue behind each other, feeds get them late and perhaps in another "
            "order, and everybody else's posts wait as well.",
            onward="The first idea of most people is a good one: answer the author at once, and let others do the writing.",
        ),
        Line(
            say="The post is stored, a job is put on the queue, the author has the answer. Look at post p50: the author "
            "hardly waits. But now look at Queue and workers: the line of waiting jobs goes up and does not come down. "
            "Three workers write two thousand entries a second each; sixteen posts a second by the most followed ask for "
            "more. The work has moved out of sight. It has not become less.",
            mistake="“With a queue it scales.” A queue evens out a peak. When more comes in than goes out on average, it "
            "only grows, and the delay in Feed delay grows with it; the two minutes that are allowed come nearer.",
            discuss="The queue grows. You may add workers, or do something about the jobs. Which, and how do you decide? "
            "A good answer compares the average load with capacity, knows that more workers help until the store is full, "
            "and asks which writes are needed at all.",
            onward="So the question becomes: which of all these writes will anybody ever be glad of?",
        ),
        Line(
            say="Above a hundred followers nothing is written ahead. Look at the figure of the panel: a few dozen of two "
            "thousand are popular. Now the row in use: writes per post almost gone, a few lists per view. The reader "
            "merges the own ready-made feed with those few lists. Move the threshold down, then up, and watch one column "
            "fall while the other rises. There is no setting at which both are nil.",
            mistake="Many think that the threshold is there because celebrities are few. It works because these few make "
            "most of the deliveries: they have many followers and they post more. If everybody posted alike, it would "
            "save far less.",
            discuss="An account crosses the threshold between two posts. How does a reader see each of its posts exactly "
            "once? A good answer: the decision is kept with each post and not asked of the account today; else older "
            "posts come twice or not at all.",
            onward="Most authors still go through the queue. So we must know what happens when a worker dies in the "
            "middle of a job.",
        ),
        Line(
            say="Everything goes through the queue again, and a job is ticked off when it is taken. Every half second a "
            "worker ends while it is writing. Watch the tile “lost” in Queue and workers, and the claim “in every "
            "timeline once”. Open its evidence: the post, the worker, the moment of its end, and the feeds that it had "
            "not reached. The author was told long ago that all is well, and nothing in the system knows better.",
            mistake="“The queue has the job, so it cannot get lost.” It had the job. Once it is acknowledged the queue "
            "forgets it; the table shows workers that hold nothing, while feeds lack the post.",
            discuss="Who could notice the loss afterwards, and from what? A good answer: the post is stored, followers "
            "are known, so a check can compare both; but it costs a pass over all feeds, and it is better to mark the "
            "post as done only after its writes.",
            onward="One line of code in another place changes this: when to say “done”.",
        ),
        Line(
            say="The same crashes, but a worker now acknowledges after its last entry. Look at the column “claimed”: when "
            "a worker ends, its job stays pending, and after a second another takes it over. It begins from the start, "
            "since nobody knows how far the first had come. So look at the tile “of them again”: entries that were "
            "written a second time. And the claim stays green, also the word once in it.",
            mistake="Many ask for delivery exactly once from the queue. No queue can give that across a crash. Here the "
            "job is done at least once, and writing an entry that is already there changes nothing: the two together look "
            "like once.",
            discuss="A worker is slow, not dead. What goes wrong if others take its job after a second, and what helps? A "
            "good answer: work is done twice and the load grows just when it is high; so a living worker says from time "
            "to time that it is still there.",
            onward="The feeds are complete. Whether a reader sees all of it depends on how the pages are cut.",
        ),
        Line(
            say="Busy accounts post several times in one second, and readers scroll. The next page is asked for as “older "
            "than the last one's time”. Draw it: eight posts fit, the last of them shares its second with three more, and "
            "the question jumps over all of that second. Look at Pages against the post store: “never” goes up. Then "
            "choose the third option, not newer, and watch the other figure: now posts come twice.",
            mistake="“Then take milliseconds.” That makes ties rarer and not impossible, and on several machines times "
            "are not even in order. The panel compares with the stored posts; one tie at the wrong place is enough for it "
            "to count.",
            discuss="What makes a good cursor in general? A good answer: a position that no two rows share, in the order "
            "of the list, that does not change, such as time and id; and opaque to the client, so that the server may "
            "change it.",
            onward="So far each reader reads another page. What if everybody wants the same post?",
        ),
        Line(
            say="Everybody reads one post. The texts lie on three cache nodes, each post on the one that its hash says. "
            "Look at the bars: one is far over what it can answer, two are idle. What it refuses goes to the post store; "
            "its figure stands on top. Now switch to replicated. The bars become even, and the store is asked for little. "
            "The same post is now held three times.",
            mistake="“Hashing spreads the load.” It spreads keys. A single hot key has one hash, and the bars show it: "
            "more nodes would only add more idle ones.",
            discuss="Replicate everything, or only what is hot? And how does one know? A good answer: memory holds three "
            "times less when everything is everywhere; a counter per key finds the few hot ones; and deleting a post must "
            "then reach each copy.",
            onward="Copies help those who read. They are a burden when something has to disappear.",
        ),
        Line(
            say="People unfollow, authors take posts back, and the entries that were written ahead stay. Look at the "
            "figure in Removed entries: pages leaked. Open the evidence of “gone is gone”: first the unfollow was "
            "acknowledged, then the page was read. Now switch to purge and filter. Two tiles start to count: taken out, "
            "and filtered. Ask the class why the second is needed when the first works.",
            mistake="Many hold that purging is enough. A worker may be on its way with an entry at that very moment, and "
            "writes it after the purge. The filtered tile counts what only the check at reading has caught.",
            discuss="Would filtering alone do? A good answer: yes for correctness, since each view checks the follows of "
            "now; but dead entries fill the newest four hundred places of a feed, and a page may need several reads to "
            "become full.",
            onward="To end: work saved at reading was paid for at writing. Name for each switch of today who pays, and "
            "when.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 6, 7), asks=(2, 6), discusses=(5,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 3, 6, 8), discusses=(4, 5, 7)),
        Cut(
            60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 3, 6, 8), discusses=(2, 3, 5, 6, 7, 8, 9, 10)
        ),
    ),
)
