"""Which setting was in force when is recorded as it is applied, so that evidence names one of its time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from sdlab.lab import (
    Claim,
    EngineContext,
    Knob,
    ManualClock,
    Monitor,
    Option,
    SettingsRecord,
    Toggle,
    cause_step,
    read_step,
    setting_steps,
    unknown_cause,
    write_step,
)
from sdlab.lab.settings_record import CHANGES_KEPT
from sdlab.registry import design
from sdlab.rooms.lab import meta_key, remember
from sdlab.rooms.manager import RoomManager


@dataclass(frozen=True, slots=True)
class Config:
    lock: str = "on"
    gap_ms: int = 5


LOCK = Toggle(
    id="lock",
    short="Is there a lock?",
    question="Is there a lock between the two?",
    options=(Option("on", "One lock", ""), Option("off", "None", "")),
    default="on",
    changes="",
    watch="",
    unprotected="off",
    protects="once",
)
GAP = Knob("gap_ms", "Gap", "ms", 0, 10_000, 5)
ONCE = Claim("once", "once", "Each is sold once.")
AT = 1_800_000_000.0  # 08:00:00 UTC


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT)


@pytest.fixture
def record(clock: ManualClock) -> SettingsRecord:
    made = SettingsRecord(Config(), clock=clock)
    made.name([LOCK], [GAP])
    return made


async def test_a_setting_is_named_with_the_time_when_it_was_applied(
    record: SettingsRecord, clock: ManualClock
) -> None:
    await clock.advance(11)
    record.applied(Config(lock="off"))
    await clock.advance(5)
    now = clock.time()
    [step] = setting_steps(record, now - 3, now, lock="off")
    assert step == cause_step(
        "setting", "“Is there a lock?” is “None” since 08:00:11 UTC", now - 3
    )  # it was so when the history began
    [step] = setting_steps(record, AT, now, lock="off")
    assert step.t == AT + 11
    assert not setting_steps(record, now, now, lock="on")


async def test_the_one_of_the_time_of_the_cause_is_named_and_no_other(
    record: SettingsRecord, clock: ManualClock
) -> None:
    await clock.advance(10)
    record.applied(Config(lock="off"))
    await clock.advance(10)
    record.applied(Config(lock="on"))
    for moment in (AT + 5, AT + 20):
        assert not setting_steps(record, moment, moment, lock="off")
    assert not setting_steps(record, AT, AT + 9, lock="off")
    [step] = setting_steps(record, AT + 15, AT + 15, lock=("off", "away"))
    assert step.text == "“Is there a lock?” was “None” since 08:00:10 UTC, until 08:00:20 UTC"
    assert setting_steps(record, AT, AT + 30, lock="off") == [replace(step, t=AT + 10, end=AT + 10)]


async def test_a_number_is_named_with_its_unit_and_an_older_day_with_its_date(
    record: SettingsRecord, clock: ManualClock
) -> None:
    record.applied(Config(gap_ms=2_000))
    await clock.advance(86_400)
    [step] = setting_steps(record, clock.time(), clock.time(), gap_ms=2_000)
    assert step.text == "“Gap” is “2,000 ms” since 15 Jan 2027, 08:00:00 UTC"


async def test_of_a_time_before_all_that_is_kept_nothing_is_said(
    record: SettingsRecord, clock: ManualClock
) -> None:
    for number in range(CHANGES_KEPT + 4):
        await clock.advance(1)
        record.applied(Config(gap_ms=number + 6))
    assert len(record.between("gap_ms", 0, 1e12)) == CHANGES_KEPT
    assert not setting_steps(record, AT, AT + 1, gap_ms=tuple(range(99)))
    assert not setting_steps(record, AT - 9, AT - 1, lock="on")
    [step] = setting_steps(record, AT, clock.time(), gap_ms=CHANGES_KEPT + 9)
    assert step.t == clock.time()


async def test_what_is_not_known_is_not_made_up(record: SettingsRecord, clock: ManualClock) -> None:
    record.recall({"lock": AT - 60, "gone": 3.0})
    [lock, gap] = setting_steps(record, AT, AT, lock="on", gap_ms=5)
    assert lock.text == "“Is there a lock?” is “One lock” since 07:59:00 UTC"
    assert gap.text == "“Gap” is “5 ms” since 08:00:00 UTC or longer"
    assert record.since() == {"lock": AT - 60}


# A claim that breaks without a cause


@pytest.fixture
def monitor(record: SettingsRecord, clock: ManualClock) -> Monitor:
    return Monitor(ONCE, clock=clock, protections=record)


HISTORY = [
    write_step("ann", "sells it", AT + 12, AT + 12),
    read_step("rows", "are looked at", AT + 14, AT + 14),
]


def causes(monitor: Monitor) -> list[str]:
    return [one.text for one in monitor.view().evidence if one.kind == "cause"]


async def test_the_protection_that_was_off_is_the_cause_of_what_has_no_other(
    monitor: Monitor, record: SettingsRecord, clock: ManualClock
) -> None:
    await clock.advance(10)
    record.applied(Config(lock="off"))
    await clock.advance(3)
    record.applied(Config(lock="on"))  # when it is seen, there is a lock again
    monitor.violated([*HISTORY, unknown_cause(AT + 14)])
    assert causes(monitor) == ["“Is there a lock?” was “None” since 08:00:10 UTC, until 08:00:13 UTC"]
    assert len(monitor.view().evidence) == 3


async def test_with_the_protection_the_cause_stays_unknown(
    monitor: Monitor, record: SettingsRecord, clock: ManualClock
) -> None:
    record.applied(Config(lock="off"))
    await clock.advance(11)
    record.applied(Config(lock="on"))
    monitor.violated([*HISTORY, unknown_cause(AT + 14)])
    assert causes(monitor) == ["is not known"]


async def test_a_cause_that_was_recorded_stays_the_only_one(monitor: Monitor, record: SettingsRecord) -> None:
    record.applied(Config(lock="off"))
    monitor.violated([*HISTORY, cause_step("server", "ended", AT + 13)])
    assert causes(monitor) == ["ended"]


# In a room

SLUG = "whatsapp"


@pytest.mark.virtual_time
async def test_since_when_survives_closing_and_a_restart(manager: RoomManager) -> None:
    chosen = design(SLUG)
    toggle = chosen.toggles[0]
    other = next(one.id for one in toggle.options if one.id != toggle.default)
    room = manager.ids.new()
    lab = await manager.lab(room, SLUG)
    opened = lab.engine.context.settings.since()[toggle.id]
    await manager.clock.sleep(5)
    await lab.configure(toggles={toggle.id: other}, knobs={})
    switched = manager.clock.time()
    await manager.clock.sleep(5)
    await lab.restart(seed=2)
    assert lab.engine.context.settings.since()[toggle.id] == pytest.approx(switched, abs=1)
    await manager.close_lab(room, SLUG)
    await manager.clock.sleep(5)
    again = (await manager.lab(room, SLUG)).engine.context.settings
    assert again.since()[toggle.id] == pytest.approx(switched, abs=1)
    assert again.since()[chosen.toggles[1].id] == pytest.approx(opened, abs=1)
    assert again.between(toggle.id, manager.clock.time(), manager.clock.time())[0].value == other


@pytest.mark.virtual_time
async def test_a_room_that_kept_no_times_says_so(manager: RoomManager) -> None:
    room, config = manager.ids.new(), design(SLUG).config()
    lab = await manager.lab(room, SLUG)
    await manager.close_lab(room, SLUG)
    await remember(manager.stores.redis, room, SLUG, config=config, seed=1, since={})
    await manager.stores.redis.hdel(meta_key(room, SLUG), "since")
    lab = await manager.lab(room, SLUG)
    assert lab.engine.context.settings.since() == {}


@pytest.mark.virtual_time
async def test_a_room_that_is_opened_with_a_config_has_it_from_then_on(manager: RoomManager) -> None:
    chosen = design(SLUG)
    before = manager.clock.time()
    lab = await manager.lab_as(manager.ids.new(), SLUG, config=chosen.config(), seed=1)
    assert set(lab.engine.context.settings.since()) == {one.id for one in (*chosen.toggles, *chosen.knobs)}
    assert min(lab.engine.context.settings.since().values()) >= before


def test_a_config_that_is_refused_was_in_force_until_then(clock: ManualClock) -> None:
    context: EngineContext[Config] = EngineContext.__new__(EngineContext)
    context.settings = SettingsRecord(Config(), clock=clock)
    context.apply(Config(lock="off"))
    context.apply(Config())
    assert [one.value for one in context.settings.between("lock", 0, 1e12)] == ["on", "off", "on"]
