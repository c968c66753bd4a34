"""The snapshot: the last look at rows, Valkey, index and disk, made ready to print."""

from __future__ import annotations

from datetime import UTC, datetime

from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.hot_queries import HOT_FROM
from designs.tweet_search.engine.nodes import CACHE, INDEXER, LIKES, OWN, SERVICE, TWEETS
from designs.tweet_search.engine.searching import FoundTweet
from designs.tweet_search.engine.strategies import COMMIT_RULES
from designs.tweet_search.inside.views import (
    CostView,
    FreshView,
    HotTermsView,
    HotView,
    KeptView,
    LikedView,
    LikesView,
    ListsView,
    PagesView,
    PartView,
    ScreenView,
    SegmentsView,
    SegmentView,
    ShardView,
    Snapshot,
    SourceView,
    TermListView,
    TweetView,
    WalkStepView,
)
from sdlab.lab import Tally, amount
from sdlab.lab.views import delay_view, view_of

MIB = 1024 * 1024
SEGMENTS_SHOWN = 48
HOT_SHOWN = 12
SECONDS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
RECENT_S = 30 * 86_400


def build_snapshot(engine: TweetSearch) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        screen=_screen(engine),
        lists=_lists(engine),
        scores=_scores(engine),
        segments=_segments(engine),
        shards=_shards(engine),
        likes=_likes(engine),
        pages=_pages(engine),
        fresh=_fresh(engine),
        hot=_hot(engine),
        cost=_cost(engine),
        source=_source(engine),
    )


def build_tallies(engine: TweetSearch) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, recall = engine.counters, engine.checker.recall
    delays = counters.found_ms.merged(engine.clock.monotonic())
    up = max(1.0, engine.clock.monotonic() - engine.opened_at)
    lists = engine.reader.look.last
    return (
        Tally("looked", "Entries looked at per search", "entries", round(_per_search(engine), 1)),
        Tally("recall", "Recall of the true first page", "%", round(100 * (recall or 0.0), 1), "more"),
        Tally("like_writes", "Index writes for likes", "writes", float(engine.likes.told)),
        Tally("found_after", "New tweets are found after (p95)", "s", round(delays.quantile(0.95) / 1000, 2)),
        Tally("commits", "Commits per second", "per s", round(counters.commits / up, 2)),
        Tally("segments", "Segments", "segments", float(sum(map(len, lists.segments))), "same"),
        Tally("lacking", "Answers that lack a shard", "answers", float(counters.partial)),
        Tally("kept", "Ids kept in the page cache", "ids", float(lists.listed)),
    )


def _label_nodes(engine: TweetSearch) -> None:
    look = engine.reader.look.last
    details = {
        SERVICE: f"{engine.counters.searches:,} searches",
        CACHE: amount(look.lists, "list"),
        LIKES: f"{look.queued:,} for the index",
        TWEETS: f"{engine.tweets.size:,} tweets",
        INDEXER: f"every {COMMIT_RULES[engine.config.commit].seconds:g} s",
        OWN: f"{engine.tweets.size:,} tweets",
    }
    for number, segments in enumerate(look.segments, start=1):
        details[f"shard-{number}"] = amount(len(segments), "segment")
    for node in engine.nodes.values():
        node.detail = details.get(node.id, "")


def _screen(engine: TweetSearch) -> ScreenView:
    screen, now = engine.screen, engine.clock.time()
    result, mine = screen.result, screen.mine
    missing = ", ".join(f"shard {one + 1}" for one in result.missing) if result else ""
    return ScreenView(
        known=result is not None,
        query=screen.query,
        sort=screen.sort,
        tweets=tuple(_tweet(one, now) for one in screen.items),
        total=(result.total or 0) if result else 0,
        counted=result is not None and result.total is not None,
        more=screen.next is not None,
        partial=missing,
        problem=screen.problem,
        mine=mine.text if mine else "",
        mine_id=mine.id if mine else 0,
        found_s=round(mine.found_at - mine.at, 2) if mine and mine.found_at is not None else -1.0,
    )


def _tweet(one: FoundTweet, now: float) -> TweetView:
    tweet = one.tweet
    return TweetView(
        id=tweet.id,
        author=tweet.author,
        text=tweet.text,
        when=_when(tweet.at, now),
        language=tweet.language,
        likes=one.likes,
        approximate=one.approximate,
    )


def _when(at: float, now: float) -> str:
    """How long ago, or on which day (UTC) where that is long."""
    ago = max(0.0, now - at)
    if ago > RECENT_S:
        return f"{datetime.fromtimestamp(at, UTC):%-d %b %Y}"
    length, unit = next(one for one in SECONDS if ago >= one[0] or one[0] == 1)
    return f"{int(ago / length)} {unit}"


def _lists(engine: TweetSearch) -> ListsView:
    seen = engine.lists.look.last
    names, every = " ∩ ".join(one.term for one in seen.terms), seen.all
    return ListsView(
        query=seen.query,
        readings=seen.readings,
        lists=tuple(TermListView(one.term, one.ids, one.total) for one in seen.terms),
        steps=tuple(WalkStepView(one.kind, one.which, one.start, one.at, one.id) for one in seen.steps),
        more=seen.more,
        walk=names,
        matches=len(seen.matches),
        visited=seen.visited,
        skipped=seen.skipped,
        all_terms=every.terms if every else None,
        all_ids=every.entries if every else None,
        longest=every.longest if every else "",
        longest_ids=every.longest_entries if every else None,
    )


