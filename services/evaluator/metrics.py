"""The evaluator's own metrics. Model labels come from the settings, never from a reply."""

from prometheus_client import Counter, Gauge, Histogram

LLM_REQUESTS = Counter(
    "speakalka_llm_requests_total",
    "Requests to the model, by what came of them: ok, invalid (not the form asked for), truncated, refused, "
    "filtered, rate_limited, server_error, connection, timeout, malformed (no chat completion at all), "
    "rejected (4xx: credentials, model, request), unsupported (a parameter the server does not know; "
    "asked again without it), "
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
LLM_COST = Counter(
    "speakalka_llm_cost_total",
    "Cost of the tokens by OPENAI_INPUT_PRICE and OPENAI_OUTPUT_PRICE, in their currency; 0 without prices.",
    ("model",),
)
LLM_IN_FLIGHT = Gauge(
    "speakalka_llm_in_flight", "Requests to the model under way: what to scale the evaluator on."
)
LLM_CIRCUIT_OPEN = Gauge(
    "speakalka_llm_circuit_open", "1 while the model's server counts as down and is not asked, else 0."
)
JUDGEMENTS_SHARED = Counter(
    "speakalka_judgements_shared_total",
    "Judgements taken from an equal one of this process instead of asking the model.",
)
