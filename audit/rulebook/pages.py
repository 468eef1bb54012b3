"""Pages to rules: reads `rules/<family>/<rule-name>.md` and checks each page against its detector."""

from __future__ import annotations

import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from markdown_it import MarkdownIt

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Fact, Observations, Severity
from audit.nouns.verdicts import Place
from audit.rulebook import outside

LARGEST = 2**31  # what a threshold stays below, so that it fits wherever numbers have a size
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LEFT_OUT = "left-out"  # name of the one fact of a rule that could not run
PAGE_KEYS = {"severity", "repair", "safe", "off", "effect", "detector", "subject", "settings"}
FAILURE_KEYS = {"phrase", "place", "worthless", "begins", "leads-to"}  # see audit.rulebook.failures

Subject = Literal["rows", "recipe", "generations"]
RUN_BY: dict[Subject, str] = {"rows": "audit scan", "recipe": "audit recipe check", "generations": "audit diagnose"}
ASKS_FOR: dict[str, Subject] = {  # what only one kind of rule is handed, by parameter name
    "generations": "generations",
    "recipe": "recipe",
    "recipes": "recipe",
    "tokenizer": "recipe",
}


@dataclass(frozen=True)
class Example:
    """A jsonl block of a page, or a toml block with the blocks that belong to it.

    `section` is the heading above it (flagged, after-clean, mended, left-alone), `findings` is how many findings it
    must give. `sample` names the sample set that the rows are added to. `recipes` are texts of recipe.toml, and
    `tokenizer` names the small tokenizer of tests/small_tokenizers.py that reads them.
    """

    section: str
    rows: tuple[dict[str, Any], ...]
    findings: int
    line: int
    sample: str = ""
    recipes: tuple[str, ...] = ()
    tokenizer: str = ""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How answers may begin, so that the probability of it can be computed.

    `phrase`: what it is the probability of ("an answer begins with a digit"). `token`: a regular expression that the
    first token matches at its start, or the one after a blank token.
    """

    name: str
    phrase: str
    token: str


@dataclass(frozen=True)
class Rule:
    """One page of the rulebook and the function that it describes.

    Of a failure the page says `phrase`, `place` and `worthless`, as in Failure; `begins` is how answers that show it
    begin; `leads_to`: the places or failures that a fault of a recipe leads to.
    `off`: whether it runs only where it is named. `effect`: what training on such rows does, as a clause.
    `home`: the folder of rules that it comes from, if it is not one of ours.
    """

    name: str
    family: str
    title: str
    severity: Severity
    repair: str
    safe: bool
    settings: Mapping[str, Any]
    detect: Callable[..., Observations]
    page: str
    subject: Subject = "rows"
    examples: tuple[Example, ...] = field(default=(), repr=False)
    phrase: str = ""
    place: Place = "whole"
    worthless: bool = False
    begins: Beginning | None = None
    leads_to: tuple[str, ...] = ()
    off: bool = False
    effect: str = ""
    home: Path | None = None

    @property
    def outside(self) -> bool:
        """Whether it is not one of ours, so that its detector may do what it likes."""
        return self.home is not None

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the detector asks for, by parameter name."""
        return tuple(p.name for p in inspect.signature(self.detect).parameters.values() if p.kind is not p.KEYWORD_ONLY)

    def observe(self, **given: Any) -> Observations:
        """What the detector says when it is handed what it asks for, with the settings of this rule."""
        found = self.detect(*(given[name] for name in self.inputs), **self.settings)
        return self._guarded(found) if self.outside else found

    def _guarded(self, found: Observations) -> Observations:
        """All that a detector of others sees or, where it fails, the one fact that it did; the other rules go on."""
        try:
            yield from list(found)
        except Exception as error:  # noqa: BLE001 - code of others: what it may raise, nobody knows
            yield Fact(LEFT_OUT, f"is left out, as its detector failed: {outside.told(error)}")

    @property
    def help(self) -> str:
        """What the page says before its examples, without title and settings: what the rule means, why it hurts."""
        prose = re.split(r"^## (?:Flagged|Left alone|After clean|Mended)\b", self.page, maxsplit=1, flags=re.MULTILINE)[
            0
        ]
        return re.sub(r"\A# [^\n]*\n|^```toml\n.*?^```\n+", "", prose, flags=re.MULTILINE | re.DOTALL).strip()

    @property
    def all_settings(self) -> dict[str, Any]:
        """Every setting with the value it runs with."""
        return {**_defaults(self.detect), **self.settings}

    @property
    def row_wise(self) -> bool:
        """Whether the detector looks at one row at a time and may be handed any slice."""
        return self.inputs == ("corpus",)

    @property
    def compares(self) -> bool:
        """Whether the detector holds rows against one another, which takes memory."""
        return not {"corpus", "engine"}.issuperset(self.inputs)

    def with_settings(self, changes: Mapping[str, Any], where: str) -> Rule:
        """The same rule with some settings changed; an unknown one is an AuditError that says `where`."""
        checked = self.all_settings
        for key, value in changes.items():
            if key not in checked:
                raise AuditError(
                    f"{where}: rule {self.name} has no setting {key!r}; it has: {', '.join(checked) or 'none'}"
                )
            _check_type(value, checked[key], f"{where}: {self.name}.{key}")
        return replace(self, settings={**self.settings, **changes})


