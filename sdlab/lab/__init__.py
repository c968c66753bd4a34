"""The contract between the frame and its designs."""

from sdlab.lab.actor import Actor, acting, acting_as, as_user, hand, set_hand
from sdlab.lab.amount import amount
from sdlab.lab.clock import Clock, ManualClock, SteppedClock, SystemClock, time_of_day
from sdlab.lab.comparison import Alternative, PreparedComparison
from sdlab.lab.concept import Runs
from sdlab.lab.context import EngineContext
from sdlab.lab.design import GROUPS, Design, Example
from sdlab.lab.engine import Engine, Tally
from sdlab.lab.errors import Conflict, Forbidden, Gone, Invalid, LabError, NotFound, TooMany, Unavailable
from sdlab.lab.invariant import (
    Claim,
    Monitor,
    cause_step,
    fault_steps,
    read_step,
    unknown_cause,
    write_step,
)
from sdlab.lab.lesson import Ask, Beat, Do, Expect, Lesson
from sdlab.lab.look import Look
from sdlab.lab.mission import Goal, Mission
from sdlab.lab.node import DOWN, FLAKY, PAUSED, SLOW, STANDARD_FAULTS, Card, FaultSpec, Node, NodeSpec
from sdlab.lab.numbers import Assumption, Estimate, Measured, Result
from sdlab.lab.optional_package import DUCKDB, FFMPEG, OptionalPackage
from sdlab.lab.quiz import Choice, Question
from sdlab.lab.room import Quota, Room
from sdlab.lab.sample import Sample
from sdlab.lab.script import Cut, Line, Script
from sdlab.lab.settings_record import SettingsRecord, setting_steps
from sdlab.lab.signal import Signal
from sdlab.lab.snapshot import EventView, EvidenceView, Frame, InvariantView, LabSnapshot, SampleView
from sdlab.lab.toggle import Knob, Option, Toggle, options
from sdlab.lab.traffic import Traffic, performs
from sdlab.lab.workload import Operation, Workload, WorkloadRunner

__all__ = [
    "DOWN",
    "DUCKDB",
    "FFMPEG",
    "FLAKY",
    "GROUPS",
    "PAUSED",
    "SLOW",
    "STANDARD_FAULTS",
    "Actor",
    "Alternative",
    "Ask",
    "Assumption",
    "Beat",
    "Card",
    "Choice",
    "Claim",
    "Clock",
    "Conflict",
    "Cut",
    "Design",
    "Do",
    "Engine",
    "EngineContext",
    "Estimate",
    "EventView",
    "EvidenceView",
    "Example",
    "Expect",
    "FaultSpec",
    "Forbidden",
    "Frame",
    "Goal",
    "Gone",
    "Invalid",
    "InvariantView",
    "Knob",
    "LabError",
    "LabSnapshot",
    "Lesson",
    "Line",
    "Look",
    "ManualClock",
    "Measured",
    "Mission",
    "Monitor",
    "Node",
    "NodeSpec",
    "NotFound",
    "Operation",
    "Option",
    "OptionalPackage",
    "PreparedComparison",
    "Question",
    "Quota",
    "Result",
    "Room",
    "Runs",
    "Sample",
    "SampleView",
    "Script",
    "SettingsRecord",
    "Signal",
    "SteppedClock",
    "SystemClock",
    "Tally",
    "Toggle",
    "TooMany",
    "Traffic",
    "Unavailable",
    "Workload",
    "WorkloadRunner",
    "acting",
    "acting_as",
    "amount",
    "as_user",
    "cause_step",
    "fault_steps",
    "hand",
    "options",
    "performs",
    "read_step",
    "set_hand",
    "setting_steps",
    "time_of_day",
    "unknown_cause",
    "write_step",
]
