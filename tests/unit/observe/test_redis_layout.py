"""Names of kombu's keys and channels."""

from __future__ import annotations

from exporter.observe.redis_layout import Layout


def test_default_names_are_those_of_facts() -> None:
    """Without options, keys and channels are those that were observed."""
    layout = Layout()
    assert layout.queue_key("celery", 0) == "celery"
    assert layout.queue_key("celery", 3) == "celery\x06\x163"
    assert layout.unacked_key == "unacked"
    assert layout.unacked_index_key == "unacked_index"
    assert layout.pidbox_channel == "/0.celery.pidbox"
    assert layout.pidbox_binding_key == "_kombu.binding.celery.pidbox"
    assert layout.event_pattern == "/0.celeryev/*"


def test_lists_come_in_the_order_of_consumption() -> None:
    """Workers' steps come first; lists that only another producer would use come last."""
    keys = Layout(separator="|", priority_steps=(0, 6)).queue_keys("q")
    assert keys == ("q", "q|6", "q|1", "q|2", "q|3", "q|4", "q|5", "q|7", "q|8", "q|9")


def test_prefix_with_pattern_characters_is_taken_literally() -> None:
    """A prefix such as a hash tag must not turn into a pattern."""
    layout = Layout(prefix="t*[s]", fanout_patterns=False)
    assert layout.binding_pattern == "t\\*\\[s\\]_kombu.binding.*"
    assert layout.event_pattern == "t\\*\\[s\\]/0.celeryev"
    assert layout.event_channel("worker.heartbeat") == "t*[s]/0.celeryev"
