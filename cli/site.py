"""The site that `rectify web` serves: pages and API on one application."""

from fastapi import FastAPI

from api.app import add_api
from engine.connection import Services
from serving.app import bare_app
from serving.bodies import Patience
from web.app import add_pages, tell_trouble


def create_site(services: Services, patience: Patience | None = None) -> FastAPI:
    """Pages and API on these services."""
    app = bare_app(services, tell_trouble, patience)
    add_api(app)
    add_pages(app)
    return app
