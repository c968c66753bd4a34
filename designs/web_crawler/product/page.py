"""The product: a crawl that one starts, watches and reads; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.web_crawler.config import Config
from designs.web_crawler.engine.engine import START
from designs.web_crawler.inside.panels import panels
from designs.web_crawler.inside.views import Snapshot
from designs.web_crawler.product.screen import Screen
from designs.web_crawler.product.state import WebCrawlerState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the web crawler."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Screen.create(
        screen=newest.screen,
        graph=newest.graph,
        robots=newest.robots,
        proposed=START,
        ready=newest.screen.known >= 0,
        wrong=WebCrawlerState.wrong,
        page_id=WebCrawlerState.page_id,
        page_title=WebCrawlerState.page_title,
        page_url=WebCrawlerState.page_url,
        page_language=WebCrawlerState.page_language,
        page_charset=WebCrawlerState.page_charset,
        page_text=WebCrawlerState.page_text,
        page_copy=WebCrawlerState.page_copy,
        on_start=WebCrawlerState.start,
        on_pause=WebCrawlerState.pause,
        on_resume=WebCrawlerState.resume,
        on_read=WebCrawlerState.read,
        on_shut=WebCrawlerState.shut,
        on_explain=WebCrawlerState.explain,
    )
