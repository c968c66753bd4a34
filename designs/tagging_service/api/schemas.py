"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from designs.tagging_service.engine.engine import Item, TagCount
from designs.tagging_service.engine.merging import Merged
from designs.tagging_service.engine.names import MAX_NAME, RULE
from designs.tagging_service.engine.pair_writer import MOST_TAGS
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BASE = "/api/tagging-service"


class NewItem(StrictModel):
    """A picture to be added. Without tags it has those of what can be seen on it."""

    tags: list[str] = Field(default_factory=list, max_length=MOST_TAGS, examples=[["harbour", "night"]])
    active: bool = True


class NewName(StrictModel):
    """Another name of a tag."""

    name: Annotated[str, TextOf(RULE)] = Field(examples=["big apple"])


class MergeIn(StrictModel):
    """Which tag goes into which."""

    source: str = Field(alias="from", max_length=4 * MAX_NAME, examples=["new york"])
    into: str = Field(max_length=4 * MAX_NAME, examples=["nyc"])


class ItemOut(BaseModel):
    """A picture with its tags. `id` counts up from 1 in each room."""

    id: str = Field(examples=["17"])
    title: str = Field(examples=["two red circles before sea, at night"])
    active: bool
    tags: list[str]


class TagOut(BaseModel):
    """A tag and how many pictures have it, as it is counted now; that may be off by `bound`."""

    name: str = Field(examples=["nyc"])
    items: int
    bound: int


class TagsOut(BaseModel):
    """Tags that begin so, the most used first."""

    items: list[TagOut]


class MergedOut(BaseModel):
    """What became of it: the tag's name now, and how many pairs were moved, or arrays rewritten."""

    name: str
    moved: int


def item_out(item: Item) -> ItemOut:
    """A picture, as it travels."""
    return ItemOut(id=str(item.id), title=item.title, active=item.active, tags=list(item.tags))


def tag_out(one: TagCount) -> TagOut:
    """A tag with its count, as it travels."""
    return TagOut(name=one.tag.name, items=one.items, bound=one.bound)


def merged_out(merged: Merged) -> MergedOut:
    """A merge or a rename, as it travels."""
    return MergedOut(name=merged.target.name, moved=merged.moved)


EXAMPLES = (
    Example("Add a picture", "POST", f"{BASE}/items", body={"tags": ["Harbour", "night"]}, status=201),
    Example(
        "Add one as it looks", "POST", f"{BASE}/items", body={"tags": ["Tower"], "active": False}, status=201
    ),
    Example("Tag it", "PUT", BASE + "/items/7/tags/New%20York", note="as often as you like"),
    Example("All of these, none of that", "GET", f"{BASE}/items?all=night,circle&none=red&limit=5"),
    Example("Any of these", "GET", f"{BASE}/items?any=heart,star&limit=5"),
    Example("Complete a tag", "GET", f"{BASE}/tags?prefix=n&limit=5"),
    Example("Take it off", "DELETE", BASE + "/items/7/tags/new%20york", status=204),
    Example("Rename a tag", "POST", f"{BASE}/tags/nyc/rename", body={"name": "big apple"}),
    Example("The name of another tag", "POST", f"{BASE}/tags/red/rename", body={"name": "blue"}, status=409),
    Example("Merge two tags", "POST", f"{BASE}/tags/merge", body={"from": "new york", "into": "big apple"}),
)
