"""Lines of a paragraph: as many words as fit, by the width of the line itself."""

from __future__ import annotations

import random

import pytest

from engine.papers.typeset import Face, lines_of, width_in

_LETTERS = "AVTLYfijlWMmo.,−äé0179"


@pytest.mark.parametrize("face", [Face(8.5), Face(20.0, bold=True), Face(6.3, fixed=True)])
@pytest.mark.parametrize("wide_in", [0.9, 2.0, 6.0])
def test_every_line_holds_as_many_words_as_fit(face: Face, wide_in: float) -> None:
    numbers = random.Random(int(100 * wide_in + face.size_pt))
    words = ["".join(numbers.choices(_LETTERS, k=numbers.randint(1, 3))) for _ in range(120)]
    lines = lines_of(" ".join(words), face, wide_in)
    assert [word for line in lines for word in line.split(" ")] == words
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        assert width_in(line, face) <= wide_in
        if following is not None:
            assert width_in(f"{line} {following.split(' ')[0]}", face) > wide_in


def test_a_word_as_wide_as_the_column_stands_on_one_line() -> None:
    face = Face(8.5)
    assert lines_of("AVATAR", face, width_in("AVATAR", face)) == ["AVATAR"]
    assert len(lines_of("AVATAR", face, width_in("AVATAR", face) - 0.02)) > 1
