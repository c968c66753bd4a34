"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Start on the grid. Three rows are the renditions, three columns the segments: nine cells. In each stands "
            "who did it, T1 or T2, and how long that took. They are dashed, because an earlier run has encoded this clip; "
            "queue, leases and writing are real. Above are the stages, from upload to ready. Then compare two figures: "
            "upload to ready, and what one encoder would take for the same nine cells.",
            mistake="Many take the chunks of an upload for the segments of the stream. Compare Chunk map and grid: four "
            "chunks, three segments. Chunks are cut by bytes, in order to travel. Segments are cut at key frames, so that "
            "each can be decoded by itself.",
            discuss="Two transcoders share nine cells. Why can the video not be ready in half the time that one would "
            "take? A good answer names what cannot be shared: cutting before, packaging after, the odd ninth cell, and "
            "waiting for the slowest one.",
            onward="Cells come later. First the bytes have to get here, over a network that is not ours.",
        ),
        Line(
            say="Take the vote, then follow a chunk in the path: from the network into an app server, and out of it again "
            "into the store. In Bytes on their way the large number counts what app servers carried; straight to the store "
            "stays at zero. Do the sum on the board: 100 TB a day are more than a gigabyte per second coming in, and the "
            "same going out. Nothing is gained for it, since the fingerprint is compared in the store.",
            mistake="Many say that bytes have to pass our servers, or anybody could store anything. Open a chunk in the "
            "feed: the app server takes bytes in and sends them on, and looks at none. Strangers are kept out by the "
            "signature of the address.",
            discuss="What do we lose when bytes no longer pass our own servers, and what takes its place? A good answer: "
            "the signature bounds method, key, size and time; the store's event tells that an object is there; limits are "
            "set at the announcement; scanning comes afterwards.",
            onward="So let the bytes go straight to the store. Who notices then that one of them is wrong?",
        ),
        Line(
            say="Look at the squares of the Chunk map: they have the colour of stored, not of stored and compared. Every "
            "chunk was taken with a success. The damage hits the head of the file, so it comes out later, in Queue and "
            "dead letters: files refused as no video. The uploader is blamed for what the network did. Had it hit the "
            "middle, viewers would have found it. Open the evidence of “every byte counts”, and compare the two "
            "fingerprints.",
            mistake="“TCP has a checksum, so what arrives is right.” The tile stored with other bytes says otherwise. "
            "Sixteen bits let some errors pass, and they cover one connection, not the proxies, memories and disks between "
            "two of them.",
            discuss="The client could read the file back and compare it. Why should the store do it? A good answer: "
            "whoever receives can refuse before it says yes; reading back doubles the traffic; and a client that has gone "
            "away compares nothing.",
            onward="Now the same network, and a store that was told beforehand what should come.",
        ),
        Line(
            say="The network is as bad as before. Three tiles tell the story. Refused by fingerprint goes up: these chunks "
            "came wrong. Stored with other bytes stays at zero. And in Bytes on their way, of these for nothing is the "
            "price: one chunk for each error. The hash is made while bytes pass, so the answer is there with the last byte "
            "of a chunk, not with the end of the film.",
            mistake="Many would compare one hash of the whole file at the end. That finds the error, and does not say "
            "where it is. The tiles show what a hash per chunk buys: one chunk is sent again, and not the file.",
            discuss="Would a CRC do instead of SHA-256? A good answer keeps accident and intent apart: a CRC finds "
            "accidents, and cheaply; only a cryptographic hash stops somebody who chooses bytes that match, and it can "
            "serve as a name for equal chunks.",
            onward="What is wrong comes again. What if the line itself dies in the middle?",
        ),
        Line(
            say="Vote first. Then the squares: chunks are stored, the third one breaks off, and all four are pending "
            "again. It is quick; the tiles keep it: stored, and sent again, and the share that was sent twice. Notice what "
            "was lost. No byte was deleted, the objects still lie in the store. What is gone is the knowledge that they "
            "are there. Then scale it up: if the line breaks every ten minutes, an upload of eleven minutes never ends.",
            mistake="People say that HTTP range requests make an upload resumable. Ranges let a reader ask for a part. "
            "What is missing here is memory on our side: the squares go back to pending because no row says any more what "
            "came.",
            discuss="Who should remember how far an upload is, the client or the server? A good answer: the server, for "
            "each chunk, since it alone knows what is stored. A client's memory goes with its tab, and knows nothing of an "
            "acknowledgement that was lost.",
            onward="So give each chunk a state that outlives the connection, and let the client ask for it.",
        ),
        Line(
            say="As many breaks as before: connections broken goes up. Stored, and sent again stays at zero. Now ask the "
            "class why the share that was sent twice is not zero; it lies near thirteen per cent. It is the chunk that was "
            "on its way: half of it had been sent, and half a chunk is not kept. Four kilobytes are much of a file of "
            "twenty-six. Set Chunk size to 2 KB, and watch the share sink.",
            mistake="Many conclude that chunks should be tiny. Each costs a request, a signature, a row and a hash: the "
            "tile requests with a chunk rises as the other one falls. Real object stores want five megabytes and more.",
            discuss="The page is reloaded in the middle of an upload. What does it need to go on? A good answer: the "
            "upload's id, kept in the browser; the same file, recognised by its fingerprints; the list of what is missing; "
            "and fresh addresses, as old ones expire.",
            onward="The file is here. Now machines work on it, and a machine may fall asleep.",
        ),
        Line(
            say="A stopped process is not a dead one. Transcoder 1 has its segment ready, and is stopped. Its lease of one "
            "second runs out, transcoder 2 takes the cell and writes it. Then transcoder 1 wakes up. For it no time has "
            "passed, so it writes as well. The tile taken after a lease counts the first step, in a manifest twice the "
            "second. Open the evidence of “each cell once”: two writes, two lanes, two tokens, and nobody compares them.",
            mistake="Many want the transcoder to look at its lease just before it writes. It can be stopped between "
            "looking and writing, too. The lanes show a process that has done nothing wrong by its own clock; it cannot be "
            "the one who decides.",
            discuss="Would a longer lease help? A good answer: the case becomes rarer and stays possible, and the cells of "
            "a transcoder that really died wait longer. A lease decides how soon we recover. It should not decide who may "
            "write.",
            onward="Each lease has had a number all along. It only has to be compared, and in the right place.",
        ),
        Line(
            say="The same sleep, and two tiles: refused by the token goes up, in a manifest twice stays at zero. Taken "
            "after a lease goes on as before, and that is as it should be. The cell was encoded twice and written once. "
            "Double work is waste; a double write is a fault. Ask where the comparison is made: in the transaction that "
            "writes the row, since that is the one place which both have to pass.",
            mistake="Many say that a good queue runs each job once. The tile taken after a lease shows that this one does "
            "not, and none can: from outside, a slow worker looks like a dead one. What can be made single is the effect.",
            discuss="The late transcoder has put its object into the store before it is refused. Why is no harm done? A "
            "good answer: its key contains the token, so nothing is overwritten; only a row makes an object count; and "
            "what was refused is deleted.",
            onward="Each segment is now written once. When may a player learn its name?",
        ),
        Line(
            say="Keep your eyes on the figure of the panel Manifest. For each new video it is red for a moment, so many of "
            "nine stored, and then green. While it is red, the text below is a promise that nobody has kept yet; the tile "
            "named before it was stored goes on counting. Ask what this file would be in a database. It is the commit: "
            "before it, anything may be incomplete, because nobody looks; after it, all has to be there.",
            mistake="Many answer that players will ask again, and soon find it. Look at the red figure: it is a promise, "
            "and if one cell ends as a dead letter, it is never kept. No number of tries brings a segment that failed for "
            "good.",
            discuss="Viewers want to start before the last segment is encoded. How, without naming what is not there? A "
            "good answer: a manifest that grows and has no end mark, as for live streams, or the low rendition first. The "
            "price: it is written again and again, and caches must not keep it.",
            onward="What is named is there. Whether it comes in time is up to the player.",
        ),
        Line(
            say="Read the plot from the top: the dashed line is the network as the player measured it, the flat one the "
            "rendition, 720p with about one megabit per second. Below are the seconds in the buffer. Where the network "
            "falls under the flat line, the buffer drains, and then playing stops. Now set “How does a player choose?” to "
            "Throughput-based, later to Buffer-based, and wait for the same tunnel. The lowest rendition needs some 260 "
            "kbit/s: it fits through.",
            mistake="Many ask for a larger buffer. It helps only if it is full before the tunnel begins, and the plot "
            "shows that it is not: at 720p there was too little time to fill it. Asking for less in time is what helps.",
            discuss="What misleads each of the two rules? A good answer: throughput is a mean of a few short downloads, so "
            "it follows a drop late; the buffer knows nothing of the network and begins low. Real players use one to "
            "start, and the other once they run.",
            onward="To end: cut small enough to lose little, compare before you accept, publish last, and let the player "
            "decide.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 5, 6, 7, 8, 9, 10), asks=(5, 7), discusses=()),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 5, 7), discusses=(3, 7, 8, 10)),
        Cut(
            60,
            beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            asks=(2, 5, 7),
            discusses=(1, 3, 5, 6, 7, 8, 9, 10),
        ),
    ),
)
