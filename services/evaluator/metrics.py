"""The evaluator's own metrics. Model labels come from the settings, never from a reply."""

from prometheus_client import Counter, Histogram

LLM_REQUESTS = Counter(
    "speakalka_llm_requests_total",
    "Requests to the model, by what came of them: ok, invalid (not the form asked for), truncated, refused, "
    "filtered, rate_limited, server_error, connection, timeout, malformed (no chat completion at all), "
    "rejected (4xx: credentials, model, request), "
    "cancelled (the deadline passed or the caller left).",
    ("model", "outcome"),
)
LLM_TOKENS = Counter(
    "speakalka_llm_tokens_total", "Tokens as the model's server counts them.", ("model", "direction")
)
LLM_SECONDS = Histogram(
    "speakalka_llm_seconds",
    "From request to reply of the model, one try.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120),
)
