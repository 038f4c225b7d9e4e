"""The words of an evaluation: put together from the final verdicts, so that they agree with the score."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.evaluator.evaluation import LONGEST_TEXT, CriterionVerdict, Language, UnscoredReason, Verdict
from services.evaluator.quotes import shortened
from services.evaluator.scoring import Band, Depth, MainPoint, band

_LONGEST_POINT = 200
_LONGEST_QUOTE = 160


@dataclass(frozen=True)
class _Phrases:
    bands: dict[Band, str]
    headings: dict[Verdict, str]
    main_points: dict[MainPoint, str]
    depths: dict[Depth, str]
    as_a_whole: str
    quote: str
    unquoted: str
    unscored: dict[UnscoredReason, str]


_PHRASES = {
    Language.RU: _Phrases(
        bands={
            Band.INCOMPLETE: "Ответ неполон или не о том: {score} из 10.",
            Band.PARTLY_RIGHT: "Ответ верен частично: {score} из 10.",
            Band.GOOD: "Хороший ответ: {score} из 10.",
            Band.STRONG: "Сильный ответ: {score} из 10.",
        },
        headings={
            Verdict.MET: "Есть в ответе:",
            Verdict.PARTLY_MET: "Есть частично:",
            Verdict.NOT_MET: "Не хватает:",
        },
        main_points={
            MainPoint.WRONG: "Главная мысль ответа неверна, поэтому оценка не выше 3.",
            MainPoint.OFF_TOPIC: "Ответ не на заданный вопрос, поэтому оценка не выше 3.",
        },
        depths={
            Depth.EXPLAINS_WHY: "Ответ объясняет причины.",
            Depth.SHOWS_PRACTICE: "Ответ показывает практический опыт.",
        },
        as_a_whole="Ответ сравнён с эталоном в целом; ниже предложения эталона.",
        quote=" — «{quote}»",
        unquoted="слов, на которые сослалась модель, в ответе нет",
        unscored={
            UnscoredReason.REFUSED: "Модель отказалась оценивать этот ответ.",
            UnscoredReason.FILTERED: "Ответ модели остановлен её фильтром содержания.",
            UnscoredReason.INVALID_REPLY: "Модель дважды ответила неполно или не по форме.",
            UnscoredReason.NOTHING_TO_JUDGE_BY: "У вопроса нет ни критериев, ни эталона со словами.",
        },
    ),
    Language.EN: _Phrases(
        bands={
            Band.INCOMPLETE: "Incomplete or off the point: {score} out of 10.",
            Band.PARTLY_RIGHT: "Partly right: {score} out of 10.",
            Band.GOOD: "A good answer: {score} out of 10.",
            Band.STRONG: "A strong answer: {score} out of 10.",
        },
        headings={
            Verdict.MET: "Shown in the answer:",
            Verdict.PARTLY_MET: "Shown in part:",
            Verdict.NOT_MET: "Missing:",
        },
        main_points={
            MainPoint.WRONG: "The main point of the answer is wrong, so the score is at most 3.",
            MainPoint.OFF_TOPIC: "The answer is not about the question, so the score is at most 3.",
        },
        depths={
            Depth.EXPLAINS_WHY: "The answer explains why.",
            Depth.SHOWS_PRACTICE: "The answer shows practice.",
        },
        as_a_whole="The answer was compared with the reference as a whole; below are its sentences.",
        quote=" — “{quote}”",
        unquoted="the words that the model referred to are not in the answer",
        unscored={
            UnscoredReason.REFUSED: "The model refused to judge this answer.",
            UnscoredReason.FILTERED: "The model's content filter stopped its reply.",
            UnscoredReason.INVALID_REPLY: "The model's reply was cut off or malformed, twice.",
            UnscoredReason.NOTHING_TO_JUDGE_BY: "The question has neither criteria nor a reference in words.",
        },
    ),
}


def evaluation_text(
    language: Language,
    score: int,
    verdicts: Sequence[CriterionVerdict],
    *,
    main_point: MainPoint = MainPoint.RIGHT,
    depth: Depth = Depth.NONE,
    as_a_whole: bool = False,
) -> str:
    """What the score says, what was found (in the answer's own words) and what was missing.

    At most 4,000 characters. `depth` is given only where it counted, `as_a_whole` where the score is the
    likeness to the reference and the verdicts are those on its sentences.
    """
    phrases = _PHRASES[language]
    lines = [phrases.bands[band(score)].format(score=score)]
    if main_point is not MainPoint.RIGHT:
        lines.append(phrases.main_points[main_point])
    if depth is not Depth.NONE:
        lines.append(phrases.depths[depth])
    if as_a_whole:
        lines.append(phrases.as_a_whole)
    for verdict, heading in phrases.headings.items():
        points = [_point(phrases, one) for one in verdicts if one.verdict is verdict]
        if points:
            lines.append("\n".join([heading, *points]))
    return _cut("\n".join(lines))


def unscored_text(language: Language, reason: UnscoredReason) -> str:
    """Why there is no score, in one line."""
    return _PHRASES[language].unscored[reason]


def unquoted_text(language: Language) -> str:
    """Why a criterion counts as not met although the model said otherwise."""
    return _PHRASES[language].unquoted


def _point(phrases: _Phrases, verdict: CriterionVerdict) -> str:
    point = f"- {shortened(verdict.criterion.text, _LONGEST_POINT)}"
    if verdict.quote:
        point += phrases.quote.format(quote=shortened(verdict.quote, _LONGEST_QUOTE))
    if verdict.reason and verdict.verdict is not Verdict.MET:
        point += f" ({shortened(verdict.reason, _LONGEST_POINT)})"
    return point


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
