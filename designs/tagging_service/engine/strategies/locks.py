"""What keeps writers and a merge apart: locks on the tags' rows, or nothing."""

from __future__ import annotations

from typing import Protocol

from designs.tagging_service.engine.merging import Merged, Merging
from designs.tagging_service.engine.names import Tag
from designs.tagging_service.engine.tag_table import TagTable
from sdlab.stores.sessions import Session


class TagLock(Protocol):
    """`resolve` is how a writer learns which tag a name means; `merge` and `rename` change that.

    `keeps`: no pair is lost by it.
    """

    label: str
    tradeoff: str
    keeps: bool

    async def resolve(self, tags: TagTable, session: Session, name: str) -> Tag | None: ...

    async def known(self, tags: TagTable, name: str) -> Tag | None: ...

    async def merge(self, merging: Merging, source: str, target: str) -> Merged: ...

    async def rename(self, merging: Merging, old: str, new: str) -> Merged: ...


class RowLocks:
    """Writers share the tag's row until they commit; a merge has it alone, and comes before later writers."""

    label = "Lock on the tag's row"
    tradeoff = "No pair is lost or doubled; writers to that tag wait while it is merged."
    keeps = True

    async def known(self, tags: TagTable, name: str) -> Tag | None:
        await tags.turns.wait(name)
        return None

    async def resolve(self, tags: TagTable, session: Session, name: str) -> Tag | None:
        tag = await tags.locked(session, name)
        tags.context.decide("no merge comes between: the tag's row is shared")
        return tag

    async def merge(self, merging: Merging, source: str, target: str) -> Merged:
        merging.context.decide("both tags are this merge's alone: writers to them wait for its commit")
        async with merging.turns.first(source, target):
            return await merging.in_one_transaction(source, target)

    async def rename(self, merging: Merging, old: str, new: str) -> Merged:
        merging.context.decide("the tag is this rename's alone until it has committed")
        async with merging.turns.first(old, new):
            return await merging.renamed_in_one(old, new)


class NoLocks:
    """Look, then write: others come in between."""

    label = "None: look, then write"
    tradeoff = (
        "Nobody waits; what is tagged meanwhile is lost or doubled, and arrays and pairs answer differently."
    )
    keeps = False

    async def known(self, tags: TagTable, name: str) -> Tag | None:
        return await tags.find(name)

    async def resolve(self, tags: TagTable, session: Session, name: str) -> Tag | None:
        tags.context.decide("the tag was looked up before: whatever has become of it since")
        return None

    async def merge(self, merging: Merging, source: str, target: str) -> Merged:
        merging.context.decide(
            "what is tagged so is listed first and moved then, whatever is tagged meanwhile"
        )
        return await merging.in_steps(source, target)

    async def rename(self, merging: Merging, old: str, new: str) -> Merged:
        merging.context.decide("the name is changed first, the copies of it then")
        return await merging.renamed_in_steps(old, new)


LOCKS: dict[str, TagLock] = {"on": RowLocks(), "off": NoLocks()}
