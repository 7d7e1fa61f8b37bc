"""Training and evaluation of the removal classifier; writes the bundle that the service loads."""
