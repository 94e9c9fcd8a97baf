"""An application that sends differences, where Textual sends lines.

Textual sends whole lines, or what its layout calls chops, for whatever a widget repaints. Here, what its
compositor made goes into a `Mirror`, and what is written is the difference, through `tui.application.driver`.

Made for Textual 8.2 (pyproject pins it): this and the driver are all that leans on its private parts.
`STEMLATHE_STOCK_SCREEN=1` leaves Textual as it is: the console then sends ten times the bytes, and is
otherwise the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.driver import Driver
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tui.application.driver import DrivenApp, StockTerminal, Terminal
from tui.application.renditions import Renditions, cells_of
from tui.display.mirror import Mirror


def take_update(update: LayoutUpdate | ChopsUpdate, mirror: Mirror, renditions: Renditions) -> None:
    """Tells the mirror what Textual's compositor wants shown."""
    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            segments = [segment for strip in strips if strip is not None for segment in strip]
            mirror.want(row, update.region.x, cells_of(segments, renditions))
        return
    for row in {row for row, _, _ in update.spans}:
        for column, strip in update.chops[row].items():
            if strip is not None:
                mirror.want(row, column, cells_of(strip, renditions))


class MirroredApp(DrivenApp):
    """An application whose screen goes through a mirror; the subclass sets what is declared here.

    Attributes:
        mirror: what the terminal shows.
        renditions: codes of Rich's styles.
        stock: Textual's own way instead.
    """

    mirror: Mirror
    renditions: Renditions
    stock: bool = False
    #: what was found to cover a widget, and among which widgets
    _covering: tuple[object, object, list[Region] | None] = (None, None, None)

    def resumed(self) -> None:
        """The terminal was somebody else's for a while, and is ours again."""
        self.mirror.forget()

    def get_driver_class(self) -> type[Driver]:
        """Ours, or nearly Textual's."""
        return StockTerminal if self.stock else Terminal

    def send(self, *, urgent: bool = False) -> None:
        """Sends what the mirror lacks; the subclass knows how much the link takes."""
        raise NotImplementedError  # Textual has a metaclass of its own: this cannot be an ABC

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Takes over from Textual, which would write all of `renderable`."""
        driver = self._driver
        ours = isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if self.stock or self.is_headless or driver is None or not ours:
            super()._display(screen, renderable)
            return
        if not self._batch_count and self._running and not self._closed:
            if (self.mirror.width, self.mirror.height) != tuple(self.size):
                self.mirror.resize(*self.size)
            take_update(renderable, self.mirror, self.renditions)
            self.send(urgent=True)
        self.post_display_hook()

    @property
    def keys_wait(self) -> bool:
        """Whether more keys or pasted text have come already; Textual's own messages do not count."""
        waiting = (self._pending_message, *self._message_queue.values)
        return any(isinstance(message, events.Key | events.Paste) for message in waiting)

    def covering(self, widget: Widget) -> list[Region] | None:
        """What stands before a widget, or None where all of it may be hidden."""
        screen = self.screen
        if widget.screen is not screen or self._batch_count:
            return None
        visible = screen._compositor.visible_widgets
        seen, asked, regions = self._covering
        # Textual makes another one when anything moves: as a rule it is that of the frame before
        if seen is not visible or asked is not widget:
            regions = self._regions_before(widget, visible)
            self._covering = visible, widget, regions
        return regions

    @staticmethod
    def _regions_before(
        widget: Widget, visible: Mapping[Widget, tuple[Region, Region]]
    ) -> list[Region] | None:
        if widget not in visible:
            return None
        own = visible[widget][0]
        ancestors = set(widget.ancestors)
        found = (
            region.intersection(clip).intersection(own)
            for other, (region, clip) in visible.items()
            if other is not widget and other not in ancestors
        )
        return [region for region in found if region]

    def write(self, data: str) -> None:
        """Puts a text on its way to the terminal."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(data)
