"""The same findings in Korean."""

from __future__ import annotations

from audit.nouns.reports import Report
from audit.reporting.renderers.findings import Words, render_in

KOREAN = Words(
    title="저품질 답변의 원인 분석 결과",
    background="배경",
    summary="결과 요약",
    details="결과 상세",
    conclusion="결론",
    data="학습 데이터: {name}, {rows:,}행",
    heads=("실행", "설정", "출력 수", "프롬프트 수"),
    share="{failure}: {run} 출력의 {percent} ({count})",
    example="예시 ({run}):",
    verdict="{failure} — {told}",
    observed="이미 나온 출력만 보고 판단했습니다. 다시 학습하거나 다시 물어본 것이 아니므로 증거이지 증명은 아닙니다.",
    part="일부",
    answers={
        "nothing to explain": "원인을 물을 만큼 자주 나타난 문제가 없습니다.",
        "too few to tell": "출력이 너무 적어 아무것도 말할 수 없습니다.",
    },
    failures={
        "digit-start": "숫자로 시작하는 답변",
        "enumerator-start": "번호로 시작하는 답변",
        "needless-number": "묻지 않은 숫자로 시작하는 답변",
        "training-copy": "학습 데이터의 답변을 그대로 출력",
        "unrelated-copy": "질문과 무관한 학습 데이터의 답변을 출력",
        "cut-off-answer": "중간에 끊기는 답변",
        "looping": "같은 말을 되풀이하는 답변",
        "no-stop": "끝나지 않는 답변",
        "copied-context": "주어진 글을 그대로 읊는 답변",
        "copied-question": "질문을 되풀이하는 답변",
        "empty": "빈 답변",
        "leftover-marker": "템플릿 표시가 남은 답변",
        "mojibake": "글자가 깨진 답변",
        "refusal": "거절하거나 AI라고 말하는 답변",
        "stray-script": "다른 문자의 낱말이 섞인 답변",
        "wrong-language": "다른 언어로 쓴 답변",
    },
    causes={
        "prompt": "프롬프트",
        "data": "데이터",
        "training length": "학습 길이",
        "base model": "기반 모델",
        "learning rate": "학습률",
        "scale": "alpha 배율",
        "rank": "LoRA rank",
        "initialisation": "초기값",
        "decoding": "디코딩",
        "memorisation": "암기",
        "setting": "다른 설정",
    },
    decisions={
        "supported": "원인으로 뒷받침됨",
        "contradicted": "주된 원인이 아님",
        "cannot tell": "알 수 없음",
        "not tested": "시험하지 않음",
    },
    next="다음에 할 일 (비용이 적은 순)",
)


def render(report: Report) -> str:
    """The findings in Korean; AuditError for a report that is no diagnosis."""
    return render_in(report, KOREAN)
