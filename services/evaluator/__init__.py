"""The evaluator: judges answers, by a model or by rules, and never makes a score up."""
