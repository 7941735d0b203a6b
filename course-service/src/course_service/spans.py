"""Arithmetic of spans: sorted, disjoint, half-open pairs of whole seconds or pages."""

from collections.abc import Iterable
from math import ceil

Span = tuple[int, int]
Spans = tuple[Span, ...]


def union(*many: Iterable[Span]) -> Spans:
    """Everything that any of `many` covers."""
    merged: list[Span] = []
    for low, high in sorted(span for spans in many for span in spans if span[0] < span[1]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def without(spans: Spans, taken: Spans) -> Spans:
    """What `spans` covers and `taken` does not."""
    left: list[Span] = []
    for span in spans:
        low, high = span
        for start, end in taken:
            if end <= low or start >= high:
                continue
            if low < start:
                left.append((low, start))
            low = max(low, end)
        if low < high:
            left.append((low, high))
    return tuple(left)


def first(spans: Spans, length: float) -> Spans:
    """The beginning of `spans`, `length` long at most (rounded up)."""
    left, kept = ceil(max(0.0, length)), []
    for low, high in spans:
        if left <= 0:
            break
        kept.append((low, min(high, low + left)))
        left -= high - low
    return tuple(kept)


def within(spans: Spans, end: int) -> Spans:
    """The part of `spans` below `end`."""
    return tuple((low, min(high, end)) for low, high in spans if low < end)


def length(spans: Spans) -> int:
    """How much they cover."""
    return sum(high - low for low, high in spans)
