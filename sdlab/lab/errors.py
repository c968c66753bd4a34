"""What may go wrong in a verb; the API turns each into one RFC 9457 problem document."""

from __future__ import annotations

import math


class LabError(Exception):
    """A refusal that a caller can understand: a status, a short title, one sentence of detail.

    `headers` are those of the answer that says it.
    """

    status = 500
    title = "Internal error"

    def __init__(self, detail: str, *, retry_after: float | None = None, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.extra: dict[str, object] = dict(extra)
        # Rounded up: whoever waits for so long may pass.
        self.headers = {"Retry-After": str(max(1, math.ceil(retry_after)))} if retry_after else {}


class Invalid(LabError):
    """The request is well-formed, but a value is not acceptable. `field` says which."""

    status = 422
    title = "Invalid value"

    def __init__(self, detail: str, *, field: str = "") -> None:
        super().__init__(detail)
        if field:
            self.extra["field"] = field


class Forbidden(LabError):
    status = 403
    title = "Not allowed"


class NotFound(LabError):
    status = 404
    title = "Not found"


class Conflict(LabError):
    status = 409
    title = "Conflict"


class Gone(LabError):
    status = 410
    title = "Gone"


class TooMany(LabError):
    """A quota or rate limit is used up."""

    status = 429
    title = "Too many requests"


class Unavailable(LabError):
    """A part that is needed does not answer just now; the same call may succeed later."""

    status = 503
    title = "Unavailable"
