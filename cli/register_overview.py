"""The register as a whole: licences that end within a campaign, subjects by territory."""

from datetime import date
from typing import Annotated

import typer
from sqlalchemy import Engine

from cli.filters import District, place_meant
from cli.names import districts, named
from cli.output import AsJson, Lang, print_json, say, table
from cli.services import campaign_named, services
from models.instants import day_of
from store.campaigns import campaigns
from store.subject_search import suspicions, territory_tree


def suspected(
    campaign: Annotated[
        str | None, typer.Option(help="The campaign; the newest if left out. 行动，缺省为最新的行动。")
    ] = None,
    district: District = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many. 最多条数。")] = 50,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Licences that end within the campaign: look there; nothing is filed by itself. 证照到期线索。"""
    with services(as_json=as_json) as found:
        of = campaign_named(found, campaign, as_json=as_json)
        here = place_meant([of.plan], district=district, as_json=as_json)["district"]
        until = of.phases[-1].ends_at
        rows = suspicions(found.engine, of.campaign_id, until, district=here, limit=limit)
    if as_json:
        print_json({"campaign": of.campaign_id, "suspicions": [r.model_dump(mode="json") for r in rows]})
        return
    names = districts([of.plan])
    headers = (("对象", "subject"), ("名称", "name"), ("区", "district"), ("证照", "licence"))
    table(
        say("行动期内到期的证照（线索，不自动立项）", "Licences that end within the campaign (suspicions only)"),
        [say(*h) for h in (*headers, ("有效期至", "until"), ("案件", "case"))],
        (
            (r.subject_id, r.name, named(names, r.district), f"{r.licence} {r.number}", r.expires_on, r.case_id)
            for r in rows
        ),
    )


def tree(as_json: AsJson = False, lang: Lang = None) -> None:
    """How many subjects there are by district, street, community. 辖区统计。"""
    with services(as_json=as_json) as found:
        rows = territory_tree(found.engine)
        names = districts([of.plan for of in campaigns(found.engine)])
    if as_json:
        print_json({"territories": rows})
        return
    headers = (
        ("区", "district"),
        ("街道", "street"),
        ("社区", "community"),
        ("对象", "subjects"),
        ("已停止经营", "ceased"),
    )
    table(
        say("辖区", "Territories"),
        [say(*h) for h in headers],
        ((named(names, r["district"]), r["street"], r["community"], r["subjects"], r["ceased"]) for r in rows),
    )


def today(engine: Engine) -> date:
    """By the clock of the newest campaign, by whose plan the register is judged."""
    return day_of(campaigns(engine)[0].now())
