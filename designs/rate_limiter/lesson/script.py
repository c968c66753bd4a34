"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="I send eight requests as Ana, as fast as I can. Look at the bucket first: it held five tokens, and they "
            "are gone. Now watch it fill, one token a second. Two numbers describe this rule, and people mix them up: how "
            "fast tokens come, and how many may be saved. Then open one of the three refused lines. It gives a reason and "
            "a waiting time. A client that waits that long gets through, so the refusal is useful to both sides.",
            mistake="Many take a limit of ten in ten seconds to mean that the first ten pass. The feed shows five passes "
            "and three refusals, because the burst is a number of its own: what may be saved up, here five.",
            discuss="Why should a refused client be told when to come back? A good answer says that otherwise clients "
            "retry at once and add load exactly when there is too much, and that the time must be rounded up, or the "
            "obedient client is refused a second time.",
            onward="One bucket, one verdict. Other algorithms would judge these same requests differently.",
        ),
        Line(
            say="Every request now goes past six judges, each with a memory of its own; only the marked lane decides. "
            "Start with the two window lanes and the log: they take up to ten of a burst where a bucket takes five. Then "
            "look at the leaky bucket, whose marks stand evenly: it delays instead of refusing. Last, compare the columns "
            "“passed” of token bucket and GCRA in Promise and count, and then their bytes.",
            mistake="People speak of the sliding window as one algorithm. Here are two lanes: the log keeps a time for "
            "each request and is exact; the counter keeps two counts and estimates. They part whenever requests come in "
            "lumps.",
            discuss="You protect a payment partner who breaks down at more than five calls a second. Which algorithm? A "
            "good answer takes the leaky bucket, since it spaces the calls evenly, and names its price: requests wait, "
            "the queue is finite, and callers need a timeout.",
            onward="A rule of ten in ten seconds sounds exact. It depends on where you let the ten seconds begin.",
        ),
        Line(
            say="Eve knows the clock. Look at Windows: two neighbours, each filled to ten, and no single one over the "
            "limit. Now read the line underneath, most in any window, wherever it begins: the fixed window stands near "
            "twenty, the log at ten. Then go to Passed against limit and find the third line, the promise. It lies at "
            "twenty. The claim stays green, because the fixed window never promised more than that.",
            mistake="Many say that the fixed window is a bit imprecise at the edge. It is off by the whole limit, and an "
            "attacker can bring that about every time: the figure for the fullest window shows it, at the same traffic "
            "for which the log shows ten.",
            discuss="When is a fixed window good enough? A good answer names coarse quotas, such as calls per day, where "
            "a double day hurts nobody, one counter per client, and a limit that can be halved if the service behind must "
            "hold the peak.",
            onward="So choose the algorithm by its promise. But any promise can be broken by how the counter is read and "
            "written.",
        ),
        Line(
            say="The same token bucket as in the beginning, the same store, the same limit. One thing is gone: the script "
            "that did it in one step. A gateway now reads, decides and writes back. Watch the passed line climb over the "
            "promise, and the claim “within the limit” turn red. Open the evidence: the lanes all read the same number of "
            "tokens before any of them has written. Note that nobody crashed and nothing was slow.",
            mistake="“Redis has one thread, so two requests cannot interfere.” One thread makes one command atomic. Here "
            "there are two commands, and the evidence shows the reads of many requests side by side in between.",
            discuss="How would you close the gap without a script? A good answer knows several ways: a counter that "
            "increments first and judges the result, watch and retry, or a lock per client; and says what each costs in "
            "retries or round trips under a burst.",
            onward="The counter has to be changed in one step. Does it have to be shared at all?",
        ),
        Line(
            say="Each gateway now keeps its own bucket in its own memory. No network, no race, very fast. Look at Promise "
            "and count, at the last two columns: the bytes in Redis are gone, those in memory are there. And look at the "
            "passed line: again over the promise. Every gateway follows the rule perfectly. Together they follow three "
            "rules.",
            mistake="A usual repair is to divide the limit by the number of gateways. It holds only while requests are "
            "spread evenly and the number stays. Set the number of gateways to one and the line comes down: the allowance "
            "followed the fleet, not the rule.",
            discuss="Some large services count locally all the same. What do they accept, and how do they limit the "
            "damage? A good answer names a looser limit for lower latency and no dependence on a store, clients pinned to "
            "one gateway, or counts that are exchanged every second.",
            onward="Shared counters, changed in one step. Two questions stay open: whose counter is it, and what if "
            "nobody can reach it?",
        ),
        Line(
            say="Nothing is wrong with the counting now. I have changed only the key. Look at Ana and Ben: they send "
            "little, and they are refused. The limiter believes that the three in the office are one client, and Eve has "
            "emptied its bucket. The claim “own use only” says so, and its evidence lists whose requests used up the "
            "allowance. Chi and Dev are not touched, as they come from elsewhere.",
            mistake="An address is often taken for a person. It may be an office, a school, or a whole mobile network; "
            "and one machine with an IPv6 network may own more addresses than there are customers. The red claim shows "
            "the first case.",
            discuss="Which key would you use on the login page, where nobody is known yet? A good answer combines keys: "
            "per account against guessing one password, per address or network against trying many accounts; and grants "
            "the address more room, since it may stand for many people.",
            onward="We know who pays for whom. Now for the case in which nobody can be asked.",
        ),
        Line(
            say="The counter store is gone, and traffic goes on. In Counter store the tile “let pass” counts up: requests "
            "that nobody judged. The claim “nothing unchecked” breaks with each of them, as it should. Now switch to fail "
            "closed: everybody gets 503, Ana too, who did nothing wrong. Then to local fallback: each gateway grants its "
            "share of the limit, three requests, from memory. None of the three is right for every service.",
            mistake="Fail closed sounds like the safe choice. Switch to it and watch: well-behaved clients are refused "
            "together with Eve. The limiter, a helper, has become a part whose outage takes down the service.",
            discuss="Which answer would you choose for a search page, and which for a form that sends text messages at "
            "your expense? A good answer lets search fail open, keeps the costly form closed or on fallback, and wants an "
            "alarm in each case.",
            onward="So decide beforehand what a limiter does without its store. It leans on another thing that nobody "
            "thinks of: the time.",
        ),
        Line(
            say="The store works, the script is atomic, and the algorithm is the exact one. Look at the table of gateways "
            "in Counter store: one of them has twenty thousand milliseconds on its clock. When it stamps a request, the "
            "whole log seems to be over, and is thrown away. Now look at the sliding log in Promise and count: more in a "
            "window than the limit. Open the evidence of “within the limit”: the wrong clock is in it as the cause.",
            mistake="Many believe that atomic means correct. The step was atomic and was given a wrong time. The column "
            "“over limit” counts passes of the one algorithm that has no error of its own.",
            discuss="Whose clock should count, and can you do without agreeing on time? A good answer takes one clock for "
            "a decision, such as the store's own, sees that it becomes a clock for all, and keeps times from running "
            "backwards after a failover.",
            onward="Every client is now held to its limit. That still says nothing about all of them together.",
        ),
        Line(
            say="Three hundred clients, some busier than others. Look at the two tiles of refusals in All together: by "
            "own rule, and by global rule. Almost all belong to the second. The gauge stands at the global limit of forty "
            "and does not go over it. Two rules are looked at in one step, and a request is charged to both or to "
            "neither. Otherwise clients would pay for requests that never reached the service.",
            mistake="It is easy to think that limits per client protect the service. They protect it from a client. By "
            "their own rules three hundred clients may send three hundred requests a second. The global rule lets four a "
            "second through, and the tile “by own rule” hardly moves.",
            discuss="When the global rule refuses, is it fair to whom? A good answer sees first come, first served, and "
            "that busy clients take most of it; then names weights, a reserved share for important traffic, or shedding "
            "by priority.",
            onward="To end, let everybody name one promise of a limiter, and the part that would break it: algorithm, "
            "step, key, store or clock.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 7), asks=(3, 4), discusses=(4,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 3, 4, 6, 7), discusses=(3, 4, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 3, 4, 6, 7), discusses=(2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
