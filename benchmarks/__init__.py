"""What the pipeline costs, measured; see README.md here."""
