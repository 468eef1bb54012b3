"""Answers that stop in the middle."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from audit.corpus import Corpus
from audit.passages import FENCE, both_forms, composed, matching
from audit.types import Finding, Observations

# Words that another word has to follow.
NEVER_LAST = (
    r"the|and|or|nor|because|although|whereas|my|your|our|their|such as|due to|because of|as well as|in order to"
    r"|according to"
)
NEVER_LAST_KOREAN = (
    r"그리고|하지만|그러나|그러므로|따라서|또한|또는|혹은|및|왜냐하면|예를 들어|예를 들면|뿐만 아니라|(?:을"
    r"|를) 위한|(?:을|를) 통한"
    r"|에 대한|에 관한|에 따른|에 의한|로 인한"
)
# Words that may end a chat message, but not the last sentence of an answer that punctuates its others.
SELDOM_LAST = (
    r"of|with|for|to|from|by|is|are|was|were|that|which|who|but|if|when|while|at|into|than|as|its|his|an|a|in|on"
    r"|has|have|can|will|be|not|also"
)
SELDOM_LAST_KOREAN = (
    r"때문에|위해|위하여|통해|따라|대해|인해|있는|하는|되는|같은|라는|하며|되며|으며|이며|면서|하고|되고|있고|이고"
    r"|하여|되어|에서|에게|으로|부터|들의|들은|들이|것은|것이|를"
)
WORTH_A_LOOK = both_forms(
    r"[,;、，:：]\**\s*\z|(?:습|입|합|됩)니\s*\z|\s\"[\pL\pN][^\"]*\z"
    r"|```|[(（“‘「『][^)）”’」』]*\z|\n[ \t]*(?:\(?\d{1,3}[.)]|[-*•])\s*\z"
    rf"|\s(?i:{NEVER_LAST}|{SELDOM_LAST})\s*\z|\s(?:{NEVER_LAST_KOREAN})\s*\z|(?:{SELDOM_LAST_KOREAN})\s*\z"
    r"|\.[\"'”’)]*[ ][^.!?…\n]*[\pL\pN]-?\s*\z"
)
ENDS_BARE = re.compile(r"[^\W_]-?\Z")  # in a letter or digit: nothing marks the end
SENTENCE = re.compile(r"[^.!?。\n]{5,}[.!?。][\"'”’)]*(?=\s|\Z)")
BARE_ITEM = re.compile(r"\n[ \t]*(?:\(?\d{1,3}[.)]|[-*•])\Z")
CODE = re.compile(r"[=_{}<>\\\[\]]|\w\(")
LINK_OR_TAG = re.compile(r"https?:|www\.|\w@\w|#\w")
SIGN_OFF = re.compile(
    r"regards|sincerely|love|yours|thanks|thank you|wishes|cheers|respectfully|드림|올림", re.IGNORECASE
)
PAIRS = {"(": ")", "（": "）", "“": "”", "「": "」", "『": "』"}
KOREAN_ENDING = re.compile(
    r"[다요까죠네지야어아해음함임됨니나래게걸군구라봐줘돼써워와둬려듯중자든데고서면][ㅋㅎㅠㅜ]*\Z|[ㄱ-ㅣ]\Z"
)
ASKED_FOR = re.compile(
    r"complete|continue|finish|fragment|half|first (?:line|sentence|word)|opening|article|conjunction|preposition"
    r"|\bwords?\b|phrase|prefix|\btitle|headline"
    r"|blank|autocomplet|punctuat|comma\b|colon|salutation|greeting"
    r"|이어|완성|접속사|조사|단어|빈칸|첫 ?(?:문장|줄|마디)|제목|어미|구두점|쉼표|콤마|콜론|인사말",
    re.IGNORECASE,
)
PROSE = 200  # columns of punctuated text after which an unpunctuated end is no matter of chat style

Sign = tuple[str, str, str]  # why, what is said of it, the text to mark


def cut_off_answer(corpus: Corpus) -> Observations:
    """Answers with a sign that more was to come: a word or mark that cannot be last, or something left open."""
    for position, answer in matching(corpus, "answer", WORTH_A_LOOK):
        text = unicodedata.normalize("NFC", answer).rstrip("\u200b\ufeff \t\r\n")
        sign = next((sign for look in LOOKS if (sign := look(text))), None)
        if sign is None or (
            sign[0] not in ("open-fence", "bare-item") and ASKED_FOR.search(composed(corpus, "question", position))
        ):
            continue
        because, said, mark = sign
        bare = answer.rstrip("\u200b\ufeff \t\r\n")
        start = bare.rfind(mark) if because.startswith("open-") else max(bare.rfind(" "), bare.rfind("\n")) + 1
        score = 0.7 if because == "broken-off" else 0.9
        yield Finding(position, f"the answer {said}", score, because, span=(max(start, 0), len(bare)))


def _open_fence(text: str) -> Sign | None:
    fences = re.findall(r"^[ \t]*```", text, re.MULTILINE)
    return ("open-fence", "ends inside a code block", "```") if len(fences) % 2 else None


def _open_list(text: str) -> Sign | None:
    found = BARE_ITEM.search(text)
    return ("bare-item", f"ends with the empty list item {found[0].strip()!r}", "") if found else None


def _dangling_mark(text: str) -> Sign | None:
    """A comma or colon after a line of words; letters close with `Yours sincerely,`."""
    line = text.rpartition("\n")[2].rstrip("*")
    if not line.endswith((",", ";", "、", "，", ":", "：")) or not line[:-1].rstrip()[-1:].isalnum():
        return None
    words = line.split()
    needed = 3 if re.search("[가-힣]", line) else 5
    if len(words) < needed or "#" in line or SIGN_OFF.search(line):
        return None
    return "dangling-mark", f"ends with {line[-1]!r} after {words[-1][:-1]!r}", ""


def _dangling_word(text: str) -> Sign | None:
    if not ENDS_BARE.search(text):
        return None
    strict = re.search(rf"\s({NEVER_LAST}|{NEVER_LAST_KOREAN})\Z", text)
    loose = re.search(rf"(?:\s(?:{SELDOM_LAST})|[가-힣 ](?:{SELDOM_LAST_KOREAN}))\Z", text)
    if re.search(r"[습입합됩]니\Z", text):
        return "dangling-word", f"ends with {text.rsplit(maxsplit=1)[-1]!r}, a verb without its end", ""
    listed = re.fullmatch(r"(?:\S+,\s+)+(?:and |or )?\S+", text)  # "a, an, and the"
    if (strict and len(text.split()) >= 4 and not listed) or (loose and SENTENCE.search(text) and _fragment(text)):
        return "dangling-word", f"ends with {text.rsplit(maxsplit=1)[-1]!r}, which another word has to follow", ""
    return None


def _open_bracket(text: str) -> Sign | None:
    """A bracket or quotation that opens in the last sentence and never closes; `:(` and `;(` are faces."""
    line = FENCE.sub("", text).rpartition("\n")[2]
    quote = re.search(r"(?<=\s)\"(?=[^\W_])[^\"]*\Z", line)
    if quote and text.count('"') % 2 and ENDS_BARE.search(text):
        return "open-quote", f"ends inside {quote[0][:20]!r}", '"'
    for opening, closing in PAIRS.items():
        at = line.rfind(opening)
        inside = line[at + 1 :]
        is_open = at > 0 and line.count(opening) > line.count(closing) and closing not in inside
        if is_open and line[at - 1] not in ":;=" and ENDS_BARE.search(text) and re.match(r"[^\W_]", inside):
            return "open-bracket", f"ends inside {line[at : at + 20]!r}", opening
    return None


def _broken_off(text: str) -> Sign | None:
    """Long prose that ends every sentence with a full stop, but not the last."""
    fragment = _fragment(text)
    wide = len(text) + len(re.findall("[가-힣]", text))
    if wide < PROSE or len(fragment.split()) < 2 or len(SENTENCE.findall(text)) < 2 or not ENDS_BARE.search(text):
        return None
    if KOREAN_ENDING.search(text) or LINK_OR_TAG.search(fragment) or re.match(r"[\W_]", fragment):
        return None
    return "broken-off", f"stops in the middle of a sentence, at {' '.join(text.split()[-3:])!r}", ""


def _fragment(text: str) -> str:
    """What follows the last full stop of the last line; "" where that is code or the line has none, as in lists."""
    line = text.rpartition("\n")[2]
    ends = [found.end() for found in re.finditer(r"(?<=[^\W\d_])[.。][\"'”’)]*(?=\s)", line)]
    fragment = line[ends[-1] :].strip() if ends else ""
    return "" if CODE.search(fragment) else fragment


LOOKS: tuple[Callable[[str], Sign | None], ...] = (
    _open_fence,
    _open_list,
    _dangling_mark,
    _dangling_word,
    _open_bracket,
    _broken_off,
)
