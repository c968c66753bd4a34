"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from designs.twitter.engine.cards import Card
from designs.twitter.engine.cast import NAMES, name_of
from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.nodes import CACHE, COUNTER, INDEX, INDEXER, STORE
from designs.twitter.engine.reader import Looked, Stages
from designs.twitter.engine.strategies import COUNTINGS, PAGINGS, REMOVALS, SEARCHES
from designs.twitter.inside.views import (
    CardView,
    CountsView,
    KeptView,
    LagView,
    ListView,
    OnceView,
    PagesView,
    PagingView,
    PersonView,
    PostingsView,
    RankingView,
    RankView,
    RemovalView,
    SearchedView,
    Snapshot,
    StageView,
    WalkStepView,
    WritesView,
)
from sdlab.lab import Tally
from sdlab.lab.views import view_of
from sdlab.parts.two_stage_counter import FlushRule, writes_for

SHOWN_IDS = 120
SHOWN_PAGES = 12
EXCERPT = 60


def build_snapshot(engine: Twitter) -> Snapshot:
    """Everything that the page may show of now."""
    looked = engine.reader.look.last
    _label_nodes(engine, looked)
    return Snapshot(
        **engine.common(),
        known=looked.known,
        now=round(engine.clock.time(), 1),
        me=engine.reader.me,
        people=_people(engine),
        home=tuple(card_view(engine, card) for card in looked.home),
        searches=tuple(SearchedView(term, name_of(by)) for term, by in looked.searches),
        waiting=tuple(
            PersonView(one, name_of(one)) for one in sorted(engine.members.waiting[engine.reader.me])[:8]
        ),
        counts=_counts(engine, looked),
        writes=_writes(engine),
        once=_once(engine, looked),
        postings=_postings(engine),
        ranking=_ranking(engine),
        pages=_pages(engine),
        paging=_paging(engine),
        removal=_removal(engine, looked),
        lag=_lag(engine, looked),
    )


def build_tallies(engine: Twitter) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    likes, pages, checker = engine.likes, engine.pages, engine.page_checker
    return (
        Tally("likes", "likes counted", "", likes.counted, "same"),
        Tally("writes", "writes of counts", "", likes.counter.writes),
        Tally(
            "hot_likes", "likes of the most liked tweet", "", likes.acknowledged.get(likes.hottest, 0), "same"
        ),
        Tally("hot_writes", "writes of its count", "", likes.writes[likes.hottest]),
        Tally("lag", "furthest behind, at the end", "likes", likes.behind),
        Tally("surplus", "likes that nobody gave", "", sum(engine.checker.surplus.values())),
        Tally(
            "looked_at", "looked at per search", "", _per(engine.searcher.looked_at, engine.searcher.searches)
        ),
        Tally("misplaced", "out of order on first pages", "", engine.ranks.misplaced + engine.ranks.missing),
        Tally("scrolls", "scrolls", "", checker.scrolls, "same"),
        Tally("repeats", "tweets shown twice", "", checker.repeats),
        Tally("gaps", "tweets never shown", "", checker.gaps),
        Tally("page_reads", "questions per page", "", round(pages.reads / max(1, pages.pages), 2)),
        Tally("kept_bytes", "bytes of kept pages", "B", sum(kept.bytes for _, kept, _ in pages.kept())),
        Tally("leaked", "deleted tweets shown", "", checker.leaked),
        Tally("losses", "losses of Redis", "", likes.losses, "same"),
        Tally("found", "probes found", "", engine.probe.found, "more"),
        Tally("slowest_find", "slowest find", "ms", round(engine.probe.slowest * 1000)),
    )


def _per(total: float, count: int) -> float:
    return round(total / max(1, count), 1)


def _label_nodes(engine: Twitter, looked: Looked) -> None:
    if looked.known:
        engine.node(STORE).detail = f"{looked.tweets:,} tweets"
        engine.node(INDEXER).detail = f"{looked.waiting:,} waiting"
    engine.node(COUNTER).detail = f"{engine.likes.counted:,} likes"
    engine.node(INDEX).detail = f"{len(engine.index.documents) + engine.config.archive:,}"
    engine.node(CACHE).detail = f"{len(engine.pages.cache):,} kept"


def _people(engine: Twitter) -> tuple[PersonView, ...]:
    me, members = engine.reader.me, engine.members
    return tuple(
        PersonView(
            one, name, one in members.private, one in members.following[me], (me, one) in members.blocks
        )
        for one, name in NAMES.items()
    )


def card_view(engine: Twitter, card: Card) -> CardView:
    """A tweet as it is drawn."""
    tweet = card.tweet
    return CardView(
        id=str(tweet.id),
        author=tweet.author,
        name=name_of(tweet.author),
        text=tweet.text,
        at=round(tweet.at, 1),
        edited=tweet.edited > 0,
        passed_on=name_of(card.passed_on) if card.passed_on else "",
        likes=card.likes,
        replies=card.replies,
        retweets=card.retweets,
        liked=card.liked,
        retweeted=card.retweeted,
        mine=tweet.author == engine.reader.me,
        private=tweet.author in engine.members.private,
        quoted_by=name_of(card.quoted[1]) if card.quoted and card.quoted[1] else "",
        quoted=card.quoted[2] if card.quoted else "",
    )


def _rule(engine: Twitter) -> FlushRule:
    return COUNTINGS[engine.config.counting].rule


