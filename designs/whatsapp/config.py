"""The switches and numbers of the running system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Toggles (ids of options) and knobs (numbers). `days` are seconds here."""

    reach: str = "pubsub"
    participants: str = "cached"
    inbox: str = "kept"
    resend: str = "remembered"
    numbering: str = "by_chat"
    ticks: str = "on_ack"
    retention: str = "acked"
    footprint: str = "by_device"
    balancing: str = "least"
    access: str = "checked"
    servers: int = 3
    users: int = 48
    poll_ms: int = 500
    cache_chats: int = 64
    days: int = 30
