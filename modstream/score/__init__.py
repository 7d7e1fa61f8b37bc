"""Scoring files without Kafka: the worker's own decisions, over comments that are on disk."""
