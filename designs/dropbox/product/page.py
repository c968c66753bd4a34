"""The product: two devices with a folder each; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.dropbox.config import Config
from designs.dropbox.engine.samples import NOTES
from designs.dropbox.inside.panels import panels
from designs.dropbox.inside.views import DeviceView, Snapshot
from designs.dropbox.product.devices import Devices
from designs.dropbox.product.state import DropboxState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

# The devices are there from the beginning, so that nothing moves when the first frame comes.
DEVICES = tuple(DeviceView(id=name.lower(), name=name, open=NOTES) for name in ("Laptop", "Desktop"))
INITIAL = Snapshot(config=as_mapping(Config()), devices=DEVICES)


def page(design: Design) -> rx.Component:
    """The lab of the drive."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Devices.create(
        devices=newest.devices,
        api="/api/dropbox",
        on_save=DropboxState.save,
        on_create=DropboxState.create,
        on_rename=DropboxState.rename,
        on_delete=DropboxState.delete,
        on_open=DropboxState.open,
        on_offline=DropboxState.offline,
    )
