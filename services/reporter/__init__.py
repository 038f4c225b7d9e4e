"""Owns the delivery of reports: Kafka, retries and the file fallback."""
