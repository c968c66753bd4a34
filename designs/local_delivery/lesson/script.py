"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Drag the pin along a wide avenue first, then into a side street. The coloured part of the map stretches "
                "and shrinks, and it is never round. Point at the big circle: it only says which centres are worth asking. "
                "Then at the streets: they say who keeps the promise. Say what the hour is made of: picking, the courier's "
                "other stops, the line of the centre, and only what is left is the ride."
            ),
            mistake=(
                "Many think of the hour as driving time. The page starts with thirty-five minutes of other stops for the "
                "courier, so the ride gets less than half of it. That is why the coloured area is so small."
            ),
            discuss=(
                "Why ask a circle at all, if the streets are exact? A good answer: the circle is cheap and throws away "
                "nearly all centres; it may be too generous but never too strict. A cheap filter in front, an exact test "
                "behind it."
            ),
            onward="What if a team is content with the cheap filter, and promises by it?",
        ),
        Line(
            say=(
                "Take the vote with a sheet of squared paper in your hand: go three squares right and three up, then "
                "measure the diagonal. Now look for a red square on the map. It is inside the circle, and its courier comes "
                "too late. Then open the claim about the hour. Each of these customers was told yes by a circle, and nobody "
                "in the system knew better."
            ),
            mistake=(
                "People say: make the circle smaller and it is safe. Then it refuses addresses along a fast avenue that "
                "could be served. A circle has one radius, and the streets have a different one in each direction."
            ),
            discuss=(
                "Travel times change with traffic. What would you compute ahead, and what on request? Good answers: times "
                "between centres and areas for typical hours ahead, the last stretch on request, and a margin that is tuned "
                "by how many deliveries were late."
            ),
            onward="We know now who could deliver. The next question is whether the thing on the shelf is still there.",
        ),
        Line(
            say=(
                "A console, twenty pieces, two hundred shoppers. In the panel Orders that meet, read the statements first: "
                "a SELECT, then an UPDATE, nothing around them. Then the lanes: two looks, then two sales, of one unit. "
                "Sold more than once is not an estimate; each unit has a row, and it stands in two orders. Open the red "
                "claim and let somebody read the four steps in the order of time."
            ),
            mistake=(
                "Many believe the database takes care of this, as each statement is atomic. Each is. The lanes show that "
                "the danger lies between two of them, where no statement is running at all."
            ),
            discuss=(
                "Which smallest change to the two statements would stop this? Good answers: let the UPDATE say what it "
                "expects, state still free, and count changed rows; or lock the row in the SELECT; or put both into one "
                "strict transaction. They differ in who waits."
            ),
            onward="Let the database itself forbid it, and see what it asks for that.",
        ),
        Line(
            say=(
                "The same sale in strict transactions, slowed down so that we can follow. Look first at sold more than "
                "once: zero. Then at the big figure, the share of tries made again. In the lanes find a try that ends in "
                "red with 40001. The database noticed that no order of these transactions explains what each has read, so "
                "it gives one up. Our code must begin it again. Without that loop a customer would see an error."
            ),
            mistake=(
                "Many set SERIALIZABLE and think they are done. The counter of serialisation failures is not a fault of the "
                "database; it is part of the contract. Whoever does not retry turns each collision into a failed order."
            ),
            discuss=(
                "What belongs inside a transaction that may run five times, and what does not? Good answers: reads and "
                "writes of the database, inside; charging a card, sending mail, calling the picker, outside, after the "
                "commit or with an idempotency key."
            ),
            onward="Correct, but much work is done twice. Do these shoppers really all want the same unit?",
        ),
        Line(
            say=(
                "Any console will do, so why does everybody reach for number one? Point at the line with SELECT: it ends in "
                "SKIP LOCKED now. Each order steps over units that others have in hand. Look at the figure again: tries "
                "made again have nearly vanished, and nothing is sold twice. Then set Which unit is taken to the first that "
                "is free, and let the class watch the figure climb."
            ),
            mistake=(
                "Many expect the conditional update to have cured it. Go back to the first free unit with the condition "
                "still on: sales stay right, and the rows that were another's grow. The condition makes it safe; different "
                "units make it calm."
            ),
            discuss=(
                "The last console is in somebody's hand, and SKIP LOCKED says there is none left. Is that true? A good "
                "answer: none that nobody has in hand. That order may be undone, so sold out should be said with care, or "
                "tried once more."
            ),
            onward="All of this lived in a single database. Now orders and stock are moved apart.",
        ),
        Line(
            say=(
                "Two stores, and a service that dies in between in four of ten orders. Look at the stock: the units of a "
                "dead order are still free. Then at the tile not whole in the panel Orders that meet. The customer has an "
                "order number, the shelf knows nothing of it, and the next customer buys the same bread. No error remains "
                "anywhere, because whoever could report it is dead."
            ),
            mistake=(
                "A usual answer is to write the stock first and the order after. Then a crash takes units that belong to no "
                "order, and the shelf shrinks for nothing. Another order of two writes moves the hole; it does not close "
                "it."
            ),
            discuss=(
                "How do two stores agree without one transaction over both? Good answers: prepare the units, write one "
                "deciding record with the order, then confirm; and a coordinator that ends what is prepared for too long. "
                "Whoever writes the record first has decided."
            ),
            onward="A crash is loud compared with the next case: somebody who simply does not come back.",
        ),
        Line(
            say=(
                "Carts keep units, and most shoppers leave. Point at a row in the panel Carts and their time, and count "
                "down with it. Five seconds, then at most one more until the sweeper comes. The tile swept goes up, and the "
                "units are free on the shelf again. Say who needs what: the shopper needs a promise, the shop needs the "
                "promise to end, and somebody has to do the ending."
            ),
            mistake=(
                "Many think a time in the row frees the unit. The time only says when it may be freed. Between its end and "
                "the sweeper's next turn nobody can buy it; that time is counted as blocked for nobody."
            ),
            discuss=(
                "Should a thing in a cart be reserved at all? Good answers: for rare things and flash sales yes, briefly; "
                "for milk with four hundred on the shelf it costs more than it helps. An hour of reservation keeps most of "
                "a small stock from buyers."
            ),
            onward="Everything depends on that one small job now. Let us see what depends on it.",
        ),
        Line(
            say=(
                "Nothing crashed in front of the customer. Point at the sweeper in its box, dead, and then at the tile "
                "stuck. It grows while orders, looks and pages go on as ever. Give the class half a minute of silence to "
                "watch it. This is how a background job fails: no error, only a shelf that slowly empties of things that "
                "nobody owns."
            ),
            mistake=(
                "Many put alarms on errors and response times. Both look fine here. What shows the failure is the age of "
                "the oldest reservation that is over, so that is what has to be watched."
            ),
            discuss=(
                "Which of our choices would not need the sweeper? Good answers: a key with a lifetime ends by itself, at "
                "the price of asking two stores; or treat a row whose time is over as free when it is read. Then the job is "
                "only a broom."
            ),
            onward="A job can be started again. A whole centre that closes takes more: its promises must move.",
        ),
        Line(
            say=(
                "Look at the line of promised and not bound: orders wait in it that belong to no centre yet. Vote now. Then "
                "point at Old Town in the list of centres, closed, with nobody in it, and at the others: they take the next "
                "order whenever a picker is free and the courier would still be in time. Read the tiles in time and too "
                "late together."
            ),
            mistake=(
                "Many think deciding early is safe. An order bound to Old Town early would be stranded in its line now. "
                "Here its line is empty, and no promise is broken, since nothing was bound before a picker was free."
            ),
            discuss=(
                "If no centre is chosen, what makes the promise true? A good answer: units must stand for it somewhere, or "
                "two promises could share the last one. They may be changed until it is bound. A list of possible centres "
                "is not enough."
            ),
            onward="Orders are kept. Last, the question that is asked far more often than anything is ordered.",
        ),
        Line(
            say=(
                "A hundred looks a second, and answers that are kept for a minute. Point at the median: very small. Then at "
                "wrong when given: each was compared with the rows right after it was given. Then at said more than there "
                "was. That one hurts, because a shopper fills a cart with it and hears no at the checkout."
            ),
            mistake=(
                "Many call a stale answer a wrong order. Look at the claim that nothing is sold twice: it is green. The "
                "sale asks the rows again, so an old answer costs a disappointment, not a console."
            ),
            discuss=(
                "Which errors may the shelf make, and which not? Good answers: forty instead of thirty-eight is fine, one "
                "instead of none is not. So keep plentiful things longer than rare ones, or use replicas that hear of "
                "changes within a fraction of a second."
            ),
            onward=(
                "End with this: promise by the streets, sell by the row, and give every reservation an end and somebody who "
                "ends it."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 6, 7), asks=(2, 3, 5)),
        Cut(40, beats=tuple(range(1, 11)), asks=(2, 3, 5, 9), discusses=(3, 5, 6)),
        Cut(60, beats=tuple(range(1, 11)), asks=(2, 3, 5, 9), discusses=(2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