def rulebook() -> dict[str, Rule]:
    """All rules by name, in the order of family and name; then those from outside."""
    return _rulebook(outside.named())[0]


def left_out() -> tuple[str, ...]:
    """A sentence for each package whose rules, or some of them, could not be read."""
    return _rulebook(outside.named())[1]


@cache
def _rulebook(_named: tuple[Path, ...]) -> tuple[dict[str, Rule], tuple[str, ...]]:
    rules = {rule.name: rule for rule in map(read_page, _pages())}
    notes = []
    for place in outside.places():
        if isinstance(place, str):
            notes.append(place)
            continue
        try:
            for path in place.pages():
                if path.stem in rules:
                    raise AuditError(f"{path}: there is a rule {path.stem} already; call this one otherwise")
                rules[path.stem] = read_page(path, place)
        except AuditError as error:
            if not place.package:
                raise
            notes.append(f"rules of {place.package} are left out: {error}")
    return rules, tuple(notes)


def choose(
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    where: object = "settings",
    subject: Subject = "rows",
) -> list[Rule]:
    """The rules of one subject to run: those selected (all that are not off, if none are named) less those ignored.

    Names are those of rules or families; a rule that is off has to be named itself. `settings` maps a rule to what is
    changed; a mistake in them is an AuditError that says `where` they stand. They and `ignore` may name rules of every
    subject: one settings file serves all commands. A selected name that has no rule of the subject is an AuditError.
    """
    changes = settings or {}
    _named(changes, str(where))
    rules = {
        name: rule.with_settings(changes[name], str(where)) if name in changes else rule
        for name, rule in rulebook().items()
    }
    chosen = _selected(select, subject) if select else set(rules)
    chosen -= {name for name, rule in rules.items() if rule.off and name not in select}
    chosen -= _named(ignore, "ignore")
    return [rule for name, rule in rules.items() if name in chosen and rule.subject == subject]


def _selected(names: Sequence[str], subject: Subject) -> set[str]:
    """The rules that these names stand for; each name must have one of the subject."""
    chosen: set[str] = set()
    for name in names:
        found = _named([name], "select")
        if all(rulebook()[rule].subject != subject for rule in found):
            other = rulebook()[min(found)].subject
            raise AuditError(
                f"select: {name} looks at {_phrase(other)}, not at {_phrase(subject)}; {RUN_BY[other]} runs it"
            )
        chosen |= found
    return chosen


def _phrase(subject: Subject) -> str:
    return "a recipe" if subject == "recipe" else subject


def fingerprints(rules: Iterable[Rule]) -> dict[str, str]:
    """For each rule from outside what tells its page and its detector from others."""
    found = {}
    for rule in rules:
        if rule.outside:
            code = rule.detect.source if isinstance(rule.detect, outside.FromFile) else ""
            found[rule.name] = sha256(f"{rule.page}\0{code}".encode()).hexdigest()[:16]
    return found


def find_rule(name: str) -> Rule:
    """The rule of this name; an unknown name is an AuditError that says which is nearest."""
    names = _named([name], "rule")
    if name not in names:
        raise AuditError(f"{name!r} is a family; its rules are: {', '.join(sorted(names))}")
    return rulebook()[name]


def _named(names: Iterable[str], where: str) -> set[str]:
    """The names of rules that these names of rules and families stand for."""
    rules = rulebook()
    families: dict[str, set[str]] = {}
    for rule in rules.values():
        families.setdefault(rule.family, set()).add(rule.name)
    found: set[str] = set()
    for name in names:
        if name not in rules and name not in families:
            known = [*rules, *families]
            near = get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            raise AuditError(f"{where}: no rule or family is called {name!r}; {hint} (see audit rules)")
        found |= {name} if name in rules else families[name]
    return found


