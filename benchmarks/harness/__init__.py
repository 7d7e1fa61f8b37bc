"""What every benchmark on a real broker needs: comments, topics, processes, samples and counted outputs."""
