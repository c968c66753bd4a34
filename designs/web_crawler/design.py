"""The web crawler, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.web_crawler.api.api import router
from designs.web_crawler.api.schemas import EXAMPLES
from designs.web_crawler.config import Config
from designs.web_crawler.engine.engine import WebCrawler
from designs.web_crawler.engine.traffic import WebCrawlerTraffic
from designs.web_crawler.inside.snapshot import build_snapshot, build_tallies
from designs.web_crawler.lesson.comparisons import COMPARISONS
from designs.web_crawler.lesson.concepts import CONCEPTS
from designs.web_crawler.lesson.lesson import LESSON
from designs.web_crawler.lesson.missions import MISSIONS
from designs.web_crawler.lesson.numbers import ESTIMATE
from designs.web_crawler.lesson.quiz import QUIZ
from designs.web_crawler.lesson.script import SCRIPT
from designs.web_crawler.toggles import KNOBS, TOGGLES
from designs.web_crawler.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="web-crawler",
    number=14,
    title="Web crawler",
    problem="Fetch and read a whole web, each page once, without being a burden to anybody.",
    group="Machines at work",
    question="How is a web read that nobody has a list of?",
    structures="Frontier with a queue per host, leases, Bloom filter, SimHash, robots.txt, raw store",
    teaser="Press “Crawl”, and sixty sites appear node by node. Then take the pauses away.",
    folder=Path(__file__).parent,
    engine=WebCrawler,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.web_crawler.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=WebCrawlerTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