def _pages() -> Iterator[Path]:
    root = Path(str(files("audit.rules")))
    yield from sorted(root.glob("*/*.md"))


def read_page(path: Path, place: outside.Place | None = None) -> Rule:
    """One page as a rule; a page that does not fit its detector is an AuditError with file and line.

    `place`: where a page from outside lies.
    """
    try:
        return _read_page(path, place)
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise AuditError(f"{path}: this is no page of a rule: {outside.told(error)}") from None


def _read_page(path: Path, place: outside.Place | None) -> Rule:
    if not NAME.fullmatch(path.stem):
        raise AuditError(f"{path}: a rule is named in small letters, digits and hyphens, like its page")
    text = path.read_text(encoding="utf-8")
    tokens = MarkdownIt().parse(text)
    head = next((t for t in tokens if t.type == "fence" and t.info.strip() == "toml"), None)
    if head is None or head.map is None:
        raise AuditError(f"{path}: a rule page needs a toml block with severity and repair")
    first_line = head.map[0] + 2
    options = tomllib.loads(head.content)
    known = PAGE_KEYS | FAILURE_KEYS
    for key in options.keys() - known:
        where = f"{path}:{_line_of(key, head.content, first_line)}"
        raise AuditError(f"{where}: unknown key {key!r}; a page has: {', '.join(sorted(known))}")
    repair = options.get("repair", "")
    if repair and not find_spec(f"audit.repairs.{repair.replace('-', '_')}"):
        raise AuditError(f"{path}:{_line_of('repair', head.content, first_line)}: no repair is called {repair!r}")
    detect = _detector(str(options.get("detector", "")), path, place)
    subject = options.get("subject") or _subject(detect)
    if subject not in get_args(Subject):
        where = f"{path}:{_line_of('subject', head.content, first_line)}"
        raise AuditError(f"{where}: no subject is called {subject!r}; there are: {', '.join(get_args(Subject))}")
    rule = Rule(
        name=path.stem,
        family=_family(path, place),
        title=next(t.content for t in tokens[tokens.index(_heading(tokens, path)) + 1 :] if t.type == "inline"),
        severity=Severity(options["severity"]),
        repair=repair,
        safe=bool(options.get("safe", False)),
        settings={},
        detect=detect,
        page=text,
        subject=subject,
        examples=tuple(_examples(tokens)),
        off=bool(options.get("off", False)),
        effect=str(options.get("effect", "")),
        home=place.folder if place else None,
        **_failure(options, subject, lambda key: f"{path}:{_line_of(key, head.content, first_line)}"),
    )
    settings = options.get("settings", {})
    for key in settings:
        rule.with_settings({key: settings[key]}, f"{path}:{_line_of(key, head.content, first_line)}")
    check = getattr(sys.modules.get(detect.__module__), "mistake", None)  # what else may be wrong with the settings
    if check and (wrong := check(**{**_defaults(detect), **settings})):
        raise AuditError(f"{path}:{_line_of(wrong[0], head.content, first_line)}: {wrong[1]}")
    return replace(rule, settings=settings)


def _family(path: Path, place: outside.Place | None) -> str:
    """The folder of the page; of one right in a folder of rules, what the package or the folder is called."""
    right_in = place is not None and path.parent == place.folder
    return (place.package or place.folder.name) if place and right_in else path.parent.name


def _failure(options: Mapping[str, Any], subject: Subject, where: Callable[[str], str]) -> dict[str, Any]:
    """What a page says of a failure. `where`: the place of a key, for what is wrong with it."""
    phrase, place, leads = options.get("phrase", ""), options.get("place", "whole"), options.get("leads-to", [])
    if not isinstance(phrase, str) or (subject == "generations" and not phrase):
        raise AuditError(f"{where('phrase')}: phrase says what outputs that show it do, such as 'repeat themselves'")
    if place not in get_args(Place):
        raise AuditError(f"{where('place')}: no place is called {place!r}; there are: {', '.join(get_args(Place))}")
    if not isinstance(leads, list) or not all(isinstance(name, str) for name in leads):
        raise AuditError(f"{where('leads-to')}: leads-to is a list of places and failures; found {leads!r}")
    begins = options.get("begins")
    return {
        "phrase": phrase,
        "place": place,
        "worthless": bool(options.get("worthless", False)),
        "begins": None if begins is None else _beginning(begins, where("begins")),
        "leads_to": tuple(leads),
    }


