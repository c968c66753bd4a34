"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Show the ladder before anything moves: the price in the middle, lines above that wait for a rise, lines "
                "below that wait for a fall. Then the tick, one per cent up. Everything between the old price and the new "
                "one is touched, nothing else. Read the notification with its milliseconds. So the question is never "
                "whether the price is above a line. It is whether it has crossed the line since somebody drew it."
            ),
            mistake=(
                "Many write the rule as: fire when the price is above. Then the alert fires at each following tick as well. "
                "On the ladder the line fires at the step across it, and has left the ladder after that."
            ),
            discuss=(
                "The owner sets an alert at 140 while the page shows 139, and the server already knows 141. Which side does "
                "it wait for? A good answer: the server decides by its own price, or the alert fires or sleeps by an "
                "accident of the network."
            ),
            onward="One line and one tick are easy. Now a whole market asks the same question two hundred times a second.",
        ),
        Line(
            say=(
                "Vote first. Then read the tile looked at: a handful of alerts for each tick. Explain it with the ladder: "
                "alerts of one stock are sorted by price. One bisection finds the old price, one finds the new price, and "
                "what lies between is the answer. A tick that moves by a cent usually finds nothing, and costs nearly "
                "nothing. The number of all alerts hardly matters."
            ),
            mistake=(
                "Many count the alerts of the stock, about forty, and multiply by ticks. The tile looked at stays well "
                "below. A sorted list never asks each of its members."
            ),
            discuss=(
                "What has to be kept in step so that this works? Good answers: the lists in memory are a copy of rows. "
                "Setting, cancelling and firing must reach it; after a restart it is built anew; and for a moment it may "
                "still show what has fired."
            ),
            onward="A copy is always a debt. It is fair to ask what we would pay without it.",
        ),
        Line(
            say=(
                "The same ticks, asked of the table, and copy in memory says zero. Read the mean and the p99, then switch "
                "back and read them again. The database is not bad at this: its index leads to the right rows, so it reads "
                "few of them. But every tick is a question, with its way there and back, even if nothing at all is crossed."
            ),
            mistake=(
                "Many blame SQL for reading too much. Compare looked at: it is small here too. What costs is the trip for "
                "each tick, and most ticks find nothing."
            ),
            discuss=(
                "At which size would you leave the table? Good answers do a small sum: ticks per second times milliseconds "
                "of a query against the connections one has. They keep SQL for a small market, since there is no second "
                "copy to keep right."
            ),
            onward="Finding is fast enough. But a crossing is a matter of order, and order is soon lost.",
        ),
        Line(
            say=(
                "Two consumers, and each tick goes to any of them. The exchange is late with most ticks besides. Vote, then "
                "look at the panel Crossed and told, at the tile false. Open the claim and read its steps in time: a tick "
                "was taken after a newer one. The consumer compared the old price with the new one, and saw a move that "
                "never was."
            ),
            mistake=(
                "Many fear doubles here. Read the tiles: twice stays where it is, false grows. A consumer that compares an "
                "old tick with a new price invents a crossing."
            ),
            discuss=(
                "Each tick has a number. What if old ones are simply dropped? A good answer: false alerts become missed "
                "ones, since the dropped tick may have been the spike that crossed. A number shows the disorder, it does "
                "not undo it."
            ),
            onward="What is missing is one place for each stock where its ticks stand in a row.",
        ),
        Line(
            say=(
                "The market is the same, late ticks included. Point at the panel of partitions: the same stock is always in "
                "the same one, and one consumer reads it. Then at late, and taken as an excursion: this consumer remembers "
                "the newest number for each stock. A tick that was overtaken may still fire what it crossed; only the "
                "newest price stays. False is at zero."
            ),
            mistake=(
                "Many say one queue for one stock is enough. With several consumers of that queue the disorder is back. It "
                "is one partition with one reader at a time, which the column of readers shows."
            ),
            discuss=(
                "One stock makes half of all the traffic. What now? Good answers: its partition is the work of one "
                "consumer, and more consumers do not help; split its alerts by ranges of price and give every tick to all "
                "parts, since order must stay whole for each alert."
            ),
            onward=(
                "The right alerts are found, in the right order. They still have to reach a person exactly as often as they "
                "should."
            ),
        ),
        Line(
            say=(
                "The notifier sends, and dies before it says so. Vote. Then in Crossed and told read twice, and in the "
                "queue panel the notifier died, so many times. Draw the two moments on the board: sent, acknowledged, and "
                "the death in between. The queue does what it must: it gives the message to the next one. From the outside, "
                "sent and not acknowledged looks the same as never sent."
            ),
            mistake=(
                "A common reaction is to acknowledge first. Then a death in between loses the alert for good; try As soon "
                "as it is taken, and look at died in its hand. One trades doubles for losses."
            ),
            discuss=(
                "Which is worse, an alert twice or an alert never? Good answers depend on the case: for a stop price never "
                "is far worse, for a newsletter twice is annoying. Whoever wants neither must recognise a message that "
                "comes again."
            ),
            onward="At least once is what a queue can promise. The rest is recognition, and that must be in the right step.",
        ),
        Line(
            say=(
                "Same deaths, and twice stays at zero. Look at the two tiles dropped by the key and dropped by the row. The "
                "key is set in the very step that sends, as key and inbox are in one store and one script. The row is "
                "changed afterwards and guards the long time. Neither alone is enough: the key runs out, and the row comes "
                "a moment late."
            ),
            mistake=(
                "Many put the key first and then send. A death between the two means the key is there and nobody was told, "
                "so the alert is lost silently. It has to be one step, or one chooses which error to make."
            ),
            discuss=(
                "A real push gateway is not in our store, so sending and marking cannot be one step. What do you do? Good "
                "answers: give the gateway the same key, if it takes one; or decide per kind of alert between perhaps twice "
                "and perhaps never."
            ),
            onward="Everything behind the tick log is safe now. The weakest part may stand in front of it.",
        ),
        Line(
            say=(
                "We ask the exchange every two seconds, and prices jump for a single tick. Look at missed in Crossed and "
                "told, and the claim that every crossing fires. Nothing in our pipeline failed. The tick was never there. "
                "Then look at the delay, for those that are seen: up to two seconds before our own work even begins. What "
                "is not put into the log cannot be repaired by anything after it."
            ),
            mistake=(
                "Many propose to poll faster. That makes the hole smaller and the exchange angry. A spike of one tick falls "
                "between any two looks, and missed goes on growing, only more slowly."
            ),
            discuss=(
                "The source can only be asked, it does not push. What do you ask it for? A good answer: the highest and the "
                "lowest price since the last look. Crossings are found then; what is lost is the order and the exact time."
            ),
            onward="Pushed again, then. Last comes the minute in which everybody's line is crossed at once.",
        ),
        Line(
            say=(
                "All prices are down thirty per cent at one stroke. Watch the panel of the queue, two lines: waiting shoots "
                "up, sent climbs steadily. Finding took hardly any time; telling a thousand people does. The queue turns a "
                "cliff into a slope. Then look at From tick to notification: the tail of it belongs to those who were told "
                "last. And read polls: nobody had to ask the exchange."
            ),
            mistake=(
                "Many size for the average day. Twenty million ticks a day are some seven hundred a second, and the minute "
                "that matters has many times that. The waiting line on the screen is that minute."
            ),
            discuss=(
                "While a thousand messages wait, whom do you tell first? Good answers: older ones first is fair; alerts "
                "with orders behind them before mere news; one summary for a person with many; and a cap, so that nobody is "
                "rung fifty times."
            ),
            onward=(
                "End with the path: order per stock, crossing not level, one step for key and sending, and a queue for the "
                "bad minute."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 4, 5, 6, 7, 8), asks=(4, 6), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 6), discusses=(2, 4, 6, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 6), discusses=(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
