"""The peers: evaluator, emotion and reporter."""

from services.orchestrator.clients.emotion import EmotionClient
from services.orchestrator.clients.evaluator import EvaluatorClient
from services.orchestrator.clients.names import EMOTION, EVALUATOR, REPORTER
from services.orchestrator.clients.reporter import ReporterClient

__all__ = ["EMOTION", "EVALUATOR", "REPORTER", "EmotionClient", "EvaluatorClient", "ReporterClient"]
