"""The board's pages and their JSON: what each address answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse

from stream.board.answers import Html
from stream.board.board_json import json_error, json_page, json_roi
from stream.board.drawing import Drawn, make
from stream.board.pages import Pages
from stream.board.period import Period, period_named, window
from stream.board.reading import Reader
from stream.board.roi_part import MAIN
from stream.board.sources_json import json_sources
from stream.board.sources_page import SourcesPage, sources
from stream.ledger.errors import LedgerError

JSON: Final = "application/json"
_Period = Annotated[str | None, Query(max_length=100)]
_Reading = Annotated[str, Query(max_length=20)]


def add_routes(app: FastAPI, reader: Reader, now_us: Callable[[], int]) -> None:
    """Everything that can be looked at. Nothing is taken but GET."""
    html = Html()

    def board_of(period: Period, at_us: int) -> Drawn:
        return make(reader.read, period, at_us)

    def sources_of(period: Period, at_us: int) -> SourcesPage:
        frame = window(period, at_us)
        return sources(reader.read_sources(frame), frame)

    boards, senders = Pages(board_of, now_us), Pages(sources_of, now_us)
    _add_pages(app, html, boards, senders, now_us)
    _add_json(app, boards, senders, now_us)

    @app.exception_handler(LedgerError)
    async def no_ledger(request: Request, error: LedgerError) -> Response:
        if request.url.path.endswith(".json"):
            return Response(json_error(error.reason, str(error)), 503, media_type=JSON)
        chosen = period_named(request.query_params.get("period"))
        place = request.url.path.strip("/") or "board"
        return HTMLResponse(html.message(str(error), chosen, request.state.nonce, place))


def _add_pages(
    app: FastAPI, html: Html, boards: Pages[Drawn], senders: Pages[SourcesPage], now_us: Callable[[], int]
) -> None:
    @app.get("/", response_class=HTMLResponse)
    async def board(request: Request, period: _Period = None) -> Response:
        chosen = period_named(period)
        return HTMLResponse(html.page(await boards.get(chosen), chosen, now_us(), request.state.nonce))

    @app.get("/roi", response_class=HTMLResponse)
    async def derivation(request: Request, period: _Period = None, reading: _Reading = MAIN) -> Response:
        chosen, nonce = period_named(period), request.state.nonce
        return HTMLResponse(html.derivation(await boards.get(chosen), reading, chosen, now_us(), nonce))

    @app.get("/sources", response_class=HTMLResponse)
    async def who_sends(request: Request, period: _Period = None) -> Response:
        chosen = period_named(period)
        return HTMLResponse(html.sources(await senders.get(chosen), chosen, now_us(), request.state.nonce))


def _add_json(
    app: FastAPI, boards: Pages[Drawn], senders: Pages[SourcesPage], now_us: Callable[[], int]
) -> None:
    @app.get("/api/board.json")
    async def board_json(period: _Period = None) -> Response:
        return Response(json_page(await boards.get(period_named(period)), now_us()), media_type=JSON)

    @app.get("/api/roi.json")
    async def roi_json(period: _Period = None) -> Response:
        return Response(json_roi(await boards.get(period_named(period))), media_type=JSON)

    @app.get("/api/sources.json")
    async def sources_json(period: _Period = None) -> Response:
        return Response(json_sources(await senders.get(period_named(period)), now_us()), media_type=JSON)
