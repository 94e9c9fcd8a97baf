"""Whole chains: copied, taken from presets, given to all stems of a role, linked."""

from __future__ import annotations

from tui.actions.registry import Declare

_action = Declare("values", control=True, strip=True)

ACTIONS = (
    _action("copy_chain", "V", "copy the chain", control=False),
    _action("paste_chain", "P", "paste the copied chain", "[after: behind what is there]"),
    _action("preset", "", "a preset in place of the chain", "[name]"),
    _action("save_preset", "", "save the chain as a preset of your own", "name"),
    _action("chain_to_role", "", "give the chain to all stems of the same role"),
    _action("link", "", "link stems: trims and chains move together", "[stem, stem … or role]"),
    _action("unlink", "", "take the stem out of its link, or all", "[all]"),
)
