"""Tweet search, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.tweet_search.api.api import router
from designs.tweet_search.api.schemas import EXAMPLES
from designs.tweet_search.config import Config
from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.traffic import TweetSearchTraffic
from designs.tweet_search.inside.snapshot import build_snapshot, build_tallies
from designs.tweet_search.lesson.comparisons import COMPARISONS
from designs.tweet_search.lesson.concepts import CONCEPTS
from designs.tweet_search.lesson.lesson import LESSON
from designs.tweet_search.lesson.missions import MISSIONS
from designs.tweet_search.lesson.numbers import ESTIMATE
from designs.tweet_search.lesson.quiz import QUIZ
from designs.tweet_search.lesson.script import SCRIPT
from designs.tweet_search.toggles import KNOBS, TOGGLES
from designs.tweet_search.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="tweet-search",
    number=20,
    title="Tweet search",
    problem="Find any of very many tweets by any words, the newest or the most liked first, seconds after they were posted.",
    group="Streams and counts",
    question="How do you search what is written and liked all the time?",
    structures="Inverted index, posting lists, segments, shards, powers of two, page cache",
    teaser="Post a tweet and watch it become visible at the next commit; like it, and see what the index does not hear.",
    folder=Path(__file__).parent,
    engine=TweetSearch,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.tweet_search.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TweetSearchTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
