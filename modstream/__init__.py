"""The `modstream` command: local Kafka, demo, replay, verification and training from one door."""
