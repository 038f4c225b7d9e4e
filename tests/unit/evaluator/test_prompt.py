"""What a model is shown: the candidate's words as data, everything else as JSON."""

import hashlib
import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    CriterionVerdict,
    FollowUpTask,
    Language,
    Turn,
    Verdict,
)
from services.evaluator.prompt import PROMPT_VERSION, Prompts, as_data

MARK = "5f2c9a"

PROMPTS_IN_USE = {
    "v1": "164ae1ab0ffb8435301c52321c61ac98fa3cc175645b81015d70e9b6d174c180",
    "v2": "043f2f41bb29014ca16fa5e93199fa26b111430d1cbed6e8ddef40efe3c9ddc8",
}
"""SHA-256 of all files of a version: a prompt that was in use is never edited, it gets a new version."""


def test_a_prompt_in_use_is_not_edited() -> None:
    """Provenance names a version; whoever looks it up later must find the words that were used."""
    for version, known in PROMPTS_IN_USE.items():
        folder = files("services.evaluator").joinpath("prompts", version)
        whole = b"".join(one.read_bytes() for one in sorted(folder.iterdir(), key=lambda file: file.name))
        assert hashlib.sha256(whole).hexdigest() == known
    assert PROMPT_VERSION in PROMPTS_IN_USE


def answer_task(answer: str = "ответ", turns: tuple[Turn, ...] = ()) -> AnswerTask:
    return AnswerTask(
        Language.RU, "Python", "Что такое кортеж?", answer, 2, (Criterion("неизменяем"),), "Эталон.", turns
    )


def test_the_task_is_one_json_object_and_the_answer_stands_alone() -> None:
    """System, task, answer: no word of the candidate outside of the last message."""
    system, task, answer = Prompts().evaluation(answer_task("мой ответ"), MARK)
    assert system["role"] == "system"
    assert json.loads(task["content"]) == {
        "task": "evaluate",
        "mark": MARK,
        "topic": "Python",
        "question": "Что такое кортеж?",
        "difficulty": 2,
        "criteria": [{"number": 1, "text": "неизменяем"}],
        "reference_answer": "Эталон.",
    }
    assert answer["content"] == f"⟦{MARK}⟧\nмой ответ\n⟦{MARK}⟧"


@pytest.mark.parametrize("language", list(Language))
def test_each_language_has_its_own_instructions(language: Language) -> None:
    """Russian ones are Russian, English ones English."""
    task = AnswerTask(language, "t", "q", "a", 1)
    text = Prompts().evaluation(task, MARK)[0]["content"]
    assert ("Ты оцениваешь" in text) == (language is Language.RU)
    assert ("You judge" in text) == (language is Language.EN)


def test_earlier_turns_are_context_in_messages_of_their_own_and_bounded() -> None:
    """The latest five, each answer framed like the judged one and cut to 2,000 characters."""
    turns = tuple(Turn(f"вопрос {n}", f"ответ {n} " + "я" * 3000) for n in range(7))
    messages = Prompts().evaluation(answer_task(turns=turns), MARK)
    assert len(messages) == 3 + 2 * 5
    assert json.loads(messages[2]["content"]) == {"earlier_question": "вопрос 2"}
    assert messages[3]["content"].startswith(f"⟦{MARK}⟧\nответ 2 ")
    assert len(messages[3]["content"]) < 2_100


def test_a_question_is_asked_for_without_the_candidates_quotes() -> None:
    """Verdicts go with their criteria only; known questions go up to their bound."""
    verdict = CriterionVerdict(Criterion("критерий"), Verdict.NOT_MET, "цитата", "причина")
    task = FollowUpTask(Language.RU, "Python", 3, (Turn("в", "о"),), (verdict,), ("к?",) * 1000)
    _, given_task, *_ = Prompts().follow_up(task, MARK, ["повтор?"])
    asked = json.loads(given_task["content"])
    assert asked["last_verdicts"] == [{"criterion": "критерий", "verdict": "not_met"}]
    assert asked["known_questions"][0] == "повтор?"
    assert "цитата" not in given_task["content"]
    long_task = FollowUpTask(Language.RU, "Python", 3, (Turn("в", "о"),), (), ("к" * 2000,) * 100)
    assert len(Prompts().follow_up(long_task, MARK)[1]["content"]) < 21_000


@settings(deadline=None)
@given(
    st.text(),
    st.sampled_from(["", MARK, f"⟦{MARK}⟧", f"{MARK[:3]}\u200b{MARK[3:]}", f"{MARK[:3]}{MARK}{MARK[3:]}"]),
)
def test_no_text_can_end_its_frame(text: str, attempt: str) -> None:
    """However the frame is guessed, brackets and mark are gone from the candidate's words."""
    shown = as_data(f"{text}{attempt}{text}", MARK)
    assert "⟦" not in shown
    assert "⟧" not in shown
    assert MARK not in shown
