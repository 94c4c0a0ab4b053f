"""Every page says it when the trial engine carries the cases, and only then: to whoever maintains it, in full."""

import httpx
import pytest

from embedded.engine import TRIAL_EN, TRIAL_ZH
from engine.connection import Services
from serving.cookies import SESSION_COOKIE
from store.campaigns import Campaign
from tests.people import session
from tests.web.serve import served
from web.words import WORDS

PLAIN_ZH, PLAIN_EN = WORDS["trial_only"]


@pytest.mark.parametrize("engine", ["trial", "postgres", "external"])
def test_the_foot_of_a_page_tells_the_trial_engine(services: Services, town: Campaign, engine: str) -> None:
    services.endpoints = services.endpoints.model_copy(update={"engine": engine})
    told = {
        ("office:周主任@650200", "/"): (PLAIN_ZH, PLAIN_EN),
        ("admin:管理员@650200", "/admin/health"): (TRIAL_ZH, TRIAL_EN),
    }
    with served(services) as site:
        for (post, path), sentences in told.items():
            signed_in = {SESSION_COOKIE: session(services, post)}
            for language, sentence in zip(("zh", "en"), sentences, strict=True):
                page = httpx.get(f"{site}{path}", params={"lang": language}, cookies=signed_in).raise_for_status().text
                assert (sentence in page) == (engine == "trial"), (post, language)
                others = {TRIAL_ZH, TRIAL_EN, PLAIN_ZH, PLAIN_EN} - {sentence}
                assert not any(other in page for other in others), (post, language)
