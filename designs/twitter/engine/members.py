"""Who follows and blocks whom, and whose tweets are for followers only: in memory, from the rows."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.cast import AUTHORS, CAST, FOLLOWED, NAMES, PRIVATE, VISITOR
from designs.twitter.engine.models import BLOCK, FOLLOW, PROFILE, TWEET
from designs.twitter.engine.nodes import SERVICE, STORE
from sdlab.lab import EngineContext, TooMany, acting

MOST_ROWS = 20_000


class Members:
    """The social graph of a room. A change is a committed row before it counts here.

    Any name may act: who is not of the cast is an account that follows nobody yet.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.following: dict[str, set[str]] = defaultdict(set)
        self.followers: dict[str, set[str]] = defaultdict(set)
        self.waiting: dict[str, set[str]] = defaultdict(set)  # for their acceptance
        self.blocks: set[tuple[str, str]] = set()
        self.private: set[str] = set()
        self._rows = 0

    async def open(self) -> bool:
        """Read the rows; false in a room that nobody has ever opened."""
        room, sql = self._context.room.id, self._context.room.sql

        def read(connection: Connection) -> tuple[list[sa.Row[tuple[str, ...]]], ...]:
            return tuple(
                list(connection.execute(sa.select(table).where(table.c.room == room)).all())
                for table in (FOLLOW, BLOCK, PROFILE)
            )

        follows, blocks, profiles = await sql.read(read)
        self._rows = len(follows) + len(blocks) + len(profiles)
        for row in follows:
            self._tie(row.follower, row.followee, accepted=row.accepted)
        self.blocks = {(row.who, row.whom) for row in blocks}
        self.private = {row.handle for row in profiles if row.private}
        return bool(profiles)

    def first_rows(self) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Follows and profiles of a new room."""
        edges = [(VISITOR, one) for one in FOLLOWED]
        edges += [
            (one, CAST[(place + step) % len(AUTHORS)]) for place, one in enumerate(CAST) for step in (1, 4, 7)
        ]
        edges += [("hugo", PRIVATE[0]), ("chloe", PRIVATE[1])]
        room = self._context.room.id
        follows: list[dict[str, object]] = [
            {"room": room, "follower": one, "followee": other, "accepted": True}
            for one, other in dict.fromkeys(edges)
            if one != other
        ]
        profiles: list[dict[str, object]] = [
            {"room": room, "handle": one, "private": one in PRIVATE} for one in (VISITOR, *CAST)
        ]
        return follows, profiles

    def _tie(self, follower: str, followee: str, *, accepted: bool) -> None:
        if accepted:
            self.following[follower].add(followee)
            self.followers[followee].add(follower)
            self.waiting[followee].discard(follower)
        else:
            self.waiting[followee].add(follower)

    # Who may see whom

    def blocked(self, one: str, other: str) -> bool:
        """Whether either has blocked the other."""
        return (one, other) in self.blocks or (other, one) in self.blocks

    def may_see(self, viewer: str, author: str) -> bool:
        """Whether `viewer` may see what `author` writes."""
        if viewer == author:
            return True
        if self.blocked(viewer, author):
            return False
        return author not in self.private or author in self.following[viewer]

    def hidden_from(self, viewer: str) -> set[str]:
        """Authors whose tweets this viewer may not see."""
        blocked = {whom for who, whom in self.blocks if who == viewer} | {
            who for who, whom in self.blocks if whom == viewer
        }
        return (blocked | self.private - self.following[viewer]) - {viewer}

    def feeds(self, viewer: str) -> set[str]:
        """Whose tweets make up this viewer's home timeline."""
        return ({viewer} | self.following[viewer]) - self.hidden_from(viewer)

    async def knows(self, handle: str) -> bool:
        """Whether there is such an account: of the cast, or one that has tweeted, followed, blocked or set something."""
        room = self._context.room
        traces = (PROFILE.c.handle, FOLLOW.c.follower, BLOCK.c.who, TWEET.c.author)
        query = sa.union_all(
            *[
                sa.select(sa.literal(1))
                .where(one.table.c.room == room.id, one == handle)
                .limit(1)
                .subquery()
                .select()
                for one in traces
            ]
        )
        return handle in NAMES or bool(await room.sql.read(lambda c: c.execute(query).first()))

    # Changes

    async def follow(self, followee: str) -> str:
        """`following`, or `requested` where the account is private. Twice is the same as once."""
        follower = acting().name
        if followee in self.following[follower]:
            self._context.decide("it is so already: nothing is to be changed")
            return "following"
        accepted = followee not in self.private
        self._context.decide(
            "the account is open" if accepted else "the account is private: it has to accept"
        )
        row = {
            "room": self._context.room.id,
            "follower": follower,
            "followee": followee,
            "accepted": accepted,
        }
        insert = self._context.room.sql.insert(FOLLOW).values(row).on_conflict_do_nothing()
        await self._add("INSERT the follow", insert)
        self._tie(follower, followee, accepted=accepted)
        return "following" if accepted else "requested"

    async def unfollow(self, followee: str, *, follower: str = "") -> bool:
        """Whether there was anything to undo."""
        follower = follower or acting().name
        was = followee in self.following[follower] or follower in self.waiting[followee]
        if was:
            row = (FOLLOW.c.follower == follower) & (FOLLOW.c.followee == followee)
            await self._write(
                "DELETE the follow", FOLLOW.delete().where(FOLLOW.c.room == self._context.room.id, row)
            )
            self.following[follower].discard(followee)
            self.followers[followee].discard(follower)
            self.waiting[followee].discard(follower)
        return was

    async def accept(self, follower: str) -> bool:
        """Let somebody follow who has asked; false where nobody of that name waits."""
        me = acting().name
        if follower not in self.waiting[me]:
            return False
        row = (FOLLOW.c.follower == follower) & (FOLLOW.c.followee == me)
        update = FOLLOW.update().where(FOLLOW.c.room == self._context.room.id, row).values(accepted=True)
        await self._write("UPDATE the follow", update)
        self._tie(follower, me, accepted=True)
        return True

    async def block(self, whom: str) -> None:
        """Neither sees the other any more, and neither follows the other."""
        me = acting().name
        row = {"room": self._context.room.id, "who": me, "whom": whom}
        await self._add(
            "INSERT the block", self._context.room.sql.insert(BLOCK).values(row).on_conflict_do_nothing()
        )
        self.blocks.add((me, whom))
        await self.unfollow(whom)
        await self.unfollow(me, follower=whom)

    async def unblock(self, whom: str) -> None:
        """What was unfollowed stays so."""
        me = acting().name
        row = (BLOCK.c.who == me) & (BLOCK.c.whom == whom)
        await self._write(
            "DELETE the block", BLOCK.delete().where(BLOCK.c.room == self._context.room.id, row)
        )
        self.blocks.discard((me, whom))

    async def set_private(self, *, private: bool) -> None:
        """Whether only accepted followers see what the acting user writes."""
        me = acting().name
        row = {"room": self._context.room.id, "handle": me, "private": private}
        insert = self._context.room.sql.insert(PROFILE).values(row)
        await self._add(
            "UPDATE the profile",
            insert.on_conflict_do_update(index_elements=["room", "handle"], set_={"private": private}),
        )
        (self.private.add if private else self.private.discard)(me)

    async def _add(self, what: str, statement: sa.Executable) -> None:
        """Write a row more. `TooMany` in a full room."""
        if self._rows >= MOST_ROWS:
            raise TooMany(f"this room is full: it holds {self._rows:,} follows and blocks")
        self._rows += 1
        await self._write(what, statement)

    async def _write(self, what: str, statement: sa.Executable) -> None:
        room = self._context.room
        await self._context.node(STORE).call(
            what, lambda: room.sql.write(lambda c: c.execute(statement) and None), source=SERVICE
        )
