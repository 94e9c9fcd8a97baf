"""`:`: any action by its name, completed, with what it does beside it, and what was entered before."""

from __future__ import annotations

from tui.controls.controls import Controls
from tui.overlay.prompt import Memory, Prompt


def command_prompt(controls: Controls, memory: Memory) -> Prompt:
    """The prompt.

    Args:
        controls: carry it out.
        memory: commands entered before.
    """
    help_by_command = {
        action.command: f"{action.help}  {action.argument}".rstrip() for action in controls.actions
    }

    def about(line: str) -> str:
        return help_by_command.get(line.partition(" ")[0], "") if " " not in line else ""

    return Prompt(
        ":",
        "",
        controls.line,
        complete=controls.completions,
        about=about,
        preview=controls.preview,
        memory=memory,
    )
