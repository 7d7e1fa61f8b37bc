"""The KafkaTopics are the pipeline's topics, and the workers' user may do with them what the worker does."""

from streams.settings import StreamSettings
from streams.topics import Topics
from tests.k8s.documents import K8S, Document, of_kind, one, read

ALWAYS = {"Describe"}
GROUP = StreamSettings.model_fields["group_id"].default


def declared(documents: list[Document]) -> dict[str, Document]:
    return {each["spec"]["topicName"]: each for each in of_kind(documents, "KafkaTopic")}


def test_topics_are_those_of_the_pipeline(documents: list[Document]) -> None:
    assert declared(documents).keys() == {each.name for each in Topics.named()}


def test_topics_have_the_pipelines_partitions_and_configuration(documents: list[Document]) -> None:
    found = declared(documents)
    for topic in Topics.named():
        spec = found[topic.name]["spec"]
        config = {name: str(value) for name, value in spec["config"].items()}
        config.pop("min.insync.replicas", None)  # production's own
        assert (spec["partitions"], config) == (topic.partitions, dict(topic.config)), topic.name


def test_topics_are_where_and_in_what_form_strimzi_finds_them(documents: list[Document]) -> None:
    for topic in declared(documents).values():
        assert topic["apiVersion"] == "kafka.strimzi.io/v1"
        assert topic["metadata"]["labels"]["strimzi.io/cluster"] == "kafka"
        assert topic["metadata"].get("namespace", "kafka") == "kafka"


def test_user_may_do_what_the_worker_does_and_no_more() -> None:
    topics = Topics.named()
    writes = {each.name for each in topics} - {topics.comments.name}
    reads = {topics.comments.name, topics.window_partials.name, topics.window_state.name}
    asked = (topics.predictions, topics.alerts, topics.dead_letters)
    asks = {each.name for each in asked}  # how large a record may be
    expected = {
        ("topic", each.name): ALWAYS
        | {"Read" for _ in reads & {each.name}}
        | {"Write" for _ in writes & {each.name}}
        | {"DescribeConfigs" for _ in asks & {each.name}}
        for each in topics
    }
    expected["group", GROUP] = ALWAYS | {"Read"}
    assert allowed("modstream-worker") == expected


def test_user_of_jobs_reads_all_and_sends_comments_and_no_more() -> None:
    topics = Topics.named()
    expected = {("topic", each.name): ALWAYS | {"DescribeConfigs", "Read"} for each in topics}
    expected["topic", topics.comments.name].add("Write")
    expected["group", GROUP] = {*ALWAYS}
    assert allowed("modstream-command") == expected


def allowed(user: str) -> dict[tuple[str, str], set[str]]:
    """Return what a user may do with which topic or group."""
    found = one(read(K8S / "overlays/production/kafka/users.yaml"), "KafkaUser", user)
    acls = found["spec"]["authorization"]["acls"]
    return {(each["resource"]["type"], each["resource"]["name"]): {*each["operations"]} for each in acls}
