"""The layout keeps its promises: no overlap, aligned cells, frozen once published, described."""

import hashlib
import itertools
from pathlib import Path

import pytest

from engine.link import layout

#: What each version of the protocol looks like. A new version gets a new line; an old line never changes.
PUBLISHED = {
    1: "5f6983e2479ea82f",
    2: "a55e936018b0158b",
    3: "a55e936018b0158b",
    4: "5226f7cda3fa6f64",
    5: "2e6f0729854ecc00",
    6: "3ce04c98f19c3ff7",
}


def described() -> str:
    """Everything that decides where a byte lies."""
    tables = [
        (
            table.record.__name__,
            table.room,
            [(field.name, field.wire.code, field.wire.count) for field in table.fields],
        )
        for table in vars(layout).values()
        if isinstance(table, layout.Table)
    ]
    blocks = [
        (block.name, block.offset, block.head_bytes, block.stride, block.count) for block in layout.BLOCKS
    ]
    offsets = sorted((name, value) for name, value in vars(layout).items() if name.endswith("_OFFSET"))
    return repr((tables, blocks, offsets, layout.SEGMENT_BYTES))


def test_a_published_version_is_never_changed() -> None:
    digest = hashlib.sha256(described().encode()).hexdigest()
    assert digest[:16] == PUBLISHED[layout.VERSION], "raise VERSION, then add the new digest"


def test_parts_follow_one_another_without_overlap() -> None:
    for before, after in itertools.pairwise(layout.BLOCKS):
        assert before.end <= after.offset
    assert layout.BLOCKS[-1].end <= layout.SEGMENT_BYTES


@pytest.mark.parametrize("block", layout.BLOCKS, ids=lambda block: block.name)
def test_cells_are_aligned_and_writers_apart(block: layout.Block) -> None:
    assert block.at(0) % 64 == 0
    assert block.stride % 64 == 0


def test_the_client_area_can_be_mapped_alone() -> None:
    area = layout.CLIENT_AREA
    assert area.offset % 65536 == 0
    others = [block for block in layout.BLOCKS if block is not area]
    assert all(block.end <= area.offset or block.offset >= -(-area.end // 65536) * 65536 for block in others)
    assert {block.writer for block in others} == {"engine"}


def test_the_ring_of_ticks_holds_ten_seconds() -> None:
    assert layout.TICKS / layout.TICKS_PER_SECOND >= 10.0


def test_the_printed_description_is_the_one_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert page.endswith(layout.markdown()), "python -m engine.link.layout prints what belongs there"
