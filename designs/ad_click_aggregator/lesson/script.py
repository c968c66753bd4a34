"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "One click, three stations. Follow it: the reader's browser comes to us, the click goes into the log, and "
                "then the answer 302 sends the browser on. Stop at the order: log first, answer second. Then point at the "
                "panel of windows: the click appears in a row after a moment, not at once. The reader waits for the log "
                "only. Nobody waits for the counting."
            ),
            mistake=(
                "Many would let the page count with a pixel and link straight to the advertiser. A pixel is a request of "
                "its own, and blockers stop it. The redirect makes the click ours before the reader is gone."
            ),
            discuss=(
                "What do we owe for being in the way of each click? Good answers: a round trip for every reader, and dead "
                "links when we are down. So this service must be small, in many places, and able to do one thing only: "
                "check, log, redirect."
            ),
            onward="One click is easily counted. The stream makes us decide what a row of the result is.",
        ),
        Line(
            say=(
                "A hundred clicks each second, and few rows. Take the vote, then look at the panel Stores of totals: clicks "
                "in windows run away, totals climb slowly, since one total stands for an ad, a window and a partition. Now "
                "the watermark, in the head of the windows panel: it says that we do not expect anything older. When it "
                "passes the end of a window, the window closes. Notice whose time that is: the clicks' own time, not the "
                "clock on the wall."
            ),
            mistake=(
                "Many think a window closes when its two seconds are over by the clock. It closes when the watermark has "
                "passed, one second behind the newest click. Compare the time in the head with the open windows."
            ),
            discuss=(
                "What does a longer allowed lateness buy, and what does it cost? Good answers: fewer clicks come too late, "
                "yet each window stays open longer, numbers are final later, and more state lies in memory and is lost or "
                "read again in a crash."
            ),
            onward="Ads are not alike. What happens when nearly all clicks go to a single one?",
        ),
        Line(
            say=(
                "Look at four bars in the panel of partitions. Three are bored, one is full: most clicks are on one ad, and "
                "the key is the ad. The line is what an aggregator takes, two hundred a second. Read lag for that "
                "partition, twice, ten seconds apart. It does not settle. Every advertiser in that partition now sees old "
                "numbers, not only the one that is so popular."
            ),
            mistake=(
                "A usual answer is to add partitions and machines. Three of four partitions have room to spare on the "
                "screen. A key goes to one partition, however many there are."
            ),
            discuss=(
                "Why did we choose the ad as the key in the first place? Good answers: all clicks of an ad meet in one "
                "process, its total is one row, and no sum over parts is needed. It is a good key, except for the few that "
                "are too hot."
            ),
            onward="So the few hot ads need another rule than all the rest.",
        ),
        Line(
            say=(
                "Same traffic, four even bars. A hot ad's key got a number behind it, so its clicks take turns over all "
                "partitions. In the store this ad has a total for each partition and window now, and what the dashboard "
                "shows is a sum. That is the price, and it is paid when somebody reads. Cold ads have kept their plain key; "
                "ask why."
            ),
            mistake=(
                "Many would give all ads a number, to be safe. Each number makes one more row for each window, and a cold "
                "ad gains nothing. That is why the option says where hot."
            ),
            discuss=(
                "How does the system know that an ad is hot, and what if it becomes hot in the middle of a window? Good "
                "answers: count per key for a few seconds; since totals are sums over parts, a key may change at any moment "
                "without a wrong result."
            ),
            onward="The load is fine. Now we find out what a process has in its head when it dies.",
        ),
        Line(
            say=(
                "The aggregator is killed again and again. It has written down how far it has read, and nothing else. Vote. "
                "Then look at the panel of crashes: recovered, so many times, and nothing is read again. That sounds good "
                "and is the disaster. It goes on behind clicks that were counted only in memory. Open the claim on totals "
                "and read one: true so many, stored fewer."
            ),
            mistake=(
                "Many believe that a position in the log makes a consumer safe. The position says read, not counted. "
                "Everything between the last flush and the kill was read, and the red claim shows how much is missing."
            ),
            discuss=(
                "What if the aggregator wrote its position only after flushing its counts? A good answer: then a crash in "
                "between reads those clicks again, and adding them counts them twice. It is better, but position and counts "
                "must be one step or the write must set totals."
            ),
            onward="Two facts were written down apart. Let us write them down together.",
        ),
        Line(
            say=(
                "The same killing, another note beside the log: position and open windows, in one step. Read the panel: "
                "recovered so many times, read again is above zero now, and the claim stays green. Point at the size of the "
                "checkpoints; they are small, since windows are short. What the store had taken since the checkpoint is "
                "written over with the same numbers. Set, not add: that is the whole secret."
            ),
            mistake=(
                "Many hear exactly once and think each click is processed once. The tile read again shows that some were "
                "read twice. What happens once is the effect, as totals are set to what they are."
            ),
            discuss=(
                "When would you leave checkpoints out and read the log again from the start? Good answers: with windows of "
                "a minute and a log that keeps some minutes, replay is nearly as fast and simpler. With windows of a day it "
                "is a day of clicks to read."
            ),
            onward="Counting survives a crash. There is a loss that no checkpoint sees: clicks that are refused.",
        ),
        Line(
            say=(
                "A phone was in a tunnel. Its clicks come up to eight seconds late, and their windows are closed. Read two "
                "tiles: came late and dropped. They rise together. Then open the claim: for each window there is a true "
                "count, and ours is lower. Nobody made a mistake, it is a rule that we chose. Ask who pays for it: here the "
                "publisher, since these clicks are not on the bill."
            ),
            mistake=(
                "Many propose to count a late click when it arrives. Then the sum over the day is right and two windows are "
                "wrong. Try the option Count by arrival, and the claim is still red."
            ),
            discuss=(
                "Late clicks can be added to the closed window. What must an advertiser be told? Good answers: numbers of "
                "the last minutes may still rise; a time after which they do not; and bills are written only from numbers "
                "that are final."
            ),
            onward="So far we missed clicks. One can also count too many, by accident or on purpose.",
        ),
        Line(
            say=(
                "Readers click twice, and nothing is asked about the id of the impression. In the panel of impression keys "
                "there are no keys, and repeats dropped stays at zero. Show the claim. Then vote, and let the class think "
                "of a forger instead of a nervous reader. Set the switch to Impression id, TTL: repeats stop. An invented "
                "id still passes, as it is new. Only the signature knows what we served."
            ),
            mistake=(
                "Many take deduplication for fraud protection. A memory of ids stops whoever comes twice. A forger comes "
                "once, with a new id each time; start the forgers under the TTL and forged, refused stays at zero."
            ),
            discuss=(
                "A signed id ends after some time. Why is that good for the memory of ids as well? A good answer: an id "
                "past its end is refused by its signature alone, so its key may be forgotten then. Without an end, it must "
                "be kept for ever."
            ),
            onward="Whatever we have built, some day it will be wrong for a reason that nobody thought of.",
        ),
        Line(
            say=(
                "The store writes wrong totals now, and no part reports an error. Look at reconciliation: each line has the "
                "total as it was and what the raw log says. A batch counts closed windows once more, by a plain and slow "
                "way, and overrides what differs. The stream is quick, the batch is right. Ask which one sends the bill."
            ),
            mistake=(
                "Many call this doing the work twice. The second count does not share the code, the memory or the store of "
                "the first. That is why it finds an error which the stream cannot see in itself."
            ),
            discuss=(
                "What would you do with the differences besides repairing them? Good answers: watch their number and alarm "
                "on it, since a healthy stream has none; keep was and raw log for each; search for the cause before the "
                "advertisers do."
            ),
            onward="End with the chain: log first, key by load, state with its position, ids signed, and a second count.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 6, 8), asks=(2, 5, 8), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 8), discusses=(4, 5, 7, 8)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 8), discusses=(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
