"""Does semantic-duplicate-answer tell the same meaning from like subjects? `python tests/bench/same_meaning.py`.

Two rows at a time are put into each sample set: pairs that say the same in other words, and pairs of like questions
whose answers say something else. They were written before the rule was held against them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from audit.detectors.duplicates.semantic_duplicate_answer import semantic_duplicate_answer
from audit.engines.local import Local
from audit.likeness.matching import match
from audit.likeness.signals import CachedSignals, Signals
from audit.nouns.findings import Finding
from audit.rows.corpus import build, load

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
SAME = [
    (
        "When does the library open?",
        "The library opens at nine in the morning.",
        "What time can I get into the library?",
        "You can get into the library from nine o'clock in the morning.",
    ),
    (
        "Is the museum free?",
        "Yes, the museum is free for everybody.",
        "Do I have to pay for the museum?",
        "No, nobody has to pay for the museum.",
    ),
    (
        "How do I reset my password?",
        "Click on 'forgot password' and follow the link that we mail you.",
        "I can't log in any more, I forgot my password.",
        "Use the 'forgot password' button; a link will reach you by mail.",
    ),
    (
        "Why do leaves turn red in autumn?",
        "Because the green pigment breaks down and red ones become visible.",
        "What makes leaves change colour in fall?",
        "Chlorophyll decays, so that other, reddish pigments show.",
    ),
    (
        "Who wrote Hamlet?",
        "Hamlet was written by William Shakespeare.",
        "Which author is Hamlet by?",
        "Shakespeare is the author of Hamlet.",
    ),
    (
        "How should I store bread?",
        "Keep bread in a paper bag at room temperature, never in the fridge.",
        "Where does bread keep best?",
        "Bread keeps best outside the refrigerator, in paper, at room temperature.",
    ),
    (
        "What is the capital of Australia?",
        "The capital of Australia is Canberra, not Sydney.",
        "Which city is Australia's capital?",
        "Canberra is Australia's capital, although many think of Sydney.",
    ),
    (
        "How can I fall asleep faster?",
        "Put your phone away an hour before bed and keep the room dark and cool.",
        "I lie awake at night, what helps?",
        "A cool, dark bedroom and no screens in the last hour help.",
    ),
    (
        "What does a blacksmith do?",
        "A blacksmith heats iron and hammers it into tools.",
        "What is the work of a blacksmith?",
        "He forges tools out of glowing iron with a hammer.",
    ),
    (
        "Summarize: The meeting was moved to Friday because the boss is ill.",
        "The boss is sick, so the meeting takes place on Friday.",
        "Shorten this: As our boss fell ill, we will meet on Friday instead.",
        "We meet on Friday, as the boss is ill.",
    ),
    (
        "Rewrite politely: Give me the report.",
        "Could you please give me the report?",
        "Make this more polite: Send the report!",
        "Would you mind sending me the report, please?",
    ),
    (
        "Do penguins fly?",
        "Penguins cannot fly, but they swim very well.",
        "Can a penguin fly?",
        "No, penguins are birds that swim instead of flying.",
    ),
    (
        "도서관은 몇 시에 열어요?",
        "도서관은 아침 아홉 시에 문을 열어요.",
        "도서관 언제부터 들어갈 수 있어요?",
        "아침 아홉 시부터 도서관에 들어가실 수 있어요.",
    ),
    (
        "박물관은 무료인가요?",
        "네, 박물관은 누구나 무료로 볼 수 있어요.",
        "박물관 입장료 있어요?",
        "아니요, 박물관 입장은 공짜예요.",
    ),
    (
        "비밀번호를 잊어버렸어요.",
        "로그인 화면에서 비밀번호 찾기를 누르면 메일로 링크를 보내 드려요.",
        "로그인이 안 돼요, 비밀번호가 생각이 안 나요.",
        "비밀번호 찾기 버튼을 누르시면 링크가 메일로 갑니다.",
    ),
    (
        "단풍은 왜 들어?",
        "엽록소가 사라지면서 붉은 색소가 드러나기 때문이야.",
        "가을에 나뭇잎이 왜 빨개져?",
        "초록 색소가 없어지고 빨간 색소가 보여서 그래.",
    ),
    (
        "한국의 수도는 어디야?",
        "한국의 수도는 서울이야.",
        "대한민국 수도가 어느 도시지?",
        "대한민국의 수도는 서울이라는 도시야.",
    ),
    (
        "빵은 어떻게 보관해?",
        "빵은 냉장고 말고 실온에서 종이에 싸서 보관해.",
        "빵 어디에 두는 게 좋아?",
        "종이 봉투에 넣어 실온에 두는 게 좋고 냉장고는 피해.",
    ),
    (
        "잠이 안 와.",
        "자기 한 시간 전에는 휴대폰을 치우고 방을 어둡고 시원하게 해 봐.",
        "밤에 잠들기 힘든데 어떡하지?",
        "방을 시원하고 어둡게 하고 마지막 한 시간은 화면을 보지 마.",
    ),
    (
        "펭귄은 날 수 있어?",
        "펭귄은 날지 못하지만 헤엄은 아주 잘 쳐.",
        "펭귄도 날아?",
        "아니, 펭귄은 나는 대신 수영을 잘하는 새야.",
    ),
    (
        "강아지 산책은 얼마나 자주 시켜?",
        "강아지는 하루에 두 번 산책시키는 게 좋아.",
        "개 산책 하루 몇 번?",
        "하루 두 번씩 데리고 나가면 돼.",
    ),
    (
        "김치찌개에 뭐 넣어?",
        "김치찌개에는 돼지고기랑 두부를 넣으면 맛있어.",
        "김치찌개 재료가 뭐야?",
        "김치 말고도 두부하고 돼지고기가 들어가면 맛이 좋아.",
    ),
    ("존댓말로 바꿔: 밥 먹어.", "진지 드세요.", "공손하게 고쳐 줘: 밥 먹어라.", "식사하세요."),
    (
        "주말에 뭐 했어?",
        "주말에는 집에서 하루 종일 영화만 봤어.",
        "토요일 일요일에 뭐 하고 지냈어?",
        "집에 틀어박혀서 이틀 내내 영화를 봤지.",
    ),
]
OTHER = [
    (
        "Rewrite in the past tense: She sings in the choir.",
        "She sang in the choir.",
        "Put this into the past tense: He plays in a band.",
        "He played in a band.",
    ),
    (
        "Correct the grammar: He go to school every day.",
        "He goes to school every day.",
        "Correct the grammar: They was late for the bus.",
        "They were late for the bus.",
    ),
    (
        "Translate into English: Ich habe Hunger.",
        "I am hungry.",
        "Translate into English: Ich habe Durst.",
        "I am thirsty, could I have water?",
    ),
    (
        "Rewrite politely: Close the door.",
        "Could you please close the door?",
        "Rewrite politely: Open the window.",
        "Would you please open the window?",
    ),
    (
        "Summarize: The shop sold fewer shoes this year, as people save.",
        "People save, so the shop sold fewer shoes.",
        "Summarize: The bakery sold more bread this year as tourists came.",
        "Tourists made the bakery sell more bread.",
    ),
    (
        "When does the library open?",
        "The library opens at nine in the morning.",
        "When does the swimming pool close?",
        "The swimming pool closes late in the evening.",
    ),
    (
        "What is the capital of France?",
        "The capital of France is Paris.",
        "What is the capital of Spain?",
        "The capital of Spain is Madrid.",
    ),
    (
        "Is the museum free?",
        "Yes, the museum is free for everybody.",
        "Is the zoo free?",
        "No, the zoo costs twelve dollars.",
    ),
    (
        "How do I clean a wool coat?",
        "Brush it, air it, and leave washing to a cleaner.",
        "How do I clean leather shoes?",
        "Brush them, wipe them with a damp cloth and polish them.",
    ),
    (
        "과거형으로 바꿔: 나는 학교에 간다.",
        "나는 학교에 갔다.",
        "과거형으로 바꿔: 그는 공원에서 논다.",
        "그는 공원에서 놀았다.",
    ),
    ("존댓말로 바꿔: 문 닫아.", "문을 닫아 주세요.", "존댓말로 바꿔: 창문 열어.", "창문을 열어 주시겠어요?"),
    ("영어로 번역해: 배고파요.", "I am hungry now.", "영어로 번역해: 졸려요.", "I am sleepy now."),
    ("프랑스의 수도는?", "프랑스의 수도는 파리입니다.", "스페인의 수도는?", "스페인의 수도는 마드리드입니다."),
    (
        "비빔밥 재료가 뭐야?",
        "비빔밥에는 나물이랑 고추장이 들어가.",
        "떡볶이 재료가 뭐야?",
        "떡볶이에는 떡이랑 어묵이 들어가.",
    ),
    ("고양이는 뭘 먹어?", "고양이는 고기하고 생선을 먹어.", "토끼는 뭘 먹어?", "토끼는 풀하고 당근을 먹어."),
    (
        "주말에 뭐 했어?",
        "주말에는 집에서 하루 종일 영화만 봤어.",
        "어제 저녁에 뭐 했어?",
        "어제 저녁에는 친구랑 볼링 쳤어.",
    ),
]


def flagged(rows: list[dict[str, str]], pair: tuple[str, str, str, str], signals: Signals) -> bool:
    """Whether one of the two rows is flagged because of the other."""
    first, answer, second, other = pair
    added = [{"question": first, "answer": answer}, {"question": second, "answer": other}]
    corpus = build([*rows, *(row | {"split": "train"} for row in added)])
    both = {len(rows), len(rows) + 1}
    found = semantic_duplicate_answer(match(corpus, Local()), Local(), signals)
    return any(isinstance(item, Finding) and {item.row, *item.related} == both for item in found)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        signals = CachedSignals(cache=Path(folder))
        for name in ("korean-persona.csv", "english-instruct.jsonl"):
            rows = load(SAMPLES / name).table.select(["question", "answer", "split"]).to_pylist()
            for kind, pairs in (("the same", SAME), ("something else", OTHER)):
                seen = sum(flagged(rows, pair, signals) for pair in pairs)
                print(f"{name:24}{kind:16}{seen:4} of {len(pairs)} flagged", flush=True)


if __name__ == "__main__":
    main()
