"""How the cost of a comment grows, and whether memory does."""
