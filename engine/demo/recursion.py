"""The demo's filter loops, compiled: a second-order section, a dying sine, a weighted average.

They use + − × in a fixed order without fused operations, so that every machine computes the same
samples. `engine.compiler.abi` explains how and when they are compiled.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import compiled


@compiled("void(float64[::1], float64[::1], float64[::1])")
def second_order(x: Any, coefficients: Any, y: Any) -> None:
    """y = H(z)·x, H = (b0 + b1/z + b2/z²) / (1 + a1/z + a2/z²), from rest; transposed direct form II.

    `coefficients` are b0, b1, b2, a1, a2.
    """
    b0, b1, b2, a1, a2 = coefficients[0], coefficients[1], coefficients[2], coefficients[3], coefficients[4]
    s1, s2 = 0.0, 0.0
    for n in range(x.size):
        value = x[n]
        out = b0 * value + s1
        s1 = (b1 * value + s2) - a1 * out
        s2 = b2 * value - a2 * out
        y[n] = out


@compiled("void(float64, float64, float64, float64, float64[::1])")
def dying_sine(first: float, second: float, c1: float, c2: float, y: Any) -> None:
    """y[0] = `first`, y[1] = `second`, then y[n] = c1·y[n − 1] + c2·y[n − 2]."""
    older, newer = first, second
    for n in range(y.size):
        y[n] = older
        older, newer = newer, c2 * older + c1 * newer


@compiled("void(float64[::1], float64[::1], float64[::1])")
def weighted(x: Any, weights: Any, y: Any) -> None:
    """y[n] = Σ weights[k] · x[n + k], for as many n as `y` holds."""
    for n in range(y.size):
        total = 0.0
        for k in range(weights.size):
            total += weights[k] * x[n + k]
        y[n] = total
