"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Look at the panel of offers first, not at the map. Each lane is a driver, each bar is one question, and "
                "its colour is the answer: yes, no, or none. Follow it from the left until the bar that ends in a yes. "
                "Then go to the rides below and find the same ride as a row with a state. Keep these two apart from now "
                "on: the ride lasts for minutes, an offer only for seconds."
            ),
            mistake=(
                "Many picture dispatch as an assignment: the system picks a driver, and that is it. The bars show that "
                "it only asks. A driver may say no or say nothing, so every offer needs an end of its own."
            ),
            discuss=(
                "How long should a driver be allowed to think? Good answers weigh the rider's wait, which adds up over "
                "every silent driver, against honest drivers who need a glance at the road. They see that the lock on the "
                "driver must last at least as long."
            ),
            onward="Before anybody can be asked, we must know who is near, and that is a question about an index.",
        ),
        Line(
            say=(
                "Now the map. Point at the cells that were looked into, then at the drivers found, then at the figure: so "
                "many of four hundred cars. The circle starts small and doubles until it holds enough. Take the vote here. "
                "Then draw on the board a square cell and a point near its corner, and let somebody show where a nearer "
                "car could hide, although eight have been found already."
            ),
            mistake=(
                "A common belief: the search is over once it has k drivers. The fact should have been found compares each "
                "search with a scan of all cars, and it stays at zero only because the search goes on to the edge."
            ),
            discuss=(
                "Why not put all cars into one table with an index on latitude and longitude? Good answers: a B-tree orders "
                "one dimension, so a band of the city is read and filtered; and each movement of a car is a write to row "
                "and index."
            ),
            onward="Cells make the search cheap. They also bring a mistake that is easy to make and hard to notice.",
        ),
        Line(
            say=(
                "One switch has changed: the search stays in its own cell. On the map only one cell is coloured. Wait for "
                "a search where the fact should have been found is above zero, and show the car just across the edge, "
                "perhaps fifty metres away. Nothing failed, no error was logged, the rider got a car. It was only the "
                "wrong one. Mistakes of this kind are found by comparing, never by watching for errors."
            ),
            mistake=(
                "Many think smaller cells cure it. Smaller cells have more edges, so even more riders stand beside one. "
                "What cures it is looking around, and the claim on nearest stays green as soon as that is on."
            ),
            discuss=(
                "How would you notice this bug in production, where no red claim appears? Good answers: sample searches and "
                "compare them with a full scan, plot distance of pick-ups against supply, test points close to edges."
            ),
            onward="Suppose now that the right driver is found. The same driver may be right for many riders.",
        ),
        Line(
            say=(
                "A stadium lets out, so a hundred riders have the same nearest car. Point at the panel of locks: no key is "
                "held. Then at the fact drivers with two offers. Two matchers run beside each other, and each believes "
                "that it alone talks to this driver. After the vote, set the switch to the matcher's memory and let the "
                "class check: the keys are still missing, and it still happens."
            ),
            mistake=(
                "People trust a dictionary in the process: I write down whom I ask. It works with one matcher. Here there "
                "are two, and the open offers list the same driver by both of them, marked asked twice."
            ),
            discuss=(
                "The lock needs an end and an owner's token. Why both? Good answers: without an end a dead matcher locks a "
                "driver for ever; without a token a slow matcher frees a lock that belongs to the next one by then."
            ),
            onward="One driver now gets one question. We turn it round: can one ride get two drivers?",
        ),
        Line(
            say=(
                "Drivers are locked again, and this time all who are near are asked together. In the lanes the bars start "
                "at the same point. That is fast, and riders like it. Now look below, at given to two drivers. Each answer "
                "does two things: it looks at the ride, then it writes. Let the class place two answers on one line of "
                "time so that both get a yes. It is the same shape as two buyers and one seat."
            ),
            mistake=(
                "Many say the lock on the driver must prevent this. It keeps a driver from two questions; it knows "
                "nothing of the ride. The count of rides given to two drivers grows while every key is in place."
            ),
            discuss=(
                "Could we ask everybody and still be safe? Yes: make look and write one conditional update, so one wins. "
                "A good answer then names the price: all others said yes in vain, and learn not to answer. Is that worth "
                "the seconds?"
            ),
            onward="Answers are safe one by one. But who remembers the ride while we wait for an answer?",
        ),
        Line(
            say=(
                "Requests go straight into a matcher's memory here, and matchers end in the middle of their work. Watch "
                "the panel of requests and matchers: in hand falls at once, and dropped by matchers that ended goes up. "
                "Now say what the rider sees: nothing. The app still shows that it is searching. No process is left that "
                "knows of this ride. After the time to give up, the claim turns red."
            ),
            mistake=(
                "A usual belief is that a restarted process takes up where it stopped. It starts with empty memory. The "
                "tile claimed after that stays at zero while the tile of dropped rides grows."
            ),
            discuss=(
                "The ride is also a row in the database. Why does that not save it? A good answer: somebody must look for "
                "rows that nobody works on, with a deadline and an owner. A state alone does not say whether anyone still "
                "cares."
            ),
            onward="So the work itself must live somewhere that outlives the worker.",
        ),
        Line(
            say=(
                "Same accidents, one part more. Point at taken, not done: a ride stays in the queue while somebody works "
                "on it. When that somebody ends, the tile claimed after that goes up, and in the lanes you find a bar in "
                "the colour of a matcher that ended, then a new bar by the other. Ask what happens if the first driver "
                "says yes now. The answer is a number: that offer's number does not count any more."
            ),
            mistake=(
                "Many think a queue delivers a job exactly once. It delivers until the job is acknowledged, so twice is "
                "possible. What keeps a ride from two drivers is the offer's number in the row, not the queue."
            ),
            discuss=(
                "How long should the other matcher wait before it claims a ride? Good answers: longer than a slow matcher "
                "needs, or work is done twice; shorter than the rider's patience. They add that doing it twice must be "
                "harmless."
            ),
            onward="Now nothing is lost and nobody is booked twice. The rest is about doing it better.",
        ),
        Line(
            say=(
                "So far each ride took the nearest car for itself. In a rush that is greedy: the first rider takes the "
                "only car that was near the second. Point at rides in the last batch in the table of the panel, then "
                "at mean pick-up and worst pick-up. Half a second of waiting buys a better plan for everybody. Run the "
                "same rush with greedy afterwards and compare both numbers, not only the mean."
            ),
            mistake=(
                "Many believe that giving everybody the nearest car gives the best total. Switch between greedy and "
                "batched in this rush: the mean and the worst pick-up say otherwise, since riders compete for the same cars."
            ),
            discuss=(
                "When would you not batch? Good answers: at night, when riders are few and do not compete, a batch is "
                "only a delay. They propose a window that follows demand, and name fairness: total time falls, yet somebody "
                "may get a farther car."
            ),
            onward="All of this trusts positions. Let us look at the moment when a position stops being true.",
        ),
        Line(
            say=(
                "Forty percent of the cars have lost their network. On the map they take the colour of silent too long; in "
                "the panel of updates you see the count. They are still in the index, at the place where they last spoke. "
                "What keeps rides from them is an age beside each position. Then look at the rate of updates: cars report "
                "by distance, so a parked car costs nearly nothing."
            ),
            mistake=(
                "Many assume that an index forgets a car that has gone. Members of a sorted set do not expire one by one. "
                "The tile silent too long counts cars which the store would offer for ever if nobody checked the time."
            ),
            discuss=(
                "Six hundred thousand updates a second: what would you cut first? Good answers: report by distance "
                "rather than by the clock, split the positions by city, keep them in memory since they are worthless "
                "after seconds anyway."
            ),
            onward=(
                "Close with the three ends of today: an offer ends, a lock ends, a position ends. Each needs a clock."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 4, 5, 6, 7), asks=(2, 4, 5)),
        Cut(40, beats=tuple(range(1, 10)), asks=(2, 4, 5), discusses=(2, 4, 5, 7)),
        Cut(60, beats=tuple(range(1, 10)), asks=(2, 4, 5), discusses=tuple(range(1, 10))),
    ),
)
