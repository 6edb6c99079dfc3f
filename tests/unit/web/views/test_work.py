"""Long tables are filtered, ordered and cut into pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.snapshot import Verdict
from exporter.web.views.listing import Pile, Piles, listing_of
from exporter.web.views.query import PER_PAGE, Query, query_of
from exporter.web.views.tones import URGENCY
from exporter.web.views.work import ORDERS
from tests.judgements import analysis, judgement, timeline

MANY = tuple(
    timeline(number, URGENCY[number % 10], sketch_id=number % 7, age=float(number % 50))
    for number in range(1, 251)
)


def test_what_needs_somebody_comes_first() -> None:
    """Without an order the orphans come first, and of each verdict the oldest."""
    made = (
        timeline(1, Verdict.QUEUED),
        timeline(2, Verdict.ORPHANED, age=5.0),
        timeline(3, Verdict.ORPHANED, age=9.0),
        analysis(4, Verdict.STALLED),
    )
    rows = listing_of(Pile(made), Query(), names=True).rows
    assert [row.id for row in rows] == [3, 2, 4, 1]


def test_every_verdict_has_its_urgency() -> None:
    """No verdict is forgotten in the order of urgency."""
    assert sorted(URGENCY) == sorted(Verdict)


@given(
    st.none() | st.sampled_from(Verdict),
    st.none() | st.integers(min_value=0, max_value=7),
    st.sampled_from(["", *ORDERS]),
    st.booleans(),
)
def test_pages_hold_each_row_once(
    verdict: Verdict | None,
    sketch: int | None,
    sort: str,
    descending: bool,  # noqa: FBT001  drawn by hypothesis
) -> None:
    """All pages together hold exactly what the filter lets through."""
    query = Query(verdict, sketch, sort, descending)
    first = listing_of(Pile(MANY), query, names=True)
    rows = [
        row.id
        for page in range(1, first.pages + 1)
        for row in listing_of(Pile(MANY), query.at(page), names=True).rows
    ]
    wanted = [
        judged.timeline.timeline_id
        for judged in MANY
        if verdict in {None, judged.verdict} and sketch in {None, judged.timeline.sketch_id}
    ]
    assert sorted(rows) == wanted
    assert first.found == len(wanted)
    assert first.total == len(MANY)


def test_a_page_beyond_the_last_is_the_last() -> None:
    """Rows that went while somebody turned pages leave no empty page."""
    listing = listing_of(Pile(MANY), Query(page=99), names=True)
    assert (listing.query.page, listing.pages, len(listing.rows)) == (3, 3, 50)
    assert PER_PAGE == 100


def test_names_may_be_left_out() -> None:
    """Names of timelines are shown only where they may be; analyzers have none to hide."""
    made = (timeline(1, Verdict.ORPHANED), analysis(2, Verdict.WAITING))
    assert [row.name for row in listing_of(Pile(made), Query(), names=False).rows] == ["", "domain"]
    assert [row.name for row in listing_of(Pile(made), Query(), names=True).rows] == [
        "disk-1",
        "domain",
    ]


def test_what_was_ordered_is_ordered_once() -> None:
    """Another page of the same is cut from it; another judgement is ordered anew."""
    piles, known = Piles(), judgement(*MANY[:3])
    pile = piles.timelines(known)
    first = pile.found(Query(sort="worker"))
    assert piles.timelines(known).found(Query(sort="worker", page=2)) is first
    assert pile.found(Query(sort="id")) is not first
    assert piles.timelines(judgement(*MANY[:3])) is not pile
    assert piles.analyses(known).everything == ()
    assert piles.timelines(None).everything == ()


def test_addresses_keep_what_is_asked_for() -> None:
    """A link to another order or page keeps the filter, and reading it gives the same question."""
    query = Query(Verdict.ORPHANED, 3, "since", descending=True)
    assert query.link(page=2) == "?verdict=orphaned&sketch=3&sort=-since&page=2"
    assert query.order_link("since") == "?verdict=orphaned&sketch=3&sort=since"
    assert query.order_link("id") == "?verdict=orphaned&sketch=3&sort=id"
    assert query.link(verdict=None, sketch=None) == "?sort=-since"
    given_back = {"verdict": "orphaned", "sketch": "3", "sort": "-since"}
    assert query_of(given_back, ORDERS) == query
    assert (query.order_of("since"), query.order_of("id")) == ("descending", None)


@given(st.dictionaries(st.sampled_from(["verdict", "sketch", "sort", "page"]), st.text()))
def test_nonsense_in_an_address_is_overlooked(parameters: dict[str, str]) -> None:
    """Whatever an address says, there is a page for it."""
    query = query_of(parameters, ORDERS)
    assert query.page >= 1
    assert listing_of(Pile(MANY), query, names=True).total == len(MANY)
