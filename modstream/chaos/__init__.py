"""Killing, pausing and replacing the parts of a pipeline under load, and proving that no comment was lost."""
