"""Recording codes (ISRC) and article numbers (EAN, UPC), as they are checked and counted up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: An ISRC's last five digits count recordings within a year (ISO 3901).
_LAST_DESIGNATION = 99999


def isrc_of(text: str) -> str:
    """The twelve characters of an ISRC, from what a person wrote.

    Args:
        text: with or without hyphens and the letters `ISRC` in front, in any case.

    Raises:
        ValueError: what is wrong with it and what to do, as the end of a sentence.
    """
    from stdnum import isrc
    from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError

    plain = text.strip()
    plain = plain[4:].lstrip(" :") if plain[:4].upper() == "ISRC" else plain
    shape = "write two letters, three letters or digits, two digits of the year and five digits"
    try:
        return isrc.validate(plain)
    except InvalidLength as error:
        count = len(isrc.compact(plain))
        raise ValueError(f"is no ISRC: it has {count} characters instead of 12: {shape}") from error
    except InvalidComponent as error:
        raise ValueError(
            f"is no ISRC: no agency gives out the prefix {isrc.compact(plain)[:2]}: correct it"
        ) from error
    except ValidationError as error:
        raise ValueError(f"is no ISRC: {shape}") from error


def ean_of(text: str) -> str:
    """The thirteen digits of an EAN-13, or of a UPC-A with the 0 in front that makes it one.

    Raises:
        ValueError: what is wrong with it and what to do, as the end of a sentence.
    """
    from stdnum import ean
    from stdnum.exceptions import InvalidChecksum, ValidationError

    digits = ean.compact(text)
    if len(digits) not in (12, 13):
        raise ValueError(
            f"is no EAN or UPC: it has {len(digits)} digits: give all 13 (EAN) or 12 (UPC), check digit last"
        )
    try:
        return ean.validate(digits).rjust(13, "0")
    except InvalidChecksum as error:
        right = ean.calc_check_digit(digits[:-1])
        raise ValueError(
            f"is no EAN or UPC: its check digit is {digits[-1]} and should be {right}: "
            "one of the digits is wrong"
        ) from error
    except ValidationError as error:
        raise ValueError("is no EAN or UPC: give digits only") from error


def counted_up(first: str, taken: Iterable[str]) -> Iterator[str]:
    """The ISRCs from `first` on, without those that are taken, to the end of that year's numbers."""
    used = set(taken)
    for designation in range(int(first[7:]), _LAST_DESIGNATION + 1):
        code = f"{first[:7]}{designation:05d}"
        if code not in used:
            yield code
