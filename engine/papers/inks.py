"""The colours of pages, named by what they mean: light, dark, and as variables of a web page.

Contrast of text on its ground is at least 4.5 : 1 in both themes (WCAG 2.2, 1.4.3). The colours of stems
are told apart with every common deficiency of colour vision (after M. Okabe and K. Ito, "Color Universal
Design", 2008), and no picture tells anything by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Inks:
    """One colour for each meaning, as `#rrggbb`.

    Attributes:
        page: the ground.
        raised: ground of figures and tables.
        ink: text.
        muted: lesser text.
        rule: lines between things.
        line: the programme.
        area: its lesser reading.
        band: a range behind it.
        mark: what it is aimed at.
        peak: true peaks.
        other: what it is compared with.
        good: holds.
        warn: should be looked at.
        bad: fell short.
        stem_0 to stem_7: stems, in their order.
    """

    page: str
    raised: str
    ink: str
    muted: str
    rule: str
    line: str
    area: str
    band: str
    mark: str
    peak: str
    other: str
    good: str
    warn: str
    bad: str
    stem_0: str
    stem_1: str
    stem_2: str
    stem_3: str
    stem_4: str
    stem_5: str
    stem_6: str
    stem_7: str

    def stem(self, number: int) -> str:
        """The colour of the stem of that number, from 0; they repeat."""
        return str(getattr(self, f"stem_{number % 8}"))


LIGHT = Inks(
    page="#ffffff",
    raised="#f5f6f7",
    ink="#1c2228",
    muted="#5b6670",
    rule="#d6dade",
    line="#14508c",
    area="#a9c3de",
    band="#e8eef5",
    mark="#b3470a",
    peak="#7a2348",
    other="#8a6d1f",
    good="#14683c",
    warn="#8a5a00",
    bad="#b02318",
    stem_0="#0072b2",
    stem_1="#e69f00",
    stem_2="#009e73",
    stem_3="#cc79a7",
    stem_4="#56b4e9",
    stem_5="#d55e00",
    stem_6="#b3a600",
    stem_7="#7d8791",
)

DARK = Inks(
    page="#14181c",
    raised="#1c2127",
    ink="#e6e9ec",
    muted="#9ba6b0",
    rule="#343c44",
    line="#7db8f0",
    area="#3a5878",
    band="#202a35",
    mark="#f0a367",
    peak="#e58ab0",
    other="#d8bb5e",
    good="#62c792",
    warn="#e0b04c",
    bad="#f28b80",
    stem_0="#4aa3dc",
    stem_1="#f0b43c",
    stem_2="#2fc295",
    stem_3="#dc96bd",
    stem_4="#8cccf2",
    stem_5="#f08344",
    stem_6="#d6cb3a",
    stem_7="#9aa5b0",
)

_NAMES = tuple(field.name for field in fields(Inks))

#: Stand-ins that no page draws otherwise, each to be replaced by `variable(name)`.
STAND_INS = Inks(**{name: f"#0d0e{number:02x}" for number, name in enumerate(_NAMES, start=16)})


def variable(name: str) -> str:
    """The variable of a style sheet that holds a colour."""
    return f"--{name.replace('_', '-')}"


def as_variables(text: str) -> str:
    """Drawn text with every stand-in as the variable of its colour."""
    for name in _NAMES:
        text = text.replace(getattr(STAND_INS, name), f"var({variable(name)})")
    return text


def declarations(inks: Inks) -> str:
    """The variables of a theme, for a style sheet."""
    return " ".join(f"{variable(name)}: {getattr(inks, name)};" for name in _NAMES)
