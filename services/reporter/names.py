"""File names of reports. A room id is untrusted: whatever it holds, the name stays a name in one folder."""

import hashlib
import re
import secrets

from services.reporter.record import Record

REJECTED = "rejected"

_TMP = ".tmp-"
_LONGEST_NAME_BYTES = 255
_LONGEST_ROOM_BYTES = 150
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_PLAIN_ROOM = re.compile(r"[A-Za-z0-9_-]+")
_REVISION = re.compile(r"([1-9][0-9]{0,9})(?:\.[23])?\.json")
_OURS = re.compile(r"(?:interview_report_.+|technical_interview_report(?:\..+)?)\.json", re.DOTALL)


def bare_name(record: Record) -> str:
    """The name readers expect: one per room, one for all technical interviews."""
    return f"{_stem(record)}.json"


def full_name(record: Record, revision: int | None = None) -> str:
    """The name where the bare one is taken by another report; of that revision of it, if one is given."""
    return full_names(record, revision)[0]


def full_names(record: Record, revision: int | None = None) -> list[str]:
    """The full name, and those for when something else has it. A repeat looks for the report under each."""
    stem = f"{_stem(record)}.{record.interview_id}.{revision or record.revision}"
    return [f"{stem}.json", f"{stem}.2.json", f"{stem}.3.json"]


def is_ours(name: str) -> bool:
    """Whether a file of this name is a report that waits."""
    return _OURS.fullmatch(name) is not None


def revision_in(name: str, record: Record) -> int | None:
    """The revision of the record's interview that `name` is a full name of; None if it is none."""
    prefix = f"{_stem(record)}.{record.interview_id}."
    found = _REVISION.fullmatch(name, len(prefix)) if name.startswith(prefix) else None
    return int(found[1]) if found else None


def new_tmp_name() -> str:
    """A name nobody else has, for a file that is being written."""
    return f"{_TMP}{secrets.token_hex(16)}"


def is_tmp(name: str) -> bool:
    """Whether `name` is one of `new_tmp_name`."""
    return name.startswith(_TMP)


def beside(name: str) -> str:
    """Another name for what should be called `name` and cannot: short enough, and nobody else's."""
    ending = f".{secrets.token_hex(8)}.json"
    stem = name.removesuffix(".json").encode(errors="surrogateescape")
    return stem[: _LONGEST_NAME_BYTES - len(ending)].decode(errors="surrogateescape") + ending


def _stem(record: Record) -> str:
    if record.room_id is None:
        return "technical_interview_report"
    return f"interview_report_{_room(record.room_id)}"


def _room(room_id: str) -> str:
    """Every byte outside A-Za-z0-9_- as ~XX; a long one is cut, with its hash behind `~~`."""
    if len(room_id) <= _LONGEST_ROOM_BYTES and _PLAIN_ROOM.fullmatch(room_id):
        return room_id
    raw = room_id.encode()
    encoded = "".join(chr(byte) if byte in _SAFE else f"~{byte:02X}" for byte in raw)
    if len(encoded) <= _LONGEST_ROOM_BYTES:
        return encoded
    return f"{encoded[:80]}~~{hashlib.sha256(raw).hexdigest()}"


def shown(name: str) -> str:
    """`name` as text that can be logged, whatever bytes it holds."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
