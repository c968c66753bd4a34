"""A class in a frame of a course: which pages a listed learning management system may frame, and their cookies.

A frame on a page of another site sends no cookie but one that says `SameSite=None`, and no `SameSite=None`
without `Secure`; `Partitioned` keeps it to frames on that site: https://www.rfc-editor.org/rfc/rfc6265#section-5
and https://developer.mozilla.org/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies.
"""

from __future__ import annotations

import re

from sdlab.settings import settings

IN_A_FRAME = "SameSite=None; Secure; Partitioned"
# What a class consists of: the way in, the lab that all look at, the presenter's page, what stays of it;
# and what a launch from a course says when it leads nowhere.
_OF_A_CLASS = re.compile(r"/(?:join|labs/[^/]+|teach/[^/]+|taught/[^/]+|api/lti/launch)/?")


def is_of_a_class(path: str) -> bool:
    """Whether that is a page which a listed origin may frame.

    >>> is_of_a_class("/labs/top-k/"), is_of_a_class("/join"), is_of_a_class("/operator"), is_of_a_class("/labs/a/b")
    (True, True, False, False)
    """
    return _OF_A_CLASS.fullmatch(path) is not None


def same_site(usual: str, *, secure: bool) -> str:
    """What a cookie of a visitor says of sites: `usual`, unless a class may be framed and the connection is `secure`."""
    return IN_A_FRAME if secure and settings().frame_ancestors else usual
