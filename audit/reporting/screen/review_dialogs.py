"""What opens over a review: the text to edit, and the choice of what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from audit.cleaning.review_queue import EVERYTHING, UNSAFE
from audit.nouns.foreign_text import visible
from audit.reporting.screen.editable_text import from_edit, to_edit

SCOPE_NAMES = {UNSAFE: "unsafe findings", EVERYTHING: "all findings"}


def scope_name(scope: str) -> str:
    """A scope in words."""
    return SCOPE_NAMES.get(scope, scope)


class Editor(ModalScreen[str | None]):
    """A text to change; gives the new one, or None where the person left it."""

    AUTO_FOCUS = "TextArea"
    CSS = """
    Editor { align: center middle; }
    Editor Vertical { width: 94%; height: 84%; background: $surface; border: thick $primary; }
    Editor TextArea { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "save", "save", key_display="ctrl+s or f2", priority=True),
        Binding("escape", "dismiss(None)", "leave it as it was", priority=True),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """A title, the text, the keys."""
        with Vertical():
            yield Static(Text(f"{visible(self._title)}; a hidden character stands as its number, such as <U+200B>"))
            yield TextArea(to_edit(self._text), soft_wrap=True, tab_behavior="focus")
            yield Footer(compact=True, show_command_palette=False)

    def action_save(self) -> None:
        """Hand over what was written; the text as it was is no edit."""
        text = from_edit(self.query_one(TextArea).text)
        self.dismiss(None if text == self._text else text)


class Scopes(ModalScreen[str | None]):
    """What to show: unsafe findings, everything, or one rule; gives the scope, or None to stay."""

    AUTO_FOCUS = "OptionList"
    CSS = """
    Scopes { align: center middle; }
    Scopes OptionList { width: 60; max-width: 94%; height: auto; max-height: 84%; border: thick $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f,ㄹ", "dismiss(None)", "stay")]

    def __init__(self, scopes: Sequence[tuple[str, int, int]], current: str) -> None:
        super().__init__()
        self._scopes, self._current = scopes, current

    def compose(self) -> ComposeResult:
        """One line for each scope."""
        lines = [
            Option(Text.assemble((f"{scope_name(scope):26}", "bold"), f"{open_:,} of {count:,} open"))
            for scope, count, open_ in self._scopes
        ]
        yield OptionList(*lines)

    def on_mount(self) -> None:
        """Begin at what is shown now."""
        self.query_one(OptionList).highlighted = [scope for scope, _, _ in self._scopes].index(self._current)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """That one."""
        self.dismiss(self._scopes[event.option_index][0])
