"""Tags in the report of a delivery: whole as long as somebody reads them, then cut with their length."""

from __future__ import annotations

import pytest

from engine.papers.delivered import _LONGEST_TAG, _tag_texts


@pytest.mark.parametrize(("more", "is_cut"), [(-1, False), (0, False), (1, True)])
def test_a_long_tag_is_cut_where_it_is_longer_than_that(more: int, is_cut: bool) -> None:
    text = "x" * (_LONGEST_TAG + more)
    (found,) = _tag_texts({"comment": text})
    assert (found == f"comment: {text}") is not is_cut
    assert (f"… ({len(text)} characters" in found) is is_cut


def test_what_is_not_there_is_no_tag_and_tables_name_each_of_theirs() -> None:
    tags = {"title": "a", "isrc": None, "bext": {"originator": "b", "loudness": {"value": -14.0}}}
    assert list(_tag_texts(tags)) == ["title: a", "bext originator: b", "bext loudness value: -14.0"]
