"""Performs what the workloads want; the nth item and the nth tag are taken as they are numbered."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.library import CITY
from designs.tagging_service.engine.names import tag_query
from sdlab.lab import Conflict, NotFound, Operation, Traffic, performs


class TaggingTraffic(Traffic[TaggingService]):
    """Whoever tags takes now and then the tag that is on the wall."""

    @performs("tag")
    async def tag(self, operation: Operation) -> dict[str, Any]:
        """Put a tag on an item, or take it off."""
        item = 1 + operation.args["item"] % max(1, self.engine.writer.next_item - 1)
        name = operation.args["tag"]
        shown = self.engine.screen.query.names
        if operation.args.get("shown") and shown:
            name = shown[operation.args["item"] % len(shown)]
        if operation.args.get("off"):
            done = await self.engine.remove_tag(item, name)
        else:
            done = await self.engine.put_tag(item, name)
        return {"item": done.item, "tag": done.tag.id, "name": done.tag.name, "present": done.present}

    @performs("find")
    async def find(self, operation: Operation) -> int:
        """Look for items."""
        args = operation.args
        query = tag_query(
            args.get("all", ()), args.get("any", ()), args.get("none", ()), active=args.get("active", False)
        )
        return len(await self.engine.find(query))

    @performs("show")
    async def show(self, operation: Operation) -> int:
        """Put a query on the wall."""
        args = operation.args
        return len(
            await self.engine.show(tag_query(args.get("all", ()), args.get("any", ()), args.get("none", ())))
        )

    @performs("complete")
    async def complete(self, operation: Operation) -> int:
        """Type the beginning of a tag."""
        return len(await self.engine.complete(operation.args["prefix"]))

    @performs("merge")
    async def merge(self, operation: Operation) -> dict[str, Any]:
        """Merge a tag that was used for a while into another."""
        done = await self.engine.merge(operation.args["from"], operation.args["into"])
        return {"moved": done.moved}

    @performs("rename")
    async def rename(self, operation: Operation) -> dict[str, Any] | None:
        """The city has another name, and then its own again: whichever it has not now."""
        other = operation.args["name"]
        with suppress(NotFound, Conflict):
            return {"rewritten": (await self.engine.rename(CITY, other)).moved}
        return {"rewritten": (await self.engine.rename(other, CITY)).moved}

    async def honours(self, answer: Any) -> bool:
        """A pair that was acknowledged is there; what was taken off, or merged since, promised nothing that lasts."""
        if not isinstance(answer, dict) or not answer.get("present"):
            return True
        rows = await self.engine.tables.read(
            "SELECT 1 FROM {pair} p JOIN {tag} t ON t.room = :room AND t.id = :tag "
            "WHERE [p] AND p.item = :item AND p.tag = CASE WHEN t.alias = 0 THEN t.id ELSE t.alias END",
            **{name: answer[name] for name in ("item", "tag")},
        )
        return bool(rows)
