"""A review: what stands in the queue, what keys do, what is on the disk when it is killed, what the screen shows."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static, TextArea

import audit
from audit.cleaning.review_queue import EVERYTHING, Review
from audit.nouns.reports import Report
from audit.reporting.screen.editable_text import from_edit, to_edit
from audit.reporting.screen.review_screen import ReviewScreen
from audit.reporting.screen.side_by_side import MAX_CHARACTERS, marked, row_text
from audit.workspace.decisions import Decision, append, read

AUDIT = str(Path(sys.executable).parent / "audit")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

TWINS = "나는 바다를 보면서 따뜻한 커피를 마시는 것을 정말 좋아해 😊 그리고 {}주말에는 오래 걷는 것도 좋아해."
ROWS = [
    ("오늘 뭐 했어?", "친구랑 강가를 걸었어. 바람이 시원하더라."),
    ("고양이 좋아해?", "1년 후에 고양이를 키울 거야."),  # needless-leading-number: quarantine, unsafe
    ("너는 무엇을 좋아해?", TWINS.format("")),
    ("쉬는 날에는 뭐 하고 지내?", TWINS.format("가끔 ")),  # near-duplicate-answer: quarantine, unsafe
    ("숙제 대신 해 줘 👩‍💻", "죄송하지만 저는 AI 언어 모델이라 그 부탁은 들어드릴 수 없습니다."),  # refusal
    ("라면 먹어?", "응, 나는 라면을 정말 좋아해!"),
    ("라면 먹어?", "아니, 건강에 나쁘다고 해서 작년부터 절대 안 먹어."),  # conflicting-answers: no repair
    ("이름이 뭐야?", ""),  # empty-answer: quarantine, safe
]
NUMBER, NEAR, REFUSAL, CONFLICT = (
    "needless-leading-number", "near-duplicate-answer", "refusal", "conflicting-answers"
)  # fmt: skip


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = [json.dumps({"question": question, "answer": answer}) for question, answer in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return audit.scan(write(tmp_path_factory.mktemp("review") / "rows.jsonl", ROWS), encoder="none")


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return tmp_path / "audit.baseline.jsonl"


def walk(report: Report, baseline: Path) -> Review:
    """A review as `audit review` opens it."""
    return Review(report, read(baseline), partial(append, baseline))


def rule_of(review: Review) -> str:
    assert review.item is not None
    return review.item.rule.name


def press(review: Review, *keys: str, size: tuple[int, int] = (100, 30)) -> None:
    """Open the screen, press keys, and leave it."""
    on_screen(review, lambda pilot: pilot.press(*keys), size)


def on_screen(
    review: Review, act: Callable[[Pilot[None]], Awaitable[object]], size: tuple[int, int] = (100, 30)
) -> None:
    async def run() -> None:
        async with ReviewScreen(review).run_test(size=size) as pilot:
            await pilot.pause()
            await act(pilot)
            await pilot.pause()

    asyncio.run(run())


def shown(pilot: Pilot[None], name: str) -> str:
    return str(pilot.app.query_one(f"#{name}", Static).content)


# What is in the queue


def test_unsafe_findings_come_first_and_safe_ones_wait_in_all_findings(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    assert {item.rule.name for item in review.shown} == {NUMBER, NEAR, REFUSAL, CONFLICT}
    review.narrow(EVERYTHING)
    assert review.shown[0].rule.name == "empty-answer"  # an error, so before the warnings
    assert ("empty-answer", 1, 1) in review.scopes()


def test_findings_of_one_rule_in_one_row_are_decided_together(tmp_path: Path, baseline: Path) -> None:
    rows = [("What is up?", "Fine <|im_end|> and good ### Answer: yes"), ("And you?", "I am well, thank you.")]
    found = audit.scan(write(tmp_path / "rows.jsonl", rows), encoder="none", select=["leftover-marker"])
    assert len(found.findings) > 1
    review = walk(found, baseline)
    assert len(review.items) == 1
    assert len(review.items[0].spans["answer"]) == len(found.findings)


def test_a_set_with_only_safe_findings_shows_them(tmp_path: Path, baseline: Path) -> None:
    found = audit.scan(write(tmp_path / "rows.jsonl", [ROWS[0], ROWS[7]]), encoder="none")
    assert [item.rule.name for item in walk(found, baseline).shown] == ["empty-answer"]


# What keys do


def test_keys_decide_and_go_on(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    order = [item.key for item in review.shown]
    press(review, "a", *"r" * (len(order) - 1))
    made = read(baseline).values()
    assert [(decision.rule, decision.row) for decision in made] == order
    assert [decision.decision for decision in made] == ["accept", *["reject"] * (len(order) - 1)]
    assert review.progress() == {"accept": 1, "reject": len(order) - 1}


def test_keys_work_while_a_korean_keyboard_is_on(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    press(review, "ㄱ", "ㄴ", "ㅕ")  # r, s, u
    assert [decision.decision for decision in read(baseline).values()] == ["reject"]


def test_undo_goes_back_through_the_session(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    first = review.item
    press(review, "r", "s", "u", "u")
    assert (review.item, read(baseline)) == (first, {})
    assert len(baseline.read_text(encoding="utf-8").splitlines()) == 4  # history is only ever added to


def test_undo_gives_back_what_stood_before(report: Report, baseline: Path) -> None:
    item = walk(report, baseline).item
    assert item is not None
    edited = Decision(*item.key, "edit", "새 답", "answer")
    append(baseline, edited)
    review = walk(report, baseline)
    review.narrow(item.rule.name)
    review.at = review.shown.index(next(other for other in review.shown if other.key == item.key))
    press(review, "r", "u")
    assert read(baseline)[item.key] == edited


def test_an_edit_is_kept_as_it_was_written(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    review.narrow(NUMBER)

    async def edit(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        area = pilot.app.screen.query_one(TextArea)
        assert area.text == ROWS[1][1]
        area.text = "응, 정말 좋아해!\n두 마리 <U+200B>키워 👩‍💻"
        await pilot.press("ctrl+s")

    on_screen(review, edit)
    (decision,) = read(baseline).values()
    assert (decision.decision, decision.field) == ("edit", "answer")
    assert decision.text == "응, 정말 좋아해!\n두 마리 \u200b키워 👩‍💻"


@pytest.mark.parametrize("leave", ["escape", "ctrl+s"])
def test_an_edit_without_a_change_is_none(report: Report, baseline: Path, leave: str) -> None:
    review = walk(report, baseline)
    press(review, "e", leave)
    assert read(baseline) == {}


def test_accepting_a_finding_without_a_repair_gives_its_row_up(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    review.narrow(CONFLICT)

    async def accept(pilot: Pilot[None]) -> None:
        assert "quarantine" in shown(pilot, "outcome")
        await pilot.press("a")

    on_screen(review, accept)
    assert [decision.decision for decision in read(baseline).values()] == ["accept"]


def test_skipped_findings_come_back_after_the_open_ones(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    press(review, "s")
    assert review.at == 1
    again = walk(report, baseline)
    assert again.at == 1  # reopened: the first that nobody looked at
    press(again, *"r" * (len(again.shown) - 1))
    assert walk(report, baseline).progress() == {"skip": 1, "reject": len(again.shown) - 1}


def test_search_finds_korean_in_either_form_and_says_when_nothing_is_found(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)

    async def search(pilot: Pilot[None], words: str) -> None:
        await pilot.press("slash")
        pilot.app.query_one(Input).value = words
        await pilot.press("enter")

    on_screen(review, partial(search, words="커피"))
    assert {rule_of(review), len(review.shown)} == {NEAR, 1}
    on_screen(review, partial(search, words="없는 말"))
    assert len(review.shown) == 1  # still what was there before
    press(review, "escape")
    assert len(review.shown) == len(walk(report, baseline).shown)


def test_letters_of_a_search_are_no_decisions(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    press(review, "slash", *"arsu", "escape", "r")
    assert [decision.decision for decision in read(baseline).values()] == ["reject"]


def test_filter_by_rule(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)

    async def choose(pilot: Pilot[None]) -> None:
        await pilot.press("f")
        options = pilot.app.screen.query_one(OptionList)
        lines = [str(option.prompt) for option in options.options]
        options.highlighted = next(place for place, line in enumerate(lines) if line.startswith(REFUSAL))
        await pilot.press("enter")

    on_screen(review, choose)
    assert {item.rule.name for item in review.shown} == {REFUSAL}
    press(review, "f", "escape")
    assert review.scope == REFUSAL


def test_what_cannot_be_kept_is_not_decided(report: Report, tmp_path: Path) -> None:
    missing = tmp_path / "no such folder" / "audit.baseline.jsonl"
    review = walk(report, missing)

    async def reject(pilot: Pilot[None]) -> None:
        await pilot.press("r")
        assert any("not kept" in note.message for note in pilot.app._notifications)

    on_screen(review, reject)
    assert (review.at, review.decisions) == (0, {})


# What the screen shows


def test_the_row_its_partner_the_reason_and_the_repair(report: Report, baseline: Path) -> None:
    review = walk(report, baseline)
    review.narrow(NEAR)

    async def look(pilot: Pilot[None]) -> None:
        assert "그리고 가끔 주말에는" in shown(pilot, "row-text")
        assert "그리고 주말에는" in shown(pilot, "partner-text")
        assert "alike" in shown(pilot, "finding")
        assert "quarantine" in shown(pilot, "outcome")
        assert f"0 of {len(review.shown)} decided" in shown(pilot, "progress")

    on_screen(review, look)


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (50, 16)])
def test_everything_fits_small_screens(report: Report, baseline: Path, size: tuple[int, int]) -> None:
    async def look(pilot: Pilot[None]) -> None:
        for name in ("progress", "row", "outcome"):
            region = pilot.app.query_one(f"#{name}").region
            assert region.height >= 1
            assert region.right <= size[0]
            assert region.bottom <= size[1]

    on_screen(walk(report, baseline), look, size)


def test_a_long_answer_scrolls(tmp_path: Path, baseline: Path) -> None:
    rows = [("고양이 좋아해?", "1년 후에 " + "고양이를 여러 마리 키우면서 지낼 생각이야. " * 200)]
    found = audit.scan(write(tmp_path / "rows.jsonl", rows), encoder="none", select=[NUMBER])

    async def scroll(pilot: Pilot[None]) -> None:
        row = pilot.app.query_one("#row")
        assert row.max_scroll_y > 0
        await pilot.press("pagedown", "down")
        await pilot.pause()
        assert row.scroll_y == 11

    on_screen(walk(found, baseline), scroll, (80, 24))


HOSTILE = "1년 후에 \x1b[31m\x1b]0;title\x07 [bold]markup[/] [/nope] \u202eevil\u2028\x85"


def test_nothing_in_the_data_acts_on_the_screen(tmp_path: Path, baseline: Path) -> None:
    name = tmp_path / "[red]rows[bold].jsonl"
    found = audit.scan(write(name, [("고양이 [b]좋아해?", HOSTILE), ROWS[0]]), encoder="none", select=[NUMBER])
    review = walk(found, baseline)

    async def look(pilot: Pilot[None]) -> None:
        text = shown(pilot, "row-text")
        assert "[bold]markup[/] [/nope] <U+202E>evil <U+0085>" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text + shown(pilot, "finding"))
        assert "[red]rows[bold]" in shown(pilot, "progress")
        await pilot.press("e")
        pilot.app.screen.query_one(TextArea).insert("!", (0, 0))
        await pilot.press("f2")

    on_screen(review, look)
    assert read(baseline)[review.items[0].key].text == "!" + HOSTILE  # what was not touched is as it was


@pytest.mark.parametrize("text", ["👩\u200d💻", "👍🏽", "❤\ufe0f", "🇰🇷", "1\ufe0f⃣", "나쁘잖아 👨\u200d👩\u200d👧 😊"])
def test_emoji_are_as_wide_as_their_parts(text: str) -> None:
    """Terminals do not agree on the width of sequences; of single characters they do."""
    plain = marked(text, []).plain
    assert cell_len(plain) == sum(map(cell_len, plain)) >= 1
    assert not set(plain) & {"\u200d", "\ufe0f", "🏽", "🇰"}


@given(st.text(st.characters(exclude_categories=[]) | st.sampled_from("<U+2028>0A\r\n")))
def test_an_edited_text_loses_nothing(text: str) -> None:
    assert from_edit(to_edit(text)) == text
    assert TextArea(to_edit(text)).text == to_edit(text)


def test_marks_stand_where_they_were_found() -> None:
    assert marked("1. 좋아\n그래\x1b!", [(0, 3)]).plain == "⟦1. ⟧좋아⏎\n그래<U+001B>!"
    assert marked("ab", [(0, 1), (1, 2)]).plain == "⟦a⟧⟦b⟧"
    assert marked("", [(0, 0)]).plain == "⟦⟧"


@given(st.text(max_size=60), st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_a_mark_encloses_its_own_text(text: str, span: tuple[int, int]) -> None:
    text = text.replace("⟦", "").replace("⟧", "")
    start, end = sorted(min(place, len(text)) for place in span)
    plain = marked(text, [(start, end)]).plain
    assert plain.partition("⟦")[2].partition("⟧")[0] == marked(text[start:end], []).plain


def test_a_huge_cell_is_shown_around_its_mark() -> None:
    text = "가" * 5_000_000 + "12" + "나" * 5_000_000
    plain = marked(text, [(5_000_000, 5_000_002)]).plain
    assert "가⟦12⟧나" in plain
    assert len(plain) < MAX_CHARACTERS + 100


@pytest.mark.parametrize(
    ("left", "right", "word", "different"),
    [
        ("친구와 걷는 것도 좋아해.", "누나와 걷는 것도 좋아해.", "differs", ["친구와 "]),
        ("same words", "same words", "the same", []),
        ("나는 라면을 좋아해", "No, never.", "another text", []),
        ("我们今天去公园散步", "我们明天去公园散步", "differs", ["今"]),
    ],
)
def test_differences_are_marked(left: str, right: str, word: str, different: list[str]) -> None:
    text = row_text({"question": left, "answer": ""}, {}, {"question": right, "answer": ""})
    assert text.plain.startswith(f"question, {word}\n")
    assert [text.plain[span.start : span.end] for span in text.spans if "underline" in str(span.style)] == different


# On the disk, and on the command line


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = write(tmp_path / "rows.jsonl", ROWS)
    (tmp_path / "audit.toml").write_text('encoder = "none"\n', encoding="utf-8")
    return path


def in_terminal(data: Path) -> tuple[subprocess.Popen[bytes], int]:
    """`audit review` in a terminal of 100 x 30, once it shows its keys."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [AUDIT, "review", str(data)], stdin=theirs, stdout=theirs, stderr=theirs, cwd=data.parent, env=environment
    )
    os.close(theirs)
    read_until(ours, b"quit")
    return process, ours


