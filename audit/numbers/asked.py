"""What a question asks for, as far as a number can answer it. Knows no answer and no corpus. English and Korean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MANY_EN = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|several|multiple|a\sfew)"
_MANY_KO = r"(?:두|세|네|다섯|여섯|일곱|여덟|아홉|열|몇|여러|[2-9]|\d\d)\s?"
_TELL = (
    r"(?:give|name|list|suggest|provide|generate|write|share|recommend|tell|describe|create|identify|find|"
    r"mention|state|propose|brainstorm|come\sup|make|compose|produce|offer|think\sof|construct|design|"
    r"develop|what\sare)"
)
_UNIT_EN = (
    r"(?:meters?|metres?|km|kilomet\w+|miles?|feet|foot|inch\w*|yards?|grams?|kg|kilograms?|pounds?|"
    r"ounces?|lit(?:er|re)s?|gallons?|cups?|celsius|fahrenheit|kelvin|dollars?|euros?|usd|won|yen|"
    r"seconds?|minutes?|hours?|bytes?|kilobytes?|binary|decimal|hex\w*|roman\snumerals?|degrees|radians)"
)

# Words that ask for a sum only where the question holds a number: "add", but also "what does it mean".
_SUMS = (
    r"add|subtract|evaluate|estimate|simplify|round|mean|mode|square|cube|root|factors?|difference|"
    r"express|expression|find|what\sis|result|output|determine|predict|solve|next|if|then|equation|"
    r"derivative|integral|factorial|primes?|divisors?|integers?|digits?|fractions?|decimals?|polynomial|"
    r"perimeter|circumference"
)
# Each kind of thing that can be asked for, and the words that ask for it.
ASKS = {
    "list": rf"\b(?:lists?|bullet\w*|enumerate|itemi[sz]ed?|outline|brainstorm|checklist|agenda|itinerary|syllabus|"
    rf"top\s\d+|numbered|arrange|rearrange|reorder|sort(?!\sof)|order\sof|sequence\sof|timeline|chronolog\w+)\b|"
    rf"\b{_TELL}\b[^.?!]{{0,20}}\b{_MANY_EN}\s(?:\w+[\s-]){{0,3}}\w+s\b|\b(?:two|three|four|five|six|seven|"
    rf"eight|nine|ten|\d+)\s(?:\w+[\s-]){{0,3}}(?:ways|tips|reasons|examples|steps|things|facts|ideas|"
    rf"questions|points|sentences|items|rules|benefits|types|kinds)\b"
    rf"|목록|리스트|나열|열거|항목별|(?<![가-힣]){_MANY_KO}(?:가지|개|곳|명|편|권|줄|"
    rf"문장)[^.?!\n]{{0,30}}(?:알려|추천|말해|써|적어|제시|설명|소개|작성|들어|만들|뽑|꼽|줘|주세요|무엇|"
    rf"뭐)|몇\s?가지|브레인스토밍|개요를|체크리스트",
    "steps": (
        r"\bsteps?\b|step-by-step|\b(?:instructions?|procedures?|recipes?|stages|algorithm|tutorial|"
        r"walk\sme\sthrough|directions)\b|단계|절차|순서|레시피|과정을"
    ),
    "option": r"\bwhich\s(?:one\s)?of\sthe\s(?:following|below|options|choices)|\bwhich\s(?:option|number|choice|"
    r"item|step|question|answer|line|row|bus|gate|room|platform|floor|verse)|\b(?:choose|pick|"
    r"select)\s(?:the|from|between|one|an?\s(?:number|option))|multiple[\s-]choice|\b(?:classify|"
    r"categori[sz]e|label)\b"
    r"|몇\s?번|선택지|보기\s?(?:중|에서)|다음\s?중|객관식|고르|골라|정답|분류|^\s*(?:\(?[1-5][.)]|①)|"
    r"\n\s*(?:\(?[1-5][.)]|①)",
    "ranking": r"\b(?:rank|ranked|ranking|prioriti[sz]e)\b|순위|몇\s?(?:등(?!급)|위)|순서대로",
    "choice": r"\bA\)|\b(?:true|false)\b|[?\n]\s*\(?[A-Da-d][.)]|0\s?(?:or|/|과|또는|아니면)\s?1",
    "age": r"\bhow\sold\b|\b(?:your|his|her|their|the)\sage\b|\bage\sof\b|몇\s?살|나이|연세|연령|몇\s?학년|학번",
    "date": (
        r"\bwhen(?:['’]s)?\s(?:is|are|was|were|did|does|do|will|can|should|has|have)\b|"
        r"\bwhat(?:['’]s)?\s(?:is\s)?(?:the\s|your\s)?(?:date|day|month|birthday)|\bbirth\s?da(?:y|te)\b|"
        r"\bborn\b|\b(?:release|start|end|due)\sdate|\bdates?\s(?:of|for|and|is|when)\b|deadline|언제(?!나|든|"
        r"까지나|\s?봐도)|생일(?=\s?(?:이|은|는|이야|이에요)?\s?(?:언제|며칠|알려|뭐|몇|[?]|$))|생년|날짜|"
        r"며칠|몇\s?(?:월|일)|무슨\s?(?:날|요일)|태어"
    ),
    "year": r"\b(?:what|which)\s(?:years?|century|decade)|\b(?:founded|established)\b|몇\s?년|연도|년도|연식",
    "time": (
        r"\bwhat\stime\b|\bhow\s(?:long|soon|late|early)\b|\bduration\b|\bo['’]clock\b|몇\s?(?:시|분|초|시간)|"
        r"얼마나\s?(?:오래|걸|자주)|기간|시각|시간표|얼마\s?(?:동안|만에)"
    ),
    "plan": (
        r"\b(?:schedule|future|plans?|goals?|someday|next\s(?:week|month|year))\b|일정(?!\s?:)|스케줄|계획|"
        r"앞으로|나중|미래|장래|목표"
    ),
    "quantity": r"\bhow\s(?:many|much|often|far|tall|high|big|large|deep|wide|heavy|fast|hot|cold|small)\b|"
    r"\b(?:number|amount|count|quantity|total|population|length|height|weight|width|depth|speed|distance|"
    r"temperature|area|volume|capacity|frequency|calories|percentage|percent|ratio|probability|"
    r"odds)\sof\b|\bwhat\s(?:percentage|percent|number|fraction|size|speed|height|temperature)|\bcount\b|"
    r"\bheight\b|\btemperature\b"
    r"|몇(?!몇)|얼마(?!나|\s?전)|개수|갯수|인원|수량|총합|비율|퍼센트|확률|인구|넓이|면적|부피|길이|높이|"
    r"깊이|거리는|거리가|속도|온도|무게|체중|몸무게|키(?:가|는|도)?\s?(?:몇|얼마|어떻|커|뭐|크)|횟수|용량|"
    r"크기|칼로리|얼마나\s?(?:많|높|멀|빠|크|무거|길|깊)",
    "price": (
        r"\b(?:prices?|costs?|salary|budget|fee|worth|revenue|income|gdp)\b|가격|값(?:이|은|을|도)|비용|요금|"
        r"연봉|월급(?!날)|예산|시급|용돈|등록금|회비|얼마(?:야|예요|에요|입니까|인가|니|죠|지|임|였|드)"
    ),
    "score": (
        r"\b(?:scores?|scored|ratings?|rate\s(?:this|my|the|it|your|how)|gpa|on\sa\sscale|out\sof\s(?:ten|"
        r"five|\d+)|results?\sof\sthe\s(?:game|match))\b|점수|학점|내신|등급|평점|별점|만점|성적|스코어|"
        r"점\s?줄|몇\s?대"
    ),
    "calculation": rf"\b(?:calculate|compute|sum\sof|multiply|divide|average|median|mean\sof|"
    rf"fibonacci|multiples?\sof|gcd|"
    rf"lcm|product\sof|greatest\scommon|least\scommon)\b|\b(?:{_SUMS})\b(?=.*\d)|\d\s?[+\-−*×x÷/^=]\s?\d"
    r"|계산|더하면|더한|곱하면|곱한|빼면|나누면|나눈|평균|합계|합은|합을|값을|[을를]\s?구하|구하(?:시오|세요|라)|"
    r"(?:방정식|제곱|루트|약수|배수|나머지)(?=.*\d)|최댓값|최솟값|환산",
    "conversion": rf"\b(?:convert|conversion)\b.*\d|\b(?:in|to|into)\s{_UNIT_EN}\b|변환|환산|바꾸면|단위",
    "number": (
        r"\b(?:what|which|give|pick|guess|generate|choose|the|a|random)\s(?:\w+\s){0,2}numbers?\b"
        r"|\b(?:numeric\w*|statistics?|stats|dimensions?|resolution|measurements?|output\sof)\b|숫자|수치|통계|자릿수"
    ),
    "address": r"\b(?:zip\s?code|pin|password|passcode|phone|telephone|address|postal|area\scode|versions?|"
    r"coordinates?|latitude|"
    r"longitude|isbn|serial)\b|번호|주소|버전|좌표",
    "writing": r"\b(?:write|story|poem|essay|describe|explain|summari[sz]e|rewrite|paraphrase|translate|edit|complete|"
    r"compose|create|generate|fill|headline|title|sentence|tweet|haiku|article|history)\b"
    r"|설명|이야기해|얘기해|써\s?줘|작성|요약|번역|지어\s?(?:줘|주)|역사",
    "telling": r"\b(?:introduce|tell\s(?:me|us)|how\s(?:do|does|is\s\w+\smade)|what\s(?:is|are)|who)\b"
    r"|알려|소개|말해\s?[줘봐]|뭐야|뭔데|뭔지|무엇|누구|누가|무슨\s?뜻|자세히|유래",
    "reason": (
        r"\b(?:why|how\s(?:did|was|were|come)|what\s(?:happened|was|were|did|do\syou\sdo))\b|왜\s|왜\?|왜냐|"
        r"어떻게\s?(?:하|해|만|된|됐|되|시작|알|지내)|뭐\s?(?:해|할|했|하)|뭐지|무슨\s?일|어땠|근황"
    ),
    "past": (
        r"\b(?:did|have\syou|has|had|ever|were|was|used\sto|last|already|yet)\b|본\s?적|한\s?적|"
        r"적\s?(?:이\s)?있|(?:봤|갔|했|먹었|샀|배웠|만났|끝났|됐|들었|읽었|잤|왔|났|었|았|였)(?:어|니|냐|나요|"
        r"어요|습니까|지|는데)"
    ),
}
_ASKS = {kind: re.compile(pattern, re.IGNORECASE | re.MULTILINE) for kind, pattern in ASKS.items()}

TIMED = frozenset({"age", "date", "year", "time", "plan"})
# A number alone can answer these.
NUMERIC = frozenset(
    {
        "age",
        "date",
        "year",
        "time",
        "quantity",
        "price",
        "score",
        "calculation",
        "conversion",
        "number",
        "ranking",
        "option",
    }
)
LISTED = frozenset({"list", "steps", "option", "ranking", "choice"})  # an item of a list, or a list, answers these
BACKWARD = frozenset({"reason", "past"})  # "a year ago" answers these, "in a year" does not
BROAD = frozenset({"writing", "list", "steps"})  # an answer to these may begin with any phrase of time

# What sets the scene in front of the question, as chat sets write it: "(now: Friday evening) …", "[favourite: tea] …".
_SCENE = re.compile(
    r"^.*(?:\(사용자\s질문\)|\[질문\]|### 질문:|\bQuestion:|\bUser:)|^(?:\s*(?:\([^()]{1,60}\)|\[[^\[\]]{1,60}\]))+",
    re.DOTALL,
)


LONGEST = 4_000  # characters of a question that are read; a request stands in front of the text it is about


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
