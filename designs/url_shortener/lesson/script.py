"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Let me make one link and follow it. Watch the path: first the create, box by box, down to the shard that "
            "stores the row. Now the redirect. It takes another way: the cache is asked first, and only then one shard. "
            "Keep the two ways apart, because the second is used a hundred times as often. Open the line of the redirect "
            "in the feed and look at the cache's answer: nobody has followed this link yet, so it is not there.",
            mistake="Many think that a new link should go straight into the cache. The path shows that a create never "
            "touches it. Most links are hardly ever followed, so filling the cache with them would push out those that "
            "are.",
            discuss="A service makes a thousand links a second and serves a hundred thousand redirects. Which of the two "
            "would you rather see fail, and why? A good answer names redirects as the promise to old links, and says what "
            "they may depend on: a cache and one shard, not the key generator.",
            onward="The row is simple. The hard part is the short text in front of it: who decides which code is next?",
        ),
        Line(
            say="Look at the table in Key generator. Each server holds a range of numbers, and the column “left” goes "
            "down as it gives them out. Only when a range is used up does a server go back to the shared counter, once "
            "for a thousand links. Then look above it: token, number, code. The token goes up by one; the number jumps. "
            "The shuffle in between is one-to-one, so it hides the order without ever making two equal.",
            mistake="It is often said that unguessable means random or hashed. The last code here is neither: it comes "
            "from a plain counter through a keyed shuffle. The distance to the code before is huge, and no check for "
            "duplicates was needed.",
            discuss="A key server dies with 600 tokens left in its range. What is lost, and what must the next one never "
            "do? A good answer says that 600 codes are lost for good, cheap out of 3.5 trillion, and that a range must "
            "never be leased twice.",
            onward="That needs a counter that everybody can reach. Could we do without one, and simply draw codes at "
            "random?",
        ),
        Line(
            say="Now nobody coordinates anything: draw a code, look whether it is free, draw again if not. To see within "
            "seconds what otherwise takes days, the code has two characters. Watch the number of collisions, and in "
            "Collisions and retries the chance that a random code is taken. The chance climbs with every link, so each "
            "create becomes dearer than the one before. Let it run on, and at the end requests give up.",
            mistake="Many expect the first collision when the space is about half full. It came when some two per cent "
            "were used. Seven characters do not change the law: the even chance then lies near two million links, half an "
            "hour of a large shortener's traffic.",
            discuss="If collisions are certain, why do some services still draw at random? A good answer says that a "
            "collision is harmless while an insert refuses a taken code; that a retry is rare in a large, empty space; "
            "and that no counter can fail.",
            onward="A collision that is noticed costs one more try. One that nobody notices costs somebody a link.",
        ),
        Line(
            say="The ranges are back, and I take away one thing: reading the next token and writing its successor are now "
            "two round trips. There is no artificial pause in between. Watch the claim “one URL per code” under Must "
            "hold, and open its evidence when it turns red. Read the two lanes from the left: two reads of one value, "
            "then two writes. Each request did the right thing for itself. The later row replaced the earlier one, and "
            "neither caller got an error.",
            mistake="“Redis runs one command at a time, so this cannot happen.” Each single command was indeed "
            "undisturbed. The evidence shows that the gap lies between two commands, and that another client's commands "
            "ran in it.",
            discuss="The lab closes the gap in two places: the token is taken in one script, and a code is stored only if "
            "it is free. Which one would you keep if you could have only one? A good answer picks the conditional insert: "
            "it also guards against aliases, other processes and mistakes of the generator.",
            onward="With one owner per code made sure, let us turn from making links to following them.",
        ),
        Line(
            say="We change nothing but the answer's status and one header. Look at the two lines in Clicks made, clicks "
            "seen. At first they lie together, because every browser comes for the first time. Then they part. Below, the "
            "figure “by browsers” grows by what is missing: these people got to their page, faster than before. We just "
            "do not know about it any more.",
            mistake="People think that 301 and 302 differ only for search engines, and that switching back repairs the "
            "statistics. A browser that kept the 301 has no reason to ask again, so it never learns of our 302.",
            discuss="You sell click statistics, and redirects are your main cost. Which answer do you send? A good answer "
            "weighs exact counts, load and latency for visitors against each other, mentions that a link behind 301 "
            "cannot be changed or taken down for those who have it, and knows no-store.",
            onward="Whoever wants to see every click has to answer every click. So it matters what stands before the "
            "shards.",
        ),
        Line(
            say="Redirects are temporary again, and the cache holds fifty links. Compare two figures: fifty against all "
            "links, and the hit ratio in the gauge. The list below it shows why: the first entries have many hits, the "
            "last ones few. Then set the cache to off and look at Latency, where hits and shard reads stand side by side. "
            "The larger gain is in the calls that the shards no longer get.",
            mistake="Many size a cache by a share of the data: a tenth of the links for a tenth of the traffic. The gauge "
            "stands above fifty per cent with fifty links, since popularity is steep. The other side of it: twice the "
            "size brings far less than twice the hits.",
            discuss="An owner deletes a link that is in the cache. What has to happen, and what if there were ten caches? "
            "A good answer clears the entry with the delete, sees that a missed message leaves a stale one, and bounds "
            "that by a lifetime, at the price of asking again.",
            onward="A cache is usually bought for speed. What it does on a bad day is worth more.",
        ),
        Line(
            say="Find shard 2 on the ring before it goes: its colour covers about a third, in many small stretches. Now "
            "it is down. Watch the 503s at Requests: they come, but clearly fewer than one in three. Every popular link "
            "still works, because it is in memory. Notice also what the system does not do: it does not quietly store the "
            "codes of shard 2 somewhere else.",
            mistake="A common answer is that with consistent hashing the neighbours take over. They take over when the "
            "ring is changed. Here the shard is down, its rows are nowhere else, and the ring stays as it is: "
            "“unavailable” counts what belongs to it and is in no cache.",
            discuss="With two copies of each shard, when may a copy that was away answer again? A good answer says only "
            "after it has caught up: otherwise it says 404 for a link that exists, or gives a code away twice. A 503 is "
            "the honest answer until then.",
            onward="Losing a machine is one change of the layout. Growing is the other, and it happens more often.",
        ),
        Line(
            say="Everything is up, and a fourth shard joins while reads go on. Look below the ring at the line of the "
            "last change: how many rows moved, and in brackets what either rule would have moved for these very rows. "
            "Then switch to modulo and see it happen. In both cases no read fails: a read asks the former owner first, "
            "since rows only ever move towards the new one.",
            mistake="Many believe that consistent hashing is there to spread load evenly. Look at σ: remainder spreads "
            "better. What the ring buys is that few rows change their place when the number of shards does.",
            discuss="What do virtual nodes do, and what do they cost? A good answer says that one stretch per shard makes "
            "very unequal shares, that many small ones even them out and let a new shard take a little from each, for a "
            "larger table.",
            onward="A code now leads to one shard, however many there are. A long URL still leads to none: who has seen "
            "it?",
        ),
        Line(
            say="Before a link is made, one question: do we have this URL already? Codes are sharded and URLs are not, so "
            "it would go to all shards. The filter answers most of it from memory. Watch the cells darken, and the figure "
            "above: measured against theory, close together. It was built for a thousand URLs; after some ten seconds it "
            "holds more, and the rate rises beyond the ten per cent that it was made for.",
            mistake="“A Bloom filter may lose an entry.” It never does: its no is always right. Its errors go one way "
            "only, and the tile of false positives shows what one costs: a lookup that finds nothing. No link is ever "
            "wrong because of it.",
            discuss="The filter is too full. What can you do, and what about links that were deleted? A good answer "
            "rebuilds a larger one from the rows, or adds a second; knows that single bits cannot be cleared; and says "
            "that being too full costs lookups, not correctness.",
            onward="To end: which of today's parts protects a promise, and which only saves work? The insert protects; "
            "cache and filter save.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 7, 8), asks=(4, 7), discusses=(4,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(3, 4, 5, 7, 8), discusses=(2, 4, 7)),
        Cut(60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9), asks=(3, 4, 5, 7, 8), discusses=(2, 3, 4, 5, 6, 7, 8, 9)),
    ),
)
