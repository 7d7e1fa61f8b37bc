"""The Faust agents: a module each, loops and nothing else."""
