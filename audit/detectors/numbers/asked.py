"""What a question asks for, as far as a number can answer it. Knows no answer and no corpus. English and Korean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_FLAGS = re.IGNORECASE | re.MULTILINE | re.VERBOSE
LONGEST = 4_000  # characters of a question that are read; a request stands in front of the text it is about

# Things that carry a number as their name: "exit 5", "which gate".
NUMBERED = r"""(?:
    answer|article|bay|box|bus|chapter|clause|counter|door|exit|floor|gate|item|lane|level|line|locker|option|page
    |paragraph|part|platform|point|question|room|row|rule|seat|section|step|stop|terminal|track|verse)"""
NUMBERED_KO = r"(?:번|항|조|장|절|과|호|층|부|권|편|단계|문제|쪽|페이지)"

_MANY = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|several|multiple|a\sfew)"
_MANY_KO = r"(?:두|세|네|다섯|여섯|일곱|여덟|아홉|열|몇|여러|[2-9]|\d\d)\s?"

# A noun that names a quantity asks for one where the question is about it ("what is its height", "the height of"),
# not wherever it stands: "my first salary" asks for no sum.
_QUANTITY = r"""(?:
    amount|area|average|calories|capacity|count|depth|distance|duration|frequency|height|length|level|limit|mass|maximum
    |minimum|number|odds|percent(?:age)?|population|probability|quantity|rate|ratio|record|score|share|size|speed
    |temperature|total|value|volume|weight|width)"""
_MONEY = r"(?:budget|cost|fare|fee|gdp|income|pay|price|rent|revenue|salary|wage)s?"
_QUANTITY_KO = r"""
    인원|비율|퍼센트|확률|인구|넓이|면적|부피|길이|높이|깊이|(?<![가-힣])거리|속도|온도|기온|무게|체중|횟수|용량|크기|칼로리
    |사이즈|치수|압력|공기압|혈압|지름|둘레|끓는점|녹는점"""
_IS_IT = r"(?:['’]s|\s(?:is|was|are|were|will\sbe|would\sbe|should\sbe))"


def _asked_noun(nouns: str) -> str:
    return rf"""\bwhat{_IS_IT}(?:\s[\w'’-]+){{1,4}}?\s{nouns}\b | \b(?:at\s)?(?:what|which)(?:\s\w+)?\s{nouns}\b
    | \b{nouns}\sof\b | \b(?:find|give|state|estimate|guess|measure|tell\sme)(?:\s\w+){{0,4}}?\s{nouns}\b"""


# The same in Korean: the noun stands at the end or before a word that asks.
_ASKED_KO = r"""
    (?:이|가|은|는|을|를|도|의)?(?:요)?\s*(?:좀|한번|지금|다시)?\s*
    (?:[?.!]|$|얼마|몇|어떻게|어떤|어느|어떠|어때|뭐|뭔|뭘|무엇|무슨|알|말|계산|구하|구해|세어|세시|재|맞[춰혀]|기억|궁금|추천|정해|찍어|매[기겨]|있)"""


def _noun_ko(nouns: str) -> str:
    return rf"(?:{nouns}){_ASKED_KO}"


# The past in Korean: a syllable that ends in ㅆ, the 20th of the 28 finals, but 있 (to be) and 겠 (will).
_PAST_KO = "".join(syllable for code in range(0xAC00 + 20, 0xD7A4, 28) if (syllable := chr(code)) not in "있겠")

# Each kind of thing that can be asked for, and the words that ask for it.
ASKS = {
    "list": rf"""
        \b(?:lists?|bullet\w*|enumerate|itemi[sz]ed?|outline|brainstorm|checklist|agenda|itinerary|syllabus|top\s\d+
            |numbered|number\sthe|with\s(?:a\s|its\s)?numbers?|(?:re)?arrange|reorder|sort(?!\sof)|order\sof|sequence\sof|timeline|chronolog\w+)\b
        | \b(?:give|name|suggest|provide|generate|write|share|recommend|tell|describe|create|identify|find|mention|state
            |propose|come\sup|make|compose|produce|offer|think\sof|construct|design|develop|what\sare)\b
            [^.?!]{{0,20}}\b{_MANY}\s(?:\w+[\s-]){{0,3}}\w+s\b
        | \b{_MANY}\s(?:\w+[\s-]){{0,3}}(?:ways|tips|reasons|examples|steps|things|facts|ideas|questions|points
            |sentences|items|rules|benefits|types|kinds)\b
        | 번호(?:를|도)?\s?(?:붙|매[겨기]|달)|목록|리스트|나열|열거|항목별|몇\s?가지|브레인스토밍|개요를
        | (?<![가-힣]){_MANY_KO}(?:가지|개|곳|명|편|권|줄|문장)[^.?!\n]{{0,30}}
            (?:알려|추천|말해|써|적어|제시|설명|소개|작성|들어|만들|뽑|꼽|줘|주세요|무엇|뭐)""",
    "steps": r"""
        \b(?:steps?|step-by-step|instructions?|procedures?|recipes?|stages|algorithm|tutorial|directions|walk\sme\sthrough)\b
        | 단계|절차|순서|레시피|과정을""",
    "option": rf"""
        \bwhich\s(?:one\s)?of\s(?:the\s(?:following|options|choices)|these|them)\b | \bmultiple[\s-]choice\b
        | \b(?:choose|pick|select)\s(?:the|from|between|one|an?\s(?:number|option))
        | \b(?:classify|categori[sz]e|label)\b
        | \b(?:which|what)\s(?:number|choice|{NUMBERED})\b
        | 몇\s?번|(?:어느|어떤)\s?(?:출구|버스|문|문제|번호)|선택지|보기\s?(?:중|에서)|다음\s?중|객관식
        | 고르|골라|정답|분류
        | ^\s*(?:\(?[1-5][.)]|①)
        | (?:\b1[.)]|①)[\s\S]*(?:\b2[.)]|②)  # the question numbers its own options""",
    "ranking": r"\b(?:rank|ranked|ranking|prioriti[sz]e)\b | 순위|몇\s?(?:등(?!급)|위)|순서대로",
    "choice": r"\bA\) | \b(?:true|false)\b | [?\n]\s*\(?[A-Da-d][.)] | 0\s?(?:or|/|과|또는|아니면)\s?1",
    "age": rf"\bhow\sold\b | {_asked_noun('age')} | {_noun_ko('나이|연세|연령|학번')} | 몇\s?(?:살|학년|학번)",
    "date": rf"""
        \bwhen(?:['’]s|\s(?:is|are|was|were|did|does|do|will|can|should|has|have))\b
        | \bwhat(?:['’]s|\sis)?\s(?:the\s|your\s)?(?:date|day|month|birthday)\b
        | \bbirth\s?da(?:y|te)\b | \bborn\b | \b(?:release|start|end|due)\sdate\b | \bdates?\s(?:of|for|and|is|when)\b
        | \bdeadline\b | 언제(?!나|든|까지나|\s?봐도) | {_noun_ko("생일|생년월일|날짜|마감일?")} | 며칠|몇\s?(?:월|일)
        | 무슨\s?(?:날|요일)|태어난\s?(?:날|달|해)""",
    "year": r"\b(?:what|which)\s(?:year|century|decade)s?\b | \b(?:founded|established)\b | 몇\s?년|연도|연식",
    "time": rf"""
        \bwhat\stime\b | \bhow\s(?:long|soon|late|early)\b | \bo['’]clock\b
        | 몇\s?(?:시|분|초|시간)|얼마나\s?(?:오래|걸|자주)|얼마\s?(?:동안|만에)
        | {_noun_ko("기간|시각|시간표|시간")}""",
    "plan": r"""
        \b(?:schedule|future|plans?|goals?|someday|next\s(?:week|month|year))\b
        | 일정(?!\s?:)|스케줄|계획|앞으로|나중|미래|장래|목표""",
    "quantity": rf"""
        \bhow\s(?:many|much|often|far|tall|high|big|large|deep|wide|heavy|fast|hot|cold|small)\b
        | {_asked_noun(_QUANTITY)} | ^\W*count\b
        | \bwhat\s(?:do|does|did)\s[^?]{{1,40}}\s(?:equal|weigh|measure|score|come\sto)\b
        | 몇(?!몇)|얼마(?!나|\s?전)|얼마나\s?(?:많|높|멀|빠|크|무거|길|깊|돼|되|커)|어느\s?정도
        | 개수|갯수|수량|총합|키(?:가|는|도)?\s?(?:몇|얼마|어떻|커|뭐|크)
        | {_noun_ko(_QUANTITY_KO)}""",
    "price": rf"""
        {_asked_noun(_MONEY)} | \bwhat\s(?:do|does|did|will|would)\s[^?]{{1,40}}\s(?:cost|pay|earn|charge)\b | \bworth\b
        | {_noun_ko("가격|값|비용|요금|연봉|월급|예산|시급|용돈|등록금|회비|수강료")}
        | 얼마(?:야|예요|에요|입니까|인가|니|죠|지|임|였|드)""",
    "score": rf"""
        \b(?:scored|gpa|on\sa\sscale|out\sof\s(?:ten|five|\d+)|rate\s(?:this|my|the|it|your|how))\b
        | \b(?:result|score)s?\sof\sthe\s(?:game|match)\b | {_asked_noun("(?:scores?|ratings?)")}
        | {_noun_ko("점수|학점|내신|평점|별점|성적|스코어|등급")} | 점\s?줄|몇\s?대""",
    "calculation": r"""
        \b(?:calculate|compute|sum\sof|multiply|divide|median|mean\sof|fibonacci|multiples?\sof|gcd|lcm|product\sof
            |average\sof|(?:greatest|least)\scommon)\b
        | \b(?:add|subtract|evaluate|simplify|square|cube|root|factors?|difference|expression|result|solve|next
            |equation|derivative|integral|factorial|primes?|divisors?|integers?|digits?|fractions?|decimals?|perimeter
            |circumference|find|if|estimate|round|determine|output|express)\b(?=.*\d)
        | \bwhat(?:['’]s|\sis)\s(?:half|twice|a\s(?:third|quarter)|\(?-?\d[\d.,]*+(?![\w(])) | \d\s?[+\-−*×x÷/^=]\s?\d
        | \w\s(?:plus|minus|multiplied\sby|divided\sby)\s\w
        | (?:더하기|빼기|곱하기|나누기|플러스|마이너스)\s?\w
        | 계산|더하면|더한|곱하면|곱한|빼면|나누면|나눈|합계|합은|합을|[을를]\s?구하|구하(?:시오|세요|라)
        | 최댓값|최솟값|평균|(?:방정식|제곱|루트|약수|배수|나머지)(?=.*\d)""",
    "conversion": r"""
        \bconver(?:t|sion)\b.*\d
        | \b(?:in|to|into)\s(?:met(?:er|re)s|km|kilomet\w+|miles|feet|inches|yards|grams|kg|kilograms|pounds|ounces
            |lit(?:er|re)s|gallons|cups|celsius|fahrenheit|kelvin|dollars|euros|usd|won|yen|seconds|minutes|hours
            |(?:kilo)?bytes|binary|hex\w*|degrees|radians)\b(?!-)
        | \b(?:as|in|to|into)\s(?:an?\s)?(?:decimals?|fraction|percent(?:age)?|digits|roman\snumerals?)\b
        | \bnumerals?\b | 변환|환산|바꾸면|단위""",
    "number": rf"""
        \b(?:what|which|give|pick|guess|generate|choose|the|a|random)\s(?:\w+\s){{0,2}}numbers?\b
        | \b(?:starts?|begins?|starting|beginning)\swith\san?\s(?:price|year|date|time|quantity|digit|figure|age)\b
        | {_asked_noun("(?:code|isbn|passcode|password|pin)")}
        | \b(?:numeric\w*|statistics?|stats|dimensions?|resolution|measurements?|output\sof)\b
        | 로마\s?숫자 | {_noun_ko("숫자|수치|통계|번호|자릿수|비번|비밀번호")}""",
    "address": r"""
        \b(?:address|postal|versions?|coordinates?|latitude|longitude)\b | 번호|주소|버전|좌표""",
    # "And the shoes?", "신발은요?": what is asked for stands in an earlier turn, so it may be a number.
    "elliptic": r"""
        \A\W*(?:and|what\sabout|how\sabout)\s(?!you\b|me\b|us\b)(?:\w+\s){0,2}\w+\?\W*\Z
        | \A\W*(?:그럼|그러면)?\s?(?!너|넌|나|난|저|우리|당신)[가-힣]+(?:은|는)요?\s?\?\W*\Z""",
    "review": r"\bhow(?:['’]s|\s(?:is|was|were|did))\b | \breviews?\b | 어때|어땠|후기|리뷰|평가|감상",
    "writing": r"""
        \b(?:write|story|poem|essay|describe|explain|summari[sz]e|rewrite|paraphrase|translate|edit|complete|compose|create
            |generate|fill|headline|title|sentence|tweet|haiku|article|history)\b
        | 설명|이야기해|얘기해|써\s?줘|작성|요약|번역|지어\s?(?:줘|주)|역사""",
    "telling": r"""
        \b(?:introduce|tell\s(?:me|us)|how\s(?:do|does|is\s\w+\smade)|what\s(?:is|are)|who)\b
        | 알려|소개|말해\s?[줘봐]|뭐야|뭔데|뭔지|무엇|누구|누가|무슨\s?뜻|자세히|유래""",
    "reason": r"""
        \b(?:why|how\s(?:did|was|were|come)|what\s(?:happened|was|were|did|do\syou\sdo))\b
        | 왜\s|왜\?|왜냐|어떻게\s?(?:하|해|만|된|됐|되|시작|알|지내)|뭐\s?(?:해|할|했|하)|뭐지|무슨\s?일|어땠|근황""",
    "past": rf"""
        \b(?:did|have\syou|has|had|ever|were|was|used\sto|last|already|yet)\b | [본한]\s적|적\s?(?:이\s)?있
        | (?:봤|갔|했|먹었|샀|배웠|만났|끝났|됐|들었|읽었|잤|왔|났|었|았|였)(?:어|니|냐|나요|어요|습니까|지|는데)
        | [{_PAST_KO}](?:어|니|냐|나|지|습니까)요?\? | 기억""",
}
_ASKS = {kind: re.compile(pattern, _FLAGS) for kind, pattern in ASKS.items()}

