"""The lines that give a user in Redis its rights: whole, and safe against odd names."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import SettingsError
from exporter.observe.redis_layout import Layout
from exporter.observe.redis_rights import may_read, may_send

NAMES = st.text(min_size=1, max_size=15)


def test_keys_follow_the_layout() -> None:
    """A prefix, a database number and further queues are in the patterns."""
    layout = Layout(prefix="ts:", fanout_prefix="/3.")
    words = may_read("u", layout, ["celery", "big"], results="r_celery-task-meta-").split()
    assert {
        *("%R~ts:celery", "%R~ts:big", "%R~ts:celery??[0-9]", "%R~ts:unacked"),
        *("%R~ts:_kombu.binding.*", "%R~r_celery-task-meta-*"),
        *("&ts:/3.celery.pidbox", "&ts:/3.celeryev/worker.*"),
        "~ts:timesketch-exporter.*.reply.celery.pidbox",
    } <= set(words)


def test_one_channel_for_all_events() -> None:
    """Where kombu has no patterns, the one channel is named once."""
    words = may_read("u", Layout(fanout_patterns=False), ["celery"], results="r").split()
    assert words.count("&/0.celeryev") == 1


def test_only_replies_may_be_written() -> None:
    """The first line writes to nothing but the exporter's own list and binding."""
    words = may_read("u", Layout(), ["celery"], results="celery-task-meta-").split()
    assert [word for word in words if word.startswith(("~", "%W", "%RW", "allkeys", "+@"))] == [
        "~timesketch-exporter.*.reply.celery.pidbox",
        "~_kombu.binding.reply.celery.pidbox",
    ]


def test_sending_is_a_selector_of_its_own() -> None:
    """What may be written for a requeue may be written by its own commands alone."""
    assert may_send("u", Layout(), ["celery", "big"]) == (
        "ACL SETUSER u (+lpush %W~celery %W~big) (+sadd %W~_kombu.binding.celery "
        "%W~_kombu.binding_permanent.celery %W~_kombu.binding.big %W~_kombu.binding_permanent.big)"
    )


@given(prefix=NAMES, queue=NAMES)
def test_odd_names(prefix: str, queue: str) -> None:
    """Whatever keys are called, the line has as many words as for plain names, and only ASCII."""
    plain = may_read("u", Layout(prefix="p"), ["q"], results="r")
    odd = may_read("u", Layout(prefix=prefix), [queue], results=prefix)
    assert odd.isascii()
    assert odd.isprintable()
    assert len(shlex.split(odd)) == len(plain.split())


@pytest.mark.parametrize("user", ["", "a b", "a\nb", "a\x00b", 'a"b', "a'b", "a\\b"])
def test_impossible_users(user: str) -> None:
    """A name that could break out of the line, or that Redis refuses, is refused."""
    with pytest.raises(SettingsError, match="cannot be the name of a user"):
        may_read(user, Layout(), ["celery"], results="r")
