"""Chooses the thread of the kernel on which the browser's messages arrive.

The browser names a subshell in each message, so that it is answered while a cell
runs. ipykernel 7.4 overrules it: a message goes where the widget was last sent
something from, and after a cell has made the widget or set a trait, that is the very
thread that runs the cells. This is the only module that touches that private part.
"""

from __future__ import annotations

from typing import Any


def let_browser_choose_route(comm: Any) -> None:
    """Forgets where a message of the comm was sent from.

    Args:
      comm: The comm of a widget, of any kernel; None where it is closed.
    """
    if comm is not None:
        vars(comm).pop("_reply_subshell_id", None)
