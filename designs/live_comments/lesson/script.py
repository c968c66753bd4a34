"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="I write one comment as the host. Follow it on the path, and note the order: first a position in the "
            "stream, then the database, then the log, and only then the screens. Look at the number that it got. That "
            "number is the id in the store, in the log and in the event that the screen receives. Now a viewer leaves, I "
            "write two more, it comes back, and it says one thing only: the last number that it has.",
            mistake="Many would push first and store afterwards, because pushing is what must be fast. If the store then "
            "fails, people have seen a comment that does not exist. The path shows that nothing is sent before it is "
            "committed.",
            discuss="Why is one numbering for store, log and screen worth so much? A good answer: “where I stopped” can "
            "be asked of any of them, a gap or a repeat is visible to everybody, and writing an entry twice under its "
            "number changes nothing.",
            onward="The comment is stored in a moment. How does it get to a screen that is only looking?",
        ),
        Line(
            say="The simplest way: each screen asks every two seconds whether there is something new. Look at Delivery "
            "delay. The bars are spread over the whole interval, not around one value, since a comment may come just "
            "before a question or just after one. Then look at Bytes by method of delivery: polls, and the share that "
            "came back empty. A real one carries its headers there and back, whether or not there was news.",
            mistake="“Then ask more often.” Halve the interval and the delay is halved, but the number of questions "
            "doubles. The tile of empty polls shows who pays: quiet streams cost as much as busy ones.",
            discuss="When is polling the right choice all the same? A good answer names few viewers, data that changes at "
            "known times, clients that may be minutes late, answers that a cache can give; and that no server has to keep "
            "a connection.",
            onward="The screen does not know when to ask. The server knows when to speak.",
        ),
        Line(
            say="The same comments, pushed. Look at the delay again: the bars have moved to the left, and it no longer "
            "matters when anybody asks. Write from two screens at the same time and compare them: the order is the same "
            "everywhere, as it comes from the positions and not from the moment of arrival. And note what is held now: "
            "one open connection for each viewer, on some server.",
            mistake="Many believe that only a WebSocket can push. This is an ordinary HTTP answer that does not end. The "
            "viewers hardly send anything, so the second direction of a WebSocket would be idle; resuming comes with the "
            "standard here.",
            discuss="Both push over one connection. Which would you take for a chat game in which everybody types all the "
            "time, and what must you then build? A good answer takes the WebSocket, and adds ids, reconnecting and "
            "reading on, which events bring along.",
            onward="Connections have to be held by many servers. So which server has to hear which comment, and what if "
            "one ends?",
        ),
        Line(
            say="Every server now gets every comment. In Who listens for what look at one row: a cell for each stream, "
            "and most have the colour “for nobody”. The figure above says how much of what was received was useful. The "
            "viewers notice nothing. The servers do: each reads the comments of all twelve streams to pass on those of a "
            "few.",
            mistake="“Filtering is cheap, let the server throw the rest away.” It is cheap with twelve streams. The load "
            "of each server is then the sum of all comments, so adding servers does not lower it: not one cell of waste "
            "disappears.",
            discuss="A channel per stream makes it better. What would spoil that, and who can prevent it? A good answer: "
            "viewers of one stream scattered over all servers make all of them subscribe; so the balancer must route by "
            "stream, and let a viral one spill over.",
            onward="Hearing the right thing is one half. The other is to be there at the moment when it is said.",
        ),
        Line(
            say="One server after another is replaced, as at every deploy. Viewers reconnect within a second, which "
            "sounds good. Look at The bus: a red count, comments that never came to a viewer who was waiting for them. "
            "And at the figure there: nothing to resume from. Open the evidence of “seen once, in order”: which viewer, "
            "which numbers are missing, and the server's end between them.",
            mistake="Most people look at how quick the reconnect is. The panel counts what happened in between. Pub/sub "
            "has no “in between”: it delivers to those who are subscribed at that moment, so a quicker reconnect makes "
            "the hole smaller and never closes it.",
            discuss="The comments are all in the database. Why are they not simply read from there after a reconnect? A "
            "good answer: they can be, if the viewer names its last id; but then all who reconnect at once ask the store, "
            "exactly during a deploy. A log in front takes that.",
            onward="So between those who write and those who watch we need something that remembers for a while.",
        ),
        Line(
            say="Two servers of four are gone, which is worse than before. Watch the table of servers: their connections "
            "appear at the others. Then The bus: “resumed: log” counts the reads for those who come back. And the claim "
            "stays green. A server keeps nothing that matters: who is connected to it can be learned again, and where "
            "they stopped, they know themselves.",
            mistake="Many would copy the state of a server to another one, to be ready. There is nothing to copy. The "
            "position is with the viewer and the comments are in the log; any server can go on.",
            discuss="The log keeps the newest thousand entries per stream. A viewer was away for an hour. What now? A "
            "good answer: the id is older than the first in the log, so it reads from the history in the store, page by "
            "page, and then joins the log without a hole.",
            onward="Servers may come and go. What about a viewer who is there, but too slow?",
        ),
        Line(
            say="Five viewers read two comments a second, and many more are said. Look at Slow viewers: each bar is a "
            "buffer, and it fills to thirty-two. Then the connection is ended, with a reason, and the viewer comes back "
            "later and reads on. Now look at everybody else: the delay has not moved. Then choose “wait for it”, and look "
            "at the delay once more.",
            mistake="Dropping sounds rude, waiting sounds fair. Switch to waiting and the claim “slow ones hinder nobody” "
            "breaks: one poor line decides when thousands see a comment. The one who was dropped loses nothing, because "
            "the log has it.",
            discuss="What other rules are there for a full buffer, and for what kind of data? A good answer: skip the "
            "oldest when only the newest matters, as with a score; merge several into one; send a sample of a viral "
            "stream; an unbounded buffer only moves the end to memory.",
            onward="This holds for what is said now. Who comes late wants to read what was said before, while it goes on.",
        ),
        Line(
            say="Eight people page back through the history while comments come in and some are hidden. They ask for "
            "“ten, but skip the first ten”. Look at Pages of history: two figures, twice and never. A new comment at the "
            "top pushes one that was seen onto the next page; a hidden one pulls one past the edge, unseen. Then switch "
            "to the cursor, and both stand still.",
            mistake="Many say that an index makes offsets fine. It makes them find the first row quickly; the database "
            "still walks past all that it skips. And no index helps against the figures here, because the place itself "
            "has moved.",
            discuss="The third option reads five pages ahead into a cache. What has to happen when a comment is hidden? A "
            "good answer: the cached pages of this stream must go, or the hidden text is shown; that is a small cost "
            "here, and a large one if hiding were frequent.",
            onward="One position instead of a count: that was the log's idea too. Now see it save a system whose map is "
            "wrong.",
        ),
        Line(
            say="A dispatcher decides from a table which server gets which comment. It no longer hears reports, and a "
            "server has ended. Look at its table, line by line: what it believes, and who watches where. Several lines "
            "are wrong. Now look at the screens: nothing is missing. The claim “seen once, in order” stays green, because "
            "each server compares its last number with the log and reads what it was not sent.",
            mistake="Many would make the dispatcher more reliable: replicas, faster reports. Its table is old at every "
            "moment in which somebody connects. What helps is that a wrong table costs a delay and not a comment.",
            discuss="Where should the truth about who watches what live? A good answer: with the servers that hold the "
            "connections; every table elsewhere is a copy with a lifetime; so let it only give hints, and let the "
            "position of each stream decide whether something is missing.",
            onward="To end: for each part of today, say what is lost when it dies. Where the answer is “nothing”, a "
            "number and a log stood behind it.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 5, 6, 7), asks=(2, 5), discusses=(6,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 5, 8), discusses=(3, 5, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(2, 4, 5, 8), discusses=(1, 2, 3, 4, 5, 6, 7, 9)),
    ),
)
