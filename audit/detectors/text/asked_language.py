"""Which language a question asks its answer to be in, and whether it speaks of languages at all."""

from __future__ import annotations

import re

# Language -> its script, its names in English and in Korean. Names of one script answer for one another: who asks for
# Spanish may get English around it, and kanji are Chinese characters.
_NAMES = {
    "Korean": ("Hangul", "korean|hangul", "한국어|한국말|한글|우리말"),
    "Japanese": ("Japanese", "japanese|kana|hiragana|katakana", "일본어|일본말|일어"),
    "Chinese": ("Chinese", "chinese|mandarin|cantonese|hanja|kanji", "중국어|중국말|한자|한문"),
    "Russian": ("Cyrillic", "russian", "러시아어|노어"),
    "Ukrainian": ("Cyrillic", "ukrainian", "우크라이나어"),
    "Arabic": ("Arabic", "arabic", "아랍어"),
    "Hindi": ("Devanagari", "hindi", "힌디어"),
    "Thai": ("Thai", "thai", "태국어"),
    "Greek": ("Greek", "greek", "그리스어"),
    "Hebrew": ("Hebrew", "hebrew", "히브리어"),
    "English": ("Latin", "english", "영어|영문"),
    "French": ("Latin", "french", "프랑스어|불어"),
    "Spanish": ("Latin", "spanish", "스페인어"),
    "German": ("Latin", "german", "독일어|독어"),
    "Italian": ("Latin", "italian", "이탈리아어"),
    "Portuguese": ("Latin", "portuguese", "포르투갈어"),
    "Vietnamese": ("Latin", "vietnamese", "베트남어"),
    "Turkish": ("Latin", "turkish", "터키어|튀르키예어"),
    "Polish": ("Latin", "(?-i:Polish)", "폴란드어"),
    "Dutch": ("Latin", "dutch", "네덜란드어"),
    "Swedish": ("Latin", "swedish", "스웨덴어"),
    "Danish": ("Latin", "danish", "덴마크어"),
    "Norwegian": ("Latin", "norwegian", "노르웨이어"),
    "Finnish": ("Latin", "finnish", "핀란드어"),
    "Czech": ("Latin", "czech", "체코어"),
    "Hungarian": ("Latin", "hungarian", "헝가리어"),
    "Romanian": ("Latin", "romanian", "루마니아어"),
    "Indonesian": ("Latin", "indonesian", "인도네시아어"),
    "Latin": ("Latin", "latin(?! america)", "라틴어"),
}
SCRIPT = {language: script for language, (script, *_) in _NAMES.items()}
_ENGLISH_NAME = "(?:" + "|".join(names for _, names, _ in _NAMES.values()) + ")"
_KOREAN_NAME = "(?:" + "|".join(names for *_, names in _NAMES.values()) + ")"
_PARTICLES = "으?로|를|을|은|는|가|이|도|의|와|과|랑|만|란|에서?|라고|인|이?야"
# 일어 and 불어 are verbs as well (일어났어, 바람이 불어), 한자 and 한문 begin others (한자리).
_WORDS = re.compile(
    rf"(?<![가-힣])(?:일어|불어|노어|독어|한자|한문|영문|한글)(?:(?:{_PARTICLES})?(?![가-힣])"
    r"|(?=번역|단어|표기|이름|표현|문장))"
    r"|(?:한국|일본|중국|프랑스|독일|스페인|러시아|아랍|라틴|베트남|태국|이탈리아|포르투갈|그리스|히브리|힌디|터키|네덜란드"
    r"|스웨덴|덴마크|노르웨이|핀란드|체코|헝가리|폴란드|루마니아|인도네시아|우크라이나|튀르키예|영)어(?![선부])"
    rf"|한국말|우리말|일본말|중국말|\b{_ENGLISH_NAME}\b",
    re.IGNORECASE,
)
_OF = {
    language: re.compile(rf"\b(?:{english})\b|{korean}", re.IGNORECASE)
    for language, (_, english, korean) in _NAMES.items()
}

ABOUT_LANGUAGE = re.compile(  # any language may answer these
    r"translat|\blanguages?\b|native (?:name|script)|original (?:name|title|text|script|language)|inscription"
    r"|\bsign say|\blyrics?\b|pronounc|loan ?word|etymolog"
    r"|(?<![가-힣])(?:원어|원문|원제|영작|언어)|현지어|번역|통역|영단어|사자성어|고사성어|외국어"
    r"|가사(?! ?(?:도우미|노동|일|분담|활동|소송|키|상태))",
    re.IGNORECASE,
)
SHORT_FORMS = re.compile(  # what may well be in another language or in code, as long as it is short
    r"\boriginal\b|\bquot|proverb|\bmotto|\btitle|slogan|hashtag|\bspell|\bsql\b|html|python|javascript"
    r"|(?<![가-힣])(?:해석|표현|발음|철자|카피(?!바라)|아이디(?!어)|약자)|스펠링|명언|격언|속담|좌우명|(?<!어)제목|슬로건"
    r"|닉네임|해시태그|(?<!드레스)(?<!드레스 )코드|함수|명령어|(?:컴퓨터|코딩) ?프로그램|프로그래밍|파이썬"
    r"|프로그램을? ?(?:짜|작성|만들)|(?<![가-힣])자바(?![가-힣])|자바스크립트|쿼리|풀네임",
    re.IGNORECASE,
)