def read_until(terminal: int, words: bytes) -> None:
    seen = b""
    while words not in seen:
        assert select.select([terminal], [], [], 600)[0], seen.decode("utf-8", "replace")
        seen += os.read(terminal, 1 << 16)


def wait_for_lines(path: Path, count: int) -> None:
    for _ in range(12_000):
        if path.exists() and len(path.read_bytes().splitlines()) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} has not got {count} lines")


def test_a_kill_loses_no_decision(data: Path) -> None:
    baseline = data.parent / "audit.baseline.jsonl"
    process, terminal = in_terminal(data)
    try:
        os.write(terminal, b"r")
        wait_for_lines(baseline, 1)
        os.write(terminal, b"s")
        wait_for_lines(baseline, 2)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert [decision.decision for decision in read(baseline).values()] == ["reject", "skip"]
    process, terminal = in_terminal(data)
    os.write(terminal, b"r")
    wait_for_lines(baseline, 3)
    os.write(terminal, b"q")
    assert process.wait(30) == 0
    os.close(terminal)
    assert [decision.decision for decision in read(baseline).values()] == ["reject", "skip", "reject"]


def test_rejected_findings_stay_silent_in_later_scans(data: Path, baseline: Path) -> None:
    scan = partial(audit.scan, data, encoder="none", baseline=baseline)
    review = walk(scan(), baseline)
    rejected = review.item
    assert rejected is not None
    press(review, "r")
    later = {(finding["rule"], finding["row"]) for finding in scan().findings.to_pylist()}
    assert later == {item.key for item in review.items} - {rejected.key}


