"""A review on the screen: one finding at a time, keys to decide, nothing else."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Footer, Input, Static

from audit.cleaning.review_queue import Item, Review
from audit.reporting.excerpts import excerpt
from audit.reporting.screen.emoji import steady
from audit.reporting.screen.review_dialogs import Editor, Scopes, scope_name
from audit.reporting.screen.scan_screen import COLOUR, place
from audit.reporting.screen.side_by_side import row_text, shown
from audit.workspace.decisions import Choice

BAR_CELLS = 12
REPAIRS = {"drop": "drops this row; its partner stays", "quarantine": "sets this row aside in the quarantine file"}
DECIDED = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped"}
DECIDED_COLOUR = {"accept": "bold green", "reject": "bold red", "edit": "bold cyan", "skip": "bold yellow"}


class ReviewScreen(App[None]):
    """The screen of `audit review`. Every key also works while a Korean keyboard is switched on (ㅁ is the key a)."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]  # noqa: RUF012 - Textual's own declaration
    CSS = """
    #progress { height: 1; background: $panel; padding: 0 1; }
    #finding { height: auto; max-height: 6; padding: 0 1; }
    #pair { height: 1fr; layout: horizontal; }
    .-narrow #pair { layout: vertical; }
    #row, #partner { width: 1fr; height: 1fr; border: round $primary; padding: 0 1; }
    #partner { border: round $surface-lighten-2; }
    #outcome { height: auto; max-height: 5; padding: 0 1; }
    #search { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,ㅁ", "decide('accept')", "accept", key_display="a"),
        Binding("r,ㄱ", "decide('reject')", "reject", key_display="r"),
        Binding("e,ㄷ", "edit", "edit", key_display="e"),
        Binding("s,ㄴ", "decide('skip')", "skip", key_display="s"),
        Binding("u,ㅕ", "undo", "undo", key_display="u"),
        Binding("p,ㅔ,left", "move(-1)", "prev", key_display="←"),
        Binding("n,ㅜ,right", "move(1)", "next", key_display="→"),
        Binding("o,ㅐ", "partner", "other", key_display="o", tooltip="the next partner"),
        Binding("slash", "search", "search", key_display="/"),
        Binding("f,ㄹ", "scope", "filter", key_display="f"),
        Binding("q,ㅂ", "quit", "quit", key_display="q"),
        Binding("escape", "leave_search", show=False),
        Binding("up,k,ㅏ", "scroll(-1)", show=False),
        Binding("down,j,ㅓ", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
    ]

    def __init__(self, review: Review) -> None:
        super().__init__()
        self.review = review
        self._partner = 0

    def compose(self) -> ComposeResult:
        """Progress, the finding, the row and its partner, what was or can be decided, the keys."""
        yield Static(id="progress")
        yield Static(id="finding")
        with Container(id="pair"):
            for name in ("row", "partner"):
                with VerticalScroll(id=name, can_focus=False):
                    yield Static(id=f"{name}-text")
        yield Static(id="outcome")
        yield Input(id="search", placeholder="words in the row or the reason, a line or a rule; empty shows all again")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Show where the review stands."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002 - Textual's signature
        """Hide the key for other partners where there are none."""
        item = self.review.item
        return action != "partner" or (item is not None and len(item.partners) > 1)

    def on_resize(self) -> None:
        """The excerpt below the rows has the width of the screen."""
        self._show()

    def action_decide(self, choice: Choice) -> None:
        """Keep a decision and go on."""
        self._decide(choice)

    def action_edit(self) -> None:
        """Let the person write the field anew."""
        item = self.review.item
        if item is None:
            return
        before = self.review.decision(item)
        text = before.text if before and before.decision == "edit" else item.row[item.field]
        self.push_screen(Editor(f"{item.field} of {place(item.row)}", text), self._edited)

    def _edited(self, text: str | None) -> None:
        if text is not None:
            self._decide("edit", text)

    def _decide(self, choice: Choice, text: str = "") -> None:
        try:
            self.review.decide(choice, text)
        except OSError as error:
            self._complain(error)
        else:
            self._turn()

    def action_undo(self) -> None:
        """Take the last decision back and show its row again."""
        try:
            item = self.review.undo()
        except OSError as error:
            self._complain(error)
        else:
            if item is None:
                self.notify("nothing to take back", markup=False)
            self._turn()

    def action_move(self, step: int) -> None:
        """Go on or back without a decision."""
        if not self.review.move(step):
            self.notify("this is the last one" if step > 0 else "this is the first one", markup=False)
        self._turn()

    def action_partner(self) -> None:
        """Show the next of several partners."""
        self._partner += 1
        self._show()

    def action_scroll(self, lines: int) -> None:
        """Scroll the row and its partner together."""
        for scroll in self.query(VerticalScroll):
            scroll.scroll_relative(y=lines, animate=False)

    def action_scope(self) -> None:
        """Choose what is shown: unsafe findings, everything, or one rule."""
        self.push_screen(Scopes(self.review.scopes(), self.review.scope), self._scoped)

    def _scoped(self, scope: str | None) -> None:
        if scope is not None:
            self.review.narrow(scope=scope)
            self._turn()

    def action_search(self) -> None:
        """Ask for words."""
        search = self.query_one("#search", Input)
        search.display = True
        search.value = self.review.words
        search.focus()

    def action_leave_search(self) -> None:
        """Close the line of the search, or take its words back."""
        search = self.query_one("#search", Input)
        if not search.display:
            self.review.narrow(words="")
        search.display = False
        self.set_focus(None)
        self._turn()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Show what holds the words; keep all of it where nothing does."""
        before = self.review.words
        self.review.narrow(words=event.value)
        if not self.review.shown:
            self.notify(f"nothing holds {shown(event.value)!r}", severity="warning", markup=False)
            self.review.narrow(words=before)
        self.query_one("#search", Input).display = False
        self.set_focus(None)
        self._turn()

    def _complain(self, error: OSError) -> None:
        self.notify(f"not kept: {error.filename}: {error.strerror}", severity="error", markup=False)

    def _turn(self) -> None:
        """Show the item from its beginning."""
        self._partner = 0
        for scroll in self.query(VerticalScroll):
            scroll.scroll_home(animate=False)
        self._show()

    def _show(self) -> None:
        item = self.review.item
        self.refresh_bindings()
        self.query_one("#progress", Static).update(self._progress())
        self.query_one("#partner").display = item is not None and bool(item.partners)
        if item is None:
            self.query_one("#finding", Static).update("Nothing here to review.")
            return
        self.query_one("#finding", Static).update(self._finding(item))
        self.query_one("#outcome", Static).update(self._outcome(item))
        beside = item.partners[self._partner % len(item.partners)] if item.partners else None
        self._fill("row", place(item.row), row_text(item.row, item.spans, beside))
        if beside is not None:
            number = f" ({self._partner % len(item.partners) + 1} of {len(item.partners)})"
            count = number if len(item.partners) > 1 else ""
            self._fill("partner", f"beside {place(beside)}{count}", row_text(beside, {}, item.row))

    def _fill(self, name: str, title: str, text: Text) -> None:
        self.query_one(f"#{name}").border_title = Text(shown(title)).markup
        self.query_one(f"#{name}-text", Static).update(text)

    def _progress(self) -> Text:
        counts = self.review.progress()
        total, done = counts.total(), counts.total() - counts["open"] - counts["skip"]
        full = BAR_CELLS * done // max(total, 1)
        skipped = f", {counts['skip']:,} skipped" if counts["skip"] else ""
        line = Text(no_wrap=True, overflow="ellipsis").append("█" * full + "░" * (BAR_CELLS - full), "green")
        line.append(f" {done:,} of {total:,} decided{skipped}  ").append(scope_name(self.review.scope), "bold")
        if self.review.words:
            line.append(f"  with {shown(self.review.words)!r} (escape: all)", "italic")
        return line.append(f"  {shown(self.review.name)}", "dim")

    def _finding(self, item: Item) -> Text:
        line = Text.assemble((item.rule.name, COLOUR[item.rule.severity]), f"  {item.rule.severity}")
        line.append(f"  {self.review.at + 1:,}/{len(self.review.shown):,}", "bold")
        line.append(f"  score {item.score:.2f}" if item.score else "", "dim")
        for finding in item.findings:
            line.append(f"\n{shown(finding['message'])}")
            line.append(f"  ({shown(finding['because'])})" if finding["because"] else "", "dim")
        return line

    def _outcome(self, item: Item) -> Text:
        text = Text()
        decision = self.review.decision(item)
        if decision is None:
            text.append_text(self._repair(item))
        else:
            text.append(DECIDED[decision.decision], DECIDED_COLOUR[decision.decision])
            if decision.decision == "edit":
                text.append(f" {decision.field}: ").append_text(
                    excerpt(steady(decision.text), max(self.size.width - 20, 10))
                )
        others = ", ".join(self._other(other) for other in self.review.elsewhere(item))
        return text.append(f"\nalso found here: {others}" if others else "", "dim")

    def _repair(self, item: Item) -> Text:
        """What accepting it would do."""
        text = Text.assemble(("accept ", "bold"))
        if not item.patches:
            return text.append(f"{REPAIRS['quarantine']}: the rule has no repair of its own")
        patch = item.patches[0]
        if patch["action"] != "edit":
            return text.append(REPAIRS[patch["action"]])
        if len(item.patches) > 1:
            return text.append(f"cuts out the {len(item.patches)} marked texts")
        return text.append("leaves  ").append_text(self._line(patch["after"]))

    def _line(self, text: str) -> Text:
        """The text on one line, with room for a few words before it."""
        return excerpt(steady(text), max(self.size.width - 20, 10))

    def _other(self, item: Item) -> str:
        decision: Any = self.review.decision(item)
        return item.rule.name + (f" ({DECIDED[decision.decision]})" if decision else "")
