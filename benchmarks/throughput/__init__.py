"""Comments a second and CPU a comment, for us and our peers, measured in one run."""
