"""Names, notes and reasons of others on a terminal and in pages: characters that would do something there stand as a mark."""

from __future__ import annotations

import json
import re

_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tabs and ends of lines, what turns the direction of text, and what nobody sees."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """The text, each character that a terminal would obey as U+FFFD: as long as it was."""
    return _ACTIVE.sub("\ufffd", text)


def without_controls(text: str) -> str:
    """The text, each control character as U+FFFD: for a page, which isolates what turns the direction of text by its markup."""
    return _CONTROLS.sub("\ufffd", text)


def escaped(document: str) -> str:
    """A JSON text with such characters as JSON escapes them: it says the same."""
    return _ACTIVE.sub(lambda match: json.dumps(match[0])[1:-1], document)
