"""Patches become a plan that does not depend on the order in which rules speak."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.cleaning.outcome import KEEP_POLICIES, Wishes, cut_all, make_plan
from audit.nouns.findings import Patch

TEXT = "1. 나는 표본이야.<|im_end|>"


def patch(record: int, action: Any, rule: str = "some-rule", **more: Any) -> Patch:
    return Patch(f"r{record}", action, f"because {rule}", rule=rule, record=record, line=record + 1, **more)


def cut(record: int, start: int, end: int, rule: str = "some-rule") -> Patch:
    after = cut_all(TEXT, [(start, end)])
    return patch(record, "edit", rule, before=TEXT, after=after, span=(start, end), safe=True)


def copy(record: int, head: int, rule: str = "duplicate-row", **more: Any) -> Patch:
    return patch(record, "drop", rule, group=f"r{head}", kept=f"r{head}", safe=True, **more)


def wishes(**more: Any) -> Wishes:
    return Wishes(places={f"r{n}": (n, 0, n + 1) for n in range(20)}, **more)


def fates(*patches: Patch, **more: Any) -> dict[int, str]:
    return dict(make_plan(patches, wishes(**more)).outcomes)


def test_quarantine_beats_drop_beats_edit() -> None:
    edit, drop, aside = cut(0, 0, 3), patch(0, "drop"), patch(0, "quarantine")
    assert fates(edit) == {0: "edited"}
    assert fates(edit, drop) == {0: "dropped"}
    assert fates(aside, edit, drop) == {0: "quarantined"}
    assert make_plan([edit, drop], wishes()).texts == {}


def test_cuts_of_one_field_are_made_together() -> None:
    texts = make_plan([cut(0, 0, 3, "a"), cut(0, 11, 21, "b")], wishes()).texts
    assert texts == {(0, 0, "answer"): "나는 표본이야."}


def test_cuts_that_overlap_are_joined() -> None:
    assert cut_all("abcdefgh", [(1, 4), (3, 6)]) == "agh"
    assert cut_all("abcdefgh", [(0, 8), (3, 6)]) == ""
    assert cut_all("1. 2) 답", [(0, 3), (3, 6)]) == "답"


def test_a_text_that_a_person_wrote_beats_cuts() -> None:
    by_hand = patch(0, "edit", "other", before=TEXT, after="내가 쓴 답")
    assert make_plan([cut(0, 0, 3), by_hand], wishes()).texts == {(0, 0, "answer"): "내가 쓴 답"}


def test_one_of_a_group_stays_and_is_named_as_the_partner() -> None:
    plan = make_plan([copy(3, 1), copy(5, 1)], wishes())
    assert plan.outcomes == {3: "dropped", 5: "dropped"}
    assert {p.kept for p in plan.patches} == {"r1"}


@pytest.mark.parametrize(("keep", "gone"), [(1, {3, 5}), (2, {5}), (3, set())])
def test_duplicate_mass_can_be_capped(keep: int, gone: set[int]) -> None:
    assert set(fates(copy(3, 1), copy(5, 1), keep=keep)) == gone


def test_the_longest_stays_though_it_is_not_the_head() -> None:
    worth = [0.0, 5.0, 0.0, 9.0, 0.0, 9.0]
    plan = make_plan([copy(3, 1), copy(5, 1)], wishes(policy="longest", worth=worth))
    assert plan.outcomes == {1: "dropped", 5: "dropped"}, "of two longest ones the first"
    assert {p.kept for p in plan.patches} == {"r3"}
    assert [p.because for p in plan.patches] == ["because duplicate-row"] * 2


def test_a_copy_stays_where_its_head_is_set_aside() -> None:
    assert fates(copy(3, 1), patch(1, "quarantine")) == {1: "quarantined"}
    assert fates(copy(3, 1), patch(1, "quarantine"), patch(3, "quarantine")) == {1: "quarantined", 3: "quarantined"}


def test_what_stays_for_another_takes_its_place_in_other_groups() -> None:
    """Row 3 stays for row 1; row 1 was also near row 0, so row 3 is, too."""
    near = patch(1, "quarantine", "near-duplicate-answer", group="r0", kept="r0")
    worth = [9.0, 1.0, 0.0, 2.0]
    assert fates(copy(3, 1), near, policy="longest", worth=worth) == {1: "dropped", 3: "quarantined"}


def test_a_turn_that_repeats_another_of_its_own_conversation_takes_nothing_away() -> None:
    turn = replace(copy(1, 1), row="r1b", turn=2)
    places = {"r1": (1, 1, 2), "r1b": (1, 2, 2)}
    assert make_plan([turn], Wishes(places=places)).outcomes == {}


def test_spared_records_are_left_alone_and_do_not_push_others_out() -> None:
    assert fates(copy(3, 1), copy(5, 1), spared=frozenset({3})) == {5: "dropped"}
    assert fates(cut(3, 0, 3), spared=frozenset({3})) == {}


def test_an_edit_that_the_format_cannot_hold_sets_the_row_aside() -> None:
    plan = make_plan([cut(0, 0, 3)], wishes(fixed={0: "is made of several parts"}))
    assert plan.outcomes == {0: "quarantined"}
    assert "several parts" in plan.patches[0].because


patches = st.one_of(
    st.builds(cut, st.integers(0, 9), st.integers(0, 5), st.integers(6, 12), st.sampled_from("ab")),
    st.builds(patch, st.integers(0, 9), st.sampled_from(["drop", "quarantine"]), st.sampled_from("abc")),
    st.builds(
        lambda head, off, rule: copy(head + off, head, rule),
        st.integers(0, 4),
        st.integers(1, 5),
        st.sampled_from("de"),
    ),
)


@given(
    st.lists(patches, max_size=12).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))),
    st.sampled_from(KEEP_POLICIES),
    st.integers(1, 3),
)
def test_the_order_of_patches_means_nothing(both: tuple[list[Patch], list[Patch]], policy: Any, keep: int) -> None:
    one, other = (
        make_plan(order, wishes(policy=policy, keep=keep, worth=[n % 4 for n in range(10)])) for order in both
    )
    assert one == other
    assert {p.record for p in one.patches} == set(one.outcomes)


@given(st.lists(patches, max_size=12))
def test_a_row_is_never_dropped_for_one_that_goes_too(some: list[Patch]) -> None:
    """What is dropped as a copy has a partner that stays, or was set aside for a reason of its own."""
    groups = [p for p in some if p.group]
    plan = make_plan(groups, wishes())
    assert not {p.kept for p in plan.patches} & {p.row for p in plan.patches}
