"""The page of a report in a real browser: nothing is asked for, nothing acts, everything can be found and reached."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_report import HOSTILE, ROWS, write

import audit
from audit.reporting.archive import reopen
from audit.reporting.changes import compare
from audit.reporting.renderers import json as plain_json
from audit.reporting.renderers.html.page import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; to run it: apt-get install chromium")
EVIL = "<img src=x onerror=alert(3)>"
MANY = 10_000
PATIENCE = 600_000  # ms, for a machine that is busy with other things; a page that is right answers at once


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browsing = pytest.importorskip("playwright.sync_api", reason="to run it: pip install playwright")
    with browsing.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page as a file, and at the end holds that it asked for nothing and complained of nothing."""
    told: list[str] = []
    contexts: list[Any] = []

    def show(html: str, width: int = 1280, height: int = 900, **options: Any) -> Any:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: told.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        own = [line for line in told if line == f"request: {path.as_uri()}" or line.startswith("request: data:,")]
        for line in own:
            told.remove(line)
        return page

    yield show
    for context in contexts:
        context.close()
    assert told == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a set in which everything that comes from outside tries to act."""
    folder = tmp_path_factory.mktemp("hostile")
    report = audit.scan(write(folder / "<b>rows.jsonl", ROWS, split=EVIL), encoder="none")
    plain = json.loads(plain_json.render(report))
    plain["notes"] = [EVIL]
    plain["rules"][0]["help"] = f"{EVIL}\n\n[link](javascript:alert(4))"
    ids = [row["id"] for row in plain["rows"]]
    plain["per_row"] = {"row": ids, "map_x": list(range(len(ids))), "map_y": list(range(len(ids)))}
    plain["tallies"].append({"name": "map", "note": EVIL, "columns": ["answers", "share"], "rows": [[len(ids), 0.1]]})
    path = folder / "report.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return render(reopen(path))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a report with MANY findings."""
    folder = tmp_path_factory.mktemp("many")
    plain = json.loads(plain_json.render(audit.scan(write(folder / "rows.jsonl", ROWS), encoder="none")))
    first, *_ = plain["findings"]
    rows = [{**plain["rows"][0], "id": f"row{n}", "question": f"질문 {n} 😊", "line": n + 1} for n in range(MANY)]
    plain["rows"] = rows
    plain["findings"] = [
        {**first, "row": row["id"], "line": row["line"], "severity": ("error", "note")[n % 2], "related": []}
        for n, row in enumerate(rows)
    ]
    path = folder / "report.json"
    path.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    return render(reopen(path))


def cards(page: Any, count: int) -> None:
    """Wait until so many cards are shown; the page's own rules forbid what wait_for_function does."""
    from playwright.sync_api import expect

    expect(page.locator(".card")).to_have_count(count, timeout=PATIENCE)


def test_hostile_cells_stay_text(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    assert page.locator("#cards img, #cards script, main img, [onerror], a[href^=javascript]").count() == 0
    said = page.locator("#findings").inner_text()
    for text in HOSTILE:
        assert text.replace("\u202e", "<U+202E>") in said
    assert '=HYPERLINK("http://evil.example","x")' in said
    assert "\u202e" not in page.content()
    assert EVIL in page.locator("#how").inner_text()


def test_filters_filter(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    shown = page.locator("#shown")
    total = page.locator(".card").count()
    page.locator("select[name=rule]").select_option("empty-answer")
    cards(page, empty := page.locator(".card", has_text="empty-answer").count())
    assert 0 < empty < total
    page.get_by_role("searchbox").fill("HYPERLINK(")
    cards(page, 1)
    assert shown.inner_text() == f"1 of 1 findings (of {total})"
    page.get_by_role("searchbox").fill("<SCRIPT>alert")
    page.locator(".card", has_text="<script>alert(1)").wait_for()
    page.get_by_role("searchbox").fill("nothing says this")
    cards(page, 0)


def test_the_keyboard_reaches_everything(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.type("HYPERLINK(")
    cards(page, 1)
    page.locator(".card h3 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector(location.hash).open")  # or it fails after half a minute
    link = page.locator(f"{page.evaluate('location.hash')} [data-rule]")
    link.focus()
    page.keyboard.press("Enter")
    assert page.locator("select[name=rule]").input_value() == "empty-answer"


def test_the_span_the_partner_and_the_patch_are_on_the_card(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    marker = page.locator(".card", has_text="leftover-marker").first
    assert "<|im_end|>" in marker.locator("mark").first.inner_text()
    assert "Repair" in marker.inner_text()
    near = page.locator(".card", has_text="near-duplicate-answer").first
    assert near.locator(".partner ins").count() > 0


def test_a_mark_says_what_it_stands_for(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    page.locator("#map-figure .wide [aria-label]").first.hover(force=True)
    assert page.locator("#hint").is_visible()
    assert "\nA " in page.locator("#hint").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_violation_of_accessibility(scheme: str, width: int, hostile: str, opened: Callable[..., Any]) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="to run it: pip install axe-playwright-python"
    )
    page = opened(hostile, width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_ten_thousand_findings_stay_within_reach(many: str, opened: Callable[..., Any]) -> None:
    page = opened(many)
    assert page.locator(".card").count() == 50
    page.get_by_role("button", name="Show more").click()
    assert page.locator(".card").count() == 100
    page.get_by_role("searchbox").fill(f"질문 {MANY - 1} 😊")
    cards(page, 1)
    page.get_by_role("searchbox").fill("")
    page.locator("select[name=severity]").select_option("note")
    page.get_by_text("50 of 5,000 findings (of 10,000)").wait_for()


def test_on_paper_filters_are_gone_and_the_numbers_are_there(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile)
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#filters").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(251, 250, 247)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".numbers table").first.is_visible()


def test_without_scripts_the_first_findings_are_there(hostile: str, opened: Callable[..., Any]) -> None:
    page = opened(hostile, java_script_enabled=False)
    assert page.locator(".card").count() > 0
    assert page.locator(".plot.wide svg").first.is_visible()


def test_what_changed_is_on_the_first_screen(tmp_path: Path, opened: Callable[..., Any]) -> None:
    earlier = audit.scan(write(tmp_path / "a.jsonl", ROWS), encoder="none")
    later = audit.scan(write(tmp_path / "b.jsonl", [*ROWS[2:], ("몇 살이야?", "")]), encoder="none")
    page = opened(render(compare(earlier, later, "a")))
    assert "Against a: 1 new, 1 gone" in page.locator(".hero").inner_text()
    page.locator("select[name=state]").select_option("gone")
    cards(page, 1)


def test_nothing_in_the_page_leads_elsewhere_by_itself(hostile: str) -> None:
    for sign in (
        '<link rel="stylesheet',
        "@import",
        'src="http',
        "url(http",
        "<iframe",
        "<object",
        "fetch(",
        "XMLHttp",
    ):
        assert sign not in hostile.replace(EVIL, "")