def _scores(engine: TweetSearch) -> tuple[PartView, ...]:
    return tuple(
        PartView(
            id=score.id,
            text=score.text,
            term=part.term,
            idf=round(part.idf, 2),
            frequency=part.frequency,
            saturation=round(part.saturation, 2),
            score=round(part.score, 2),
        )
        for score in engine.lists.scores
        for part in score.parts
    )


def _segments(engine: TweetSearch) -> SegmentsView:
    listed = [
        (shard, one)
        for shard, segments in enumerate(engine.reader.look.last.segments, start=1)
        for one in segments
    ]
    largest = max((one.entries for _, one in listed), default=1)
    counters = engine.counters
    return view_of(
        SegmentsView,
        counters,
        on=engine.index.segmented is not None,
        segments=tuple(
            SegmentView(
                shard,
                one.id,
                one.entries,
                one.deleted,
                round(one.bytes / 1024, 1),
                round(100 * one.entries / largest, 2),
            )
            for shard, one in listed[:SEGMENTS_SHOWN]
        ),
        total=len(listed),
        documents=sum(one.entries for _, one in listed),
        deleted=sum(one.deleted for _, one in listed),
        mib=round(sum(one.bytes for _, one in listed) / MIB, 2),
        commit_ms=round(counters.commit_ms, 1),
        rebuilt=engine.index.rebuilt,
    )


def _shards(engine: TweetSearch) -> tuple[ShardView, ...]:
    found = engine.index.segmented
    if found is None:
        return ()
    look, took = engine.reader.look.last.segments, found.took_ms
    shown = []
    for copy in found.index.copies:
        node = engine.nodes.get(copy.name)
        if node is None:
            continue
        segments = look[copy.shard] if copy.shard < len(look) else ()
        shown.append(
            ShardView(
                id=copy.name,
                label=node.spec.label,
                state=node.state,
                calls=node.calls,
                errors=node.errors,
                segments=len(segments),
                documents=sum(one.entries - one.deleted for one in segments),
                took_ms=round(took[copy.shard], 2) if copy.shard < len(took) else 0.0,
            )
        )
    return tuple(shown)


def _likes(engine: TweetSearch) -> LikesView:
    look, likes, recall = engine.reader.look.last, engine.likes, engine.checker.recall
    return LikesView(
        points=tuple(
            LikedView(one.id, one.likes, -1 if one.known is None else one.known) for one in look.most
        ),
        liked=look.liked,
        given=likes.given,
        told=likes.told,
        queued=look.queued,
        times=round(likes.given / max(1, likes.told), 1),
        recall_pct=round(100 * (recall or 0.0), 1),
        judged=recall is not None,
        recall_of=engine.checker.recall_of,
        rerank=int(engine.config.rerank),
    )


def _pages(engine: TweetSearch) -> PagesView:
    look = engine.reader.look.last
    return view_of(
        PagesView,
        engine.cache,
        lists=look.lists,
        listed=look.listed,
        kept=tuple(
            view_of(KeptView, one, kind="shared by all, by time" if one.shared else "pages of one reader")
            for one in look.kept
        ),
    )


def _fresh(engine: TweetSearch) -> FreshView:
    tweets, index = engine.tweets, engine.index
    return FreshView(
        delays=delay_view(engine.counters.found_ms.merged(engine.clock.monotonic())),
        every_s=COMMIT_RULES[engine.config.commit].seconds,
        promise_s=float(engine.config.promise_s),
        found=engine.counters.found,
        waiting=max(0, tweets.newest - index.watermark),
        watermark=index.watermark,
        newest=tweets.newest,
    )


def _hot(engine: TweetSearch) -> HotTermsView:
    hot = engine.hot
    return HotTermsView(
        terms=tuple(HotView(term, round(heat, 1), heat >= HOT_FROM) for term, heat in hot.hottest(HOT_SHOWN)),
        kept=len(hot),
        hits=hot.hits,
        forgotten=hot.forgotten,
    )


def _per_search(engine: TweetSearch) -> float:
    return engine.counters.looked / max(1, engine.counters.asked)


def _cost(engine: TweetSearch) -> CostView:
    return view_of(
        CostView,
        engine.counters,
        per_search=round(_per_search(engine), 1),
        searches_per_s=round(engine.counters.in_rate.rate(engine.clock.monotonic()), 1),
    )


def _source(engine: TweetSearch) -> SourceView:
    look, archive = engine.reader.look.last, engine.tweets.archive
    own = engine.index.own
    return SourceView(
        archive=archive.size,
        rows=look.rows,
        news=look.news,
        archive_mib=round(archive.nbytes / MIB, 2),
        lists_mib=round(own.postings.nbytes / MIB, 2) if own else 0.0,
        building=engine.index.building,
    )
