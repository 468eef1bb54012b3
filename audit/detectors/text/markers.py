"""How template and control text looks: patterns for Python and for RE2, and of questions that are about such text."""

from __future__ import annotations

import re

from audit.detectors.text.passages import both_forms

# The chat templates of ChatML, Llama 2-4, Gemma, Mistral, DeepSeek, EXAONE, GLM, KoGPT2 and Alpaca.
ROLE = r"(?:system|user|assistant|model|human|tool|ipython)"
TOKEN = (
    rf"<\|(?:im_start|start_header_id|start_of_role|start)\|>(?:\s*{ROLE}\b(?:<\|[a-z_]+\|>)?)?"
    rf"|<start_of_turn>(?:\s*{ROLE}\b)?"
    r"|<[|｜][A-Za-z][A-Za-z0-9_▁.:/\x{200b}-]{0,40}[|｜]>|\[\|[A-Za-z]{3,20}\|\]|<end_of_turn>"
    r"|\[/?INST\]|<</?SYS>>|</?s>|<(?:bos|eos|pad|unk|usr|sys|eot|eod|endoftext|end_of_text)>"
    r"|(?-i:\[(?:BOS|EOS|PAD|UNK|SEP|CLS|EOT|EOD|gMASK)\])|<(?:unused|extra_id_|reserved_)\d+>"
    r"|(?-i:\[/?(?:[A-Z]{2,}(?:_[A-Z]{2,})+|ASSISTANT|USER|SYSTEM|BOT|MODEL|HUMAN)\])"  # [TOOL_RESULTS] of Mistral
    r"|</?(?:assistant|user|system|human|bot)>|\[(?:시스템|사용자|유저|모델|어시스턴트|챗봇)\]"
)
GAP = r"[\s\x{200b}-\x{200d}\x{feff}]*"
ASKING = (
    r"instruction|input|question|prompt|context|system|user|human|질문|질의|지시|지시사항|명령|명령어|입력|맥락|사용자"
)
REPLYING = r"response|answer|output|assistant|답변|응답|대답|답|출력"
HEADING = rf"#{{2,6}}[ \t]*(?:{ASKING}|{REPLYING})[ \t]*(?:[:：]|$)|^[ \t]*#{{2,3}}[ \t]*\z"
BOUNDARY = (
    rf"[(（\[［【<]{GAP}(?:답변|질문|응답|대답|입력|출력){GAP}(?:시작|종료|끝|완료){GAP}[)）\]］】>]"
    r"|[(\[<](?:start|begin|end)[ _-]of[ _-](?:answer|question|response|reply|turn|conversation|dialogue|output|prompt"
    r"|text|message|sequence|generation)[)\]>]"
    r"|[(\[<](?:answer|response|question)[ _-](?:starts?|begins?|ends?)[)\]>]"
)
# The same words without brackets, after a sentence and before another one or nothing.
BARE = r"(?:답변|응답|대답)[ \t]?(?:종료|끝)|^[ \t>*-]*end of (?:the )?(?:answer|response)[.!]?[ \t*-]*\z"
BARE_WORD = (
    r"(?:(?<=[^\w\s,'\"(<‘“「『:：·])[ \t]*+|^[ \t]*+)(?:답변|응답|대답)[ \t]?(?:종료|끝)"
    r"(?=[ \t]*(?:\Z|[.!~…]|\n|[\U0001F000-\U0001FAFF\u2600-\u27BF])|[ \t]+(?:나|난|나는|저|저는|안녕|또|그리고)[ \t,])"
    r"|^[ \t>*-]*+end of (?:the )?(?:answer|response)[.!]?[ \t*-]*\Z"
)
THINK = r"(?:think|thinking|thought|reasoning|scratchpad)>"
THOUGHT = rf"<{THINK}\s*</{THINK}|</?{THINK}"  # an empty thought is one marker
ROLE_LINE = (
    r"^[ \t]*\*{0,2}(?:human|user|사용자|유저|assistant|ai assistant|chatbot|bot|어시스턴트"
    r"|챗봇)\*{0,2}[ \t]?[:：]\*{0,2}"
)

