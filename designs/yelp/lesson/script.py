"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Drag the map slowly and let them watch three things at once: the circle, the squares, the list. The "
                "circle is what the person asked for. The squares are what the index can answer. They never have the "
                "same shape, so the squares stick out, and the pale dots in their corners were measured and thrown away. "
                "Remember this picture: cells make a guess, and only then a distance decides."
            ),
            mistake=(
                "Many believe that a geohash answers a radius. Point at the pale dots: they lie in a cell that was asked "
                "for and outside of the circle. The cell is a rectangle; what is in the circle is measured afterwards."
            ),
            discuss=(
                "Would you rather ask for many small cells or for few large ones? A good answer names both costs: small "
                "cells mean many look-ups, large ones many candidates in vain. It depends on the radius, so the length of "
                "the prefix should follow it."
            ),
            onward="To see what the cells save us, we take them away.",
        ),
        Line(
            say=(
                "No index now, just SQL. Take the vote, then read the panel of candidates from left to right: looked at, "
                "measured, found. The first is the whole table, the last is a handful. Below is the plan of the database "
                "itself; show the column thrown away. Keep these three words for the rest of the hour, for they "
                "compare any two searches, whatever they are built of."
            ),
            mistake=(
                "A common hope is that an index on latitude or on the text would serve. A LIKE with a percent sign in "
                "front has no beginning to look up, and the plan below shows rows that are read only to be thrown away."
            ),
            discuss=(
                "When is this search good enough? Good answers: a few thousand places, few searches, and it is never "
                "late, because there is no copy. It is also what one falls back on when the index is down. The cost "
                "grows with the table, not with the answer."
            ),
            onward="Next, a search whose cost follows the answer, and not the size of the table.",
        ),
        Line(
            say=(
                "Play the walk step by step. For each word there is a sorted list of places, for the cells there is "
                "one as well. The pointer of the shortest list moves first; the others jump forward to catch up, and "
                "most entries are never touched. When all pointers stand on one number, that place is a candidate. Words "
                "and cells are treated alike. That is the trick: a place on the map has become a word."
            ),
            mistake=(
                "Many imagine that the search takes all coffee shops first and then filters by distance. In the walk both "
                "go on together: the list with fewer entries leads, and it may be the cells."
            ),
            discuss=(
                "Somebody searches for a word that nearly every place has. What does the walk do? Good answers: its list "
                "is long and hardly narrows anything, so the cells lead. They add that such a word tells little, and its "
                "weight in the score should be small."
            ),
            onward="The index is only as good as the question it gets: which cells do we ask for?",
        ),
        Line(
            say=(
                "Let the class vote. Then point at the map: a single square. The pin stands somewhere in it, hardly ever "
                "in the middle, so the circle hangs over the edge on at least one side. Everything beyond is invisible. "
                "Open the red claim and read aloud how near the missed place was. There is no error in any log; the list "
                "looks perfectly normal, only shorter."
            ),
            mistake=(
                "People say: near places share a prefix. The other way round is true: a shared prefix means near. Two "
                "places across an edge can differ from an early letter on, as the missed ones here show."
            ),
            discuss=(
                "The usual advice is the own cell and the eight around it. When is that right, and when not? Good "
                "answers: right while the radius is smaller than a cell; wrong for large radii; and a cell narrows towards "
                "the poles, so cover the circle instead."
            ),
            onward="Say we find everything within the circle. Then somebody has to decide what stands on top.",
        ),
        Line(
            say=(
                "The list is ordered by nearness alone. Press a place and read its bars: value times weight. Two weights "
                "are zero. Now set the switch What comes first to relevance, so that the three weights count, and let the "
                "class bring Kettle and Crane to the top. Whoever manages it must say in one sentence what was "
                "given up: perhaps some metres, perhaps some stars."
            ),
            mistake=(
                "Many believe there is one right order that a good algorithm finds. Turn one weight and the first place "
                "changes, with the same places and the same ratings. The weights are a decision of the product."
            ),
            discuss=(
                "A new café has one rating of five stars. Should it beat one with 4.8 from four hundred? Good answers: "
                "no, draw few ratings towards the mean, as if some average ones had been given before. They also see that "
                "new places then need help to be seen."
            ),
            onward="Stars enter the score, so the average had better be right. We put it under pressure.",
        ),
        Line(
            say=(
                "Sixty-four people rate one place. First compare two tiles: stored and in truth. Rows are complete, the "
                "stored count lags, and it does not catch up. Then read the lanes: two people read the same sums, each "
                "adds one, each writes. The later one writes over the earlier. The pause between read and write is a knob, "
                "set to twenty milliseconds so that we can see it; with a shorter one it happens more rarely."
            ),
            mistake=(
                "Many think that if every rating is stored, the average must be right. The average is a second copy with "
                "its own writes. The tiles stored and in truth are read at one moment and differ."
            ),
            discuss=(
                "Which ways out can you name, and what does each cost? Good answers: compute on read, and read all rows; "
                "add inside one statement, and wait for the row; a version and retries; a batch, and be late. The choice "
                "depends on how hot one place can get."
            ),
            onward="One cure asks a single question before writing: has anybody been here since I read?",
        ),
        Line(
            say=(
                "The same storm. This time, look at stored and in truth first: they agree. Now the price, the tile begun "
                "again. Each of those is a try that found another version and did its work once more. Nobody waited with "
                "a lock in hand; they simply worked in vain. After six such tries a transaction takes the row's lock after "
                "all, so that it cannot starve."
            ),
            mistake=(
                "Many hear optimistic and think it means cheap. On a quiet place it is. On a single row in the news most "
                "tries meet, and begun again grows nearly as fast as the ratings."
            ),
            discuss=(
                "When would you lock the row from the start instead? Good answers compare how often writers meet: rarely, "
                "then versions; always at one row, then a lock, since waiting is cheaper than doing it again. The lab "
                "mixes both."
            ),
            onward="The sums are right now. But are the rows themselves, one for each person?",
        ),
        Line(
            say=(
                "A double click sends two requests. Read the two lanes: look, look, insert, insert. You have seen this "
                "shape already with the sums. Point at people twice, then at the claim. What differs is the cure. We "
                "do not need a version here, since the table can hold the rule itself: place and person together are "
                "unique, and the second insert becomes an edit."
            ),
            mistake=(
                "Frontend people say: disable the button. That helps honest users. Retries after a timeout, two tabs or a "
                "script still send twice, and people twice counts every pair that got through."
            ),
            discuss=(
                "A table already has doubles, and you want to add the unique key. What do you do? Good answers: decide "
                "which one counts, for instance the newest; clean up; correct the sums too; then add the key, and expect "
                "new doubles in the meantime."
            ),
            onward="Rows and sums agree at last. One copy is left that can go wrong: the index.",
        ),
        Line(
            say=(
                "Owners rename their places, and every third message is lost behind the commit. Look at wrong in the "
                "index: it rises and stays. Then at the two queues: nothing waits. After the vote, switch to change "
                "capture and let the class read the same panel: a rename now waits in the outbox for a fraction of a "
                "second, and then the index has it."
            ),
            mistake=(
                "Many say a good queue does not lose messages. Ours need not be at fault: a service that dies between "
                "commit and send loses it as well. The tile lost counts what was committed and never arrived."
            ),
            discuss=(
                "Why may an older change in the outbox be applied twice without harm? A good answer: each place has a "
                "revision, and a smaller one never replaces a larger one. So the reader may repeat, restart and overlap, "
                "and the order per place is kept."
            ),
            onward="The worst day of an index is not a lost message. It is the day it does not answer.",
        ),
        Line(
            say=(
                "The index is dead, and the list still fills. Point at searches answered by the database instead in the "
                "table of the panel, then at how long they take. The old plan from the beginning is back, row by "
                "row. Bring the index up from Faults and watch what waits in the outbox drain. Nobody has to repair "
                "anything by hand, as the list of changes was never in the index."
            ),
            mistake=(
                "Many would show an error page when search is down. Here nothing is missed while it is down, only slower. "
                "The claim that all places are found stays green."
            ),
            discuss=(
                "Under a thousand searches a second, would you still fall back on the database? Good answers see the "
                "danger: slow scans take down the store of ratings too. So limit the fallback, serve from a cache, or "
                "search a smaller radius."
            ),
            onward=(
                "End with the split: rows with their keys are the truth; sums, index and cache are copies that must be told."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 4, 6, 7, 8, 9), asks=(2, 6)),
        Cut(40, beats=tuple(range(1, 11)), asks=(2, 4, 6, 9), discusses=(4, 6)),
        Cut(60, beats=tuple(range(1, 11)), asks=(2, 4, 6, 9), discusses=(1, 2, 4, 5, 6, 7, 9, 10)),
    ),
)
