"""The training report: one HTML file that says what a model is, how good it is, and where it fails."""
