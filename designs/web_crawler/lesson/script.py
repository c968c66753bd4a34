"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Begin with the picture: one node, then its links, then theirs. A hollow node is an address that somebody "
                "has mentioned and nobody has visited. One in the colour of “stored” was fetched and read. Let the class "
                "watch which kind grows faster. A page is fetched once and names several others, so the list of what is "
                "still to do grows while we work on it. Then open one of the Newest pages: its text, its language, its "
                "charset. That text is all we came for."
            ),
            mistake=(
                "Many call a crawler a loop with a list in memory. Compare the addresses that are known with the pages that "
                "are read: what still waits is most of the state. A crawl takes days, and it cannot live in a variable of "
                "one process."
            ),
            discuss=(
                "In which order should the waiting addresses be fetched? A good answer: breadth first meets important pages "
                "early, since many links lead to them; depth first stays within one site and hammers it. Better is a "
                "priority by worth, kept apart from the question when a host may be asked."
            ),
            onward="What to fetch next is one question. When a host may be asked is another.",
        ),
        Line(
            say=(
                "Take the vote. Then Frontier, the list of back queues: behind each host stands the time before which "
                "nobody touches it. In its table the column “out” is never above one. Two fetchers with eight lanes each "
                "are free to work, but on different hosts. Now open the table of As the hosts see it, and compare what a "
                "host allows with the shortest pause that it got. The pause begins when the answer has come. So a host that "
                "is slow gets more rest."
            ),
            mistake=(
                "Many think that more fetchers make every crawl faster. A site with a thousand pages has one queue and one "
                "pause, whoever works on it. The times in the list show it: only more hosts give the lanes more to do."
            ),
            discuss=(
                "How would you spread this frontier over ten machines? A good answer: by a hash of the host, so that one "
                "machine keeps its queue and its time. By address, each of ten would be polite and the host would be asked "
                "ten times as often. The cost: hosts are of very different size."
            ),
            onward="What do the pauses protect? We find out by leaving them away.",
        ),
        Line(
            say=(
                "Look away from our own rates for a moment: from inside, this is our best run. Go to As the hosts see it, "
                "whose figures come from the other side. Read a line of its table aloud, strict-library: it allows a "
                "request per 1,000 ms; then the shortest pause that it got, how often we came too soon, and how often it "
                "refused. In the picture the sites that glow are those. A crawler that only measures itself measures its "
                "speed, and nothing of what it does to others."
            ),
            mistake=(
                "“A host that minds will say so.” The strict ones do, with 429. Others only answer later and later before "
                "they refuse, and their human visitors wait along with us. The column “last answer” shows what a host "
                "needs."
            ),
            discuss=(
                "A host answers 429 with Retry-After: 2, and four hundred of its addresses wait. What do you do? Good "
                "answers: the wait belongs to the host, not to the one address, so its whole queue rests. If it comes "
                "again, make the pause longer for good, and do not let all come back in one moment."
            ),
            onward="Pace is one thing that we owe to hosts. There is more, and there is what we owe to our own client.",
        ),
        Line(
            say=(
                "The pauses are back, and the rules are not read. Look at the panel robots.txt: “robots.txt fetched” stays "
                "at zero, and the figure on top is red. Again it is counted at the hosts. Name two rules that we walk over: "
                "closed-garden forbids a folder but allows one page in it, and private-club forbids all but a few. The "
                "longest rule that fits would decide. And one loss is easy to miss: a Crawl-delay stands in the same file, "
                "so we do not know that either."
            ),
            mistake=(
                "Many take robots.txt for a lock. The figure counts addresses that were forbidden and asked for, and the "
                "hosts answered. Nothing stopped us except our own will. What must stay secret needs a login; a list of "
                "forbidden paths even tells where to look."
            ),
            discuss=(
                "robots.txt of a host answers with 500. May we crawl there? A good answer tells two cases apart: 404 means "
                "that there are no rules; an error means that we do not know them, so nothing is asked for until we do. It "
                "weighs coverage against the wish of the owner."
            ),
            onward="As guests we behave now. What about our own house, when one of our processes dies?",
        ),
        Line(
            say=(
                "Vote first. Fetcher 1 dies when it has the answer and has not stored it, the worst moment there is. Then "
                "Frontier: “processes died” counts, and “nobody has” grows. Now the cruel part. “not finished” does not "
                "contain these addresses, because for this frontier the work was over when it gave it out. The crawl would "
                "end and report success. Only somebody who compares the rows with the frontier finds those that wait for "
                "ever."
            ),
            mistake=(
                "“A fetcher can give its addresses back before it ends.” This one ends by SIGKILL, as by a power cut or a "
                "kernel without memory: none of its code runs any more. “processes died” and “nobody has” rise together."
            ),
            discuss=(
                "Why not crawl once more from the seeds, and find what is missing? Good answers: it asks all hosts for "
                "everything a second time, and loses again what a fetcher dies with. Cheaper is a record of what is out. "
                "They see that a dead worker cannot report its own loss; a store must."
            ),
            onward="Whoever gives work away has to remember it until somebody says that it is done.",
        ),
        Line(
            say=(
                "The deaths are the same. New is the figure “leased”, and beside it “leases that ended”. An address whose "
                "fetcher died comes back after two seconds, to the head of its host's queue, and “nobody has” stays at "
                "zero. Say the order aloud: answer, store, acknowledge. Then ask: was a host asked twice for one page? Yes, "
                "it was. Was the page stored twice? No, since the number of the address is the key of its row. At least "
                "once, made harmless."
            ),
            mistake=(
                "Many would acknowledge as soon as the answer has come. But exactly between the answer and the store "
                "fetcher 1 dies here. Acknowledged that early, the address would be gone with it, and “nobody has” would "
                "grow as before."
            ),
            discuss=(
                "How long should a lease last? A good answer: not longer than one is ready to wait after a death, not "
                "shorter than the silence of a living fetcher; best, it is extended as long as the fetcher shows life. Too "
                "short, and a token must keep a late one from finishing what another has."
            ),
            onward="No address gets lost now. The next danger is that there is always one more.",
        ),
        Line(
            say=(
                "Find the calendar in the picture, and “calendar pages accepted” in Traps. Each page names the next month, "
                "the one before, the same month a year later, and twelve days. All of these addresses are new, valid and "
                "answered with 200. By every rule that we have had today this is a good site. We are polite to it, and it "
                "grows faster than we read. Then say who pays: a crawl may have so many pages, and these use them up."
            ),
            mistake=(
                "Most say: a limit of depth. There is one, at twenty links. Look at “deepest address” and at “beyond the "
                "depth limit”. The trap is wide before it is deep, and hundreds of pages lie in its first few steps."
            ),
            discuss=(
                "The guard counts addresses that differ in numbers alone, and stops at forty. Which honest site does that "
                "hurt? Good answers: archives and shops with numbered pages. Then what to do: a budget per host instead of "
                "yes or no, a higher one for hosts of worth, and a look whether new pages say anything new."
            ),
            onward="A new address need not be a new page, and a page that was fetched need not be well read.",
        ),
        Line(
            say=(
                "Three kinds of copies come in: mirrors, the same page with a session in its address, and one story in four "
                "papers. Look at Copies. “by the hash” takes the first two, “by the fingerprint” takes the third. Explain a "
                "fingerprint by what it does: texts that share most of their parts get bits that are mostly the same, so we "
                "count in how many of 64 two of them differ. Then set that knob to zero, and watch “copies missed”."
            ),
            mistake=(
                "“So allow more bits, and all are found.” The panel counts two errors: copies missed, and those wrongly "
                "taken for copies. A wider distance lowers the first and risks the second, and that one loses a page that "
                "was real."
            ),
            discuss=(
                "A page turns out to be a copy. May we drop its links as well? Good answers: under another address of the "
                "same host, yes, they lead to the same pages. On a mirror or in another paper, no: they are its own links. "
                "And which of two is the original? First found is a guess."
            ),
            onward="All this trusts our own reading. What if the program that reads is wrong?",
        ),
        Line(
            say=(
                "A bad version finds links and no text. Ask the class to find an error: there is none. Requests succeed, "
                "pages are stored, the crawl goes on. Only “read by a bad version” counts. When the good version is back, "
                "“read again” jumps and “fetched again” stays at zero: no host was asked for any of it. The bug comes and "
                "goes here, so they can see it more than once. This is why fetching and reading are two jobs with a store "
                "between them."
            ),
            mistake=(
                "Many call raw answers a waste, since the text is kept. “kilobytes, compressed” says what they cost. "
                "Against that stands the other way: choose “One stage”, and “fetched again” counts what the hosts pay for "
                "our bug."
            ),
            discuss=(
                "Nothing failed, so how do you notice such a bug? Good answers: note with each page which version read it; "
                "watch the length of texts and the languages over time; run a new version over stored answers and compare, "
                "before it goes live. Without raw answers none of that can be repeated."
            ),
            onward=(
                "End with three debts: to hosts, their pace and their rules; to whoever ordered it, nothing lost and "
                "nothing twice; to ourselves, an end."
            ),
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 5, 6, 7, 9), asks=(2, 5), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 8), discusses=(2, 4, 6, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 5, 8), discusses=(1, 2, 3, 4, 5, 6, 7, 9)),
    ),
)
