"""Stock alerts, as the catalogue knows them."""

from __future__ import annotations

from pathlib import Path

from designs.stock_alerts.api.api import router
from designs.stock_alerts.api.schemas import EXAMPLES
from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.traffic import StockAlertsTraffic
from designs.stock_alerts.inside.snapshot import build_snapshot, build_tallies
from designs.stock_alerts.lesson.comparisons import COMPARISONS
from designs.stock_alerts.lesson.concepts import CONCEPTS
from designs.stock_alerts.lesson.lesson import LESSON
from designs.stock_alerts.lesson.missions import MISSIONS
from designs.stock_alerts.lesson.numbers import ESTIMATE
from designs.stock_alerts.lesson.quiz import QUIZ
from designs.stock_alerts.lesson.script import SCRIPT
from designs.stock_alerts.toggles import KNOBS, TOGGLES
from designs.stock_alerts.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="stock-alerts",
    number=21,
    title="Stock price alerts",
    problem="Of a million alerts, find those that one tick of the market crosses, and tell each owner once.",
    group="Streams and counts",
    question="How do you tell everybody whose price was just reached, at once, and only once?",
    structures="Sorted thresholds, partitioned log, dedupe keys, percolator",
    teaser="Drag a line onto the price and it rings. Then let two consumers share a stock, and see what rings wrongly.",
    folder=Path(__file__).parent,
    engine=StockAlerts,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.stock_alerts.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=StockAlertsTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
