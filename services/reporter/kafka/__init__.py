"""Kafka by confluent-kafka: the only package that imports it."""
