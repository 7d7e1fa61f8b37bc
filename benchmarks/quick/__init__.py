"""Whether ours got faster or slower since the committed figures were measured, in under two minutes."""
