"""Reading CLIENT LIST."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.observe import clients
from exporter.snapshot import Consumer

# As Valkey 9.1 prints it, shortened: a worker's consumer, its subscription, our own wait for
# replies, a consumer of another database, and one in warm shutdown.
LISTED = """\
id=6 addr=127.0.0.1:41632 fd=10 name= age=11 idle=0 flags=b db=0 cmd=brpop
id=8 addr=127.0.0.1:41650 fd=12 name= age=11 idle=3 flags=P db=0 cmd=psubscribe
id=9 addr=127.0.0.1:41652 fd=13 name=timesketch-exporter age=9 idle=0 flags=N db=0 cmd=brpop
id=10 addr=127.0.0.1:41653 fd=14 name= age=9 idle=0 flags=b db=5 cmd=brpop
id=12 addr=[::1]:41660 fd=15 name=odd=name age=30 idle=7 flags=N db=0 cmd=brpop
id=13 addr=127.0.0.1:41661 name= age=x idle=7 flags=N db=0 cmd=brpop

"""


def test_finds_the_consumers() -> None:
    """Only waiters for lists of this database count, and never the exporter itself."""
    found = clients.consumers(clients.parse(LISTED), db=0, own_name="timesketch-exporter")
    assert found == (
        Consumer(6, "127.0.0.1:41632", "", 11.0, 0.0, blocked=True),
        Consumer(12, "[::1]:41660", "odd=name", 30.0, 7.0, blocked=False),
    )


def test_names_every_connection() -> None:
    """The ids of all connections tell who is still there."""
    assert clients.connection_ids(clients.parse(LISTED)) == {6, 8, 9, 10, 12, 13}


@given(st.text())
def test_odd_lines_are_left_out(text: str) -> None:
    """Whatever a server prints, nothing breaks."""
    assert clients.consumers(clients.parse(text), db=0, own_name="") == ()
