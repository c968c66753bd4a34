"""The endpoints of the tagging service: tag, find, complete, rename, merge."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from designs.tagging_service.api.schemas import (
    ItemOut,
    MergedOut,
    MergeIn,
    NewItem,
    NewName,
    TagsOut,
    item_out,
    merged_out,
    tag_out,
)
from designs.tagging_service.engine.engine import PAGE, TaggingService
from designs.tagging_service.engine.names import MAX_NAME, tag_query
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

ITEMS = CursorKey("items", int)
MOST_ITEMS = 2**31 - 1

EngineHere = Annotated[TaggingService, EngineOf("tagging-service", TaggingService)]
ItemId = Annotated[int, Path(ge=1, le=MOST_ITEMS, description="the picture's number")]
TagName = Annotated[str, Path(max_length=4 * MAX_NAME, description="a tag or a synonym, in any spelling")]
Tags = Annotated[str, Query(max_length=8 * MAX_NAME, description="tags with commas between")]


def split(tags: str) -> list[str]:
    """Tags out of a list with commas."""
    return [one for one in tags.split(",") if one.strip()]


def router() -> APIRouter:
    """Everything below `/api/tagging-service`."""
    routes = APIRouter()
    _items(routes)
    _tags(routes)
    return routes


def _items(routes: APIRouter) -> None:
    @routes.post(
        "/items",
        summary="Add a picture",
        status_code=201,
        response_model=ItemOut,
        responses=documented(429, 503),
    )
    async def add(
        engine: EngineHere, user: ActingUser, body: NewItem, idempotency_key: IdempotencyKey = None
    ) -> ItemOut:
        """422 for a tag that is too long, or shows nothing; 429 for too many tags, or in a full room."""
        return item_out(await engine.add_item(tuple(body.tags), active=body.active, key=idempotency_key))

    @routes.get("/items", summary="Find pictures", response_model=Page[ItemOut], responses=documented(503))
    async def find(  # noqa: PLR0917 - parameters of the address, by name
        engine: EngineHere,
        user: ActingUser,
        all: Tags = "",
        any: Tags = "",
        none: Tags = "",
        active: Annotated[bool, Query(description="active pictures only")] = False,
        cursor: Cursor = None,
        limit: Limit = PAGE,
    ) -> Page[ItemOut]:
        """Pictures with all of some tags, any of others, none of the rest, by number."""
        after = ITEMS.decode(cursor)
        query = tag_query(split(all), split(any), split(none), active=active)
        found = await engine.find(query, after=int(after[0]) if after else 0, limit=limit + 1)
        return page_of(found, limit=limit, cursor=ITEMS, key=lambda one: (one.id,), item=item_out)

    @routes.get("/items/{item}", summary="A picture", response_model=ItemOut, responses=documented(503))
    async def item_of(engine: EngineHere, user: ActingUser, item: ItemId) -> ItemOut:
        """A picture with its tags. 404 when there is none of that number."""
        return item_out(await engine.item(item))

    @routes.put(
        "/items/{item}/tags/{tag}",
        summary="Tag a picture",
        response_model=ItemOut,
        responses=documented(429, 503),
    )
    async def put(engine: EngineHere, user: ActingUser, item: ItemId, tag: TagName) -> ItemOut:
        """Idempotent: a second time changes nothing. 404 for no such picture."""
        await engine.put_tag(item, tag)
        return item_out(await engine.item(item))

    @routes.delete(
        "/items/{item}/tags/{tag}",
        summary="Take a tag off",
        status_code=204,
        response_class=Response,
        responses=documented(503),
    )
    async def remove(engine: EngineHere, user: ActingUser, item: ItemId, tag: TagName) -> Response:
        """Idempotent: 204 also when the picture did not have the tag. 404 for no such picture."""
        await engine.remove_tag(item, tag)
        return Response(status_code=204)


def _tags(routes: APIRouter) -> None:
    @routes.get("/tags", summary="Complete a tag", response_model=TagsOut, responses=documented(503))
    async def complete(
        engine: EngineHere,
        user: ActingUser,
        prefix: Annotated[
            str, Query(max_length=4 * MAX_NAME, description="the beginning; all tags without")
        ] = "",
        limit: Limit = PAGE,
    ) -> TagsOut:
        """Tags that begin so, the most used first, each with its count."""
        return TagsOut(items=[tag_out(one) for one in await engine.complete(prefix, limit=limit)])

    @routes.post(
        "/tags/merge", summary="Merge two tags", response_model=MergedOut, responses=documented(409, 503)
    )
    async def merge(engine: EngineHere, user: ActingUser, body: MergeIn) -> MergedOut:
        """All pairs of one become pairs of the other, and its name a synonym. 404 for an unknown tag or a synonym."""
        return merged_out(await engine.merge(body.source, body.into))

    @routes.post(
        "/tags/{tag}/rename", summary="Rename a tag", response_model=MergedOut, responses=documented(409, 503)
    )
    async def rename(engine: EngineHere, user: ActingUser, tag: TagName, body: NewName) -> MergedOut:
        """Its old name stays a synonym. 409 when another tag has the name: merge them."""
        return merged_out(await engine.rename(tag, body.name))
