"""From the running engine to the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime

from designs.whatsapp.engine.devices import Device, Shown
from designs.whatsapp.engine.directory import NAMES
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.nodes import DATABASE, PHONE, STORE
from designs.whatsapp.engine.strategies import REACHES, TICKS
from designs.whatsapp.inside.views import (
    AccessView,
    BoxView,
    ChannelsView,
    ChannelView,
    ChatView,
    DeliveryView,
    InboxesView,
    MessagePathView,
    MessageView,
    NumbersView,
    NumberView,
    PeopleView,
    PhoneView,
    ServersView,
    ServerView,
    Snapshot,
    StopView,
    TicksView,
)
from sdlab.blocks.histogram import LogHistogram, edge_of
from sdlab.lab import Tally
from sdlab.lab.views import delay_view

MESSAGES_SHOWN, STOPS_SHOWN, MOST_CHATS = 14, 12, 8
LATE_MS = 150.0


def build_snapshot(engine: Whatsapp) -> Snapshot:
    """Everything that panels and product may show of now."""
    servers, inboxes, people = servers_view(engine), inboxes_view(engine), people_view(engine)
    for one in servers.servers:
        if node := engine.nodes.get(one.name):
            node.detail = f"{one.connections:,} devices"
    engine.node(STORE).detail = f"{inboxes.rows:,} rows wait"
    engine.node(DATABASE).detail = f"{people.chats:,} chats"
    phones = tuple(phone_view(engine, one) for one in engine.devices.page)
    engine.node(PHONE).detail = next((one.state for one in phones if one.user == "cleo"), "")
    return Snapshot(
        **engine.common(),
        phones=phones,
        servers=servers,
        channels=channels_view(engine),
        inboxes=inboxes,
        delivery=delivery_view(engine),
        numbers=numbers_view(engine),
        ticks=ticks_view(engine),
        path=path_view(engine),
        people=people,
        access=access_view(engine),
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M")


def phone_view(engine: Whatsapp, one: Device) -> PhoneView:
    """A device of the page as it is."""
    chats = engine.directory.chats_of(one.user)[:MOST_CHATS]
    open_ = one.open if one.open in chats else next(iter(chats), "")
    typing = one.typing if one.typing_until > engine.clock.monotonic() else ""
    name, device = NAMES.get(one.user, one.user), one.id.rpartition("/")[2]
    return PhoneView(
        id=one.id,
        user=one.user,
        name=name,
        device=device,
        state="in flight mode" if one.away else "connected" if one.server else "not connected",
        away=one.away,
        server=one.server,
        open=open_,
        chats=tuple(
            ChatView(chat, engine.directory.names[chat], one.unread.get(chat, 0), _last(one, chat))
            for chat in chats
        ),
        messages=tuple(_message(one, said) for said in list(one.chats.get(open_, ()))[-MESSAGES_SHOWN:]),
        typing=f"{NAMES.get(typing, typing)} is typing" if typing else "",
        waiting=len(one.outbox) if one.away else 0,
    )


def _last(one: Device, chat: str) -> str:
    shown = one.chats.get(chat)
    return (shown[-1].text or "a picture")[:60] if shown else ""


def _message(one: Device, said: Shown) -> MessageView:
    mine = said.by == one.user
    return MessageView(
        id=said.id or said.client,
        by=NAMES.get(said.by, said.by),
        text=said.text,
        picture=said.attachment,
        mine=mine,
        tick=said.tick if mine else "",
        clock=_clock(said.at),
    )


def servers_view(engine: Whatsapp) -> ServersView:
    """The servers, as they said of themselves with their last turn, and who is connected where."""
    pool = list(engine.pool.all.values())
    devices = [len(one.devices) for one in pool]
    most, total = max(devices, default=0), sum(devices)
    found = []
    for one in pool:
        node, held = engine.nodes.get(one.id), one.held
        page = [
            f"{NAMES[device.user]}'s {device.id.rpartition('/')[2]}"
            for device in one.devices.values()
            if device.kind == "page"
        ]
        found.append(
            ServerView(
                name=one.id,
                state=node.state if node else "",
                process=str(held.get("pid", "–")),
                connections=len(one.devices),
                share=round(len(one.devices) / max(1, most), 3),
                channels=held.get("channels", 0),
                topics=held.get("topics", 0),
                lines=held.get("links", 0),
                cached=held.get("cached", 0),
                who=", ".join(page),
            )
        )
    return ServersView(
        approach=REACHES[engine.config.reach].label,
        servers=tuple(found),
        connections=total,
        channels=sum(one.channels for one in found),
        topics=sum(one.topics for one in found),
        lines=sum(one.lines for one in found),
        spread=round(most / (total / len(devices)), 2) if total else 0.0,
        deaths=engine.counters.deaths,
        reconnects=engine.counters.reconnects,
        most=max(1, most),
    )


def channels_view(engine: Whatsapp) -> ChannelsView:
    """Channels and topics as the store has them; what the servers counted."""
    keys, did = engine.reader.keys.last, engine.counters.did
    return ChannelsView(
        channels=tuple(ChannelView(NAMES[user], here, topic) for user, here, topic in keys.subscribers),
        published=did["published"],
        heard=did["heard"],
        appended=did["appended"],
        forwarded=did["forwarded"],
        polls=did["polls"],
        inbox_reads=did["inbox_reads"],
        owners=keys.owners,
        behind=keys.written,
    )


def inboxes_view(engine: Whatsapp) -> InboxesView:
    """The inboxes as the store has them."""
    keys = engine.reader.keys.last
    return InboxesView(
        boxes=tuple(BoxView(one.of, one.rows, one.size) for one in keys.boxes),
        waiting=keys.waiting,
        rows=keys.rows,
        kept=keys.kept,
        written=keys.written,
    )


def delivery_view(engine: Whatsapp) -> DeliveryView:
    """What devices have received."""
    counters, checker, now = engine.counters, engine.checker, engine.clock.monotonic()
    return DeliveryView(
        sent=counters.sent,
        delivered=counters.delivered.total,
        rate=round(counters.delivered.rate(now), 1),
        lost=checker.lost,
        twice=checker.twice,
        disordered=checker.disordered,
        again=counters.again,
        known=counters.known_again,
        caught_up=counters.caught_up,
        p99=round(counters.delays.quantile(0.99), 1),
        delay=delay_view(counters.delay.merged(now)),
    )


def numbers_view(engine: Whatsapp) -> NumbersView:
    """The newest numbers as the store has them."""
    names = engine.directory.names
    return NumbersView(
        chats=tuple(
            NumberView(names.get(one.chat, one.chat), one.seq, one.kept)
            for one in engine.reader.keys.last.chats
        ),
        twice=engine.checker.disordered,
    )


def ticks_view(engine: Whatsapp) -> TicksView:
    """Ticks since opened."""
    ticks = engine.counters.ticks
    return TicksView(
        ticks["delivered"], ticks["read"], engine.checker.early, TICKS[engine.config.ticks].label
    )


def path_view(engine: Whatsapp) -> MessagePathView:
    """The newest message that somebody on the page sent, with what the devices of the page know of it."""
    newest = max(
        (
            (said.at, one, said)
            for one in engine.devices.page
            for shown in one.chats.values()
            for said in shown
            if said.by == one.user and said.ticked
        ),
        key=lambda found: found[0],
        default=None,
    )
    if newest is None:
        return MessagePathView()
    _, sender, said = newest
    stops = [StopView("taken in and numbered", _called(sender), round(said.ticked.get("sent", 0.0), 1), "s0")]
    for one in engine.devices.page:
        if one is not sender and (there := one.find(said.chat, said.id)) is not None and not there.ticked:
            stops.append(StopView("arrived", _called(one), round(there.after_ms, 1), "ok"))
    for state, tone in (("delivered", "s1"), ("read", "s2")):
        if state in said.ticked:
            text = "two ticks" if state == "delivered" else "blue ticks"
            stops.append(StopView(text, _called(sender), round(said.ticked[state], 1), tone))
    stops.sort(key=lambda one: one.after_ms)
    return MessagePathView(
        text=said.text or "a picture",
        by=NAMES[sender.user],
        seq=said.seq,
        tick=said.tick,
        stops=tuple(stops[:STOPS_SHOWN]),
        longest=max(1.0, *(one.after_ms for one in stops)),
    )


def _called(one: Device) -> str:
    return f"{NAMES.get(one.user, one.user)}'s {one.id.rpartition('/')[2]}"


def people_view(engine: Whatsapp) -> PeopleView:
    """Rows of the database, and who was asked for them."""
    rows, did = engine.reader.rows.last, engine.counters.did
    hits, reads = did["cache_hits"], did["database_reads"]
    return PeopleView(
        chats=rows.chats,
        members=rows.members,
        devices=rows.devices,
        hits=hits,
        reads=reads,
        share=round(100 * hits / (hits + reads), 1) if hits + reads else 0.0,
    )


def access_view(engine: Whatsapp) -> AccessView:
    """Calls by id."""
    counters = engine.counters
    return AccessView(
        answered=counters.answered,
        denied=counters.denied,
        leaked=engine.checker.leaked,
        attachments=engine.reader.rows.last.attachments,
        uploaded=counters.pictures,
    )


def late(delays: LogHistogram, ms: float) -> float:
    """The share of delays above that, 0..1, to the width of a bucket."""
    above = sum(count for index, count in enumerate(delays.counts) if edge_of(index) >= ms)
    return above / delays.total if delays.total else 0.0


def build_tallies(engine: Whatsapp) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker, keys = engine.counters, engine.checker, engine.reader.keys.last
    servers, delays = servers_view(engine), counters.delays
    return (
        Tally("delay_p50", "Send to device, p50", "ms", round(delays.quantile(0.5), 1)),
        Tally("delay_p95", "Send to device, p95", "ms", round(delays.quantile(0.95), 1)),
        Tally("delay_p99", "Send to device, p99", "ms", round(delays.quantile(0.99), 1)),
        Tally("late", f"Later than {LATE_MS:g} ms", "%", round(100 * late(delays, LATE_MS), 1)),
        Tally("delivered", "Messages on devices", "", counters.delivered.total, "more"),
        Tally("lost", "Messages that a device never got", "", checker.lost),
        Tally("twice", "Messages that a device shows twice", "", checker.twice),
        Tally("disordered", "Messages out of order", "", checker.disordered),
        Tally("early", "Ticks that were no truth", "", checker.early),
        Tally("kept", "Messages in the store", "", keys.kept),
        Tally("rows_written", "Rows written to inboxes", "", keys.written),
        Tally("subscriptions", "Subscriptions and topics", "", servers.channels + servers.topics, "same"),
        Tally("lines", "Lines between servers", "", servers.lines, "same"),
        Tally("spread", "Most connections, over the mean", "×", servers.spread),
        Tally("caught_up", "Messages caught up after being away", "", counters.caught_up, "same"),
        Tally("deaths", "Servers that died", "", counters.deaths, "same"),
    )
