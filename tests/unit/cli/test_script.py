"""What an interview file may hold, and how its faults are told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core
from speakalka.failures import BadInput
from speakalka.script import Script, read_script

WHOLE = """
kind: technical
candidate_name: Анна Ковалёва
language: ru
consent:
  given_by: Анна Ковалёва
  given_at: 2026-11-22T10:00:00+03:00
  text_version: v1
policy: {mode: adaptive, min_score_threshold: 6, max_depth: 2, max_questions: 9}
topics:
  - name: Python
    questions:
      - text: "  Что такое GIL?  "
        reference_answer: Глобальная блокировка.
        criteria:
          - {text: блокировка, weight: 2}
          - {text: один поток}
        answer: |
          Это блокировка
          интерпретатора.
        photo: face.jpg
      - text: Зачем он?
        difficulty: 3
  - name: SQL
    questions:
      - text: Что такое индекс?
        answer: Структура.
generated_answers:
  SQL: [Первый., Второй.]
"""


def read(folder: Path, text: str, *, with_photos: bool = True) -> Script:
    file = folder / "interview.yaml"
    file.write_text(text, encoding="utf-8")
    return read_script(file, with_photos=with_photos)


def fault(folder: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        read(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_whole_file_becomes_a_specification(tmp_path: Path) -> None:
    """Every key of the file arrives in its field, texts without the white space around them."""
    (tmp_path / "face.jpg").write_bytes(b"jpeg")
    specification = read(tmp_path, WHOLE).specification
    start = specification.topics[0].start_question
    assert specification.kind == core.INTERVIEW_KIND_TECHNICAL
    assert specification.language == core.LANGUAGE_RU
    assert specification.candidate_name == "Анна Ковалёва"
    assert specification.emotion_consent.given_at.ToDatetime(UTC) == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert specification.policy == core.Policy(
        mode=core.POLICY_MODE_ADAPTIVE, min_score_threshold=6, max_depth=2, max_questions=9
    )
    assert (start.text, start.reference_answer) == ("Что такое GIL?", "Глобальная блокировка.")
    assert [(item.text, item.weight) for item in start.criteria] == [("блокировка", 2), ("один поток", 0)]
    assert specification.topics[0].follow_ups[0].difficulty == 3


def test_the_candidates_part_stays_out_of_the_specification(tmp_path: Path) -> None:
    """Answers and photos are found by topic and question; the orchestrator is not told beforehand."""
    (tmp_path / "face.jpg").write_bytes(b"jpeg")
    script = read(tmp_path, WHOLE)
    assert script.answers[("Python", "Что такое GIL?")] == "Это блокировка\nинтерпретатора."
    assert ("Python", "Зачем он?") not in script.answers
    assert script.photos == {("Python", "Что такое GIL?"): b"jpeg"}
    assert script.generated_answers == {"SQL": ["Первый.", "Второй."]}
    assert "интерпретатора" not in str(script.specification)


def test_a_policy_left_out_is_not_sent(tmp_path: Path) -> None:
    """What the file leaves out is the orchestrator's default, not ours."""
    minimal = "{kind: technical, candidate_name: A, topics: [{name: T, questions: [{text: Q}]}]}"
    assert not read(tmp_path, minimal).specification.HasField("policy")


def test_photos_are_not_looked_for_when_not_wanted(tmp_path: Path) -> None:
    """With photos off, the ones that the file names need not be there."""
    assert read(tmp_path, WHOLE, with_photos=False).photos == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: technical", "kind: video", "kind: must be one of room, technical, is 'video'"),
        ("kind: technical", "", "kind: is missing"),
        ("candidate_name: Анна Ковалёва", "candidate_name: 7", "candidate_name: must be a text, is 7"),
        ("candidate_name: Анна Ковалёва", "candidate_name:", "candidate_name: is missing"),
        ("max_depth: 2", "max_depth: two", "policy.max_depth: must be a whole number, is a text"),
        ("max_depth: 2", "max_depth: 99999999999", "policy.max_depth: is out of range"),
        ("max_depth: 2", "max_depth: yes", "policy.max_depth: must be a whole number"),
        ("max_depth: 2", "depth: 2", "policy.depth: unknown key; known are mode, "),
        ("text: Зачем он?", "txt: Зачем он?", "topics[0].questions[1].txt: unknown key"),
        ("weight: 2", "weight: heavy", "topics[0].questions[0].criteria[0].weight: must be a number"),
        ("2026-11-22T10:00:00+03:00", "2026-11-22", "consent.given_at: must be a date and time with a zone"),
        ("2026-11-22T10:00:00+03:00", "2026-11-22T10:00:00", "consent.given_at: must be a date and time"),
        ("photo: face.jpg", "photo: nobody.jpg", "topics[0].questions[0].photo: "),
        ("  SQL: [Первый., Второй.]", "  Go: [Да.]", "generated_answers.Go: no such topic; there are Python"),
        ("[Первый., Второй.]", "Первый.", "generated_answers.SQL: must be a list, is a text"),
        ("language: ru", "language: ru\nlanguage: en", "interview.yaml:5:1: is not YAML: the key 'language'"),
        ("kind: technical", "kind: [", "interview.yaml:4:"),
        ("topics:", "topics: {}\nrest:", "rest: unknown key"),
        ("Анна Ковалёва\nlanguage", '"\\ud83d"\nlanguage', "candidate_name: holds half of a surrogate pair"),
    ],
)
def test_a_fault_names_its_key_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A wrong file is told by one line that begins with the place to look at."""
    (tmp_path / "face.jpg").write_bytes(b"jpeg")
    assert old in WHOLE
    assert fault(tmp_path, WHOLE.replace(old, new, 1)).removeprefix(f"{tmp_path}/").startswith(told)


def test_a_photo_needs_consent(tmp_path: Path) -> None:
    """No picture of a candidate who agreed to nothing is even looked for."""
    without = WHOLE.replace("consent:", "policy2:").split("policy2:")[0] + WHOLE[WHOLE.index("policy: {") :]
    assert fault(tmp_path, without) == "topics[0].questions[0].photo: a photo needs `consent`"


def test_a_photo_above_the_limit_is_told_before_the_interview(tmp_path: Path) -> None:
    """A photo the orchestrator would refuse half way is refused with the file."""
    (tmp_path / "face.jpg").write_bytes(bytes(512 * 1024 + 1))
    assert "512 KiB; a photo may have 512" in fault(tmp_path, WHOLE)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "the file: must be keys and values, is empty"), (b"- a", "the file: must be keys and values")],
)
def test_an_empty_file_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    """A file that is no mapping says so instead of failing somewhere inside."""
    assert fault(tmp_path, content.decode()).startswith(told)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    """The system's word for it, with the file's name."""
    with pytest.raises(BadInput, match=r"none\.yaml: No such file"):
        read_script(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match=r"bytes\.yaml: is not"):
        read_script(tmp_path / "bytes.yaml")