TIMED = frozenset({"age", "date", "year", "time", "plan"})
# A number alone can answer these.
NUMERIC = TIMED - {"plan"} | {"quantity", "price", "score", "calculation", "conversion", "number", "ranking", "option"}
LISTED = frozenset({"list", "steps", "option", "ranking", "choice"})  # an item of a list, or a list, answers these
BACKWARD = frozenset({"reason", "past"})  # "a year ago" answers these, "in a year" does not
BROAD = frozenset({"writing", "list", "steps"})  # an answer to these may begin with any phrase of time

# "What is the answer to …", "at what …": a number, a comma and a small letter answer these ("35, and no older").
# Not where the question asks for a definition ("what is jazz?") or for a taste ("what is your favourite tea?").
WHAT_IS = re.compile(
    rf"\A\W*(?:(?:at|in|on|for|by)\s)?(?:what|which)\b(?!{_IS_IT}\s(?:(?:you|my)\w*\b|(?:an?\s)?\w+\?))", re.IGNORECASE
)
# An item that the question names itself: "clause 4", "the 4th rule", "4항", "네 번째".
_NAMED_ITEM = re.compile(
    rf"\b{NUMBERED}\s(?:no\.?\s?|number\s|\#)?(?P<after>\d{{1,4}})\b"
    rf"| (?<!\d)(?P<before>\d{{1,4}})(?:st\b|nd\b|rd\b|th\b|\s?번째|\s?{NUMBERED_KO})"
    r"| (?<!leap\s)(?<!split\s)(?<!per\s)\b(?P<word>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b"
    r"| (?<![가-힣])(?P<native>첫|두|세|네|다섯|여섯|일곱|여덟|아홉|열)\s?번째",
    _FLAGS,
)
# A line of the question that is numbered, for the answer to mend, translate or go on with: '"2. he go home"'.
_NUMBERED_LINE = re.compile(r"(?:^|[\s\"'“‘(:])(\d{1,4})\s?[.)]\s?[^\W\d]", re.MULTILINE)
# Things that may be called by a number: "Which novel …" - "1984".
_WORK = re.compile(
    r"""\b(?:which|what(?:['’]s)?)(?:\s(?!(?:do|would|should|you|your|favou?rite)\b)[\w'’]+){0,3}?\s(?:aircraft|album|avenue|book|bus|car|film|game|model|movie|novel
        |phone|plane|road|rocket|route|sonata|song|street|symphon(?:y|ies)|train|year)\b
        (?!\s(?:should|would|do\syou\s(?:like|prefer|recommend|want))\b)
    | (?:소설|영화|책|노래|앨범|교향곡|소나타|협주곡|버스|노선|비행기|기종|자동차)
        [^?\n]*(?:뭐|무엇|어떤|어느|[은는]\?)""",
    _FLAGS,
)
_ORDINALS = {
    word: float(number)
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "첫 두 세 네 다섯 여섯 일곱 여덟 아홉 열",
    )
    for number, word in enumerate(words.split(), 1)
}