_START = (
    r"(?:^|[\n.!?:;,(]\s*"
    r"|\b(?:please|and|then|but|must|should|always|only|kindly|just|(?:can|could|would|will) you)\s+)"
)
_END = r"(?=\s*(?:[.,!?:;()\]\n]|$|(?:only|please|language|and|but|with|using|so|for)\b))"
_END += rf"(?!\s*(?:,|and|or|/|&) ?(?:in )?{_ENGLISH_NAME}\b)"
_NAMED = rf"(?:simplified |traditional |brazilian |mexican |modern )?(?P<name>{_ENGLISH_NAME})\b"
_TEXTS = (
    "sentence|paragraph|poem|essay|story|letter|e-?mail|answer|response|reply|message|summary|haiku|text|translation"
    "|review|caption|tweet|song|article|description|introduction|greeting|explanation"
)
_REQUESTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_START}(?:respond|reply|answer)(?: (?!how|what|say|word|mean|called|which)[\w']+){{0,6}}?"
        rf" in {_NAMED}{_END}",
        rf"{_START}(?:write|compose|say|give|provide|re-?write|restate|express|explain|describe|summari[sz]e)"
        rf"(?: (?:it|this|that|me|(?:me |us )?(?:your|the|an?)(?: \w+){{0,2}}? (?:{_TEXTS})))?(?: only| entirely)? in"
        rf" {_NAMED}{_END}",
        rf"{_START}translate\b[^\n]{{0,300}}?\b(?:in)?to {_NAMED}{_END}",
        r"\b(?:answers?|responses?|reply|replies|output) (?:should|must|has to|have to|needs? to|shall)(?: only)? be"
        rf"(?: written| given)?(?: only| entirely)? in {_NAMED}{_END}",
        rf"\b(?:answer|response|reply|output|target) language ?[:=] ?{_NAMED}",
        rf"\b(?:speak|use) only {_NAMED}{_END}",
        rf"(?<![가-힣])(?P<name>{_KOREAN_NAME})로만?"
        r"(?: (?:[가-힣]+[을를게히고과와]|다음|좀|꼭|다시)){0,3}"
        r" ?(?:답변?|대답|응답|답장|작성|생성|제공|번역|옮|바[꿔꾸]|설명|출력|말|이야기|얘기|써|쓰|적|요약|통역"
        r"|(?:자기)?소개|해)"
        r"(?: ?[:\n]|(?:을|를)? ?(?:하|해|어|겨)? ?(?:세요|십시오|시오|주세요|주십시오|줘|줄래|주시|주길|라(?![가-힣])"
        r"|봐(?![가-힣])|바랍니다|부탁|할 것|다오|야 (?:해|합니다|한다)))",
        rf"(?:답변?|응답|대답|출력)(?:은|는|을)? ?(?:반드시|꼭|모두|항상)? ?(?P<name>{_KOREAN_NAME})로만?"
        r"(?: ?(?:부탁|해|하|작성|써)|[.!\n]|$)",
    )
)
_NO_REQUEST = re.compile(  # "How do I ... and translate it into Spanish?", "Write a program. It should ..."
    r"\b(?:how|what|which|why|when|who|where|if|whether|app|tool|code|function|program|script|website|people|someone|i|it"
    r"|he|she|they|not|don't|never)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`[^`\n]{1,200}`|\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’|(?<!\w)'[^'\n]{1,200}'(?!\w)")


def asked_language(question: str) -> str:
    """The one language that the answer is asked to be in; "" where none is asked for, or more than one."""
    if not _WORDS.search(question):
        return ""
    bare = _QUOTED.sub(" ", question)
    found = {
        _language(match["name"]) for request in _REQUESTS for match in request.finditer(bare) if _asks(bare, match)
    }
    return found.pop() if len(found) == 1 else ""


def _language(name: str) -> str:
    return next(language for language, names in _OF.items() if names.fullmatch(name))


def _asks(text: str, match: re.Match[str]) -> bool:
    """Whether the request is one: nothing before it in its sentence makes it somebody else's, or a question how."""
    begin = max(text.rfind(sign, 0, match.start() + 1) for sign in ".!?\n") + 1
    return not _NO_REQUEST.search(text, begin, match.start())


def names_language(text: str, language: str) -> bool:
    """Whether a text has the name of a language in it."""
    return _OF[language].search(text) is not None


def speaks_of_script(question: str, script: str) -> bool:
    """Whether the question speaks of languages, or names one that is written in this script."""
    if ABOUT_LANGUAGE.search(question):
        return True
    scripts = {"Japanese", "Chinese"} if script in ("Japanese", "Chinese") else {script}
    for match in _WORDS.finditer(question):
        word = re.sub(rf"(?<=[가-힣]{{2}})(?:{_PARTICLES})$", "", match[0])
        if any(names.match(word) for language, names in _OF.items() if SCRIPT[language] in scripts):
            return True
    return False