# What opens a user's turn: in an answer, everything from there on is somebody else's text.
USER_TURN = re.compile(
    both_forms(r"\buser|human|prompter|usr|\[INST\]|instruction|question|prompt\b|사용자|유저|질문|질의|지시|명령"),
    re.IGNORECASE,
)
REPLY_TURN = re.compile(
    both_forms(r"assistant|model|bot\b|response|answer|\[/INST\]|어시스턴트|챗봇|답변|응답|대답|(?:답)\s*[:：]"),
    re.IGNORECASE,
)
ENDS_A_SENTENCE = re.compile(r"[^\w\s,'\"(<]")
HTML = re.compile(
    r"</?(?:p|div|br|span|b|i|u|a|li|ul|ol|del|strong|em|html|body|table|tr|td|h[1-6])\b[^<>]*>", re.IGNORECASE
)
OTHER_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
OTHER_LABEL = re.compile(r"^[ \t*-]*[^\s:：*][^:：\n]{0,20}\*{0,2}[:：]\*{0,2}[ \t]+\S", re.MULTILINE)


def _compile(pattern: str) -> re.Pattern[str]:
    python = both_forms(pattern).replace(r"\z", r"\Z")
    return re.compile(re.sub(r"\\x\{(\w{4})\}", r"\\u\1", python), re.IGNORECASE | re.MULTILINE)


# A label in front of the whole answer or question, one that waits for the answer, and a stop word after it.
PRODUCT = r"(?:chat ?gpt|gpt-?\d[\w.]*|claude|챗 ?gpt|챗지피티|클로드|제미나이)"
LABEL = (
    rf"\A\s*(?:(?:answer|response|ai|a|ans|{PRODUCT}|답변|응답|대답|답)[ \t]?[:：]|(?:답변|응답|대답|답)\)"
    r"|[\[【<](?:answer|response|답변|응답)[\]】>][:：]?)"
    r"|[\[<【](?:END|끝|종료|답변 ?(?:끝|종료))[\]>】]\s*\z|[(（](?:end|끝)[)）]\s*\z"
)
QUESTION_LABEL = (
    r"\A\s*(?:(?:q|question|질문)[ \t]?[:：]|q\.)[ \t]*|(?:\n[ \t]*|[.?!][ \t]+)(?:answer|response"
    r"|답변|응답)[ \t]?[:：]\s*\z"
)
# A slot of a template that nobody filled. A single brace also holds sets and code, so only these names count in it.
SLOT = (
    r"\{\{[ \t]*[^\W\d][\w -]{1,30}\}\}|\$\{[a-z_]{2,30}\}|(?-i:%[A-Z_]*(?:NAME|USER|CUSTOMER|COMPANY|ANSWER)%)"
    r"|\{(?:answer|response|output|reply|question|instruction|input|prompt|(?:user_?|first_?|last_?)?name|user|char"
    r"|답변|응답|출력|질문|이름)\}|(?-i:\[(?:INSERT|YOUR|ENTER) [A-Z ]{3,30}\])"
)
SECOND_QUESTION = (  # a question and its answer, each with its label, after the answer
    r"^[ \t]*(?:q|question|질문)[ \t]?\d*[ \t]?[:：.][^\n]+\n\s*(?:a|answer|답변|답)[ \t]?\d*[ \t]?[:：.]"
)
# The next task of a list of tasks that a model was shown: "8. Instruction: …", or the labels line by line.
TASK = r"(?:instruction|지시|지시사항|명령|명령어)"
TASK_FIELD = r"(?:input|output|response|입력|출력|응답)"
RULED_OFF = r"(?:^[ \t]*+#{1,3}[ \t]*+\n(?:[ \t]*+\n)*+)?^[ \t]*+(?:#{1,3}[ \t]*+)?"
NEXT_TASK = (
    rf"{RULED_OFF}\d{{1,3}}[.)][ \t]*{TASK}[ \t]*[:：]"
    rf"|{RULED_OFF}{TASK}[ \t]*[:：][^\n]*(?:\n[^\n]*){{0,2}}\n[ \t]*{TASK_FIELD}[ \t]*[:：]"
    rf"|{RULED_OFF}(?:\d{{1,3}}[.)][ \t]*)?(?:input|입력)[ \t]*[:：]\s*+<no_?input>"
)