# What sets the scene in front of the question, as chat sets write it: "(now: Friday evening) …", "[favourite: tea] …".
_SCENE = re.compile(
    r"^.*(?:\(사용자\s질문\)|\[질문\]|### 질문:|\bQuestion:|\bUser:)"
    r"|^(?:\s*(?:\((?!\d+\))[^()]{1,60}\)|\[[^\[\]]{1,60}\]))+",
    re.DOTALL,
)


@lru_cache(maxsize=4096)
def asks_for(question: str) -> frozenset[str]:
    """The kinds of ASKS that `question` asks for, empty for small talk.

    A scene in brackets in front of the question ("(now: Friday evening) …") is not read.
    """
    text = without_scene(question)
    return frozenset(kind for kind, pattern in _ASKS.items() if pattern.search(text))


def without_scene(question: str) -> str:
    """The question itself, in NFKC and cut at LONGEST, without the brackets that set its scene."""
    text = unicodedata.normalize("NFKC", question[:LONGEST])
    return _SCENE.sub("", text).strip() or text


def named_items(question: str) -> frozenset[float]:
    """The numbers of the items that `question` names: 4 for "Explain clause 4" and "네 번째 규칙이 뭐야?"."""
    return frozenset(
        _ORDINALS.get(name.lower()) or float(name)
        for found in _NAMED_ITEM.finditer(question)
        for name in found.groups()
        if name
    )


def numbered_lines(question: str) -> frozenset[float]:
    """The numbers of the numbered lines that `question` quotes: 2 for 'Correct: "2. he go to school"'."""
    return frozenset(float(number) for number in _NUMBERED_LINE.findall(question))


def names_work(question: str) -> bool:
    """Whether `question` asks which work or machine it is: those may be called by a number."""
    return bool(_WORK.search(question))
