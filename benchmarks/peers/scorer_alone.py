"""The scorer alone, without Kafka: what no pipeline with one scoring process can exceed.

    python -m benchmarks.peers.scorer_alone

Prints one line of JSON: how many comments, and how long they took by the clock and in CPU time.
"""

import json
import time
from pathlib import Path

from benchmarks.harness.comments import Mix, comments
from benchmarks.peers import work
from benchmarks.peers.job import Job

BATCH = 4_096


def main() -> None:
    """Score the job's comments in batches, and say how long it took."""
    job = Job.here()
    score = work.in_process(Path(job.model))
    texts = [comment.body for comment in comments(Mix(job.mix), job.count)]
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    scored = 0
    for first in range(0, len(texts), BATCH):
        scored += len(score(texts[first : first + BATCH]))
    took = {"seconds": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}
    print(json.dumps({"comments": scored, **took}))  # noqa: T201


if __name__ == "__main__":
    main()