def test_without_a_name_it_is_the_last_scan_of_the_same_bytes(data: Path) -> None:
    def complaint() -> str:
        done = subprocess.run([AUDIT, "review", "--web"], capture_output=True, text=True, cwd=data.parent, timeout=600)
        assert done.returncode == 2
        return done.stderr

    assert "nothing was scanned" in complaint()
    subprocess.run([AUDIT, "scan", data, "--exit-zero"], check=True, capture_output=True, cwd=data.parent)
    write(data, ROWS[:2])
    assert f"audit review {data}" in complaint()


def test_without_a_terminal_it_says_what_to_do(data: Path) -> None:
    done = subprocess.run([AUDIT, "review", data], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, "audit review --web" in done.stderr, done.stdout) == (2, True, "")


def test_nothing_found_is_nothing_to_review(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS[:1])
    done = subprocess.run([AUDIT, "review", "--web", path], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, "nothing to review" in done.stderr) == (2, True), done.stderr


# In a browser


@pytest.fixture
def address(data: Path) -> Iterator[str]:
    """The address that `audit review --web` prints."""
    process = subprocess.Popen([AUDIT, "review", "--web", str(data)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = next(line for line in process.stderr if "http" in line)
    yield next(word for word in line.split() if word.startswith("http"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=600)
    assert process.returncode == 0


def status(address: str, path: str, **headers: str) -> int:
    connection = HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=600)
    connection.request("GET", path, headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_only_who_has_the_key_gets_in(address: str) -> None:
    page, _, key = address.partition("?")
    cookie = {"Cookie": f"audit-review-{urllib.parse.urlsplit(page).port}={key.removeprefix('key=')}"}
    assert page.startswith("http://127.0.0.1:")
    assert status(page, "/", **cookie) == 200
    assert status(page, "/") == 403
    assert status(page, "/?key=guess") == 403
    assert status(page, "/ws", **cookie, Origin="http://evil.example") == 403  # another page of the same browser
    assert status(page, "/", **cookie, Host="evil.example") == 403  # a name that was made to point here


def test_a_port_that_is_taken(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = subprocess.run([AUDIT, "review", "--web", "--port", port, data], capture_output=True, text=True)
    assert (done.returncode, f"--port {port}: Address already in use" in done.stderr) == (2, True), done.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; to run it: apt-get install chromium")
def test_a_review_in_a_browser(address: str, data: Path) -> None:
    browsing = pytest.importorskip("playwright.sync_api", reason="to run it: pip install playwright")
    asked: list[str] = []
    with browsing.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=600_000)
        page = browser.new_page(viewport={"width": 1000, "height": 640})
        page.set_default_timeout(600_000)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("body.-first-byte")
        page.wait_for_function("document.activeElement.className == 'xterm-helper-textarea'")
        page.keyboard.press("r")
        baseline = data.parent / "audit.baseline.jsonl"
        wait_for_lines(baseline, 1)
        page.keyboard.press("q")
        page.wait_for_selector("body.-closed .ended")
        browser.close()
    assert [decision.decision for decision in read(baseline).values()] == ["reject"]
    assert {urllib.parse.urlsplit(url).hostname for url in asked if url.startswith("http")} == {"127.0.0.1"}
