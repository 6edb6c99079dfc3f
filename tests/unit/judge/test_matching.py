"""Which connections could be left without an owner, against trying every assignment."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from exporter.judge.matching import assign

OWNERS = st.dictionaries(
    st.sampled_from("abcd"), st.frozensets(st.integers(min_value=1, max_value=5)), max_size=4
)


def largest_assignments(owners: dict[str, frozenset[int]]) -> list[frozenset[int]]:
    """The connections that are owned, in each assignment with as many owners as possible."""
    choices = [[None, *sorted(candidates)] for candidates in owners.values()]
    assignments = [
        [connection for connection in choice if connection is not None]
        for choice in product(*choices)
    ]
    proper = [frozenset(each) for each in assignments if len(set(each)) == len(each)]
    most = max(len(each) for each in proper)
    return [each for each in proper if len(each) == most]


@given(OWNERS)
def test_a_connection_may_be_unowned_if_some_largest_assignment_leaves_it_out(
    owners: dict[str, frozenset[int]],
) -> None:
    """The alternating paths find exactly what trying every assignment finds."""
    connections = frozenset(range(1, 6))
    expected = frozenset().union(*(connections - owned for owned in largest_assignments(owners)))
    assert assign(connections, owners).unowned == expected


@given(OWNERS)
def test_unmatched_workers_are_those_that_no_assignment_can_serve(
    owners: dict[str, frozenset[int]],
) -> None:
    """The matching is as large as the largest assignment."""
    unmatched = assign(range(1, 6), owners).unmatched
    assert unmatched == len(owners) - len(largest_assignments(owners)[0])
