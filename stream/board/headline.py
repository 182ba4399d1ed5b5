"""The tiles: headline figures, each against the period before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from stream.board import comparison, shown
from stream.board import formatting as f
from stream.board.numbers import quotient, usd
from stream.board.page import Figure, Tile
from stream.board.period import Window
from stream.board.sums import ERRORS, Sums
from stream.contract.kpis import LATENCY_CLASS, LATENCY_CLASSES
from stream.contract.names import OUTCOMES, US_PER_HOUR, US_PER_SECOND

TARGET_MEAN_S: Final = LATENCY_CLASS["overall"].mean_below_s
_OF_CLASSES: Final = ", ".join(
    f"{item.name} below {item.mean_below_s} s" for item in LATENCY_CLASSES if item.key != "overall"
)
_ANSWERED: Final = "answered requests"
_FIRST: Final = "requests with a first token"


def tiles(now: Sums, before: Sums | None, window: Window) -> Sequence[Tile]:
    """``before``: the earlier period; None when the ledger does not reach back to its beginning."""
    return (
        _requests(now, before, window),
        _cost(now, before, window),
        _cost_per_request(now, before, window),
        _tokens(now, before, window),
        _latency(now, before, window),
        _first_token(now, before, window),
        _errors(now, before, window),
        _attempts(now, before, window),
    )


def _requests(now: Sums, before: Sums | None, window: Window) -> Tile:
    hours = Decimal(window.elapsed_us or 0) / US_PER_HOUR
    more = []
    if hours:
        rate = now.requests / hours
        more = [("per hour", Figure(f.compact(rate.quantize(Decimal("0.1"))), "", f"{rate:.6f}"))]
    return Tile(
        "requests",
        "Requests",
        "Final events, whatever their outcome; retries are attempts of the same request.",
        shown.counted(now.requests, "requests"),
        more,
        comparison.paced(now, before, window, lambda sums: Decimal(sums.requests)),
    )


def _cost(now: Sums, before: Sums | None, window: Window) -> Tile:
    reported = Figure(
        f.money(usd(now.of("reported_nano_usd"))), "USD", f.plain(usd(now.of("reported_nano_usd")))
    )
    return Tile(
        "cost",
        "Cost",
        "Cost of all attempts, failed and repeated ones included, exact to the nano-dollar. ≥: some attempts"
        " have no price, or only a part of one. As reported: what sources themselves said, beside ours.",
        shown.cost(now),
        [("as reported by sources", reported)] if now.of("reported_nano_usd") else (),
        comparison.paced(now, before, window, lambda sums: usd(sums.cost_nano_usd)),
    )


def _cost_per_request(now: Sums, before: Sums | None, window: Window) -> Tile:
    return Tile(
        "cost_per_request",
        "Cost per request",
        "Cost of all attempts ÷ requests. ≥: some attempts have no price, or only a part of one.",
        shown.cost_per_request(now),
        (),
        comparison.rated(now, before, window, lambda sums: quotient(usd(sums.cost_nano_usd), sums.requests)),
    )


def _tokens(now: Sums, before: Sums | None, window: Window) -> Tile:
    def per_request(sums: Sums) -> Decimal | None:
        return quotient(sums.tokens_in + sums.tokens_out, sums.requests)

    return Tile(
        "tokens_per_request",
        "Tokens per request",
        "Input and output tokens of all attempts ÷ requests. Attempts of unknown usage bring none.",
        shown.ratio(now.tokens_in + now.tokens_out, now.requests, "tokens", "requests"),
        [
            ("in", shown.ratio(now.tokens_in, now.requests, "", "requests")),
            ("out", shown.ratio(now.tokens_out, now.requests, "", "requests")),
            ("of input from cache", shown.portion(now.tokens_cached, now.tokens_in, "input tokens")),
        ],
        comparison.rated(now, before, window, per_request, lower_is_better=None),
    )


def _latency(now: Sums, before: Sums | None, window: Window) -> Tile:
    durations = now.duration()
    found = durations.mean_us()
    figure = shown.mean(durations, _ANSWERED)
    if found is not None:
        within = found < TARGET_MEAN_S * US_PER_SECOND
        word = (
            f"within the target of {TARGET_MEAN_S} s" if within else f"over the target of {TARGET_MEAN_S} s"
        )
        figure = Figure(figure.shown, figure.unit, figure.exact, figure.of, figure.of_what, note=word)
    return Tile(
        "mean_latency",
        "Mean latency",
        "Request sent to full response received, over answered requests whose duration is known. p50 and p95"
        f" are interpolated within a histogram's bucket. Target: mean below {TARGET_MEAN_S} s overall"
        f" ({_OF_CLASSES}).",
        figure,
        [
            ("p50", shown.quantile(durations, shown.P50, _ANSWERED)),
            ("p95", shown.quantile(durations, shown.P95, _ANSWERED)),
        ],
        comparison.rated(now, before, window, lambda sums: sums.duration().mean_us()),
    )


def _first_token(now: Sums, before: Sums | None, window: Window) -> Tile:
    first = now.ttft()
    return Tile(
        "time_to_first_token",
        "Time to first token",
        "Mean of request sent to first token, over answered requests where it is known. p50"
        " and p95 are interpolated within a histogram's bucket.",
        shown.mean(first, _FIRST),
        [
            ("p50", shown.quantile(first, shown.P50, _FIRST)),
            ("p95", shown.quantile(first, shown.P95, _FIRST)),
        ],
        comparison.rated(now, before, window, lambda sums: sums.ttft().mean_us()),
    )


def _errors(now: Sums, before: Sums | None, window: Window) -> Tile:
    kinds = [
        (outcome.replace("_", " "), shown.counted(now.of(f"requests_{outcome}")))
        for outcome in OUTCOMES
        if outcome in ERRORS
    ]
    return Tile(
        "error_rate",
        "Error rate",
        "Requests whose last attempt ended in an error, a time-out or a rate limit ÷ requests. Cancelled and"
        " content-filtered requests are no failures of the service. The interval is Wilson's, 95 %.",
        shown.share(now.errors, now.requests, "requests", always_interval=True),
        kinds if now.requests else (),
        comparison.errors(now, before, window),
    )


def _attempts(now: Sums, before: Sums | None, window: Window) -> Tile:
    return Tile(
        "attempts_per_request",
        "Attempts per request",
        "Attempts (events counted once) ÷ requests: above 1, requests were tried again, and each try costs.",
        shown.ratio(now.attempts, now.requests, "", "requests"),
        [("attempts", shown.counted(now.attempts))] if now.attempts else (),
        comparison.rated(now, before, window, lambda sums: quotient(sums.attempts, sums.requests)),
    )