KINDS = {
    "control-token": _compile(TOKEN),
    "prompt-heading": _compile(HEADING),
    "boundary": _compile(BOUNDARY),
    "stop-word": _compile(BARE_WORD),
    "next-task": _compile(NEXT_TASK),
    "thinking": _compile(THOUGHT),
    "role-name": _compile(ROLE_LINE),
    "label": _compile(LABEL),
    "question-label": _compile(QUESTION_LABEL),
    "slot": _compile(SLOT),
    "question-and-answer": _compile(SECOND_QUESTION),
}
# Enough for RE2, to which a counted class of all letters is dear.
RE2_SLOT = r"\{\{|\$\{[a-z_]|(?-i:%[A-Z])|\{(?:[a-z]|답변|응답|출력|질문|이름)|(?-i:\[(?:INSERT|YOUR|ENTER) [A-Z])"
RE2_TASK = rf"^[ \t#]*(?:\d{{1,3}}[.)][ \t]*)?{TASK}[ \t]*[:：]|<no_?input>"
KINDS_OF_RE2 = tuple(
    "(?im)" + both_forms(kind)
    for kind in (
        TOKEN,
        f"{HEADING}|{THOUGHT}",
        BOUNDARY,
        BARE,
        RE2_TASK,
        ROLE_LINE,
        LABEL,
        QUESTION_LABEL,
        RE2_SLOT,
        SECOND_QUESTION,
    )
)

# Questions about such text, and questions that ask for a conversation to be written or read.
ABOUT_MARKUP = re.compile(
    r"\btokens?\b|tokeni[sz]|template|\btags?\b|markup|marker|delimiter|separator|special characters?|\bhtml|\bxml"
    r"|chatml|alpaca|vicuna|\bbert\b|transformer|language model|(?:prompt|chat|instruction) (?:format|style)"
    r"|stop (?:sequence|string|word)"
    r"|언어 ?모델|트랜스포머|토큰|토크나이저|템플릿|태그|마커|마크업|구분자|특수 ?문자|특수 ?기호"
    r"|프롬프트 ?(?:형식|양식)",
    re.IGNORECASE,
)
ABOUT_MEANING = re.compile(r"\bmean|stands? for|what(?:'s| is)\b|뜻|의미|뭐야|무엇|무슨", re.IGNORECASE)
CONVERSATION = re.compile(
    r"dialog|conversation|convers|script|transcript|\bchats?\b|chat ?log|exchange|interview|role-?play|\bscene"
    r"|skit|interaction|few-shot|simulat|quiz|trivia|flash ?card|\bfaq\b|\bq ?(?:&|and) ?a\b|riddle|\bjokes?\b|\bpun\b"
    r"|퀴즈|문제를? ?(?:내|만들)|질의응답|수수께끼|농담|유머|대화|대본|인터뷰|역할극|상황극|시나리오|채팅|문답"
    r"|콩트|예시를? ?(?:들어|보여)|흉내",
    re.IGNORECASE,
)
# Texts that are written with slots, and stories, which may close with (끝).
WITH_SLOTS = re.compile(
    r"template|placeholder|\bslots?\b|\bforms?\b|\bmail|e-?mail|letter|message|\bcode|script|jinja|django"
    r"|handlebars|vue"
    r"|angular|string|format|shell|bash|variable|function|command|python|react|html|prompt"
    r"|양식|서식|템플릿|형식|빈칸|메일|편지|문자|메시지|코드|함수|변수|셸|명령|스크립트|프롬프트|공지|안내문",
    re.IGNORECASE,
)
# Questions that ask for questions, and for tasks: such an answer lists them.
ASKS_FOR_QUESTIONS = re.compile(r"question|\bexams?\b|\btests?\b|\bq\d|문제|문항|질문|시험", re.IGNORECASE)
ASKS_FOR_TASKS = re.compile(
    r"instruct|\btasks?\b|\bprompts?\b|\bexamples?\b|\bsamples?\b|지시|명령|예시|예제|과제|작업|프롬프트", re.IGNORECASE
)
ASKS_FOR_PROMPTS = re.compile(r"\binstructions\b|\btasks\b|\bprompts\b|few-shot|지시|과제|프롬프트", re.IGNORECASE)
NUMBERED_TASK = re.compile(r"[\s#]*(\d+)[.)][ \t]*[^\W\d]")
CHOICES = re.compile(r"^[ \t]*\(?B[.):][ \t]*\S", re.MULTILINE)
STORY = re.compile(r"story|tale|novel|poem|script|film|이야기|동화|소설|대본|영화|글|시 ", re.IGNORECASE)
LETTER = re.compile(r"a\s?[:：]", re.IGNORECASE)
LETTERED = re.compile(  # where an answer "A:" names a choice
    r"\bB\b|\bA(?:\s*[:.),/&?]|\s+(?:and|or|vs)\b|\s*(?:와|랑|는|가))|vitamin|grade|blood type|option|choice|multiple"
    r"|letter|\bnote\b|보기|선택지|비타민|학점|혈액형|\(A\)"
)
