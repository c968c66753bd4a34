"""What a teacher says at each beat, and which beats fit into 20, 40 and 60 minutes."""

from __future__ import annotations

from sdlab.lab import Cut, Line, Script

SCRIPT = Script(
    lines=(
        Line(
            say=(
                "Count the tweets in the answer first, a handful. Then point at looked at each time: thousands. Ask why it "
                "is still quick here, and let somebody say it: the archive of this room is small. Multiply by a million on "
                "the board. What matters is what the cost depends on. A scan depends on all tweets ever written, even when "
                "the word occurs in none of them."
            ),
            mistake=(
                "Many say it is fast enough, just add a faster disk. The figure to watch is entries looked at, not "
                "milliseconds. It grows with every tweet that anybody posts, whatever is searched."
            ),
            discuss=(
                "Is there anything that a scan does better than an index? Good answers: a tweet is found the moment it is a "
                "row, there is no second copy that may be wrong, and any condition can be asked. The price is paid by each "
                "search instead of each write."
            ),
            onward="We turn it round, and let the words lead to the tweets instead of the tweets to the words.",
        ),
        Line(
            say=(
                "Read the two lists aloud, a few numbers of each; they are ids of tweets in order. Vote on where the walk "
                "begins, then press play. The pointer of the shorter list names a candidate, the other one jumps to it or "
                "past it. Count how many entries were never touched. Then compare found and looked at in the head of the "
                "panel with what the scan needed."
            ),
            mistake=(
                "Many imagine that both results are fetched and then compared. The walk never reads all of the longer list. "
                "Look at the jumps: whole stretches are skipped, since nothing of the short list lies in them."
            ),
            discuss=(
                "Why are the lists sorted by id and not by likes? Good answers: intersecting needs one common order, ids "
                "grow with time, so new entries are added at the end; likes change all the time and would move entries "
                "about in every list."
            ),
            onward="Lists of words raise two questions: what counts as a word, and how do new tweets get into the lists?",
        ),
        Line(
            say=(
                "Nobody typed run, and yet the list is called run. Show both terms, and then some tweets that were found. "
                "The rule was applied twice: once when the tweet was indexed, once when the query was read. If the two "
                "rules differ, nothing is found at all. Then point at the sentence below the lists: the query is read in "
                "several ways, since nobody has said in which language it is."
            ),
            mistake=(
                "Many think stemming is done to the query alone. Then running would be looked for as run, in lists that "
                "hold running. Both sides must pass through the same rule, and changing it means a new index."
            ),
            discuss=(
                "What do stems make worse? Good answers: different words fall together, names are cut like ordinary words, "
                "and an exact phrase is harder. Recall rises and precision falls. One can keep both forms, for a larger "
                "index."
            ),
            onward="The lists are good. Now people post all day long, and the question is when a new tweet is in them.",
        ),
        Line(
            say=(
                "Post a tweet yourself and search for it at once: not there. Count to two, search again. In between there "
                "was a commit. Point at the commits and segments in the panel of segments: each commit writes a small file "
                "that never changes again, and small ones are merged into larger ones. The tweet itself was safe in its row "
                "from the first moment. Stored and findable are two different moments."
            ),
            mistake=(
                "Many take a tweet that is not found for a tweet that is lost. Read waiting in the panel From posted to "
                "found: it is known how many are stored and not yet found, and they come with the next commit."
            ),
            discuss=(
                "Why does a search engine not simply write into its lists? Good answers: files that never change may be "
                "read without locks and cached freely, and writing is in one go; the price is merging, deleted entries that "
                "stay for a while, and a delay."
            ),
            onward="A commit costs nearly the same for one tweet and for a thousand. So somebody will want fewer of them.",
        ),
        Line(
            say=(
                "Ten seconds between commits, five seconds promised. Ask first what the author sees, then look at the "
                "histogram: the times spread out up to ten seconds, and the claim turns red. No part has failed. Memory, "
                "disk and processor look better than before, as there are fewer segments. Only the promise tells us that "
                "this is wrong. Without a number that was promised, nobody could say so."
            ),
            mistake=(
                "Many expect an error where a promise is broken. Searches answer quickly, and every answer is correct as of "
                "the last commit. Only the age of what is findable shows it."
            ),
            discuss=(
                "What should be promised, the mean or the worst case? Good answers: authors notice the worst, so promise a "
                "high percentile or a bound. With a commit every ten seconds the mean is five, and half of the authors wait "
                "longer."
            ),
            onward="Posts are few. The index hears of something else far more often, and most of it can be kept away.",
        ),
        Line(
            say=(
                "Compare two tiles, likes given and index writes for them. Then the plot. Right is the truth, up is what "
                "the index knows, and all points lie between the two lines: exact above, half below. The index hears at "
                "one, two, four, eight. It is used to choose a few hundred candidates, and these are ordered once more by "
                "exact likes. Read the recall: the first page is the true one."
            ),
            mistake=(
                "Many think an index must hold what one sorts by. It only must not lose the right candidates. Since it "
                "knows at least half, the best two hundred contain the best page, and the recall shows it."
            ),
            discuss=(
                "When are two hundred candidates too few? A good answer: when many tweets have about the same likes, more "
                "than two hundred of them may lie within a factor of two of the last on the page. Then N must grow, or the "
                "recall drops."
            ),
            onward="The second ordering looks like a small extra. Leave it out, and see what it did.",
        ),
        Line(
            say=(
                "Nothing of the index has changed, only the second look is missing. Vote, then read the recall. Find two "
                "neighbours on the page whose true likes are far apart: for the index they are equal, and the newer stands "
                "first. The damage is worst at the end of the page, where it decides who is seen and who is not. Sorting "
                "badly means choosing badly."
            ),
            mistake=(
                "Many say an approximation that is good within a factor of two is good enough to sort by. It is good enough "
                "to leave most tweets out. The recall shows the difference between choosing and ordering."
            ),
            discuss=(
                "Where else do you know this pattern, a cheap guess first and an exact look afterwards? Good answers: cells "
                "of a map before distances, a filter before a read from disk, candidates before a costly ranking. The guess "
                "must never lose what the exact look needs."
            ),
            onward="The first page is right now. Being right once is easier than being whole for somebody who reads on.",
        ),
        Line(
            say=(
                "A reader takes four pages by time while tweets arrive. Draw a list of twenty on the board, take ten, put "
                "three new ones on top, and take the next ten by counting from the top. Three of them were on the first "
                "page already. Now open the claim: this is what happened here, with ids. The search did nothing wrong; each "
                "page is the right answer to a question of its own."
            ),
            mistake=(
                "Many think it is a matter of timing, rare in practice. It happens whenever anything arrives between two "
                "pages of a popular query, and the claim turns red within seconds here."
            ),
            discuss=(
                "Why does going on below an id repair this, and why not below a timestamp? Good answers: new tweets come "
                "above, so nothing moves below the id. Two tweets can share a timestamp, and one of them would be skipped."
            ),
            onward="All that assumed that every part answers. Finally we ask what an answer is worth when one part does not.",
        ),
        Line(
            say=(
                "Shard 1 is down. First let them look at the page of results only, without the notice: it seems fine. Then "
                "point at the head of the panel of shards: without shard 1. Tweets are spread over shards by chance, so the "
                "missing half is a mixture of everything, and no reader could guess it from the list. Then give each shard "
                "a further copy and watch the number of such answers stand still."
            ),
            mistake=(
                "Many would call the answer wrong and return an error. Half of a search result is useful, if it says that "
                "it is half. The other two options of the switch show the choices: refuse, or keep silent."
            ),
            discuss=(
                "With more shards a search asks more machines. What happens to the slowest answers? Good answers: each "
                "search waits for the last, so the tail grows with the number of shards; ask a second copy when one is "
                "late; allow partial answers after a time."
            ),
            onward="End with the sentence: an answer may be late, rough or partial, as long as it is known and said.",
        ),
    ),
    cuts=(
        Cut(20, beats=(1, 2, 4, 5, 6, 7, 9), asks=(2, 7)),
        Cut(40, beats=tuple(range(1, 10)), asks=(2, 5, 7), discusses=(4, 7, 8)),
        Cut(60, beats=tuple(range(1, 10)), asks=(2, 5, 7), discusses=(1, 2, 4, 5, 6, 7, 8, 9)),
    ),
)
