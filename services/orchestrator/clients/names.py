"""The peers' services by their full names."""

EVALUATOR = "interview.v1.EvaluatorService"
EMOTION = "interview.v1.EmotionService"
REPORTER = "interview.v1.ReporterService"
