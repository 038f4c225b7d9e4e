"""What the orchestrator counts."""

from prometheus_client import Counter, Gauge

ANSWERS = Counter(
    "speakalka_answers_total",
    "Answers settled, by outcome (scored, or the reason in lower case) and judge.",
    ("outcome", "judge"),
)
INTERVIEWS = Counter(
    "speakalka_interviews_total",
    "Interviews by kind and transition (started, finishing, completed, cancelled, abandoned).",
    ("kind", "transition"),
)
LATE_RESULTS = Counter(
    "speakalka_late_results_total", "Judgements dropped because the answer was settled before they came."
)
JUDGE_FAILURES = Counter(
    "speakalka_judge_failures_total", "Judgements that failed for now; the answer stays pending."
)
OUTBOX_REPORTS = Gauge("speakalka_outbox_reports", "Reports the reporter has not taken yet.")
OUTBOX_OLDEST = Gauge("speakalka_outbox_oldest_seconds", "Age of the oldest of them; 0 without any.")
OUTBOX_PARKED = Counter(
    "speakalka_outbox_parked_total", "Reports the reporter refuses for good; a person has to look."
)
