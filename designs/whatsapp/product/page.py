"""The product: three phones that chat; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.whatsapp.config import Config
from designs.whatsapp.inside.panels import panels
from designs.whatsapp.inside.views import ChatView, PhoneView, Snapshot
from designs.whatsapp.product.phones import Phones
from designs.whatsapp.product.state import WhatsappState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

# The phones are there from the beginning, so that nothing moves when the first frame comes.
CHATS = (ChatView("weekend", "Weekend"),)
PHONES = tuple(
    PhoneView(
        id=f"{name.lower()}/phone", user=name.lower(), name=name, device="phone", open="weekend", chats=CHATS
    )
    for name in ("Ann", "Ben", "Cleo")
)
INITIAL = Snapshot(config=as_mapping(Config()), phones=PHONES)


def page(design: Design) -> rx.Component:
    """The lab of the messenger."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Phones.create(
        phones=newest.phones,
        api="/api/whatsapp",
        on_write=WhatsappState.write,
        on_picture=WhatsappState.picture,
        on_typing=WhatsappState.typing,
        on_open=WhatsappState.open,
        on_flight=WhatsappState.flight,
        on_link=WhatsappState.link,
    )
