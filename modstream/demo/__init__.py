"""The demonstration: the whole pipeline on this machine, from a file of comments to a verified result."""
