"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Start on the hall. Point at D10 and D11: each has a ring, and the ring shrinks. Then go to the panel "
                "Locks: the same two seats, with the seconds that the store says are left. So there are three states, free, "
                "held and sold, and the one in the middle is new. A hold is a promise made to somebody who has not paid. "
                "Everything in this lesson is about who keeps that promise, and who ends it."
            ),
            mistake=(
                "Many think a seat is either free or sold. Then look at the screen of B: it shows seats that cannot be "
                "chosen and that nobody has bought. Between choosing and paying there is time, and that time needs a state "
                "of its own."
            ),
            discuss=(
                "How long should a hold last? A good answer weighs both sides: too short, and an honest buyer loses the "
                "seat while typing a card number; too long, and people who left keep others out. It depends on how long a "
                "payment takes, not on taste."
            ),
            onward="First we look at what happens when nothing at all keeps the seat.",
        ),
        Line(
            say=(
                "Take the vote before you go to the lanes. Then read them from left to right, one lane for each buyer. Find "
                "the two steps called look, then the two called pay, then the two called sell. No step is wrong by itself, "
                "and both programs are correct when they run alone. The fault is in the overlap. Ask somebody to point at "
                "the moment from which it could not end well any more: it is the second look."
            ),
            mistake=(
                "Many believe that a faster database cures it. The lanes show that the long bar is the payment, not the "
                "look. A faster look makes the gap a little shorter; it is still a gap, and a crowd of buyers finds it."
            ),
            discuss=(
                "Could the second buyer be saved by looking once more, just before selling? A good answer says: it makes "
                "the gap smaller and does not close it. Look and write must be one step, by a lock that both respect or by "
                "a constraint that the database checks itself."
            ),
            onward="Now the same two buyers meet again, and this time something stands between them.",
        ),
        Line(
            say=(
                "Same seat, same moment, other ending. In the lanes one buyer's hold is red, and nothing follows it: no "
                "pay. That is what the lock buys us, a refusal before money moves. Then hold two seats as A, open Faults "
                "and restart the lock store empty. The rings vanish. Let B take the same seats and let both pay: the class "
                "guesses first. The panel Sold once stays green."
            ),
            mistake=(
                "The usual belief is that the lock in Redis makes the sale safe. After the restart there is no lock left, "
                "and the panel Sold once still counts no double. It is the unique key on the table of sales that decides."
            ),
            discuss=(
                "If the unique key is what makes the sale safe, why keep the lock? Good answers name the cost of losing "
                "late: without it a buyer pays first and gets a refund. The lock refuses early and cheaply, and it keeps "
                "the crowd away from the rows."
            ),
            onward="A lock has to end some day, and so does a request whose owner walks away or dies.",
        ),
        Line(
            say=(
                "The lock is a column in the database now, and a column does not run out by itself. Point at the figure of "
                "the panel Locks: overdue. These seats have passed their five seconds, and they are still closed. Then wait "
                "for the sweeper: the tile freed by the sweeper jumps, and blocked for nobody has grown. Write the sum on "
                "the board: five for the hold, and on average half of twenty for the job."
            ),
            mistake=(
                "Many say a job that runs often enough is as good as a time limit. The tile blocked for nobody shows what "
                "it adds: the interval comes on top of the hold, it does not replace it."
            ),
            discuss=(
                "How could a status column be made as good as a lock with a time? A good answer: store the end in the row "
                "and treat a row whose end has passed as free when somebody asks. Then the sweeper only tidies up. Each "
                "attempt then costs a write to the row."
            ),
            onward="So far nobody has paid anything. The worst moment to fail is just after the money has moved.",
        ),
        Line(
            say=(
                "Every payment here ends in a dead process. Point at the ledger: captured means we have the money and no "
                "ticket exists. Keep your finger on it for a second and watch a line become settled. Nobody pressed "
                "anything. A reconciler looks for payments without a booking, and because a payment carries the id of its "
                "hold, it knows what the money was for. Then read the tile reconciled."
            ),
            mistake=(
                "A common belief is that a transaction around everything would roll the payment back. The provider is "
                "another company's system and no part of our transaction. The ledger shows money that no rollback could "
                "return."
            ),
            discuss=(
                "What if the reconciler itself dies halfway, and starts again? Good answers name idempotency: the payment's "
                "id is the key, so settling twice changes nothing. And they name the order: the payment is written down "
                "before the sale, or there is nothing to find."
            ),
            onward="One buyer at a time we can handle now, crashes included. Next comes the crowd.",
        ),
        Line(
            say=(
                "Begin with the waiting room: the crowd in line, the next batch, and at most fifty inside. Then look at the "
                "panel Sold once and note the tile seat taken. Now switch the waiting room off: the panel says that "
                "everybody is inside. No seat is sold twice in either case. What changes is how many may reach for seats at "
                "the same time, fifty or a thousand, and whether the first who came is the first who chooses."
            ),
            mistake=(
                "Many vote that the queue keeps seats from being sold twice. Switch it off and look at the panel Sold once: "
                "still no double. The queue limits load and makes the order fair, nothing else."
            ),
            discuss=(
                "Who should leave the inside, and when? A good answer says that a site cannot tell a slow buyer from an "
                "idle one, so a visit needs an end. It names the trade-off: bigger batches wait less and collide more, a "
                "short visit throws out honest buyers."
            ),
            onward="Selling is safe and bounded. What is left is everything that may lag behind it: search, caches, maps.",
        ),
        Line(
            say=(
                "An organiser renames events, and search has a copy of the titles. Point at the panel Outbox, index. Wrong "
                "goes up, and behind stays at zero. Say slowly what that means: the index is not late, it believes that it "
                "is up to date. The tile never told counts the changes that died between the two writes."
            ),
            mistake=(
                "People say: then write the index first. Turn it round and the crash leaves a title in search that the "
                "database never had. Any order of two separate writes has a gap; the tile never told shows one of the two."
            ),
            discuss=(
                "How would you find out, in a real company, that your index is wrong like this? Good answers: compare the "
                "two stores from time to time, count documents, rebuild every night. All of them find it late, and none of "
                "them prevents it."
            ),
            onward="The cure is to have one write that cannot be torn in two.",
        ),
        Line(
            say=(
                "The same panel, with a worker that is paused. Now behind grows, and never told stays at zero. Compare that "
                "with before: the index is just as old, but this time somebody knows, because every change left a row in "
                "the outbox, in the same transaction. Resume the worker from Faults, and let them watch the line of what is "
                "behind fall."
            ),
            mistake=(
                "Many think an outbox makes the index fresh. While the worker stands still, search answers with old titles "
                "here too. What it promises is another thing: late, but complete and in order."
            ),
            discuss=(
                "The worker dies after writing the index and before noting that it did. What happens? A good answer: the "
                "row is read again, so writing must be harmless when repeated. At least once plus an idempotent write is "
                "what we get; exactly once over two systems is not."
            ),
            onward="Being late on purpose can also be a bargain, if we choose well what may be late.",
        ),
        Line(
            say=(
                "Look at the share of hits first: most answers never reach our application. That is the good news. Then the "
                "wrong answers: each was counted at the moment it was given, by asking the search behind the cache. Thirty "
                "seconds is not a detail, it is the length of time for which we agree to be wrong. Whether that is fine "
                "depends on what the reader does with the answer."
            ),
            mistake=(
                "Many judge a cache by its hit rate alone. The panel puts wrong answers beside the hits, and both grow with "
                "the time an answer is kept. One number without the other says nothing."
            ),
            discuss=(
                "Which pages of this shop would you put on an edge, and for how long? Good answers sort by what a wrong "
                "answer costs: programme and artist pages for half a minute, prices with care, free seats never. They name "
                "who decides: the header Cache-Control."
            ),
            onward="Seats change by the second, so the map needs another way: it has to be told.",
        ),
        Line(
            say=(
                "Hold a seat as A and count aloud until B sees it. That is polling. Point at the two columns requests and "
                "empty: most questions were asked for nothing. Then go through long polling, WebSocket and server-sent "
                "events, the same seat each time. All four carry the same update. Read bytes per update and the delay, and "
                "keep apart the two tables: real connections above, watchers inside the lab below."
            ),
            mistake=(
                "Many believe a WebSocket is always the best because it is the fastest. Compare its delay with server-sent "
                "events in the table: hardly any difference. What differs is who takes care of resuming after a broken "
                "line."
            ),
            discuss=(
                "A hundred thousand people look at one hall. Which way do you choose? Good answers name one direction of "
                "news, resuming by the last id, connections held open, and that viewers ask for changes since a version, so "
                "that many can share one read."
            ),
            onward="End with three rules: a constraint decides, a lock spares, and whatever is a copy says how late it is.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 6), asks=(2, 5), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 4, 5, 6, 9), discusses=(3, 5)),
        Cut(
            60,
            beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            asks=(2, 4, 5, 6, 9),
            discusses=(1, 2, 3, 4, 5, 6, 8, 10),
        ),
    ),
)
