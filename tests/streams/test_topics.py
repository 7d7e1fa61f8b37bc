from streams.topics import Topics


def test_topics_of_the_contract() -> None:
    topics = {topic.name: topic for topic in Topics.named()}
    assert set(topics) == {
        "reddit_stream",
        "reddit_prediction",
        "reddit_mod_alert",
        "reddit_window_stats",
        "reddit_dead_letter",
        "reddit_late",
        "reddit_window_partial",
        "reddit_window_state",
    }
    assert topics["reddit_window_partial"].partitions == 1
    assert {topic.partitions for topic in topics.values() if topic.name != "reddit_window_partial"} == {4}
    compacted = {name for name, topic in topics.items() if topic.config["cleanup.policy"] == "compact"}
    assert compacted == {"reddit_window_partial", "reddit_window_state"}


def test_prefix_and_partitions_apply_to_all() -> None:
    topics = Topics.named("eu.", 9)
    assert all(topic.name.startswith("eu.reddit_") for topic in topics)
    assert topics.window_state.partitions == topics.comments.partitions == 9
