"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Ann writes one message. Watch her phone: first one tick, then two, then blue. Now look at A message and "
            "its ticks, and read the times from above: numbered, on Ben's phone, on Cleo's phone, ticked. Each tick is an "
            "answer from somebody else. The first comes from the store, the others from phones. Nobody on the server "
            "decides that a message has arrived; it can only be told.",
            mistake="Many take two ticks for “the server has sent it to the phone”. In the list of steps the second tick "
            "comes after the phones have answered, and with three people only when the last of them has.",
            discuss="What should one tick promise, so that Ann may close her phone? A good answer: the message is stored "
            "where the end of a server cannot take it, and it has its number in the chat; not that anybody was reached.",
            onward="All three were connected, to whatever server. Phones are mostly not as well-behaved as that.",
        ),
        Line(
            say="Forty-eight more people. Look at Chat servers: three processes, each with its own devices. When one of "
            "them takes in a message, the readers mostly hang on the other two. So look at the column of channels: a "
            "server subscribes to a channel for each user whom it holds. The sender's server does not know who is where. "
            "It says something on the reader's channel, and whoever is subscribed hears it.",
            mistake="Many draw one big chat server with a map from user to socket. It works on the board and on one "
            "machine. With three processes the map would have to be right in three places whenever a phone reconnects.",
            discuss="Pub/sub, a table that is polled, or a map of owners and direct lines: what does each do when a phone "
            "changes its server? A good answer: the table is late but never wrong; the map is wrong until it is told; the "
            "channel is gone for a moment, and what was said is gone too.",
            onward="The channel is fast, and it speaks to whoever listens. What about those who do not?",
        ),
        Line(
            say="Cleo boards a plane and Ben goes on writing. Look at Inboxes: her line grows by a row for each message, "
            "and nobody else's does, since Ann's phone takes hers out at once. The rows were written before anybody was "
            "told, not when it turned out that she was away. On Ben's phone the ticks stand still. The servers keep these "
            "messages, because one device has not answered.",
            mistake="It is often thought that a server notices that someone is offline and then stores the message. It "
            "often cannot know: a phone in a tunnel has an open connection. The row is written in every case, and taken "
            "out by the answer.",
            discuss="Cleo has a phone and a laptop, and only the laptop is on. Should the inbox belong to her or to each "
            "device? A good answer: each device must get everything once, so either a row per device, or one row and a "
            "note of who has it; the sum of rows against the bookkeeping.",
            onward="One side waits, the other is away. Coming back must be the simplest thing in the world.",
        ),
        Line(
            say="She lands. Watch three things at once: on her phone the messages appear in the order in which they were "
            "written; in Inboxes her rows disappear; and on Ben's phone the second tick comes. Then look at “caught up” "
            "in From send to device. There was no special procedure for coming back. The phone reads its inbox from the "
            "oldest row, and answers each.",
            mistake="Many would send what was missed as fast as possible, all at once, along with what is new. Then new "
            "ones may overtake old ones. Here the number in the chat gives the order, whichever way a message came.",
            discuss="The phone shows a message and dies before its answer is out. What happens when it returns? A good "
            "answer: the row is still there, so the message comes again; the phone knows its number and drops it. At "
            "least once from the server, once for the eye.",
            onward="That was the way with an inbox. Somebody will ask whether a fast channel is not enough.",
        ),
        Line(
            say="I take the inbox away: a message is published and that is all. And servers are killed while people chat. "
            "Phones are back in half a second. Look at From send to device: the tile “lost” counts. Then open the "
            "evidence of “once, in order” and look for the cause: a server ended, a message was published, its reader was "
            "between two servers. The sender has a tick all the same.",
            mistake="“Phones send again, so nothing is lost.” Senders do, when they get no answer. Here the sender had an "
            "answer. It is the receiver who lacks something, and it cannot ask for what it has never heard of.",
            discuss="With numbers per chat, the receiver sees a gap: 41, 42, 44. Is that enough to mend it? A good "
            "answer: only when another message follows, since the last one leaves no gap; and somebody must still have "
            "number 43. Numbers show a loss, only a store repairs it.",
            onward="So the message must lie somewhere before anyone is told of it.",
        ),
        Line(
            say="Everything as before, the same deaths, and the inbox is back. Read two tiles side by side: how often a "
            "server died, and how many messages were lost. Then “caught up”: these are messages that the channel did "
            "lose. They were found in the inbox at the next look. Notice that the channel has not become any better. It "
            "no longer has to be.",
            mistake="Many now want a reliable channel instead of the inbox: a topic per user in a log. It keeps what "
            "nobody heard, too. But that is a topic for every user, also for all who are away; the inbox is a few rows "
            "that vanish.",
            discuss="Could one leave out the channels, now that the inbox makes sure of everything? A good answer: yes, "
            "by reading the inbox again and again, late by half the interval, and most reads find nothing; so the channel "
            "is there for speed alone.",
            onward="The servers are safe now. Next come the phones, which know less than one thinks.",
        ),
        Line(
            say="A phone sends, hears nothing, and sends again, this time over another server. That is right: it cannot "
            "know whether the message or the answer was lost. But nobody here remembers the id that the phone gave to its "
            "message. Look at the tile “shown twice”, and at the page: the same words under two numbers. For the store "
            "these are two different messages.",
            mistake="“Drop a message with the same text and sender within a second.” People do write “ok” twice. Only the "
            "phone knows whether it is the same message, and it says so with an id that it chose before the first attempt.",
            discuss="Where must the id be looked up, and for how long must it be remembered? A good answer: in the same "
            "step that numbers the message, or two attempts slip through side by side; for as long as a phone may retry, "
            "which can be days after a flight.",
            onward="One more kind of word has to be true: what we tell the sender about the receiver.",
        ),
        Line(
            say="Now the second tick comes as soon as the server has written to the socket. It comes sooner, and most of "
            "the time it is even right. But phones here lose their connection with what was on its way. Look at Ticks: "
            "“before anybody had it”, and the badge with those that are untrue. The message itself is not lost, as the "
            "inbox still has it. Only the statement was false.",
            mistake="Many trust a write that returns without an error. It means that the operating system took the bytes. "
            "They may wait in a buffer, be on the air, or arrive at a phone that has just been switched off.",
            discuss="Does a TCP acknowledgement prove delivery? And an answer of the app? A good answer: TCP tells that "
            "the other machine's network code has the bytes, not that the app has stored them; only the app can say so, "
            "after it has stored, and “read” needs the person.",
            onward="A tick is a statement, and whoever makes it should have seen it.",
        ),
        Line(
            say="The phones are as bad as before. The tick waits again for what the devices say. Look at the same panel: "
            "hundreds of ticks, and no untrue one. What was lost on its way is in the inbox, is sent again, and only then "
            "the tick follows. So some ticks come late. That is not a weakness of the system; it is what the sender "
            "wanted to know.",
            mistake="Many would show the second tick early and take it back if needed. A sender has read it by then, and "
            "acted on it. The figure shows that being true costs a little time and not one message.",
            discuss="In a group of two hundred people, when do the two ticks appear, and is that useful? A good answer: "
            "when the slowest device of the last person has answered, perhaps never; so large groups show counts or "
            "names, and answers are gathered before they are told.",
            onward="To end: fast, sure and true were three different parts today. Let the class name which part was which.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 3, 4, 5, 6, 8, 9), asks=(5, 8), discusses=(6,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(3, 5, 8), discusses=(2, 5, 7, 8)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(3, 5, 8), discusses=(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
