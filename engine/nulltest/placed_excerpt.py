"""Stems of an excerpt as a hypothesis places them: later, on another clock, channels exchanged or summed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft, ifft
from engine.nulltest.conversion import low_pass
from engine.nulltest.lanes import Lane, LaneSpecs
from engine.nulltest.placing import FORMS, Bus, Complexes, Placing, Shape, delay_response
from engine.nulltest.solve import left_of, solve
from engine.nulltest.spread import products_with, row_products, spread, weighted_sum

Doubles = NDArray[np.float64]

#: Frames at either end of a stretch that a shift or a filter may spoil; they take no part.
MARGIN_FRAMES = 4096
#: Window and hop in which a clock that runs apart is taken as a constant shift, frames: at 100 ppm a tenth
#: of a sample from hop to hop.
_WARP_FRAMES, _WARP_HOP = 4096, 1024


@dataclass(frozen=True)
class Saved:
    """A stage before some stems are placed otherwise.

    Attributes:
        rows: of those stems, by their numbers.
        places: of all stems.
        gram: inner products of all rows.
    """

    rows: dict[int, Complexes]
    places: tuple[Placing, ...]
    gram: Doubles


class Stage:
    """Stems and mix over some stretches of the song, and the inner products of all of them.

    Args:
        specs: the comparison.
        starts: first song frames of the stretches.
        length: frames of a stretch.
        top_hz: nothing above it takes part, neither of the stems nor of the mix; None: all does.
        constants: `(stems + 1,)`: what is taken off each stem and, last, the mix, L + iR; None: nothing.

    Attributes:
        rows: of each stem, the mix last: `(stretches, inner frames)`, a frame is L + iR. None is written to
            once it is there: rows that are kept to be put back cost nothing.
        gram: `(stems + 1, stems + 1)` inner products over both channels.
        places: of the stems.
        shapes: of those stems that have one, by number.
        shaped: of every stem, a number that no other shape of this stage has; 0: none.

    Raises:
        InputError: a file cannot be read.
    """

    def __init__(
        self,
        specs: LaneSpecs,
        starts: tuple[int, ...],
        length: int,
        top_hz: float | None = None,
        constants: Complexes | None = None,
    ) -> None:
        self.specs, self.starts, self.length = specs, starts, length
        self.count, self.sample_rate = len(specs.stems), specs.sample_rate
        self.constants = constants
        self._low_pass = None if top_hz is None else low_pass(top_hz, specs.sample_rate, length)
        self.places = [Placing()] * self.count
        self.shapes: dict[int, Shape] = {}
        self.shaped, self._shapes_given = [0] * self.count, 0
        self.bus = Bus()
        self._bus_response: Complexes | None = None
        self._inner = slice(MARGIN_FRAMES, length - MARGIN_FRAMES)
        self._raw = [np.empty((len(starts), length), np.complex128) for _ in range(self.count)]
        self._raw_at: list[tuple[int, ...]] = [(0,) * len(starts)] * self.count
        self.mix_raw = np.empty((len(starts), length), np.complex128)
        self._read_all()
        self.rows = [raw[:, self._inner] for raw in self._raw]
        self.rows.append(np.ascontiguousarray(self.mix_raw[:, self._inner]))
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(MARGIN_FRAMES // 2) + 0.5) / (MARGIN_FRAMES // 2))
        self._omega = 2.0 * np.pi * np.fft.fftfreq(length)
        self._spectra: dict[int, tuple[Hashable, Complexes]] = {}
        self._taper = np.ones(length)
        self._taper[: len(rise)], self._taper[-len(rise) :] = rise, rise[::-1]
        self._products()

    def _read_all(self) -> None:
        def read(number: int) -> None:
            start = self.starts[number]
            with self.specs.open() as lanes:
                for stem, (raw, lane) in enumerate(zip(self._raw, lanes.stems, strict=True)):
                    _read(lane, start, raw[number])
                    self._limit(raw[number], stem)
                lanes.reference.read_into(start, _plane(self.mix_raw[number]))
                self._limit(self.mix_raw[number], -1)

        spread(read, range(len(self.starts)))

    def _limit(self, row: Complexes, lane: int) -> None:
        """Takes away a lane's constant and what lies above the top; what wraps stays within the margins."""
        if self.constants is not None:
            row -= self.constants[lane]
        if self._low_pass is not None:
            row[:] = ifft(fft(row) * self._low_pass, overwrite=True)

    def _products(self) -> None:
        self.gram = row_products(self.rows)

    @property
    def inner_starts(self) -> tuple[int, ...]:
        """Song frames at which the inner frames of the stretches begin."""
        return tuple(start + MARGIN_FRAMES for start in self.starts)

    @property
    def mix(self) -> Complexes:
        """What the stems have to make, inner frames."""
        return self.rows[-1]

    def total(self, gains: Doubles) -> Complexes:
        """The sum of the stems at gains, inner frames."""
        return weighted_sum(self.rows[:-1], gains)

    def energies(self) -> Doubles:
        """Of the stems as they are placed."""
        return np.diagonal(self.gram)[:-1].copy()

    def gains(self) -> tuple[Doubles, float]:
        """Least-squares gains, as a deviation from unity of least norm, and the energy they leave."""
        unity = np.ones(self.count)
        against = self.gram[:-1, -1] - self.gram[:-1, :-1] @ unity
        gains = unity + solve(self.gram[:-1, :-1], against)
        return gains, left_of(self.gram, gains)

    def left(self, gains: Doubles) -> float:
        """Energy that gains leave of the mix."""
        return left_of(self.gram, gains)

    def left_together(self) -> float:
        """Energy that all stems at unity leave, or at one gain of all where that is less: a fader."""
        unity = np.ones(self.count)
        one = float(unity @ self.gram[:-1, -1]) / max(float(self.gram[:-1, :-1].sum()), 1e-300)
        return min(self.left(unity), self.left(one * unity))

    def place(self, placings: dict[int, Placing]) -> None:
        """Places stems again; those that stand there already are left alone."""
        moved = [number for number, placing in placings.items() if placing != self.places[number]]
        for number in moved:
            self.places[number] = placings[number]
            self._reread(number, placings[number])
            self._render(number)
        self._update(moved)

    def put_on_bus(self, bus: Bus) -> None:
        """Processes every stem by another bus from now on."""
        if bus.does_nothing and self.bus.does_nothing:
            return
        self.bus, self._bus_response = bus, None
        if bus.taps is not None:
            padded = np.pad(bus.taps, (0, self.length - len(bus.taps)))
            self._bus_response = np.asarray(fft(np.roll(padded, -bus.early)))
        target = self.mix_raw if bus.target is None else bus.target
        self.rows[-1] = np.ascontiguousarray(target[:, self._inner])
        for number, placing in enumerate(self.places):
            self._reread(number, placing)
        for number in range(self.count):
            self._render(number)
        self._products()

    def shape(self, number: int, shape: Shape | None) -> None:
        """Gives a stem another shape, or takes it away."""
        if shape is None:
            self.shapes.pop(number, None)
            self.shaped[number] = 0
        else:
            self.shapes[number] = shape
            self._shapes_given += 1
            self.shaped[number] = self._shapes_given
        self._reread(number, self.places[number])
        self._render(number)
        self._update([number])

    def unshaped(self, number: int) -> Complexes:
        """A stem as it is placed, without its shape, inner frames."""
        return self._placed(number)[:, self._inner]

    def saved(self, numbers: Sequence[int]) -> Saved:
        """What placing these stems changes, to be put back by `restore`."""
        rows = {number: self.rows[number] for number in numbers}
        return Saved(rows, tuple(self.places), self.gram.copy())

    def restore(self, saved: Saved) -> None:
        """Undoes `place` of the stems that were saved."""
        for number, row in saved.rows.items():
            self.rows[number] = row
        self.places, self.gram = list(saved.places), saved.gram

    def _update(self, numbers: list[int]) -> None:
        if len(numbers) > 2:
            self._products()
            return
        self.gram = self.gram.copy()
        for number in numbers:
            products = products_with(self.rows, self.rows[number])
            self.gram[number, :], self.gram[:, number] = products, products

    def _whole(self, placing: Placing) -> tuple[int, ...]:
        if placing.ppm == 0.0:
            return (placing.lag,) * len(self.starts)
        return tuple(round(placing.at(start + self.length / 2)) for start in self.starts)

    def _reread(self, number: int, placing: Placing) -> None:
        wanted = self._whole(placing)
        if wanted == self._raw_at[number]:
            return
        spec = self.specs.stems[number]
        raw = np.empty_like(self._raw[number])
        with replace(self.specs, stems=(spec,)).open() as lanes:
            for index, (start, lag) in enumerate(zip(self.starts, wanted, strict=True)):
                _read(lanes.stems[0], start - lag, raw[index])
                self._limit(raw[index], number)
        self._raw[number], self._raw_at[number] = raw, wanted

    def _render(self, number: int) -> None:
        self.rows[number] = self._shaped(number, self._placed(number))[:, self._inner]

    def _placed(self, number: int) -> Complexes:
        placing = self.places[number]
        if placing.ppm:
            raw = self._warped(self._formed(number), placing)
        elif placing.fraction or self.bus.taps is not None:
            raw = self._filtered(number)
        else:
            raw = self._formed(number)
        return self._moved_gain(raw)

    def _shaped(self, number: int, raw: Complexes) -> Complexes:
        shape = self.shapes.get(number)
        if shape is None:
            return raw
        if shape.taps is not None:
            response = fft(np.roll(np.pad(shape.taps, (0, self.length - len(shape.taps))), -shape.early))
            raw = np.asarray(ifft(fft(raw * self._taper, axis=-1) * response, axis=-1))
        return raw if shape.moving is None else np.asarray(raw * shape.moving)

    def _formed(self, number: int) -> Complexes:
        """A stem, its channels formed as it is placed."""
        raw, place = self._raw[number], self.places[number]
        if place.is_lopsided:
            left, right = place.sides
            return np.asarray(raw.real * left + 1j * (raw.imag * right))
        if place.form:
            one, two = (held[0] * raw.real + held[1] * raw.imag for held in FORMS[place.form])
            return np.asarray(one + 1j * two)
        return raw

    def _moved_gain(self, raw: Complexes) -> Complexes:
        gains = self.bus.moving
        if gains is None:
            return raw
        return np.asarray(raw.real * gains.real + 1j * (raw.imag * gains.imag))

    def _spectrum(self, number: int) -> Complexes:
        key = self._raw_at[number], self.places[number].form, self.places[number].sides
        if number not in self._spectra or self._spectra[number][0] != key:
            formed = self._formed(number)
            found = np.empty_like(formed)

            def transform(index: int) -> None:
                np.multiply(formed[index], self._taper, out=found[index])
                found[index] = fft(found[index], overwrite=True)

            spread(transform, range(len(self.starts)))
            self._spectra[number] = key, found
        return self._spectra[number][1]

    def _filtered(self, number: int, slope: bool = False) -> Complexes:
        response = delay_response(self.length, self.places[number].fraction)
        if self._bus_response is not None:
            response *= self._bus_response
        if slope:
            response *= -1j * self._omega
        spectrum = self._spectrum(number)
        found = np.empty_like(spectrum)

        def turn(index: int) -> None:
            np.multiply(spectrum[index], response, out=found[index])
            found[index] = ifft(found[index], overwrite=True)

        spread(turn, range(len(self.starts)))
        return found

    def slope(self, number: int) -> Complexes:
        """The derivative of a stem by its offset, inner frames."""
        self._reread(number, self.places[number])
        if self.places[number].ppm:
            turned = fft(self._placed(number) * self._taper, axis=-1) * (-1j * self._omega)
            steep = np.asarray(ifft(turned, axis=-1, overwrite=True))
        else:
            steep = self._moved_gain(self._filtered(number, slope=True))
        row: Complexes = self._shaped(number, steep)[:, self._inner]
        return row

    def _warped(self, raw: Complexes, placing: Placing) -> Complexes:
        """Shifted piece by piece, joined by fades; a bus filter on top."""
        size, hop = _WARP_FRAMES, _WARP_HOP
        pieces = (self.length - size) // hop + 1
        window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop))
        omega = 2.0 * np.pi * np.fft.fftfreq(size)
        out = np.zeros_like(raw)
        middle = slice(size // 2 - hop, size // 2 + hop)
        whole = self._whole(placing)

        def warp(index: int) -> None:
            views = np.lib.stride_tricks.sliding_window_view(raw[index], size)[::hop][:pieces]
            centres = np.arange(pieces) * hop + size / 2
            shift = placing.offset + placing.ppm * 1e-6 * (self.starts[index] + centres) - whole[index]
            turned = fft(views, axis=-1) * np.exp(-1j * np.outer(shift, omega))
            moved = ifft(turned, axis=-1, overwrite=True)[:, middle] * window
            for piece in range(pieces):
                at = piece * hop + size // 2 - hop
                out[index, at : at + 2 * hop] += moved[piece]

        spread(warp, range(len(self.starts)))
        if self._bus_response is None:
            return out
        filtered: Complexes = ifft(fft(out * self._taper, axis=-1) * self._bus_response, axis=-1)
        return filtered


def _plane(row: Complexes) -> Doubles:
    """The `(frames, 2)` view of a row of L + iR."""
    return row.view(np.float64).reshape(-1, 2)


def _read(lane: Lane, start_frame: int, row: Complexes) -> None:
    """Fills a row with a lane's frames, its gain applied."""
    lane.read_into(start_frame, _plane(row))
    if lane.gain != 1.0:
        row *= lane.gain
