"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Follow one job with your finger: a row in the store, and nothing happens. Count down with the class. Then "
                "an extractor finds it, it stands in the queue, a worker takes it, and a line appears in the bin. Write the "
                "four places on the board: row, queue, worker, receiver. In each of the next steps we will break exactly "
                "one gap between two of them, and see what gets through."
            ),
            mistake=(
                "Many picture a timer for each job in memory. Kill the process and all timers are gone. Here the job waits "
                "as a row, and whoever is alive looks for what is due."
            ),
            discuss=(
                "What should the sender of a job be promised? Good answers: that it is kept once it was accepted, how late "
                "it may be, how often it may be tried, and whether it may come twice. At exactly nine and exactly once can "
                "both not be promised."
            ),
            onward="So somebody must look again and again for rows that are due, and one looker is soon not enough.",
        ),
        Line(
            say=(
                "Three extractors, each with four partitions, each looking four times a second. In the panel Due and called "
                "every point is a run: right is when it was due, up is how late. Vote, then look at the cloud: it fills the "
                "band between zero and the pause, quite evenly. Now ask what it would cost to halve the delay. Twice as "
                "many reads of the store, for as long as jobs fall due."
            ),
            mistake=(
                "Many take the pause for the delay. It is the bound, if scans keep up; the mean is half of it. The cloud of "
                "points lies in between, and a scan that finds too much would push it higher."
            ),
            discuss=(
                "How could jobs be on time to ten milliseconds without a hundred scans a second? Good answers: read some "
                "seconds ahead and keep these few in memory, sorted by time; the store is asked seldom, memory often. A "
                "crash means reading ahead again."
            ),
            onward="Scanning is shared out neatly so far. Let us see what that sharing is good for.",
        ),
        Line(
            say=(
                "Everybody reads everything now. Look at the panel Doubles: done twice, and queued twice. Then explain with "
                "three hands: three extractors read the same row within twenty milliseconds, all see waiting, all publish. "
                "The pause is a knob that we set in order to see it; a real extractor has it too, it only does not say how "
                "long it is. The receiver has no keys, so each repetition has an effect."
            ),
            mistake=(
                "Many believe that setting the row to queued prevents this. It does, for whoever reads afterwards. The ones "
                "who have read already do not look again, and queued twice counts them."
            ),
            discuss=(
                "In which ways can several processes take rows from one table without meeting? Good answers: lock rows and "
                "skip what is locked, which is simple, and all meet at one index; or give each its own share, which scales "
                "and needs somebody who gives."
            ),
            onward="We choose the second way. Then everything hangs on who owns what.",
        ),
        Line(
            say=(
                "The pause is still there, the jobs are the same, and done twice stays at zero. Point at the map of "
                "partitions: each has one owner and a number, the token of its lease. Nobody needs to lock a row against "
                "the others, as nobody else reads it. Two coordinators stand beside; the one with the lease leads. It only "
                "gives partitions away and is not in the way of any job."
            ),
            mistake=(
                "Many think the leader must see every job and is the bottleneck. Kill the coordinator that leads, in its "
                "box: owners go on, jobs are called, and only changes of ownership wait for the other one."
            ),
            discuss=(
                "A tenant has a million jobs at midnight. Would you partition by tenant or by job? Good answers: by job, or "
                "that tenant fills one partition and waits for one extractor; and limit what one tenant may have in the "
                "queue."
            ),
            onward="A single owner at a time: that is the promise. Can an owner know that it still is one?",
        ),
        Line(
            say=(
                "Vote before anything else. Extractor one reads its rows and is then stopped by the operating system, long "
                "enough to lose its lease. Another takes over. Then the first wakes up, in the middle of a function, and "
                "writes. Read written by a former owner. It did not misbehave; for it, no time has passed. A pause for "
                "garbage collection or a slow disk does just the same."
            ),
            mistake=(
                "Many say: check the lease right before writing. Between the check and the write there is always room to be "
                "stopped. The sleeper here had a valid lease when it looked."
            ),
            discuss=(
                "Would a lease of a minute instead of a second solve it? A good answer: it makes it rarer, and a dead "
                "extractor's jobs then wait up to a minute. No length is safe, for nobody can bound how long a process may "
                "sleep."
            ),
            onward="If the sleeper cannot know, then the place where it writes has to.",
        ),
        Line(
            say=(
                "Exactly the same sleep. The extractor wakes, believes, and writes, and the tile refused by the token goes "
                "up. The tile written by a former owner stays at zero. Each new owner gets a higher number, and the "
                "transaction that publishes compares it. Point at a partition whose token has grown. The judge is the "
                "store, as it is the only one that sees all writers."
            ),
            mistake=(
                "Many hold the token for a better lock. A lock asks to be respected by its holder. The token is checked by "
                "the store at the moment of writing, whatever the holder believes."
            ),
            discuss=(
                "The writer calls a service that knows nothing of tokens, such as a mail gateway. Does fencing help? A good "
                "answer: no, it works only where the resource compares. There one needs a key that makes a repeated call "
                "harmless."
            ),
            onward="Before the queue all is well now. On its other side stands a worker, which can die too.",
        ),
        Line(
            say=(
                "The worker calls, the receiver acts, and the worker dies before it says done. Look at delivered again and "
                "then at done twice: they rise together. Go back to the four places on the board. The fence stands between "
                "store and queue, and this gap is between worker and receiver. The queue cannot know what happened in "
                "there, so after its time-out it gives the run to somebody else."
            ),
            mistake=(
                "Many answer: acknowledge first, then call. Set it to Before the callback and let the worker die before its "
                "callbacks: the tile lost grows. Doubles have become losses."
            ),
            discuss=(
                "How long should the queue wait until it gives a run to another worker? Good answers: longer than the "
                "slowest callback, or healthy workers are overtaken; shorter than a job may be late. A worker that is slow "
                "can show signs of life meanwhile."
            ),
            onward="Since it must come twice now and then, let us make the second time harmless.",
        ),
        Line(
            say=(
                "The same deaths, and delivered again still rises. But done twice is at zero, and kept away by the key has "
                "taken its place. Each callback bears a key, job and timestamp. Ask why not a random number for each call: "
                "because the second try would bear another one. And why not the job alone: because tomorrow's run of the "
                "same job would be thrown away."
            ),
            mistake=(
                "Many conclude that we deliver exactly once now. The tile kept away by the key shows callbacks that came "
                "again. Delivery is at least once; the effect is once, and the receiver is the one who makes it so."
            ),
            discuss=(
                "How long must the receiver remember keys, and where? Good answers: as long as tries may still come, so the "
                "sum of all waits and time-outs; and in the same transaction as the effect, or a death in between brings "
                "the old problem back."
            ),
            onward="Deaths are dealt with. More often a receiver is not dead, just not there for a while.",
        ),
        Line(
            say=(
                "The receiver is down half of the time. Look at the ladder: one run, its tries, and each wait about twice "
                "the one before, with some chance in it. Cover the last bars and let the class guess the next wait. Then "
                "say why chance matters: a thousand runs failed in the same second. Without chance they would all come back "
                "in the same second, and knock it over again."
            ),
            mistake=(
                "Many retry at once, to be quick. Set it to Immediate: all tries fall into one outage, and the run is dead "
                "while the receiver would be back a second later."
            ),
            discuss=(
                "When should one not try again at all? Good answers: when the answer says that the request is wrong, since "
                "it stays wrong; when the job is of no use any more, like a password that has run out; and when the tries "
                "are used up, then a person must look."
            ),
            onward="Failing is one thing. A receiver that is merely slow is a harder one, for nothing reports it.",
        ),
        Line(
            say=(
                "The receiver takes one callback at a time. Watch the gauge of the queue rise to the mark and stay near it. "
                "Then read scans held back: the extractors look at the depth and wait. The jobs are late now, and they wait "
                "in the store, as rows. They can be counted there, cancelled, or dropped for their window. Nothing is lost, "
                "and no memory fills up."
            ),
            mistake=(
                "Many see a growing queue as the safe place. Set it to Scan regardless and watch the depth. Work has to "
                "wait somewhere, and what stands in the queue can be neither sorted nor taken back."
            ),
            discuss=(
                "Only one receiver of many is slow. Should all jobs wait? Good answers: no, give each receiver a share of "
                "the queue or a queue of its own, limit its calls at a time, and open a breaker; otherwise one slow "
                "customer stops all."
            ),
            onward=(
                "End at the board: the store judges owners, the receiver judges repeats, and waiting is done where it can "
                "be seen."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 3, 4, 5, 6, 7, 8), asks=(3, 5), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 3, 5), discusses=(3, 5, 7, 8)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 3, 5), discusses=(2, 3, 4, 5, 6, 7, 8, 10)),
    ),
)
