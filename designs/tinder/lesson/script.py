"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Two phones. I swipe, and the next card is simply there. Look at the counter under the phone: swipes go "
            "up, requests do not. Only when five cards are left does the phone ask for more, in the background. Now look "
            "at My feed, ready: the server holds its next cards too, already ranked. So there are two stores of cards "
            "between a person and the search, and each is filled before it is empty.",
            mistake="Many begin by making the search faster. A swipe takes less than a second, and no search over a city "
            "may be part of it. The counter shows that a card was never waited for, because nobody searched at that "
            "moment.",
            discuss="What is the price of holding cards ready, on the phone and on the server? A good answer: what is "
            "held may be out of date; work is done for people who stop swiping; and a second request must know which "
            "cards are still in hand.",
            onward="A card that is late annoys one person. There is a moment in this app that may not go wrong at all.",
        ),
        Line(
            say="You and Sam like each other. Both phones light up. Look at the lanes in A mutual like on a time line: "
            "each person writes a like, and each looks whether there is one from the other side. The first look finds "
            "nothing, the second finds the first like, and that makes the match. It is made once, with a number, although "
            "two people took part. Remember the shape of this picture: write and look, twice.",
            mistake="It seems natural that the server compares two likes that came in. There is no place where both come "
            "in: each like lies with whoever gave it. One of the two has to look at the other's, at the right moment.",
            discuss="Who should be told of a match that is made while one of the two is offline? A good answer: the match "
            "is stored with a number in the order of matches, so a phone that returns names the last one that it has; "
            "being told is only a short cut.",
            onward="That was the good case. Everything else in this app lives with copies that are a little old; let us "
            "see where that is harmless.",
        ),
        Line(
            say="An evening in the city. Look at Location index from above: squares with people, dark downtown, pale "
            "outside. I look for people within some kilometres, and only the cells that this circle touches are read. "
            "Compare the three thousand people of the area with two figures: examined, and fit. Then look at the fullest "
            "cell and at those around it. Cutting by place never cuts evenly.",
            mistake="Many think that two indexes, on latitude and on longitude, do the same. Each of them alone selects a "
            "stripe around the town. The figure “examined” is small because a cell bounds both directions at once.",
            discuss="One downtown cell holds hundreds of people, another cell none. How would you spread cells over "
            "servers? A good answer: not by area but by people and activity; split full cells further; keep neighbours "
            "together, since a circle touches several.",
            onward="Reading few cells is one saving. The other is not to search at the moment when somebody waits.",
        ),
        Line(
            say="Now each refill is a statement to the database: cut out a rectangle, filter it, sort what is left. Look "
            "at What a refill costs, and read two rows only: the prepared feed and the database query. Then think of the "
            "busiest hour, when everybody refills. A prepared feed is one read of a cache for each of them. The query "
            "sorts everybody downtown, again and again, for each refill.",
            mistake="“The database is slow.” It answers a hard question correctly, and with three thousand people in "
            "little time. The point is when it is asked: for each refill, or once in the background while nobody waits.",
            discuss="What does the query do better than the prepared feed? A good answer: it sees every change at once, "
            "needs no cache and no change capture, and costs nothing for those who are away; so it is a sound fallback "
            "when the cache is gone.",
            onward="Prepared cards have one duty: whoever was swiped must not be among them. Who knows that?",
        ),
        Line(
            say="Feeds are prepared again, and now I ask only the database who was swiped. It has two replicas, six "
            "hundred milliseconds apart. People here swipe and refill at once. Watch “shown again” in Twice, or never. "
            "Open the evidence of “nobody shown twice”: a swipe is written at one replica, the other is asked before it "
            "has heard, and the face comes back. The person at the phone saw it seconds ago.",
            mistake="Many call this eventual consistency and move on: it will be right in a second. The card is shown "
            "within that second. What the user has done with the own hand is exactly what must not be forgotten.",
            discuss="How can a person always see the own writes, although replicas lag? A good answer: read from the "
            "replica that was written to, or from one that has reached that position, or remember the last writes on the "
            "phone; the last does not cover a second phone.",
            onward="The last swipes can be remembered. A history of ten thousand swipes needs something smaller than a "
            "list.",
        ),
        Line(
            say="Each person with a longer history has a filter, a handful of bits. Look at the row of bits: every swipe "
            "sets some. The filter here is far too small, so that you see its error. Read “wrong yeses” next to “theory”. "
            "Then go to Twice, or never: nothing on one side, “hidden” on the other. Those people were never swiped, and "
            "nobody will see their cards. That is the price, and it is paid by somebody who does not know.",
            mistake="“One per cent errors means that one card in a hundred is hidden now and then.” It is not now and "
            "then: the bits stay set, so the same people stay hidden at every refill.",
            discuss="A filter errs to one side. For which uses is that side the wrong one? A good answer: here a wrong "
            "yes hides a stranger, which one may accept; where a yes refuses a payment or an entry, it must only start an "
            "exact look.",
            onward="A filter, a cache, a feed: all of these are copies. It is worth asking of each what happens when it "
            "is lost or late.",
        ),
        Line(
            say="The node that holds the filters is down, with all that it had in memory. Look at the tile “filters in "
            "memory”: none. And at the claim “nobody shown twice”: green. The swipes themselves are stored, and the "
            "database is asked instead; that is slower and right. Now bring the node back and watch “swipes read for "
            "them”. Each filter has to be made anew from the whole history of its person.",
            mistake="Many would save the filters to disk so as not to lose them. One that is restored lacks the swipes "
            "since its last save, and then its no is not certain any more. The tile of swipes read shows the safe way.",
            discuss="A filter is being rebuilt while its owner goes on swiping. What may not happen, and how is it "
            "avoided? A good answer: a swipe that falls between reading the history and using the filter would be "
            "missing; so new swipes go into it first, before they are written.",
            onward="Copies may be old or lost, as long as they err to the harmless side. With a match there is no "
            "harmless side.",
        ),
        Line(
            say="Pairs of strangers press the heart together. For each of them a server looks for the other's like where "
            "it happens to be connected, sees none, and writes. Look at the lanes: both looks end before either write has "
            "come across. Watch “missed” go up, and the claim “mutual likes match” break. Nothing will repair this: both "
            "likes are stored, both people were answered, and neither server has a reason to look again.",
            mistake="Most people blame the delay between the replicas. Even without any, both looks may come before "
            "either write. The gap that matters is between the look and the write of the same server.",
            discuss="Write first and look afterwards: does that close the gap? A good answer: on one store yes, since "
            "whoever looks last sees both writes; on two replicas no, as both writes may still be on their way. A job "
            "that compares later finds the rest.",
            onward="What is needed is a place where the two likes of a pair meet one after the other.",
        ),
        Line(
            say="The same pairs, as close together as before. The like is written and the other side is read in one "
            "script. Scripts run one after the other, so one of the two is second, and the second sees the first. Mutual "
            "likes go up, missed stays at zero. Then choose “partition per pair”: no script, no lock. The pair itself "
            "decides which writer gets both likes, and that writer has a queue.",
            mistake="Many reach for a lock on both people. That works and brings timeouts, deadlocks and a holder who "
            "dies. Both options here do without: one makes the two steps one, the other leaves only one worker who could "
            "be in between.",
            discuss="The script needs both people's swipes in one place. What does that mean when the data is spread over "
            "many machines? A good answer: the two sides lie on different shards, so one keys likes by pair; or routes by "
            "pair to one writer, and accepts that a hot partition waits.",
            onward="Strict where two people must agree, relaxed where a card may be a little old. Where does relaxed end?",
        ),
        Line(
            say="People move and change their filters, and nobody tells the prepared feeds. Look at Out of place: cards "
            "are shown that no longer fit, and “changes waiting” grows, because change capture stands still. Nothing is "
            "lost there: the changes wait in the outbox, in order. Now let it run again and choose “evict at once”: cards "
            "are taken out instead of shown, and that costs a look at who holds them.",
            mistake="“A short lifetime keeps cards fresh.” It bounds how old a card may be and does nothing before that. "
            "Somebody who has moved to another town would swipe the old one until the end of it: the tile counts those "
            "cards.",
            discuss="My own filter changes, or somebody else moves. Why are these treated differently? A good answer: my "
            "own change is noticed by me at once and concerns one feed, so drop it; a stranger's change concerns one card "
            "in many feeds, and may come later.",
            onward="To end: name for each promise of the app how old its data may be. Only one of the answers is “not at "
            "all”.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 5, 6, 8, 9), asks=(5, 8), discusses=(8,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(1, 5, 6, 8), discusses=(5, 6, 8)),
        Cut(
            60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(1, 5, 6, 8), discusses=(1, 3, 4, 5, 6, 8, 9, 10)
        ),
    ),
)
