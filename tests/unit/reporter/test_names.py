"""File names: promised ones for decent room ids; for hostile ones still a name, one folder, no collision."""

import os
import unicodedata
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.reporter import names
from services.reporter.record import Record


def record(room_id: str | None, interview_id: str = "interview_A", revision: int = 1) -> Record:
    return Record(b"{}", interview_id, revision, 0, room_id)


LONGEST_ID = "interview_" + "a" * 54

# Proto strings hold any text but surrogates.
rooms = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
hostile = st.one_of(
    rooms,
    st.text("./~\\\0\n :A", min_size=1, max_size=200),
    st.text("ёЖ日🙂", min_size=40, max_size=130),
    st.sampled_from(["..", ".", "/", "~2E", "~", "~~", "CON", "e\u0301", "é", "a" * 150, "a" * 151]),
)


@pytest.mark.parametrize(
    ("room_id", "name"),
    [
        ("42", "interview_report_42.json"),
        ("Room_7-b", "interview_report_Room_7-b.json"),
        ("../../etc/passwd", "interview_report_~2E~2E~2F~2E~2E~2Fetc~2Fpasswd.json"),
        ("a b.json", "interview_report_a~20b~2Ejson.json"),
        ("ё", "interview_report_~D1~91.json"),
        ("~2E", "interview_report_~7E2E.json"),
        ("a" * 150, f"interview_report_{'a' * 150}.json"),
        ("a" * 151, f"interview_report_{'a' * 80}~~{sha256(b'a' * 151).hexdigest()}.json"),
    ],
)
def test_room_names(room_id: str, name: str) -> None:
    """Letters, digits, `_` and `-` stay; every other byte is `~XX`; a long one is cut and hashed."""
    assert names.bare_name(record(room_id)) == name


def test_technical_names() -> None:
    """Without a room the name is fixed; where it is taken the report id goes before `.json`."""
    assert names.bare_name(record(None)) == "technical_interview_report.json"
    assert names.full_name(record(None, revision=2)) == "technical_interview_report.interview_A.2.json"
    assert names.full_name(record("42")) == "interview_report_42.interview_A.1.json"


@settings(max_examples=1000, deadline=None)
@given(hostile)
@example("é" * 128)
def test_hostile_room_stays_a_name(room_id: str) -> None:
    """Any room id gives a name of at most 255 bytes that is one component, ours, and safe on every disk."""
    longest = record(room_id, LONGEST_ID, 2**31 - 1)
    for name in (names.bare_name(longest), *names.full_names(longest)):
        assert len(os.fsencode(name)) <= 255
        assert os.path.basename(name) == name
        assert name.isascii()
        assert name.isprintable()
        assert names.is_ours(name)
        assert not names.is_tmp(name)
        assert len(os.fsencode(names.beside(name))) <= 255


@settings(max_examples=1000, deadline=None)
@given(hostile, hostile)
@example("e\u0301", "é")
@example("a" * 151, "a" * 152)
@example("a", "a.interview_A.1")
def test_two_rooms_never_share_a_name(one: str, other: str) -> None:
    """Two room ids, two names, bare or full; composed and decomposed letters are two ids."""
    if one != other:
        ours = {names.bare_name(record(one)), *names.full_names(record(one))}
        theirs = {names.bare_name(record(other)), *names.full_names(record(other))}
        assert not ours & theirs
        assert unicodedata.is_normalized("NFC", ours.pop())


@given(hostile, st.integers(1, 2**31 - 1))
def test_revision_is_read_from_the_full_name(room_id: str, revision: int) -> None:
    """Every full name tells its revision, for its own interview only."""
    for name in names.full_names(record(room_id, revision=revision)):
        assert names.revision_in(name, record(room_id)) == revision
        assert names.revision_in(name, record(room_id, "interview_B")) is None
    assert names.revision_in(names.bare_name(record(room_id)), record(room_id)) is None


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("interview_report_комната 7.json", True),
        ("technical_interview_report.json", True),
        ("technical_interview_report.interview_A.1.json", True),
        ("technical_interview_report_2.json", False),
        ("interview_report_.json", False),
        ("interview_report_7.json.bak", False),
        (".tmp-1", False),
        ("rejected", False),
        ("notes.json", False),
    ],
)
def test_which_files_are_ours(name: str, ours: bool) -> None:
    """Files named like reports wait; everything else in the directory is left alone."""
    assert names.is_ours(name) is ours


@given(st.binary(min_size=1, max_size=255))
def test_any_file_name_can_be_shown_and_set_aside(raw: bytes) -> None:
    """A name of any bytes can be logged, and gets a name beside it that fits."""
    name = os.fsdecode(raw)
    assert names.shown(name).encode()
    assert len(os.fsencode(names.beside(name))) <= 255