def _text_of(engine: Twitter, name: str) -> str:
    known = engine.index.documents.get(int(name))
    text = (
        known.text
        if known
        else engine.tweets.archived(int(name)).text
        if int(name) in engine.tweets.archive
        else ""
    )
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _stage(engine: Twitter, one: Stages) -> StageView:
    return StageView(
        one.name,
        _text_of(engine, one.name) or f"tweet {one.name}",
        -1 if one.exact is None else one.exact,
        one.flushed,
        one.rows,
        max(0, one.rows - one.flushed),
        _rule(engine).most_behind(one.rows),
    )


def _counts(engine: Twitter, looked: Looked) -> CountsView:
    rule = _rule(engine)
    if not looked.stages:
        return CountsView(rule=COUNTINGS[engine.config.counting].label)
    top = _stage(engine, looked.stages[0])
    # The tweet that was liked by hand comes first, however many others are liked more.
    by_hand_first = sorted(looked.stages, key=lambda one: one.name != engine.likes.picked)
    stages = tuple(_stage(engine, one) for one in by_hand_first)
    after = rule.floor(top.people) + rule.step if rule.step else 2 * max(1, rule.floor(top.people))
    return CountsView(
        top.exact,
        top.flushed,
        top.people,
        after,
        top.text,
        COUNTINGS[engine.config.counting].label,
        stages,
    )


def _writes(engine: Twitter) -> WritesView:
    likes = engine.likes
    changes, writes = likes.counter.changes, likes.counter.writes
    return WritesView(
        likes=changes,
        writes=writes,
        saved=likes.counter.saved,
        hot_likes=likes.acknowledged.get(likes.hottest, 0),
        hot_writes=likes.writes[likes.hottest],
        per_write=_per(changes, writes),
        for_million=writes_for(_rule(engine), 1_000_000),
    )


def _once(engine: Twitter, looked: Looked) -> OnceView:
    likes = engine.likes
    hot = looked.stages[0] if looked.stages else None
    return OnceView(
        presses=likes.presses,
        counted=likes.counted,
        repeats=likes.repeats,
        count_now=(hot.exact or 0) if hot else 0,
        people_now=hot.rows if hot else 0,
        surplus=sum(engine.checker.surplus.values()),
        rows=looked.likes if looked.known else -1,
        losses=likes.losses,
        rebuilt=likes.counter.rebuilt,
    )


def _postings(engine: Twitter) -> PostingsView:
    searcher, index = engine.searcher, engine.index
    last = searcher.last
    found = last.found
    walk = found.walk if found else None
    sealed = searcher.archive.segment() if walk is not None else {}
    lists = tuple(
        ListView(word, tuple(one.ids[:SHOWN_IDS]), len(one), len(sealed.get(word, ())))
        for word, one in zip(last.words, index.terms.lists(last.words), strict=True)
        if walk is not None
    )
    return PostingsView(
        term=" ".join(last.words),
        approach=SEARCHES[last.approach].label if last.approach else "",
        lists=lists,
        steps=tuple(view_of(WalkStepView, one) for one in walk.steps) if walk else (),
        walk=f"“{' '.join(last.words)}”, for {name_of(last.by)}" if last.words else "",
        more=max(0, walk.visited + len(walk.found) - len(walk.steps)) if walk else 0,
        found=len(found.ids) if found else 0,
        looked_at=found.looked_at if found else 0,
        searches=searcher.searches,
        per_search=_per(searcher.looked_at, searcher.searches),
        terms=index.terms.terms,
        documents=len(index.documents),
    )


def _ranking(engine: Twitter) -> RankingView:
    ranks = engine.ranks
    return RankingView(
        tuple(
            RankView(place, one.tweet.text[:EXCERPT], one.likes, one.stored, one.true)
            for place, one in enumerate(ranks.page, start=1)
        ),
        ranks.judged,
        ranks.misplaced,
        ranks.missing,
        engine.searcher.counts_read,
        round((ranks.misplaced + ranks.missing) / max(1, ranks.judged), 2),
    )


def _pages(engine: Twitter) -> PagesView:
    pages, kept = engine.pages, engine.pages.kept()
    return PagesView(
        tuple(
            KeptView(key[0], one.began, len(one.tweets), one.bytes, hits)
            for key, one, hits in kept[:SHOWN_PAGES]
        ),
        len(kept),
        sum(one.bytes for _, one, _ in kept),
        pages.hits,
        pages.misses,
        pages.pages,
        pages.reads,
        pages.rows,
    )


def _paging(engine: Twitter) -> PagingView:
    checker = engine.page_checker
    form = PAGINGS[engine.config.paging].label
    return PagingView(form, checker.scrolls, checker.pages, checker.repeats, checker.gaps, engine.pages.reads)


def _removal(engine: Twitter, looked: Looked) -> RemovalView:
    gone = engine.page_checker.deleted
    pages = engine.pages.kept()
    return RemovalView(
        form=REMOVALS[engine.config.removal].label,
        deleted=looked.deleted if looked.known else -1,
        in_index=sum(id in engine.index.documents for id in gone),
        in_pages=sum(one.id in gone for _, kept, _ in pages for one in kept.tweets),
        in_counts=sum(str(id) in engine.likes.acknowledged for id in gone),
        leaked=engine.page_checker.leaked,
    )


def _lag(engine: Twitter, looked: Looked) -> LagView:
    feed, probe = engine.feed_of_index, engine.probe
    return LagView(
        waiting=looked.waiting if looked.known else -1,
        oldest_s=round(looked.oldest, 1),
        news=looked.news if looked.known else -1,
        tweets=looked.tweets if looked.known else -1,
        put=feed.put,
        removed=feed.removed,
        counted=feed.counted,
        probes=probe.found,
        p50=round(probe.delays.quantile(0.5), 1),
        slowest=round(probe.slowest * 1000, 1),
    )
