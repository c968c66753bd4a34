"""A chat server, in a process of its own: what it holds of connections, and one turn of its work.

It is asked to take a turn: frames of devices come in together, what came over channels, topics, the
mesh or from the inboxes is collected, and the frames for its own devices go out together.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, OrderedDict, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from redis.exceptions import RedisError

from sdlab.blocks.lru import LruCache
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer, PeerFailed

FOLDER = Path(__file__).parent
PAGE = 500  # entries of an inbox that are read at once
PATIENCE = 2.0  # seconds that a store may be silent
AT_ONCE = 64  # chats whose people are asked for beside each other
READERS = 8  # most people of a chat whose reading is followed


class Connection:
    """A device that is connected here. `sent` is what it was sent and has not acknowledged."""

    __slots__ = ("device", "last", "sent", "user")

    def __init__(self, device: str, user: str, last: dict[str, int]) -> None:
        self.device, self.user, self.last = device, user, last
        self.sent: OrderedDict[str, None] = OrderedDict()


class News:
    """Something that came for a user: who wrote it on which device, which message, at which number, as JSON."""

    __slots__ = ("member", "payload", "seq", "user", "via")

    def __init__(self, user: str, via: str, member: str, seq: int, payload: str) -> None:
        self.user, self.via, self.member, self.seq, self.payload = user, via, member, seq, payload

    @classmethod
    def parsed(cls, user: str, text: str) -> News:
        via, member, seq, payload = text.split("\n", 3)
        return cls(user, via, member, int(seq), payload)


class ChatServer:
    """Its connections by user, its cache of participants, and how it hears of what others took in."""

    def __init__(self, parent: Peer, *, name: str, redis: str, prefix: str, folder: str) -> None:
        self.parent, self.name, self.prefix, self.folder = parent, name, prefix, folder
        self.redis = connected(redis)
        self.accept = self.redis.register_script((FOLDER / "accept.lua").read_text(encoding="utf-8"))
        self.ack = self.redis.register_script((FOLDER / "ack.lua").read_text(encoding="utf-8"))
        self.config: dict[str, Any] = {}
        self.devices: dict[str, Connection] = {}
        self.users: dict[str, dict[str, Connection]] = defaultdict(dict)
        self.cache: LruCache[str, dict[str, list[str]]] = LruCache(64)
        self.cached_for = 64
        self.numbers: dict[str, int] = {}
        self.made = 0
        self.arrived: list[News] = []
        self.pubsub: Any = None
        self.channels: set[str] = set()
        self.wanted: set[str] = set()
        self.topics: dict[str, str] = {}
        self.links: dict[str, Peer] = {}
        self.listening: asyncio.Server | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.why: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.news: set[str] = set()
        self.out: dict[str, tuple[str, int, list[str]]] = {}
        self.ticks: list[tuple[Connection, list[str]]] = []

    def key(self, *parts: str) -> str:
        return ":".join((self.prefix, *parts))

    # One turn

    async def turn(
        self, frames: list[dict[str, Any]], config: dict[str, Any], news: list[str], sweep: bool = False
    ) -> dict[str, Any]:
        """Do what the frames want, collect what is for devices here, and say what goes out."""
        await self.configure(config)
        self.why, self.counts, self.news = Counter(), Counter(), set()
        self.out, self.ticks = {}, []
        done = await self.take(frames)
        with suppress(RedisError):
            await self.collect(news)
        if sweep:
            await self.fill([one.device for one in await self.behind()])
        if self.ticks:
            await self.tick()
        return {
            "done": done,
            "out": self.by_number(),
            "why": self.why,
            "counts": self.counts,
            "news": list(self.news),
            "held": self.held(),
        }

    def by_number(self) -> list[list[Any]]:
        """What goes out, each message once with all its devices here: in the order of the numbers, so of every chat.

        In the order in which devices were given something, a device that lacks the first of a chat would get it
        behind what another one, that lacks only the last, was given before.
        """
        return sorted(([member, *rest] for member, rest in self.out.items()), key=lambda one: one[2])

    def held(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "connections": len(self.devices),
            "channels": len(self.channels),
            "topics": len(self.topics) if self.config["reach"] == "topic" else 0,
            "links": len(self.links),
            "cached": len(self.cache),
        }

    async def configure(self, config: dict[str, Any]) -> None:
        before, self.config = self.config, config
        if config["cache_chats"] != self.cached_for:
            self.cached_for = config["cache_chats"]
            self.cache = LruCache(self.cached_for)
        if before and before["numbering"] != config["numbering"]:
            self.numbers.clear()
        if before and before["reach"] != config["reach"]:
            await self.leave(before["reach"])
            if config["reach"] == "topic":
                self.topics = dict.fromkeys(self.users, "$")
                await self.begin_topics(list(self.users))
            if config["reach"] == "pubsub":
                self.wanted = set(self.users)
                await self.subscribe()
            if config["reach"] == "mesh" and self.devices:
                await self.own(list(self.devices.values()))

    async def leave(self, reach: str) -> None:
        """Let go of what the approach before needed."""
        if self.pubsub is not None:
            await self.pubsub.aclose()
            self.pubsub = None
        self.channels.clear()
        self.topics.clear()
        for link in self.links.values():
            link.close()
        self.links.clear()

    # What devices want

    async def take(self, frames: list[dict[str, Any]]) -> list[Any]:
        done: list[Any] = [None] * len(frames)
        sends: list[tuple[int, dict[str, Any]]] = []
        acks: dict[tuple[str, str], list[str]] = defaultdict(list)
        connects = []
        for place, frame in enumerate(frames):
            kind = frame["t"]
            if kind == "send":
                sends.append((place, frame))
            elif kind == "ack":
                acks[frame["d"], frame["kind"]] += frame["items"]
            elif kind == "connect":
                connects.append(frame)
            elif kind == "close":
                connects = [one for one in connects if one["d"] != frame["d"]]
                await self.close(frame["d"])
            elif kind == "forget":
                self.cache.discard(frame["chat"])
                done[place] = True
        if connects:
            await self.connect(connects)
        if sends:
            await self.send(sends, done)
        for frame in frames:
            if frame["t"] in ("typing", "update"):
                with suppress(PeerFailed):  # what nobody keeps is not tried again
                    await self.say(frame)
        if acks:
            await self.acknowledge(acks)
        return done

    async def connect(self, frames: list[dict[str, Any]]) -> None:
        """Devices come: hear of their users from now on, then give them what waits for them."""
        came = []
        for frame in frames:
            connection = Connection(frame["d"], frame["u"], frame["last"])
            self.devices[connection.device] = connection
            self.users[connection.user][connection.device] = connection
            came.append(connection)
        reach = self.config["reach"]
        users = list({one.user for one in came})
        if reach == "pubsub":
            self.wanted.update(users)
            await self.subscribe()
        elif reach == "topic":
            await self.begin_topics(users)
        elif reach == "mesh":
            await self.own(came)
        await self.fill([one.device for one in came])

    async def close(self, device: str) -> None:
        connection = self.devices.pop(device, None)
        if connection is None:
            return
        left = self.users[connection.user]
        left.pop(device, None)
        if self.config["reach"] == "mesh":
            await self.redis.hdel(self.key("owners"), device)
        if not left:
            del self.users[connection.user]
            self.wanted.discard(connection.user)
            self.topics.pop(connection.user, None)
            if connection.user in self.channels and self.pubsub is not None:
                self.channels.discard(connection.user)
                with suppress(RedisError):
                    await self.pubsub.unsubscribe(self.key("user", connection.user))

    async def send(self, sends: list[tuple[int, dict[str, Any]]], done: list[Any]) -> None:
        """Messages: who is to get them, then one script for each, all in one round trip."""
        pipeline, placed = self.redis.pipeline(transaction=False), []
        participants = await self.participants([frame["chat"] for _, frame in sends])
        for (place, frame), (people, found) in zip(sends, participants, strict=True):
            if people is None:
                done[place] = {"unavailable": "the database does not say who is in the chat"}
                continue
            if frame["u"] not in people:
                done[place] = {"refused": f"you are not in chat {frame['chat']}"}
                continue
            self.made += 1
            mid = f"{frame['u']}.{frame['cid']}.{self.name[1:]}x{os.getpid()}x{self.made}"
            await self.accept(
                keys=[self.prefix],
                args=self.arguments(frame, people, mid, await self.number(frame["chat"])),
                client=pipeline,
            )
            placed.append((place, frame, people, mid, found))
        if not placed:
            return
        answers = await pipeline.execute()
        for (place, frame, people, mid, found), answer in zip(placed, answers, strict=True):
            if answer[0] == "known":
                first, _, seq = answer[1].rpartition("|")
                why = [found, "sent-before"]  # branch: sent-before
                done[place] = {"mid": first, "seq": int(seq), "again": True, "why": why}
                continue
            seq, told, payload = int(answer[1]), int(answer[2]), answer[3]
            why = [found, *self.whys(frame)]
            done[place] = {"mid": mid, "seq": seq, "again": False, "why": why}
            if (own := self.devices.get(frame["d"])) and own.last.get(frame["chat"]) == seq - 1:
                own.last[frame["chat"]] = seq
            news = News("", frame["d"], f"m|{frame['chat']}|{mid}", seq, payload)
            why.append(await self.tell(list(people), news, people, told))

    def whys(self, frame: dict[str, Any]) -> list[str]:
        """By which branches a message was taken in."""
        config = self.config
        return [
            "numbered-here" if config["numbering"] == "by_server" else "numbered-by-chat",
            "remembered" if config["resend"] == "remembered" else "not-remembered",  # branch: not-remembered
            "kept-in-inboxes" if config["inbox"] == "kept" else "kept-nowhere",  # branch: kept-nowhere
            "row-per-device" if config["footprint"] == "by_device" else "row-per-user",
        ]

    def arguments(
        self, frame: dict[str, Any], people: dict[str, list[str]], mid: str, number: int
    ) -> list[Any]:
        chat, sender, device = frame["chat"], frame["u"], frame["d"]
        rest = orjson.dumps(
            {
                "type": "newMessage",
                "chat": chat,
                "id": mid,
                "client_id": frame["cid"],
                "from": sender,
                "text": frame["text"],
                "attachment": frame["att"],
                "at": frame["at"],
            }
        ).decode()[1:]
        if self.config["footprint"] == "by_device":  # branch: row-per-device
            boxes = [f"{user}/{name}" for user, names in people.items() for name in names]
            boxes = [one for one in boxes if one != device]
            own = [f"{sender}/{name}" for name in people.get(sender, ())]
        else:  # branch: row-per-user
            boxes = [user for user, names in people.items() if user != sender or len(names) > 1]
            own = [sender]
        others = len(people) - (sender in people)
        return [
            *(chat, sender, frame["cid"], mid, rest),
            "1" if self.config["resend"] == "remembered" else "0",  # branch: remembered
            *(number, ",".join(boxes)),
            *(",".join(people), self.config["reach"]),
            "1" if self.config["inbox"] == "kept" else "0",  # branch: kept-in-inboxes
            *(frame["at"], others, device, ",".join(own), "1" if len(people) <= READERS else "0"),
        ]

    async def number(self, chat: str) -> int:
        """0 where the chat's own counter numbers; else the next of this server's own."""
        if self.config["numbering"] == "by_chat":
            return 0  # branch: numbered-by-chat
        if chat not in self.numbers:
            self.numbers[chat] = int(await self.redis.get(self.key("seq", chat)) or 0)
        self.numbers[chat] += 1  # branch: numbered-here
        return self.numbers[chat]

    async def people(self, chat: str) -> tuple[dict[str, list[str]], str]:
        """Who is in a chat, with their devices, and by which branch that is known: cache or database."""
        people, found = (await self.participants([chat]))[0]
        if people is None:
            raise PeerFailed(f"the database does not say who is in {chat}")
        return people, found

    async def participants(self, chats: list[str]) -> list[tuple[dict[str, list[str]] | None, str]]:
        """`people` of all these, what has to be read beside each other; None of whom the database does not know."""
        cached = self.config["participants"] == "cached"
        known: dict[str, dict[str, list[str]]] = {}
        unread: list[str] = []
        for chat in dict.fromkeys(chats) if cached else ():
            if (found := self.cache.get(chat, now=0.0)) is not None:
                known[chat] = found
        read_by = ["from-cache" if chat in known else "" for chat in chats]
        for place, chat in enumerate(chats):
            if not read_by[place]:
                again = cached and chat in unread
                read_by[place] = "from-cache" if again else ("read-for-cache" if cached else "from-database")
                unread += [] if again else [chat]
        self.counts["cache_hits"] += read_by.count("from-cache")  # branch: from-cache
        self.counts["cache_misses"] += read_by.count("read-for-cache")  # branch: read-for-cache
        self.counts["database_reads"] += len(unread)  # branch: from-database
        for first in range(0, len(unread), AT_ONCE):
            some = unread[first : first + AT_ONCE]
            asked = (self.parent.ask("people", chat=chat, server=self.name) for chat in some)
            for chat, people in zip(some, await asyncio.gather(*asked, return_exceptions=True), strict=True):
                if isinstance(people, PeerFailed):
                    continue
                if isinstance(people, BaseException):
                    raise people
                known[chat] = people
                if cached:
                    self.cache.put(chat, people, now=0.0)
        return [(known.get(chat), found) for chat, found in zip(chats, read_by, strict=True)]

    async def say(self, frame: dict[str, Any]) -> None:
        """What nobody keeps: somebody types, or a chat has changed."""
        people, _ = await self.people(frame["chat"])
        if frame["t"] == "typing" and frame["u"] not in people:
            return
        member = f"{frame['t'][0]}|{frame['chat']}|{frame['u']}"
        users = [one for one in people if one != frame["u"]] if frame["t"] == "typing" else list(people)
        news = News("", "", member, 0, frame.get("payload", ""))
        text = f"\n{member}\n0\n{news.payload}"
        told = 0
        if self.config["reach"] == "pubsub":
            pipeline = self.redis.pipeline(transaction=False)
            for user in users:
                pipeline.publish(self.key("user", user), text)
            told = sum(await pipeline.execute())
        elif self.config["reach"] == "topic":
            pipeline = self.redis.pipeline(transaction=False)
            for user in users:
                pipeline.xadd(self.key("topic", user), {"news": text}, maxlen=500)
            await pipeline.execute()
            told = len(users)
        await self.tell(users, news, people, told)

    # Reaching the server of a device

    async def tell(self, users: list[str], news: News, people: dict[str, list[str]], told: int) -> str:
        """By the approach in force; the branch. Channels and topics were told by the script that numbered it."""
        reach = self.config["reach"]
        if reach == "pubsub":
            self.counts["published"] += len(users)
            self.counts["heard"] += told
            self.news.update(users)
            return "published"  # branch: published
        if reach == "topic":
            self.counts["appended"] += len(users)
            self.news.update(users)
            return "appended"  # branch: appended
        if reach == "single":
            self.arrived += [_for(user, news) for user in users]
            return "same-server"  # branch: same-server
        if reach == "mesh":
            await self.forward(users, news, people)
            return "forwarded"  # branch: forwarded
        return "left-in-table"  # branch: left-in-table

    async def forward(self, users: list[str], news: News, people: dict[str, list[str]]) -> None:
        """Look up who holds the devices, and hand it to those servers over the links."""
        devices = [f"{user}/{name}" for user in users for name in people.get(user, ())]
        if not devices:
            return
        owners = await self.redis.hmget(self.key("owners"), devices)
        by_server: dict[str, set[str]] = defaultdict(set)
        for device, owner in zip(devices, owners, strict=True):
            if owner:
                by_server[owner].add(device.rpartition("/")[0])
        for server, for_users in by_server.items():
            if server == self.name:
                self.arrived += [_for(user, news) for user in for_users]
                continue
            with suppress(OSError, RuntimeError):
                link = await self.link(server)
                self.counts["forwarded"] += 1
                await link.ask(
                    "take",
                    users=list(for_users),
                    text=f"{news.via}\n{news.member}\n{news.seq}\n{news.payload}",
                )
            self.news.update(for_users)

    async def link(self, server: str) -> Peer:
        """The line to that server, opened with the first message that goes over it."""
        if server not in self.links:
            reader, writer = await asyncio.open_unix_connection(f"{self.folder}/{server}")
            peer = self.links[server] = Peer(reader, writer, {})
            self._task(self._listens(peer, server))
        return self.links[server]

    async def _listens(self, peer: Peer, server: str) -> None:
        await peer.listen()
        if self.links.get(server) is peer:
            del self.links[server]

    async def listen(self) -> None:
        """Be there for the other servers."""
        path = Path(self.folder) / self.name
        path.unlink(missing_ok=True)
        self.listening = await asyncio.start_unix_server(self._linked, path)

    async def _linked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def take(users: list[str], text: str) -> None:
            self.arrived += [News.parsed(user, text) for user in users]

        await Peer(reader, writer, {"take": take}).listen()

    def _task(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def own(self, came: list[Connection]) -> None:
        await self.redis.hset(self.key("owners"), mapping={one.device: self.name for one in came})

    async def subscribe(self) -> None:
        if self.pubsub is None:
            self.pubsub = self.redis.pubsub()
        if new := [user for user in self.wanted if user not in self.channels]:
            await self.pubsub.subscribe(*(self.key("user", user) for user in new))
            self.channels.update(new)

    async def begin_topics(self, users: list[str]) -> None:
        pipeline = self.redis.pipeline(transaction=False)
        for user in users:
            pipeline.xrevrange(self.key("topic", user), count=1)
        for user, last in zip(users, await pipeline.execute(), strict=True):
            self.topics.setdefault(user, last[0][0] if last else "0-0")
            if self.topics[user] == "$":
                self.topics[user] = last[0][0] if last else "0-0"

    # Collecting what came

    async def collect(self, news: list[str]) -> None:
        """What came since the last turn, and goes to devices here."""
        reach = self.config["reach"]
        if reach == "pubsub" and self.pubsub is not None:
            await self.hear()
        elif reach == "topic":
            await self.read_topics([user for user in {*news, *self.news} if user in self.topics])
        arrived, self.arrived = self.arrived, []
        behind = [device for one in arrived for device in self.deliver(one)]
        if behind:
            await self.fill(list(dict.fromkeys(behind)))

    async def hear(self) -> None:
        """Everything that was published before now: the answer to a ping comes after it on the same line."""
        start = len(self.key("user", ""))
        await self.pubsub.ping(message="here")
        while True:
            message = await self.pubsub.get_message(ignore_subscribe_messages=False, timeout=PATIENCE)
            if message is None:
                return  # the line broke; whoever was told meanwhile was told in vain
            if message["type"] == "message":
                self.arrived.append(News.parsed(message["channel"][start:], message["data"]))
            elif message["type"] not in ("subscribe", "unsubscribe"):
                return  # the answer to the ping, an array or, in the newer protocol, a plain text

    async def read_topics(self, users: list[str]) -> None:
        if not users:
            return
        found = await self.redis.xread(
            {self.key("topic", user): self.topics[user] for user in users}, count=PAGE
        )
        start = len(self.key("topic", ""))
        pairs = found.items() if isinstance(found, dict) else found
        for stream, batches in pairs:
            user = stream[start:]
            entries = batches[0] if batches and isinstance(batches[0], list) else batches
            for position, fields in entries:
                self.topics[user] = position
                self.arrived.append(News.parsed(user, fields["news"]))

    def deliver(self, news: News) -> list[str]:
        """To this user's devices here, but the one that wrote it; returns those that have a gap before it."""
        behind = []
        for device, connection in list(self.users.get(news.user, {}).items()):
            if news.member in connection.sent:
                continue
            if news.member[0] != "m":
                if device != news.via:
                    self.hand(connection, news.member, news.payload, 0)
                continue
            chat = news.member.split("|", 2)[1]
            in_order = news.seq == connection.last.get(chat, 0) + 1
            if device == news.via:  # it has what it wrote
                if in_order:
                    connection.last[chat] = news.seq
                continue
            if self.config["inbox"] == "kept" and self.config["numbering"] == "by_chat" and not in_order:
                behind.append(device)  # its inbox has what lies between, in order
                continue
            connection.last[chat] = news.seq
            self.hand(connection, news.member, news.payload, news.seq)
        return behind

    def hand(self, connection: Connection, member: str, payload: str, seq: int) -> None:
        """Put it into what goes out to that device."""
        if member[0] in "mr" and self.config["inbox"] == "kept":
            connection.sent[member] = None
            if len(connection.sent) > PAGE * 4:
                connection.sent.popitem(last=False)
        self.out.setdefault(member, (payload, seq, []))[2].append(connection.device)
        if member[0] == "m":
            if self.config["ticks"] == "on_write":
                self.ticks.append((connection, [member]))
            self.counts["delivered"] += 1

    def box(self, connection: Connection) -> str:
        return connection.device if self.config["footprint"] == "by_device" else connection.user

    async def fill(self, devices: list[str]) -> None:
        """Give these devices what their inboxes have, in order, but what they were sent on this connection."""
        if self.config["inbox"] != "kept":
            return
        here = [self.devices[device] for device in devices if device in self.devices]
        if not here:
            return
        pipeline = self.redis.pipeline(transaction=False)
        for connection in here:
            pipeline.zrange(self.key("inbox", self.box(connection)), 0, PAGE - 1)
        self.counts["inbox_reads"] += len(here)
        waiting = await pipeline.execute()
        bodies = await self.bodies(here, waiting)
        gone = self.redis.pipeline(transaction=False)
        for connection, members in zip(here, waiting, strict=True):
            for member in members:
                if member in connection.sent:
                    continue
                if member[0] == "r":
                    self.hand(connection, member, "", 0)
                elif body := bodies.get(member):
                    chat, seq = member.split("|", 2)[1], int(body[7 : body.index(",")])
                    connection.last[chat] = max(seq, connection.last.get(chat, 0))
                    self.hand(connection, member, body, seq)
                else:  # deleted by age: there is nothing to give any more
                    gone.zrem(self.key("inbox", self.box(connection)), member)
        if len(gone):
            await gone.execute()

    async def bodies(self, here: list[Connection], waiting: list[list[str]]) -> dict[str, str]:
        """The messages of these rows, but those that were sent on this connection; each is read once."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for connection, members in zip(here, waiting, strict=True):
            for member in members:
                if member[0] == "m" and member not in connection.sent:
                    _, chat, mid = member.split("|", 2)
                    wanted[chat].add(mid)
        if not wanted:
            return {}
        pipeline, names = self.redis.pipeline(transaction=False), {}
        for chat, mids in wanted.items():
            names[chat] = list(mids)
            pipeline.hmget(self.key("msg", chat), names[chat])
        return {
            f"m|{chat}|{mid}": body
            for (chat, mids), found in zip(names.items(), await pipeline.execute(), strict=True)
            for mid, body in zip(mids, found, strict=True)
            if body
        }

    async def behind(self) -> list[Connection]:
        """Devices here whose inboxes are not empty."""
        polling = self.config["reach"] == "poll"
        if polling:
            self.counts["polls"] += len(self.devices)
            return list(self.devices.values())
        boxes = await self.redis.smembers(self.key("waiting"))
        return [one for one in self.devices.values() if self.box(one) in boxes]

    # Acknowledgements

    async def acknowledge(self, acks: dict[tuple[str, str], list[str]]) -> None:
        pipeline, any_ = self.redis.pipeline(transaction=False), False
        for (device, kind), items in acks.items():
            connection = self.devices.get(device)
            if connection is None:
                continue
            for item in items:
                connection.sent.pop(item, None)
            await self._ack(pipeline, connection, kind, items)
            any_ = True
        if any_:
            await self._told(await pipeline.execute())

    async def tick(self) -> None:
        """Without waiting for devices: what was written to a connection counts as delivered."""
        pipeline = self.redis.pipeline(transaction=False)
        for connection, items in self.ticks:
            await self._ack(pipeline, connection, "tick", items)
        self.ticks = []
        self.why["ticked-on-write"] += 1  # branch: ticked-on-write
        await self._told(await pipeline.execute())

    async def _ack(self, pipeline: Any, connection: Connection, kind: str, items: list[str]) -> None:
        shared = 1
        if self.config["footprint"] == "by_user":
            shared = len(await self.parent.ask("devices", user=connection.user))
        await self.ack(
            keys=[self.prefix],
            args=[
                *(self.box(connection), connection.user, connection.device, shared),
                self.config["retention"],  # branch: dropped-when-acked
                *(self.config["reach"], kind),
                "1" if self.config["inbox"] == "kept" else "0",
                *items,
            ],
            client=pipeline,
        )
        if kind != "tick":
            self.why["ticked-on-ack"] += len(items)  # branch: ticked-on-ack
            kept = self.config["retention"] == "days"
            self.why["kept-for-days" if kept else "dropped-when-acked"] += len(items)  # branch: kept-for-days

    async def _told(self, answers: list[list[str]]) -> None:
        for done in answers:
            for line in done:
                sender, _, receipt = line.partition("\n")
                reach = self.config["reach"]
                if reach in ("pubsub", "topic"):
                    self.news.add(sender)
                elif reach == "single":
                    self.arrived.append(News(sender, "", receipt, 0, ""))
                elif reach == "mesh":
                    names = await self.parent.ask("devices", user=sender)
                    await self.forward([sender], News("", "", receipt, 0, ""), {sender: names})


def _for(user: str, news: News) -> News:
    return News(user, news.via, news.member, news.seq, news.payload)


async def make(parent: Peer, *, name: str, redis: str, prefix: str, folder: str) -> dict[str, Handler]:
    """A chat server that takes turns."""
    server = ChatServer(parent, name=name, redis=redis, prefix=prefix, folder=folder)
    await server.listen()

    async def channels_cut() -> int:
        """The line to the channels is cut; it comes back with the next turn, and what was told meanwhile is lost."""
        had = len(server.channels)
        if server.pubsub is not None:
            await server.pubsub.aclose()
            server.pubsub = None
            server.channels.clear()
        return had

    async def resubscribe() -> int:
        if server.config and server.config["reach"] == "pubsub":
            server.wanted = set(server.users)
            await server.subscribe()
        return len(server.channels)

    return {"turn": server.turn, "cut": channels_cut, "resubscribe": resubscribe}
