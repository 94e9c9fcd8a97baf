"""All actions, in the order of help."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tui.actions import chains, monitor, say, session, stem, transport, values, views
from tui.actions.registry import Action, by_name

ACTIONS: tuple[Action, ...] = (
    *transport.ACTIONS,
    *monitor.ACTIONS,
    *stem.ACTIONS,
    *values.ACTIONS,
    *chains.ACTIONS,
    *views.ACTIONS,
    *say.ACTIONS,
    *session.ACTIONS,
)

BY_NAME: Mapping[str, Action] = MappingProxyType(by_name(ACTIONS))
