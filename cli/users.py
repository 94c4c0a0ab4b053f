"""`rectify user`: tokens, by which officials are known over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from cli.output import BAD_INPUT, AsJson, Lang, fail, out, print_json
from cli.services import services
from cli.shapes import input_problem
from desk.tokens import SignedActor, ensure_token_key, sign
from models.actors import Actor, Person
from models.instants import show_instant

app = typer.Typer(help="Users. 用户。", no_args_is_help=True)


@app.callback()
def users() -> None:
    """Users. 用户。"""


@app.command()
def token(
    who: Annotated[str, typer.Argument(metavar="ACTOR", help="role:name@territory. 角色:姓名@辖区代码。")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid. 有效天数。")] = 30,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Print a token of the API, which speaks as this official until it expires. 签发接口令牌。"""
    try:
        actor: Actor = TypeAdapter(Person).validate_python(who)
    except ValidationError as error:
        fail(BAD_INPUT, {**input_problem("ACTOR", error), "code": "invalid_actor"}, as_json=as_json)
    with services(as_json=as_json) as found:
        key = ensure_token_key(found.home)
    expires_at = datetime.now(UTC) + timedelta(days=days)
    given = sign(key, SignedActor(actor, expires_at))
    if as_json:
        print_json({"token": given, "actor": str(actor), "expires": show_instant(expires_at)})
    else:
        out().print(given, markup=False, soft_wrap=True)
