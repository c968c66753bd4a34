"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say="Five people have liked the tweet on top. Look at two figures in Redis against the database: what Redis "
            "has, and what is stored. They differ, and nothing is wrong. Below stands the next threshold: at that many "
            "likes the row is written again. Then look at the third figure, people who like it. It equals Redis, because "
            "each like is also a row of its own. Three places, and only one of them is behind on purpose.",
            mistake="Many conclude that the database has lost some likes. Compare “people who like it” with “stored”: the "
            "likes themselves are all rows in the database. Only the number beside the tweet is written seldom.",
            discuss="Who needs the exact number, and who is served well by a rough one? A good answer: whoever presses "
            "must see the own like at once; a list sorted by likes can do with a rough order; money or votes need the "
            "exact one.",
            onward="With five likes nobody would build this. So let the tweet become popular.",
        ),
        Line(
            say="Now twenty people at a time like one and the same tweet. The scale doubles with each step, so look at "
            "the shape: likes climb steadily, writes of the count make one small step at each doubling. Read “most liked "
            "tweet” and “its writes” side by side. The rows of likes can be spread over pages and machines. The count is "
            "a single row, and that is what is saved here.",
            mistake="It is said that the counter in Redis takes all writes off the database. The caption says otherwise: "
            "every like is still a new row. What it takes off is the one row that thousands would queue for.",
            discuss="Powers of two, or every thousand likes: what does each do to a tweet with forty likes and to one "
            "with a million? A good answer compares a relative with an absolute error: at forty, thirty-two against none; "
            "at a million, twenty writes against a thousand.",
            onward="To value a rule, one should see it missing.",
        ),
        Line(
            say="Same people, same tweet, the plain rule: one write of the count for each like. Watch the two lines in "
            "Database writes saved. They climb together, and “saved” stays near nothing. The tweet does not become slower "
            "at once here. But all those writes go to one row, one after the other, and no second machine can take over "
            "half of them.",
            mistake="Many suggest more database servers. The number of writes would fit; their target would not. Look at "
            "“its writes”: hundreds, all for a single row, and a row lives in one place.",
            discuss="Another way is to cut the counter into sixteen parts and add them up when reading. How does that "
            "compare with thresholds? A good answer: parts keep the database exact and spread the heat, every read adds "
            "sixteen rows, and the number of writes stays as it was.",
            onward="Fewer writes are cheap as long as Redis is there. What do we trust, if it is not?",
        ),
        Line(
            say="Every sixty likes the counter loses all it had. Watch “losses of Redis” and, right beside it, “counts "
            "built again”. Then the claim “no like is lost”: it stays green. The first press after a loss finds no count, "
            "asks the database how many rows of likes there are, and goes on from that number. The stored count is not "
            "used for this; it would be too low by up to half.",
            mistake="Most people expect to lose what came since the last write of the count. That would be so if the "
            "count were the truth. It is a sum of rows, and each row was committed before its sender got an answer.",
            discuss="The first press after a loss has to count the rows. What if a tweet has ten million? A good answer: "
            "one builder at a time while others wait or go on with the stored figure, rebuilding in the background, or "
            "partial sums kept with the rows.",
            onward="A count can be made again from its rows. The same holds for other things that are made from rows, "
            "such as an index.",
        ),
        Line(
            say="Now people search. Look at Inverted index: for each word of the search there is a list of tweets. Follow "
            "the walk. It begins with the rarest word, because nothing can be in the result that is not there. Then look "
            "at two figures: found, and looked at. They are close together. The price stands in another panel, Outbox and "
            "index: a tweet is searchable a little after it is written.",
            mistake="Many take a full-text index to be a faster way of comparing texts. No text is compared in this "
            "search. The panel counts entries of lists, and the texts are only fetched for what was found.",
            discuss="A tweet is committed and the indexer dies before it has heard of it. What must be true, so that the "
            "tweet is found in the end? A good answer: its outbox row was committed with it, the indexer reads on from "
            "there, and indexing it twice changes nothing.",
            onward="Whether an index is worth its upkeep depends on what it saves; and whatever finds the tweets, they "
            "come page by page.",
        ),
        Line(
            say="The same words, now by comparing every text. One figure tells it all: looked at per search. It is the "
            "number of all tweets, whatever the word. Now be fair and look at the time: with two thousand tweets both are "
            "quick. Raise the archive to two hundred thousand and search by hand once more. The list hardly notices, the "
            "scan does.",
            mistake="“LIKE is slow, the index is fast” is too simple. At this size a scan is good enough and has no lag "
            "at all. What differs is the growth: with all tweets, or with those that contain the word.",
            discuss="Would an ordinary database index on the text column help this search? A good answer: a B-tree helps "
            "with the beginning of a text, not with a word in the middle; for that one needs an index of words or of "
            "three-letter pieces.",
            onward="Enough of finding. Results are read page by page, while the world goes on.",
        ),
        Line(
            say="Accounts tweet while people scroll, and a page is named by a number: skip eight, take eight. Draw it on "
            "the board: ten tweets, I read the first eight, two new ones come on top, and now number nine is one that I "
            "have read. Then look at Repeats and gaps: “twice” goes up. The panel compares what people were shown with "
            "what stood there before and after.",
            mistake="Many expect gaps as well, or expect that it is rare. New tweets only push down, so they repeat; gaps "
            "come when something above is deleted. How often it happens depends on arrivals per page that is read, and "
            "busy feeds have many.",
            discuss="Somebody proposes to read five pages ahead and keep them. What does that mend and what not? A good "
            "answer: inside the kept pages nothing slips, the next question slips again, memory is used per reader, and "
            "deleted tweets stay unless pages hear of it.",
            onward="The page number names a place in a list that moves. Let us name something that does not.",
        ),
        Line(
            say="Only one thing has changed: the next page is asked for by the last tweet that was seen. Watch the "
            "scrolls count up, and both figures stay at zero. New tweets come in above and are simply not part of this "
            "scroll. Remember what we gave up: nobody can jump to page seven, because there is no page seven until "
            "somebody has read six.",
            mistake="People think that a cursor is something that the server keeps open for each reader. Here it is a few "
            "characters that the client holds. The server keeps nothing and only reads on from there.",
            discuss="What must be in a cursor when results are sorted by likes, which change while one scrolls? A good "
            "answer: likes and id alone are not enough, since a tweet may pass the reader's place in either direction; "
            "the order of the first page has to be kept.",
            onward="The reader's place is safe. But a page can only be as right as the copies that it is made from.",
        ),
        Line(
            say="People take tweets back, and for now only the row is marked. Watch the figures in Deleted, and still "
            "somewhere: those of them in the index grow, and then “shown”, in red: somebody searched and got what its "
            "author had taken back. Open the evidence of “deleted is gone” and read the order: first the delete was "
            "acknowledged, then the search found it. Nothing failed. Nobody was told.",
            mistake="Many think of deleting as one write. Count on the panel who else has the tweet: index, counts, kept "
            "pages. Each copy made for speed is one more place from which it must go.",
            discuss="The index reads its news from an outbox. A tweet is written and deleted within a second; which order "
            "may the news arrive in, and what then? A good answer: the old news may come after the removal, so the index "
            "must remember what is gone, or compare versions.",
            onward="One more case in which two places have to agree: the counter, and the people behind it.",
        ),
        Line(
            say="Three hundred people press like again and again. The counter no longer asks whether it knows them. Look "
            "at Likes and people: the two lines leave each other, and the badge says how many likes nobody gave. In the "
            "database all is well: a person and a tweet are the key of a row, so the second row is refused. Only the "
            "number that everybody looks at is wrong.",
            mistake="“The button is disabled after the first press.” The screen shows presses, and it does not matter "
            "where they come from: a double tap, a retry after a lost answer, a script. What counts once must be decided "
            "where it is counted.",
            discuss="The set of likers takes some sixty bytes for each like. When could you do without it? A good answer: "
            "the unique key of the likes table decides as well, at the price of asking the database first; for old tweets "
            "that hardly change this is cheaper.",
            onward="To end: for each number on this page, ask which rows it is made from, and who tells it of a change.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 3, 4, 5, 7, 8), asks=(2, 4), discusses=(4,)),
        Cut(40, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 4, 7), discusses=(2, 4, 7, 9)),
        Cut(
            60, beats=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), asks=(2, 4, 7), discusses=(2, 3, 4, 5, 6, 7, 8, 9, 10)
        ),
    ),
)
