"""The talk's design as it was shown: one SeldonClient call a comment, inside the agent.

The call blocks the event loop, and nobody waits until the broker has an output: Faust acknowledges a comment
when the loop asks for the next one.

    python -m benchmarks.peers.talks_design worker -l info --without-web
"""

import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import faust
import numpy as np
from seldon_core.seldon_client import SeldonClient

from benchmarks.peers import work
from benchmarks.peers.job import Job

job = Job.here()
version = work.version_of(job)
app = faust.App(job.group, broker=f"kafka://{job.bootstrap}", datadir=job.folder, topic_disable_leader=True)
comments = app.topic(job.comments, value_serializer="json", key_serializer="raw")
predictions = app.topic(job.predictions, value_serializer="json", key_serializer="raw")
alerts = app.topic(job.alerts, value_serializer="json", key_serializer="raw")

gateway = SeldonClient(gateway_endpoint=urlsplit(job.service_url).netloc)
logging.getLogger("seldon_core").setLevel(logging.WARNING)


def seldon_prediction(body: str) -> float:
    """Ask the service for one comment."""
    answer = gateway.predict(gateway_prefix="", payload_type="ndarray", data=np.array([body]))
    if not answer.success:
        raise RuntimeError(answer.msg)
    data = answer.response["data"]
    return float(data["ndarray"][0][1] if "ndarray" in data else data["tensor"]["values"][1])


@app.agent(comments)  # type: ignore[untyped-decorator]  # faust is untyped
async def moderate(stream: AsyncIterator[faust.types.EventT]) -> None:
    """Score each comment as it comes, and send on what the service says."""
    async for event in stream.events():  # type: ignore[attr-defined]
        comment, message = event.value, event.message
        probability = seldon_prediction(comment["body"])
        where = work.event_id(message.topic, message.partition, message.offset)
        scored = work.prediction(comment, probability, where, version)
        await predictions.send(key=event.key, value=scored)
        if work.is_alert(scored):
            await alerts.send(key=event.key, value=work.alert(scored))


if __name__ == "__main__":
    app.main()
