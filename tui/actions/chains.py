"""Whole chains: copied, taken from presets, given to all stems of a role, linked."""

from __future__ import annotations

from tui.actions.registry import Declare
from tui.actions.stem import STRIPS_IN_VIEW
from tui.view import Panel

_CHAINS_IN_VIEW = STRIPS_IN_VIEW | {Panel.CHAIN}

_action = Declare("values", control=True, strip=True)

ACTIONS = (
    _action("copy_chain", "V", "copy the chain", control=False, key_panels=_CHAINS_IN_VIEW),
    _action(
        "paste_chain",
        "P",
        "paste the copied chain",
        "[after: behind what is there]",
        key_panels=_CHAINS_IN_VIEW,
    ),
    _action("preset", "", "a preset in place of the chain", "[name]"),
    _action("save_preset", "", "save the chain as a preset of your own", "name"),
    _action("chain_to_role", "", "give the chain to all stems of the same role"),
    _action("link", "", "link stems: trims and chains move together", "[stem, stem … or role]"),
    _action("unlink", "", "take the stem out of its link, or all", "[all]"),
)
