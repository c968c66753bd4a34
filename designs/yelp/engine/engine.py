"""Yelp at work in one room: search, look at a place, rate it, change it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.claims import CHECK_EVERY_S, CLAIMS, ClaimChecker
from designs.yelp.engine.explorer import SHOWN, Explorer
from designs.yelp.engine.index_feed import IndexFeed
from designs.yelp.engine.nodes import FLOWS, SERVICE, plan
from designs.yelp.engine.place import DECIMALS, Place, Rating, SearchQuery, Sums, check_point
from designs.yelp.engine.query_plan import QueryPlan
from designs.yelp.engine.ratings import Ratings
from designs.yelp.engine.reader import StoreReader
from designs.yelp.engine.search import Answer, PlaceSearch
from sdlab.blocks import city as streets
from sdlab.lab import Engine, Invalid, NodeSpec, Room, TooMany, acting
from sdlab.lab.text import TextRule
from sdlab.parts.idempotency import IdempotencyKeys

NAME, KIND, TAGS = TextRule("name", 60), TextRule("kind", 20), TextRule("tags", 80, minimum=0)
REVIEW = TextRule("text", 500, minimum=0, lines=True)
REFRESH_S, RENEW_S, EXPLAIN_S = 0.3, 1.0, 2.0
MOST_ADDED = 2_000


class Yelp(Engine[Config]):
    """Places and ratings are rows; index, cache and the column of averages are in memory, made from them."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.keys = IdempotencyKeys(context)
        self._editing = asyncio.Lock()
        self.catalogue = Catalogue(context)
        self.ratings = Ratings(context)
        self.search_places = PlaceSearch(context, self.catalogue, self.ratings)
        self.index_feed = IndexFeed(context, self.catalogue, self.search_places)
        self.explorer = Explorer(context, self.catalogue, self.search_places, self.ratings)
        self.checker = ClaimChecker(
            context, self.catalogue, self.ratings, self.search_places, self.index_feed
        )
        self.query_plan = QueryPlan(context, self.explorer)
        self.reader = StoreReader(
            context, self.catalogue, self.ratings, self.search_places, self.index_feed, self.explorer
        )

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.catalogue.open()
        await self.ratings.open(list(self.catalogue.places.values()))
        await self.search_places.rebuild()
        await self.explorer.refresh()
        self.every("change capture", lambda: max(1, self.config.lag_ms) / 1000, self.index_feed.work)
        self.every("batch of averages", lambda: self.config.batch_s, self.ratings.batch)
        self.every("column of averages", RENEW_S, self.ratings.renew)
        self.every("map on the page", REFRESH_S, self.explorer.refresh)
        self.every("claims", CHECK_EVERY_S, self.checker.check, yields=True)
        self.every("query plan", EXPLAIN_S, self.query_plan.refresh, yields=True)

    async def reconfigure(self, before: Config) -> None:
        if (self.config.search, self.config.sync) != (before.search, before.sync):
            await self.index_feed.forget_messages()
            await self.search_places.rebuild()
        if (self.config.cache, self.config.kept_s) != (before.cache, before.kept_s):
            self.search_places.reset_cache()
        if (self.config.average, self.config.unique) != (before.average, before.unique):
            await self.ratings.recount()
        self.explorer.look_again()
        await self.explorer.refresh()

    # Search

    async def search(
        self,
        query: SearchQuery,
        *,
        sort: str = "",
        limit: int = SHOWN,
        after: tuple[float, int] | None = None,
    ) -> Answer:
        """Places within the radius that have the words, best first."""
        async with self.request("GET search") as trace:
            answer = await self.search_places.search(query, sort=sort, limit=limit, after=after)
            shown = f"“{query.term}”" if query.words else "everything"
            found = "1 place" if len(answer.found) == 1 else f"{len(answer.found):,} places"
            where = f"within {query.radius_m:,.0f} m"
            trace.sentence = f"{trace.by} searched for {shown} {where}: {found} from the {answer.source}"
            return answer

    async def look(self, query: SearchQuery) -> Answer:
        """A search whose answer the map on the page shows."""
        answer = await self.search(query)
        self.explorer.show(answer)
        self.changed()
        return answer

    # Places

    async def place(self, place_id: int) -> tuple[Place, Sums]:
        """A place with its average. `NotFound`."""
        async with self.request("GET place") as trace:
            self.node(SERVICE).touch("place", "ok", source="visitor")
            place = self.catalogue.place(place_id)
            sums = await self.ratings.sums_of(place_id)
            trace.sentence = f"{trace.by} looked at {place.name}: {sums.average:.1f} ★ of {sums.count:,}"
            return place, sums

    async def reviews(
        self, place_id: int, *, after: tuple[float, str, str] | None = None, limit: int = SHOWN
    ) -> list[tuple[Rating, str]]:
        """Ratings of a place, newest first. `NotFound`."""
        async with self.request("GET reviews") as trace:
            self.node(SERVICE).touch("reviews", "ok", source="visitor")
            place = self.catalogue.place(place_id)
            found = await self.ratings.reviews(place_id, after=after, limit=limit)
            self.decide("the rows of one place, newest first, behind the position of the cursor")
            trace.sentence = f"{trace.by} read {len(found)} reviews of {place.name}"
            return found

    async def open_place(self, place_id: int) -> None:
        """Look at a place on the page."""
        await self.place(place_id)
        await self.show_place(place_id)

    async def show_place(self, place_id: int) -> None:
        """The open place as it is now, for the page; nobody's request."""
        await self.explorer.open(place_id)
        self.changed()

    def leave_place(self) -> None:
        """Back to the list on the page."""
        self.explorer.leave()
        self.changed()

    async def add_place(
        self, name: str, kind: str, tags: str, lat: float, lng: float, *, key: str | None = None
    ) -> Place:
        """A new place, found as soon as the index has heard of it. `Invalid`, `TooMany` in a full room."""
        async with self.request("POST place") as trace:
            self.node(SERVICE).touch("add", "ok", source="visitor")
            check_point(lat, lng)
            body = {"name": name, "kind": kind, "tags": tags, "lat": lat, "lng": lng}
            fresh = Place(
                0, NAME.check(name), KIND.check(kind).lower(), TAGS.check(tags), "", acting().name,
                round(lat, DECIMALS), round(lng, DECIMALS),
            )  # fmt: skip
            added = await self.keys.once(
                key,
                operation="place",
                body=body,
                work=lambda: self._add(fresh),
                dump=asdict,
                load=lambda kept: Place(**kept),
            )
            trace.sentence = f"{trace.by} added {added.name}"
            return added

    async def _add(self, fresh: Place) -> Place:
        if len(self.catalogue.places) >= self.room.quota.prepared + MOST_ADDED:
            raise TooMany(f"this room is full: it holds {len(self.catalogue.places):,} places")
        x, y = streets.to_metres(fresh.lat, fresh.lng)
        here = 0 <= x <= streets.WIDTH and 0 <= y <= streets.HEIGHT
        street = streets.make_city(3).name_of(x, y) if here else f"{fresh.lat:.4f}, {fresh.lng:.4f}"
        async with self._editing:
            place = replace(fresh, id=self.catalogue.next_id(), street=street)
            await self._change(place)
        return place

    async def rename(self, place_id: int, name: str) -> Place:
        """Give a place that one added another name. `NotFound`, `Forbidden` for somebody else's, `Invalid`."""
        async with self.request("PATCH place") as trace:
            self.node(SERVICE).touch("edit", "ok", source="visitor")
            async with self._editing:
                before = self.catalogue.own(place_id, acting().name)
                after = before.renamed(NAME.check(name))
                await self._change(after)
            trace.sentence = f"{before.name} is now called “{after.name}”"
            return after

    async def _change(self, place: Place) -> None:
        began = self.clock.time()
        await self.index_feed.change(place)
        self.checker.edited(place, began)
        self.explorer.look_again()

    # Ratings

    async def rate(self, place_id: int, stars: int, text: str = "") -> tuple[Rating, bool]:
        """Rate a place, or edit what one said of it; whether it was the first time. `NotFound`, `Invalid`."""
        async with self.request("POST rating") as trace:
            self.node(SERVICE).touch("rate", "ok", source="visitor")
            place = self.catalogue.place(place_id)
            if not 1 <= stars <= 5:
                raise Invalid("stars are from 1 to 5", field="stars")
            rating = Rating(place_id, acting().name, stars, REVIEW.check(text), self.clock.time())
            first = await self.ratings.rate(rating)
            said = "rated" if first else "changed the rating of"
            trace.sentence = f"{trace.by} {said} {place.name}: {stars} ★"
            return rating, first
