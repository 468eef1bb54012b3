"""Whether a Korean text can stop where it stops.

A Korean sentence ends in a verb, and a verb in one of few syllables; but chat ends in nouns and particles too
("학교 앞에서", "방법 좀"). So a bare particle counts only where a clause before it waits for its verb, and a noun only
in a long sentence. All texts are in NFC.
"""

from __future__ import annotations

import re

SYLLABLE = re.compile("[가-힣]")
ENDING = re.compile(
    r"[다요까죠네지야어아해음함임됨옴춤림니나래대애게걸군구라봐줘돼써워와둬려듯중자든데고서면며기][ㅋㅎㅠㅜ]*\Z"
    r"|[ㄱ-ㅣ]\Z"
)
# Syllables that are a word and may stand last: verbs, nouns that count or bind, adverbs, and nouns of daily use.
LAST_ALONE = set(
    "너나해돼봐줘가와자사타써서꺼켜펴쳐커놔둬차나내대매배깨빼좀뭐더덜못안잘다왜응네예참꼭막또곧늘데날곳분명법밤집길것거게걸개때중"
    "편수일밥술물꿈끝뿐듯척줄적채통후뒤앞옆위속밖곁쪽점번년월시원권잔병장마리말글책옷빵꽃봄눈비별달손발몸맘힘땀돈차산강"
    "답죄벌독약꿀짱굿킹갓망꽝헐앗아오어음흠흥칫쯧팀반방문창벽층역길섬숲불흙돌금은철옥색맛향소닭콩쌀떡죽국탕찜면김파무배"
    "귤감밤쌈회게골승패컵공춤곡시극영한왕신님씨형딸놈년애팬"
)
STEM_ONLY = {5, 6, 13, 14, 15, 20, 27}  # final consonants ㄵ ㄶ ㄾ ㄿ ㅀ ㅆ ㅎ, in the order of Unicode (section 3.12)
HALF_FORMAL = re.compile(r"(?:[가-힣]으|[습입합됩갑옵봅납십]니|[가-힣]기 때)\Z")  # -으면, -ㅂ니다, -기 때문에
NEVER_LAST = re.compile(
    r"\s(?:그리고|하지만|그러나|그러므로|따라서|또한|또는|혹은|및|왜냐하면|예를 들어|예를 들면|뿐만 아니라)\Z"
    r"|(?:[을를] (?:위한|통한)|에 (?:대한|관한|따른|의한)|로 인한)\Z"
)
SELDOM_LAST = re.compile(
    r"(?:때문에|위해|위하여|통해|따라|대해|인해|있는|하는|되는|같은|라는|하며|되며|으며|이며|면서|하고|되고|있고|이고"
    r"|하여|되어|에서|에게|으로|부터|들의|들은|들이|것은|것이|[가-힣]를)\Z"
)
ADNOMINAL = re.compile(r"(?:\d|는|던|은|운|한|된|진|인|간|온|난|할|될|갈|올|을)\Z")
CONNECTIVE = re.compile(r"(?:고|면서|다가|[아어해려라와]서|는데|은데|면|다음에?|뒤에|후에|거나|지만|니까|며|도록)\Z")
OBJECT = re.compile(r"[가-힣](?:를|(?<![마가노])을)\Z")
CASE = re.compile(r"[가-힣](?:를|(?<![마가노])을|에서|에게|한테|으로)\Z")
ASKED_CASES = (  # a question, and the particles that its answer may end in
    (re.compile("뭐|뭘|무엇|무슨|어떤|어느|누구|어디"), ("을", "를")),
    (re.compile("어디"), ("에서", "으로")),
    (re.compile("어떻게|뭐로|뭘로|무엇으로|무슨|어느|어떤"), ("으로",)),
    (re.compile("누구|누가"), ("에게", "한테")),
)
# After a sentence that is closed in the formal style, what nobody breaks off at: particles and endings of a clause.
CLOSED_FORMALLY = re.compile(r"(?:[가-힣]다|세요|[아어해예에]요)[.。]\Z")
GOES_ON = re.compile(
    r"(?:[가-힣](?:는|지만|므로|며)|[했하되이있없않]고|(?:으|하|되|이)면|(?:[아어]|해|하여)서|하려고|(?<![회강주합정논문예])의"
    r"|(?:들|것)(?:이|은|과)|(?<![대회문])화가)\Z"
)
LONG = 100  # syllables and other letters of text before, after which a bare end is no matter of style
LEAST_CLAUSE, LEAST_OF_A_HALF_WORD, LEAST_AFTER_A_SENTENCE = 4, 5, 8  # words


def is_half_a_word(text: str) -> bool:
    """Whether the last syllable is the stem of a verb, or half of -ㅂ니다: no word ends so."""
    last = ord(text[-1]) - 0xAC00
    stem = 0 <= last < 11172 and last % 28 in STEM_ONLY and text[-1] != "읗"
    return len(text.split()) >= 3 and (stem or HALF_FORMAL.search(text) is not None)


def needs_another_word(text: str, *, in_prose: bool) -> bool:
    """Whether the last word cannot be the last; `in_prose`: the text has closed a sentence before."""
    if len(text.split()) >= 4 and NEVER_LAST.search(text):
        return True
    return in_prose and SELDOM_LAST.search(text) is not None


def unclosed(last: str, before: str) -> float:
    """How sure it is, from 0 to 1, that the last sentence goes on, as it is bare; `before`: what stands before it."""
    words = last.split()
    formal = len(words) >= 2 and CLOSED_FORMALLY.search(before) is not None
    if formal and (GOES_ON.search(last) or (_is_no_word(words) and not ENDING.search(last))):
        return 0.6
    if ENDING.search(last) and not CASE.search(last):
        return 0.0
    if len(words) >= LEAST_OF_A_HALF_WORD and _is_no_word(words):
        return 0.7
    if before and CASE.search(last) and len(words) >= (2 if len(before) >= LONG else LEAST_AFTER_A_SENTENCE):
        return 0.7
    return 0.7 if len(words) >= LEAST_CLAUSE and _waits_for_its_verb(words) else 0.0


def is_what_was_asked(text: str, question: str) -> bool:
    """Whether a short answer ends in the particle of what was asked: "어디서 볼까?" - "수업 끝나고 학교 앞에서"."""
    if len(text.split()) >= 6:
        return False
    return any(asked.search(question) and text.endswith(particles) for asked, particles in ASKED_CASES)


def _is_no_word(words: list[str]) -> bool:
    """Whether the last word is one syllable that is no word; after a number or an adnominal it may be a noun."""
    return SYLLABLE.fullmatch(words[-1]) is not None and words[-1] not in LAST_ALONE and not ADNOMINAL.search(words[-2])


def _waits_for_its_verb(words: list[str]) -> bool:
    """Whether the last word carries a particle, and a clause or an object before it has not come to its verb."""
    *earlier, last = words
    objects = [at for at, word in enumerate(earlier) if OBJECT.search(word)]
    since = earlier[objects[-1] + 1 :] if objects else []
    verbless = bool(objects) and not any(ENDING.search(word) or SELDOM_LAST.search(word) for word in since)
    if CASE.search(last):
        return verbless or any(CONNECTIVE.search(word) for word in earlier)
    return verbless and _is_no_word(words)
