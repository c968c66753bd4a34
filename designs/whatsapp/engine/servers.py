"""The chat servers as seen from outside: processes that are started, killed, and given turns; and who is connected where."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from designs.whatsapp.config import Config
from designs.whatsapp.engine.claims import ClaimChecker
from designs.whatsapp.engine.counters import Counters
from designs.whatsapp.engine.devices import Device, Devices
from designs.whatsapp.engine.directory import Directory
from designs.whatsapp.engine.nodes import BALANCER, PHONE, STORE, server_ids
from designs.whatsapp.engine.strategies import BALANCINGS, BRANCHES, SERVER
from sdlab.lab import EngineContext, LabError, NotFound, Unavailable
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess, address_of
from sdlab.parts.workers.peer import Handler

TARGET = "designs.whatsapp.engine.chat_server:make"
BACK_AFTER = (0.2, 0.6)  # seconds until a device that lost its connection comes back
TRY_AGAIN = 0.2
PATIENCE = 10.0
AWAKE_FOR = 6.0  # seconds after the last frame in which inboxes are looked at again and again
MOST_FRAMES = 20_000
SAID = 4  # decisions of a turn that are told
PHONE_OF = "cleo/phone"


class Server:
    """One of them. `frames` wait for its next turn; `held` is what it said of itself in the last one."""

    def __init__(self, id: str, process: WorkerProcess) -> None:
        self.id, self.process = id, process
        self.frames: list[tuple[dict[str, Any], asyncio.Future[Any] | None]] = []
        self.news: set[str] = set()
        self.sweep = False
        self.wake = asyncio.Event()
        self.devices: dict[str, Device] = {}
        self.held: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self.turning = asyncio.Lock()


class ServerPool:
    """Gives frames of devices to servers, and what comes out to devices. Whoever loses its server gets another."""

    def __init__(
        self,
        context: EngineContext[Config],
        directory: Directory,
        devices: Devices,
        counters: Counters,
        checker: ClaimChecker,
    ) -> None:
        self._context, self._directory, self._devices = context, directory, devices
        self._counters, self._checker = counters, checker
        self._rng = context.room.rng("balancer")
        self._folder = ""
        self._coming: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._awake_until = 0.0
        self._closed = False
        self.all: dict[str, Server] = {}

    # Life

    def sync(self) -> None:
        """Have those of the plan; the devices of others come to these."""
        wanted = server_ids(self._context.config)
        for id in wanted:
            if id not in self.all:
                hears: dict[str, Handler] = {"people": self._people, "devices": self._devices_of}
                self.all[id] = Server(id, WorkerProcess(f"whatsapp {id}", TARGET, hears=hears))
        for id in [one for one in self.all if one not in wanted]:
            server = self.all.pop(id)
            self._end(server)
            if server.task is not None:
                server.task.cancel()  # at once: its turn would find that it is no part any more
            leaving = asyncio.create_task(self._leave(server), name=f"{id} leaves")
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        if self._context.config.reach == "single":
            for server in list(self.all.values())[1:]:
                for device in list(server.devices.values()):
                    self.disconnect(device, back=True)

    async def _leave(self, server: Server) -> None:
        """It is no part of the plan any more: whatever it is at, its process is gone when this returns."""
        if server.task is not None:
            await asyncio.gather(server.task, return_exceptions=True)
        await server.process.close()

    async def _people(self, chat: str, server: str) -> dict[str, list[str]]:
        return await self._directory.people(chat, source=server)

    async def _devices_of(self, user: str) -> list[str]:
        return self._directory.devices.get(user, [])

    async def close(self) -> None:
        """End all processes and whatever waits for them; nothing is left when this returns."""
        self._closed = True
        tasks = [*self._coming, *(one.task for one in self.all.values() if one.task is not None)]
        for task in tasks:
            task.cancel()
        for server in self.all.values():
            server.process.kill()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(one.process.close() for one in self.all.values()), return_exceptions=True)
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for asked in self._asked.values():
            asked.cancel()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    def kill(self, server: Server) -> None:
        """SIGKILL, at whatever it is; its devices look for another."""
        if server.process.pid:
            self._counters.deaths += 1
        self._end(server)

    def _end(self, server: Server) -> None:
        server.process.kill()
        server.held = {}
        frames, server.frames = server.frames, []
        server.news.clear()
        for device in list(server.devices.values()):
            self._dropped(device)
            self._later(device)
        for frame, answer in frames:
            self._elsewhere(frame, answer)

    # Frames

    @property
    def up(self) -> list[Server]:
        """Those that take connections now, in order; with one map only the first of them."""
        nodes = self._context.nodes
        found = [one for one in self.all.values() if one.id in nodes and not nodes[one.id].down]
        return found[:1] if self._context.config.reach == "single" else found

    def choose(self, *, but: str = "", decide: Callable[[str], None] | None = None) -> Server:
        """By the approach in force. `Unavailable` when none is up."""
        servers = self.up
        if not servers:
            raise Unavailable("no chat server is up", retry_after=1)
        others = [one for one in servers if one.id != but] or servers
        chosen = BALANCINGS[self._context.config.balancing]().choose(
            [(one.id, len(one.devices)) for one in others], self._rng, decide or self._context.decide
        )
        return self.all[chosen]

    def put(self, server: Server, frame: dict[str, Any], answer: asyncio.Future[Any] | None = None) -> None:
        """Into its next turn."""
        if len(server.frames) >= MOST_FRAMES:
            raise Unavailable(f"{server.id} has too much to do", retry_after=1)
        server.frames.append((frame, answer))
        self._awake_until = self._context.clock.monotonic() + AWAKE_FOR
        self._wake(server)

    def _wake(self, server: Server) -> None:
        server.wake.set()
        if server.task is None and not self._closed:
            name = f"{self._context.room.slug} turns of {server.id}"
            server.task = asyncio.create_task(self._turns(server), name=name)

    def asked(self, device: str, client: str) -> asyncio.Future[Any]:
        """What a message of that client id becomes; whoever sends it again waits for the same."""
        key = f"{device} {client}"
        if key not in self._asked:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda _: self._asked.pop(key, None))
        return self._asked[key]

    async def answer(self, waited: asyncio.Future[Any]) -> dict[str, Any]:
        """What the server says. `NotFound` for who is not in the chat, `Unavailable` when nobody answers in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                said: dict[str, Any] = await asyncio.shield(waited)
        except TimeoutError:
            raise Unavailable("no chat server answered in time", retry_after=1) from None
        if "refused" in said:
            raise NotFound(said["refused"])
        if "unavailable" in said:
            raise Unavailable(said["unavailable"], retry_after=1)
        return said

    def _elsewhere(self, frame: dict[str, Any], answer: asyncio.Future[Any] | None) -> None:
        """What a server had not done: a message whose device is not connected goes to another server."""
        if frame["t"] == "send" and answer is not None and not answer.done():
            device = self._devices.all.get(frame["d"])
            if device is None or frame["cid"] not in device.outbox:
                frame["resent"] = True
                try:
                    self.put(self.choose(), frame, answer)
                except Unavailable as error:
                    answer.set_result({"unavailable": error.detail})

    # Connections

    def connect(self, device: Device, *, but: str = "", decide: Callable[[str], None] | None = None) -> None:
        """To a server of the balancer's choice; then what still has to be sent. `Unavailable` when none is up."""
        if device.server or device.away:
            return
        server = self.choose(but=but, decide=decide)
        device.server = server.id
        server.devices[device.id] = device
        self.put(server, {"t": "connect", "d": device.id, "u": device.user, "last": device.last})
        for frame in device.outbox.values():
            frame["resent"] = True
            self.put(server, frame, self.asked(device.id, frame["cid"]))

    def disconnect(self, device: Device, *, back: bool = False) -> None:
        """The connection ends; `back` where the device looks for another at once."""
        if server := self.all.get(device.server):
            self.put(server, {"t": "close", "d": device.id})
        self._dropped(device)
        if back:
            self._later(device)

    def _dropped(self, device: Device) -> None:
        if server := self.all.get(device.server):
            server.devices.pop(device.id, None)
        device.server = ""
        device.losing = False

    def _later(self, device: Device) -> None:
        if self._closed:
            return
        task = asyncio.create_task(
            self._back(device), name=f"{self._context.room.slug} {device.id} comes back"
        )
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def _back(self, device: Device) -> None:
        wait = self._rng.uniform(*BACK_AFTER)
        while True:
            await self._context.clock.sleep(wait)
            if device.server or device.away or device.id not in self._devices.all:
                return
            try:
                async with self._context.request("connect", by=device.id, by_hand=False) as trace:
                    self._context.decide("its connection broke: it takes what the balancer gives it now")
                    self.connect(device)
                    self._context.node(BALANCER).touch("connect", "ok", source="visitor")
                    self._context.node(device.server).touch("connect", "ok", source=BALANCER)
                    trace.sentence = f"{device.id} came back, to {device.server}"
            except Unavailable:
                wait = TRY_AGAIN
                continue
            self._counters.reconnects += 1
            self._context.changed()
            return

    # Turns

    async def sweep(self) -> None:
        """Have the servers look into the inboxes of their devices, while there is anything under way."""
        if self._context.clock.monotonic() < self._awake_until:
            for server in self.all.values():
                if server.devices:
                    server.sweep = True
                    self._wake(server)

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """No server takes a turn meanwhile."""
        async with AsyncExitStack() as stack:
            for server in self.all.values():
                await stack.enter_async_context(server.turning)
            yield

    def all_hear(self, frame: dict[str, Any]) -> None:
        """Into the next turn of every server that is running."""
        for server in self.all.values():
            if not server.process.ended.is_set():
                self.put(server, frame)

    def spread(self) -> None:
        """Nobody has more than its share any more: what is above it connects anew."""
        share = -(-sum(len(one.devices) for one in self.all.values()) // max(1, len(self.up)))
        for server in self.all.values():
            for device in list(server.devices.values())[share:]:
                self.disconnect(device, back=True)

    async def cut(self) -> int:
        """The lines to the channels are cut; how many subscriptions are gone."""
        gone = 0
        for server in self.all.values():
            with suppress(WorkerGone, WorkerFailed):
                gone += await server.process.ask("cut") if server.process.state == "running" else 0
        return gone

    async def listen_again(self) -> None:
        """The channels are back: subscribe anew."""
        for server in self.all.values():
            with suppress(WorkerGone, WorkerFailed):
                if server.process.state == "running":
                    await server.process.ask("resubscribe")

    async def _turns(self, server: Server) -> None:
        while True:
            await server.wake.wait()
            server.wake.clear()
            try:
                async with server.turning:
                    await self._turn(server)
            except Exception as error:
                self._context.crashed(f"a turn of {server.id}", error)
                await self._context.clock.sleep(TRY_AGAIN)

    async def _turn(self, server: Server) -> None:
        node = self._context.nodes.get(server.id)
        if node is None or node.down or self._closed:
            return
        frames, server.frames = server.frames, []
        news, server.news = list(server.news), set()
        sweep, server.sweep = server.sweep, False
        if not (frames or news or sweep):
            return
        wire = [frame for frame, _ in frames]
        config = asdict(self._context.config)
        try:
            if server.process.ended.is_set():
                await self._start(server)
            said = await self._context.node(STORE).call(
                "read and write",
                lambda: server.process.ask("turn", frames=wire, config=config, news=news, sweep=sweep),
                source=server.id,
            )
        except WorkerGone:
            self._died(server, frames)
        except (WorkerFailed, Unavailable) as error:
            await self._failed(server, frames, news, error)
        else:
            await self._done(server, frames, said)

    async def _start(self, server: Server) -> None:
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="chat-")  # at once: servers start beside each other
        room = self._context.room
        await server.process.start(
            name=server.id, redis=address_of(room.redis), prefix=room.key(), folder=self._folder
        )

    def _died(self, server: Server, frames: list[tuple[dict[str, Any], asyncio.Future[Any] | None]]) -> None:
        server.frames = [*frames, *server.frames]
        self._end(server)

    async def _failed(
        self,
        server: Server,
        frames: list[tuple[dict[str, Any], asyncio.Future[Any] | None]],
        news: list[str],
        error: Exception,
    ) -> None:
        """The store did not do it: messages are refused, everything else is tried again."""
        kept = []
        for frame, answer in frames:
            if frame["t"] != "send":
                kept.append((frame, answer))
                continue
            if device := self._devices.all.get(frame["d"]):
                device.outbox.pop(frame["cid"], None)
            if answer is not None and not answer.done():
                text = error.detail if isinstance(error, LabError) else "the inboxes do not answer"
                answer.set_result({"unavailable": text})
        server.frames = [*kept, *server.frames]
        server.news.update(news)
        await self._context.clock.sleep(TRY_AGAIN)
        if server.frames or server.news:
            server.wake.set()

    async def _done(
        self,
        server: Server,
        frames: list[tuple[dict[str, Any], asyncio.Future[Any] | None]],
        said: dict[str, Any],
    ) -> None:
        self._counters.did.update(said["counts"])
        server.held = said["held"]
        for (frame, answer), done in zip(frames, said["done"], strict=True):
            if frame["t"] == "send":
                self._accepted(frame, done)
                if answer is not None and not answer.done():
                    answer.set_result(done)
        lost: dict[str, Device] = {}
        acks: dict[tuple[str, str], list[str]] = {}
        reached = 0
        for member, payload, seq, ids in said["out"]:
            for id in ids:
                device = server.devices.get(id)
                if device is None:
                    continue  # it was written to a connection that is no more
                if device.losing or (device.drops and self._rng.random() * 100 < device.drops):
                    lost[id] = device
                if id in lost:
                    continue
                reached += member[0] == "m"
                if kind := self._devices.receive(device, member, payload, seq):
                    acks.setdefault((id, kind), []).append(member)
        for (id, kind), items in acks.items():
            self.put(server, {"t": "ack", "d": id, "kind": kind, "items": items})
        for device in lost.values():
            self.disconnect(device, back=True)
        self._tell(said["news"])
        node = self._context.nodes.get(server.id)
        up = node is not None and not node.down  # it may have gone down with its last answer on the way
        if up and (reached or said["why"]):
            await self._say(server, reached, said)

    def _accepted(self, frame: dict[str, Any], done: dict[str, Any]) -> None:
        device = self._devices.all.get(frame["d"])
        if device is not None:
            device.outbox.pop(frame["cid"], None)
        if "mid" not in done:
            return
        member = f"m|{frame['chat']}|{done['mid']}"
        unheard = frame.get("resent", False) and member not in self._devices.began
        if not done["again"] or unheard:  # a server that died had taken it in, and nobody was told
            self._devices.sent(member, frame["began"])
            self._checker.accepted(member, done["seq"], frame["d"], frame["began"])
        if device is not None and (shown := device.find(frame["chat"], frame["cid"])) and not shown.seq:
            shown.id, shown.seq, shown.tick = done["mid"], done["seq"], "sent"
            shown.ticked["sent"] = (self._context.clock.monotonic() - frame["began"]) * 1000
            device.sort(frame["chat"])

    def _tell(self, users: list[str]) -> None:
        """Servers that have devices of these users have something to collect."""
        for user in users:
            for device in self._devices.of.get(user, {}).values():
                if server := self.all.get(device.server):
                    server.news.add(user)
                    self._wake(server)

    async def _say(self, server: Server, reached: int, said: dict[str, Any]) -> None:
        """What a turn gave out and took back, as a request of its own, when it did something."""
        title = "deliver" if reached else "acknowledge"
        async with self._context.request(title, by=server.id, by_hand=False) as trace:
            self._context.node(server.id).touch(title, "ok", source=STORE if reached else PHONE)
            for branch in list(said["why"])[:SAID]:
                self._context.decide(BRANCHES[branch], script=SERVER, branch=branch)
            if reached:
                self._context.decide("for devices that are connected here: written to their connections")
                if PHONE_OF in server.devices:
                    self._context.node(PHONE).touch("new message", "ok", source=server.id)
                trace.sentence = f"{server.id} wrote to {reached} connections"
            else:
                trace.sentence = f"{server.id} took acknowledgements: {sum(said['why'].values()):,}"
