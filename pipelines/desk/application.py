"""Puts the desk together: one application for a home, whoever serves it."""

from __future__ import annotations

from importlib.resources import as_file, files

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from xuanpin.pipelines.desk.forms import own_form
from xuanpin.pipelines.desk.guard import Guard
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.desk.refusals import add_refusals
from xuanpin.pipelines.desk.routes import agent, agents, connect, core, links, lives, runs, tonight, whatif

ROUTERS = (
    core.router, tonight.router, whatif.router, links.router, agents.router, runs.router, lives.router, agent.router,
    connect.router,
)  # fmt: skip
"""The pages, part by part."""


def desk_application(place: DeskPlace) -> FastAPI:
    """Return the application that serves `place`; nothing of it describes itself to a stranger."""
    app = FastAPI(
        title="Xuanpin",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(own_form)],
        middleware=[Middleware(Guard, place=place)],
    )
    app.state.place = place
    add_refusals(app)
    for router in ROUTERS:
        app.include_router(router)
    with as_file(files("xuanpin.pipelines.desk").joinpath("static")) as folder:
        app.mount("/static", StaticFiles(directory=folder))
    return app
