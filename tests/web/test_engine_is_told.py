"""Every page says it when the trial engine carries the cases, and only then."""

import httpx
import pytest

from embedded.engine import TRIAL_EN, TRIAL_ZH
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from tests.people import session
from tests.web.serve import served


@pytest.mark.parametrize("engine", ["trial", "postgres", "external"])
def test_the_foot_of_a_page_tells_the_trial_engine(services: Services, town: Campaign, engine: str) -> None:
    services.endpoints = services.endpoints.model_copy(update={"engine": engine})
    signed_in = {SESSION_COOKIE: session(services, "office:周主任@650200")}
    with served(services) as site:
        for language, sentence in (("zh", TRIAL_ZH), ("en", TRIAL_EN)):
            page = httpx.get(site, params={"lang": language}, cookies=signed_in).raise_for_status().text
            assert town.campaign_id in page
            assert (sentence in page) == (engine == "trial")
