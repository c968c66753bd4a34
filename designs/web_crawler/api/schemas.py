"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from pydantic import BaseModel, Field

from designs.web_crawler.engine.engine import Added
from sdlab.lab import Example

BASE = "/api/web-crawler"


class AddOut(BaseModel):
    """An add that was acknowledged, and the total that its author was told."""

    id: str = Field(examples=["5f0c9d3ab1e27c44"])
    total: int = Field(examples=[17])


class TotalOut(BaseModel):
    """The counter now."""

    total: int = Field(examples=[17])


def add_out(added: Added) -> AddOut:
    """What the engine answered, as it travels."""
    return AddOut(id=added.id, total=added.total)


EXAMPLES = (
    Example("Add", "POST", f"{BASE}/adds", status=201),
    Example("How much is it?", "GET", f"{BASE}/total"),
)
