"""The printed list of keys: `python -m tui.actions.key_list > docs/keys.md`."""

from __future__ import annotations

from tui.actions.help import key_table
from tui.actions.keymap import Keymap
from tui.actions.plain import ACTIONS as PLAIN
from tui.controls.controls import all_actions
from tui.panels.registry import make_panels
from tui.work.verb_runner import Runner

_HEAD = """\
# Keys of the console

Every action has one name: the key, the entry in the palette (`ctrl+p`) and the `:command` do the same.
Keys are rebound in `keymap.toml` in the configuration folder; `:write-keymap` writes one to start from,
with every action commented out. Where the engine is gone, `enter` restarts it. A letter that a panel has for
itself does nothing else there: "key in" says where an action's keys hold; its `:command` works everywhere.

"""

_PLAIN = """
## Only without a picture

`open --plain` has all of the above, and these:

"""


def page() -> str:
    """The whole page, Markdown."""
    common = key_table(Keymap(all_actions(make_panels(Runner()))))
    return f"{_HEAD}{common}{_PLAIN}{key_table(Keymap(PLAIN))}"


if __name__ == "__main__":
    print(page(), end="")
