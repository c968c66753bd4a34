"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Two submissions, one right and one wrong. Follow one along the path: entrance, a row in the database, "
                "queue, runner, sandbox, and back to the row. Stop at the entrance: it answered with an id before anybody "
                "ran the code. Then read the two rows of the panel Verdicts. Now say what was never in the sandbox: the "
                "expected answers. Arguments go in, answers come out, and whoever compares them has not been touched by "
                "foreign code."
            ),
            mistake=(
                "Many would put the tests beside the code and let it check itself, because that is quicker. Then a solution "
                "can read what is expected and return it. Look at My submissions: each hidden test shows its verdict, and "
                "none shows what it expects."
            ),
            discuss=(
                "Why does the sender not simply wait for the verdict on the open connection? A good answer: a job takes as "
                "long as the code likes. With an id and a queue the entrance holds nothing, a burst waits in one place, and "
                "a runner may die unnoticed. The price: the client must ask again, or be told."
            ),
            onward="One program of our own is easy. Now come programs of strangers.",
        ),
        Line(
            say=(
                "Look at Queue and runners, and read three figures in this order: how many wait, how many are taken, how "
                "many are judged in a second. Then the two runners: each shows whose code it has at this moment. Their "
                "number bounds how many cores strangers may use. Everything above that becomes waiting, and waiting is what "
                "the histogram measures. In Sandboxes the figure “judged in a sandbox” tells how many of these really ran."
            ),
            mistake=(
                "Many size the judges by the average. A hundred thousand people with twenty submissions each in ninety "
                "minutes are 370 a second, and several times that in the last minutes. The figure “deepest” shows that even "
                "here some had to wait while the runners keep up on average."
            ),
            discuss=(
                "The contest ends in five minutes and the queue grows. What would you do? Good answers: start runners "
                "before the wave, since its hour is known; give the contest a queue that goes before practice; tell people "
                "how long it takes. A refusal with 429 is meant for one who floods, not for a crowd."
            ),
            onward="So far all of this code wanted to solve something. Now somebody sends code with another aim.",
        ),
        Line(
            say=(
                "Let them vote. Then point at two entries of Attacks, “Read a file of the host” and “Read /etc/passwd”, and "
                "read what each got. Now read the verdict beside it, slowly: wrong answer. For the judge this was a poor "
                "solution of Two Sum and nothing more. No limit was touched, and no alarm rang. The secret left the machine "
                "as the return value of a function. Only the claim “the host is unharmed” has noticed."
            ),
            mistake=(
                "“CPU and memory are limited, so it is a sandbox.” Both attacks needed hardly any time and a few hundred "
                "bytes. The panel shows that something got out while each of the limits was kept."
            ),
            discuss=(
                "Would it be enough to set the rights of that file well? A good answer: it helps, but the process still has "
                "the network, the other processes and every file that all may read, and one forgotten file is a leak. Start "
                "from nothing, and add what the interpreter needs."
            ),
            onward="We have bounded the amount. What is missing is a wall around what can be seen at all.",
        ),
        Line(
            say=(
                "Same code, another place. Point at three entries: the file, the socket, the fork bomb. Under each it says "
                "that it got nothing. Then ask what stopped them, because it is not one thing. The file does not exist in "
                "this root. The calls for sockets and for new processes are refused by the filter. And should the filter "
                "miss one, the network behind it has no way out. Several walls, one behind the other, and the limits stay."
            ),
            mistake=(
                "Many take a container for a small virtual machine. Read the line under the option: one kernel for all. "
                "Every call that the filter lets through is answered by the kernel of the host, and an error in there is a "
                "way out."
            ),
            discuss=(
                "What can code still do in here? A good answer: use up its CPU time, notice how busy the machine is, and "
                "try the kernel through the calls that are allowed. So limits stay, the list of calls is kept short, and "
                "tenants who must never meet get a virtual machine each."
            ),
            onward="The code is shut in. Now to the judge itself: what it costs, and what happens when it breaks.",
        ),
        Line(
            say=(
                "Take the vote, then go to Sandboxes. Read “started cold”, and at the tier in use compare two numbers: "
                "start and job. The job is a few lines over short lists. The start is all that comes before its first line. "
                "Then look at Queue and runners, at the time from sending to the verdict. This is the bill for keeping "
                "nothing ready. It is not paid once: an interpreter is never used twice, so each job that runs pays it "
                "again."
            ),
            mistake=(
                "Many blame the namespaces. Switch the isolation to “Process + rlimits”, leave the start cold, and compare "
                "the two tiers in Sandboxes: most of the time is still there. It is the interpreter that loads itself."
            ),
            discuss=(
                "When is scaling to zero the right choice all the same? Good answers: code that runs rarely, nobody in "
                "front of the screen, many languages with few jobs each. They weigh memory that lies idle against a start "
                "while a user waits, and may name snapshots of a started interpreter."
            ),
            onward="If a start cannot be made short, it can be made earlier.",
        ),
        Line(
            say=(
                "No start became faster; we have only moved it. Point at “wait for a job”: these interpreters are up, shut "
                "in, and have not seen a line of foreign code. Then “found warm”, and the p50 of waiting for an "
                "interpreter, which has all but gone. After a job the next start goes on beside the following job. So jobs "
                "and starts run a race, and “started cold” says how often the starts have lost it."
            ),
            mistake=(
                "Many would let a warm interpreter serve job after job, since that is faster still. But code can leave a "
                "changed module or a thread for its successor. Read “found warm” as a number of interpreters that were used "
                "up: one for each job."
            ),
            discuss=(
                "How many should wait? A good answer multiplies: jobs per second times the time of a start, and room for a "
                "burst on top. Each that waits has its memory all day. A contest begins at a known hour, so the pool can be "
                "filled just before it."
            ),
            onward="Speed is settled. Next is what we owe to everybody who sends: one verdict, whoever dies.",
        ),
        Line(
            say=(
                "The queue hands out an id and forgets it: one command, very fast. Runner 1 dies at every second job, and "
                "is started again. Now compare two panels. Queue and runners counts what waits; Verdicts counts rows that "
                "are still queued. The second number is larger, and the difference does not go away. That is the figure "
                "“lost”. Open the evidence of “judged once”: nobody decided wrongly. The id was in one hand only, and that "
                "hand is gone."
            ),
            mistake=(
                "“The database has the row, so nothing can be lost.” The row is there, and it says queued. But no runner "
                "looks into the table, they all take from the queue. “lost” grows while not one row is missing."
            ),
            discuss=(
                "Could a job that looks for rows that wait too long repair this? A good answer: yes, such a reconciler "
                "works, but it must guess how long is too long, and too soon means judged twice. A lease contains the same "
                "guess, and a living runner can extend it."
            ),
            onward="So the queue has to remember who has what. That brings a new danger: two who believe it is theirs.",
        ),
        Line(
            say=(
                "Two faults at once. Runner 1 dies: its lease ends, and “delivered again” counts. Runner 2 is the worse "
                "one. It does not die, it sleeps past its lease and goes on as if nothing had happened. Follow one "
                "submission: given out with a token, given out again with a higher one, and the row keeps the higher. The "
                "sleeper writes with its own, and the update matches no row. That is “verdicts refused”, and “written "
                "twice” stays at zero."
            ),
            mistake=(
                "Many say that a runner should look at its lease before it writes. It can be stopped between the look and "
                "the write. Every refused verdict on this panel is from a runner that had a valid lease when it began."
            ),
            discuss=(
                "Switch to “Lease alone”. What harm does a second verdict do, if the code is the same? Good answers: near a "
                "limit the times differ, so a verdict can change after somebody has seen it; points and news go out twice. "
                "Where writing again is harmless, no token is needed."
            ),
            onward="Each submission has its one verdict. Everybody wants to see what the verdicts add up to.",
        ),
        Line(
            say=(
                "Now the Leaderboard. First what is good: looks grow, and reads of the database hardly do. Then two other "
                "figures, “checks that found it old” and “oldest that was shown”, which climbs towards the life of the "
                "cache. Ask who is hurt by it. A spectator is not. Somebody who decides in the last minute whether one more "
                "problem is worth the risk is deciding with the ranks of some seconds ago."
            ),
            mistake=(
                "Many think that a push cures it, since nobody waits for the next poll. Look at Spectators: messages do go "
                "out soon after a verdict. Yet the checks still find an old board. A push delivers whatever the read behind "
                "it returned, and that was the cache."
            ),
            discuss=(
                "What if each accepted verdict cleared the cache? Good answers: it would be fresher. But in a contest "
                "verdicts come all the time, so the cache is mostly empty, and after each clearing many looks run the same "
                "query at once. And a clearing that gets lost leaves the old answer until its time is over."
            ),
            onward="How long may we keep an answer? Better to ask whether it can be kept right.",
        ),
        Line(
            say=(
                "Same looks, and two figures stay at zero: reads of the database, and checks that found it old. Ask what "
                "has moved. It is the work: from everybody who looks to the few who change something. An accepted verdict "
                "moves one person, at a cost that grows with the logarithm of the people. Looks read a stretch at one end. "
                "Then the ties: points count first, and behind them who was there earlier, both in one score."
            ),
            mistake=(
                "“It is fresh because Redis is fast.” The cache of five seconds lies in the same Redis and was old. The "
                "difference is who changes it: the set by each verdict, the cache by the clock. “checks that found it old” "
                "shows it."
            ),
            discuss=(
                "A runner commits the verdict and dies before it tells the set. What now? A good answer: the rows are the "
                "truth and the set is a copy with a gap. Rebuild or compare it from the rows, make telling it harmless when "
                "repeated, or write the change into an outbox in the same transaction."
            ),
            onward=(
                "To end, three rules: shut code in before it is read, let the queue remember what it gave away, and let "
                "each write move the copy that all look at."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 3, 4, 7, 8, 9, 10), asks=(3, 7), discusses=(4,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(3, 5, 7), discusses=(3, 4, 7, 8)),
        Cut(
            60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(3, 5, 7), discusses=(1, 2, 3, 4, 6, 7, 8, 9, 10)
        ),
    ),
)
