"""Bounds on labels."""

from __future__ import annotations

from stream.contract.names import LABELS, OTHER, UNATTRIBUTED
from stream.core.labels import LabelBook


def tuple_of(**labels: str) -> tuple[str, ...]:
    return tuple(labels.get(name, "") for name in LABELS)


def test_values_beyond_the_bound_become_other_in_log_order() -> None:
    """The first values keep their places, the rest are folded and marked, declared names are never folded."""
    book = LabelBook()
    book.configure({"department": 2}, {"department": ["finance"]})
    names = ["a", "b", "c", "finance", "a", "", UNATTRIBUTED]
    ids, folded = book.ids([tuple_of(department=name) for name in names], offset=5)
    assert [book.tuples[i][0] for i in ids.tolist()] == ["a", "b", OTHER, "finance", "a", "", UNATTRIBUTED]
    assert folded.tolist() == [False, False, True, False, False, False, False]
    assert [(entry.offset, entry.value) for entry in book.admitted] == [(5, "a"), (5, "b")]


def test_the_admitted_set_comes_back_from_its_history() -> None:
    """A book made from the history admits and folds as the one that wrote it."""
    book = LabelBook()
    book.configure({"model": 1}, {})
    book.ids([tuple_of(model="first"), tuple_of(model="second")], 1)
    again = LabelBook(book.admitted)
    again.configure({"model": 1}, {})
    ids, folded = again.ids([tuple_of(model="second"), tuple_of(model="first")], 9)
    assert folded.tolist() == [True, False]
    assert again.tuples[ids[1]] == tuple_of(model="first")
    assert again.admitted == book.admitted


def test_a_wider_bound_admits_what_was_folded() -> None:
    """A configuration with more places judges folded tuples anew."""
    book = LabelBook()
    book.configure({"model": 1}, {})
    book.ids([tuple_of(model="a"), tuple_of(model="b")], 1)
    book.configure({"model": 2}, {})
    _, folded = book.ids([tuple_of(model="b")], 2)
    assert not folded.any()
