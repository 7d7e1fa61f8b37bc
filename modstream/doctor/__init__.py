"""`modstream doctor`: looks at one thing after another that a pipeline needs, and says what to do."""