def _beginning(plain: Any, where: str) -> Beginning:
    names = [part.name for part in fields(Beginning)]
    if not isinstance(plain, Mapping) or sorted(plain) != sorted(names) or not all(map(_is_text, plain.values())):
        raise AuditError(f"{where}: begins is a table of the texts {', '.join(names)}; found {plain!r}")
    try:
        re.compile(plain["token"])
    except re.error as error:
        raise AuditError(f"{where}: token is no regular expression: {error}") from None
    return Beginning(**plain)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _detector(name: str, page: Path, place: outside.Place | None) -> Callable[..., Observations]:
    """The function that a page describes: at the page's own path, or at that of the rule that the page names."""
    ours = next((other for other in _pages() if other.stem == name), None if place else page)
    if ours is not None or name == "pattern":
        stem = outside.stem_of(ours) if ours else name
        module = import_module(f"audit.detectors.{ours.parent.name}.{stem}" if ours else f"audit.detectors.{stem}")
        detect: Callable[..., Observations] = getattr(module, stem)
        return detect
    file = page.with_name(f"{(name or page.stem).replace('-', '_')}.py")
    if not NAME.fullmatch(name or page.stem) or not file.is_file():
        raise AuditError(
            f'{page}: it needs a detector: {file.name} beside it, detector = "pattern", or that of another rule'
        )
    return outside.from_file(file)


def _heading(tokens: list[Any], path: Path) -> Any:
    """The end of the page's title; the sentence below it is the rule in one line."""
    for token in tokens:
        if token.type == "heading_close" and token.tag == "h1":
            return token
    raise AuditError(f"{path}: a rule page begins with '# {path.stem}'")


def _examples(tokens: list[Any]) -> Iterator[Example]:
    """Examples by the heading above them; one begins at a block that says its number of findings.

    "```jsonl 3 findings", "```jsonl 2 findings in korean-persona", "```toml 1 findings", "```toml 1 findings by bpe".
    To a toml block belong the "```toml too" (one more recipe) and "```jsonl rows" (its rows) that follow.
    """
    section = ""
    open_example: Example | None = None
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and before is not None and before.type == "heading_open":
            section = token.content.strip().lower().replace(" ", "-")
        words = token.info.split() if token.type == "fence" else []
        if words[1:] == ["too"] and open_example:
            open_example = replace(open_example, recipes=(*open_example.recipes, token.content))
        elif words[1:] == ["rows"] and open_example:
            open_example = replace(open_example, rows=_rows(token.content))
        elif words[:1] == ["jsonl"] or (words[:1] == ["toml"] and words[2:3] == ["findings"]):
            if open_example:
                yield open_example
            open_example = _example(section, words, token)
    if open_example:
        yield open_example


def _example(section: str, words: list[str], token: Any) -> Example:
    named = dict(zip(words[3::2], words[4::2], strict=False))  # in SAMPLE, by TOKENIZER
    return Example(
        section,
        rows=_rows(token.content) if words[0] == "jsonl" else (),
        findings=int(words[1]) if len(words) > 1 else 0,
        line=token.map[0] + 1,
        sample=named.get("in", ""),
        recipes=(token.content,) if words[0] == "toml" else (),
        tokenizer=named.get("by", ""),
    )


def _rows(jsonl: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in jsonl.splitlines() if line.strip())


def _subject(detect: Callable[..., Observations]) -> Subject:
    """What a detector looks at, by the names of its inputs."""
    asked = inspect.signature(detect).parameters
    return next((subject for name, subject in ASKS_FOR.items() if name in asked), "rows")


def _defaults(detect: Callable[..., Observations]) -> dict[str, Any]:
    parameters = inspect.signature(detect).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def _check_type(value: Any, default: Any, where: str) -> None:
    wanted = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise AuditError(f"{where} must be {type(default).__name__}, like {default!r}; found {value!r}")
    if isinstance(value, int | float) and not -LARGEST < value < LARGEST:  # nan is neither above nor below
        raise AuditError(f"{where} must be a number, like {default!r}; found {str(value)[:20]}")


def _line_of(key: str, toml: str, first_line: int) -> int:
    lines = toml.splitlines()
    return first_line + next((i for i, line in enumerate(lines) if line.split("=")[0].strip() == key), 0)
