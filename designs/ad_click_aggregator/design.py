"""The ad click aggregator, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.ad_click_aggregator.api.api import router
from designs.ad_click_aggregator.api.schemas import EXAMPLES
from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from designs.ad_click_aggregator.engine.traffic import AdClickTraffic
from designs.ad_click_aggregator.inside.snapshot import build_snapshot, build_tallies
from designs.ad_click_aggregator.lesson.comparisons import COMPARISONS
from designs.ad_click_aggregator.lesson.concepts import CONCEPTS
from designs.ad_click_aggregator.lesson.lesson import LESSON
from designs.ad_click_aggregator.lesson.missions import MISSIONS
from designs.ad_click_aggregator.lesson.numbers import ESTIMATE
from designs.ad_click_aggregator.lesson.quiz import QUIZ
from designs.ad_click_aggregator.lesson.script import SCRIPT
from designs.ad_click_aggregator.toggles import KNOBS, TOGGLES
from designs.ad_click_aggregator.workloads import SAMPLE, WORKLOADS
from sdlab.lab import DUCKDB, Design

DESIGN = Design(
    slug="ad-click-aggregator",
    number=13,
    title="Ad click aggregator",
    problem="Ten thousand clicks a second: count each once, lose none, and show an advertiser the sum within seconds.",
    group="Streams and counts",
    question="How do you count clicks exactly, while processes die, clicks come late and ids are made up?",
    structures="Partitioned log, tumbling windows, watermark, checkpoints, OLAP store",
    teaser="Click an ad and watch its bar grow. Then kill the process that counts, and see whether the sum still is right.",
    folder=Path(__file__).parent,
    engine=AdClickAggregator,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.ad_click_aggregator.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=AdClickTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    needs=(DUCKDB,),
)
