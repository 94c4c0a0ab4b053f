"""`rectify user …` of people: added, invited, given posts, delegated to, gone; what is wrong is said."""

from uuid import uuid4

import pytest

from tests.cli.run import CHINESE, Ran, invoke

pytestmark = pytest.mark.usefixtures("here")
POST = "inspector@650203"


def added(post: str = POST, *more: str, login: str | None = None) -> Ran:
    return invoke("user", "add", "李明", post, "--login", login or uuid4().hex[:12], *more, "--json")


def shown(person: str) -> dict[str, list[dict[str, str | None]]]:
    return invoke("user", "show", person, "--json").json


def test_somebody_is_added_with_a_post_and_a_link_and_listed_by_names() -> None:
    told = added("检查员@克拉玛依区/fireworks")
    assert told.code == 0 and "/invited/" in told.json["link"] and told.json["expires"].endswith("+08:00")
    person = told.json["person"]
    [post] = shown(person)["posts"]
    assert (post["role"], post["territory"], post["sector"]) == ("inspector", "650203", "fireworks")
    for lang, words in (("zh", "检查员@克拉玛依区/烟花爆竹"), ("en", "inspector@Karamay")):
        listed = invoke("user", "list", "--lang", lang)
        assert listed.code == 0 and person in listed.out and words in listed.out.replace("\n", "")
        assert invoke("user", "show", person, "--lang", lang).code == 0


@pytest.mark.parametrize(
    ("post", "more", "code"),
    [
        ("inspector", (), "invalid_post"),
        ("inspector@999999", (), "unknown_district"),
        ("mayor@650203", (), "invalid_post"),
        ("regulator@650200", (), "no_sector"),
        ("enterprise@650203", (), "post_of_subject"),
        (POST, ("--subject", "s1"), "post_of_subject"),
        ("inspector@650200", (), "post_of_district"),
        ("inspector@650203/bakeries", (), "invalid_post"),
    ],
)
def test_a_post_that_nobody_can_hold_is_bad_input(post: str, more: tuple[str, ...], code: str) -> None:
    told = added(post, *more)
    assert told.code == 2 and CHINESE.search(told.problem["zh"]) and told.problem["en"].startswith("POST")
    assert told.problem["code"] in (code, "invalid_option", "invalid_post")


def test_a_login_belongs_to_one_person_however_it_is_written() -> None:
    login = uuid4().hex[:12]
    assert added(login=login).code == 0
    for again in (login, login.upper(), f" {login}\u200b"):
        told = added(login=again)
        assert (told.code, told.problem["code"]) == (1, "login_taken")
    fresh = invoke("user", "invite", login, "--json")
    assert fresh.code == 0 and "/invited/" in fresh.json["link"]
    told = invoke("user", "invite", "nobody-at-all", "--json")
    assert (told.code, told.problem["code"]) == (1, "unknown_login")


def test_posts_are_given_and_ended_and_delegated() -> None:
    principal, delegate = (added(post).json["person"] for post in ("supervisor@650203", POST))
    [held] = shown(principal)["posts"]
    post = str(held["post_id"])
    given = invoke("user", "delegate", post, delegate, "--until", "2099-01-01", "--json")
    assert given.code == 0 and shown(delegate)["delegations"][0]["post_id"] == post
    own = invoke("user", "delegate", post, principal, "--until", "2099-01-01", "--json")
    assert (own.code, own.problem["code"]) == (1, "own_delegate")
    past = invoke("user", "delegate", post, delegate, "--until", "2020-01-01", "--json")
    assert (past.code, past.problem["code"]) == (1, "empty_period")
    auditor = added("auditor@650200").json["person"]
    unfit = invoke("user", "delegate", post, auditor, "--until", "2099-01-01", "--json")
    assert (unfit.code, unfit.problem["code"]) == (1, "unfit_delegate")
    assert "李明" in invoke("user", "show", principal).out, "who acts in the own post"
    assert invoke("user", "end-delegation", given.json["delegation"]).code == 0
    more = invoke("user", "post", delegate, "supervisor@650202", "--until", "2099-12-31", "--json")
    twice = invoke("user", "post", delegate, "supervisor@650202", "--json")
    assert (twice.code, twice.problem["code"]) == (1, "held_already") and CHINESE.search(twice.problem["zh"])
    assert more.code == 0 and invoke("user", "end-post", more.json["post"]).code == 0
    for again in (("end-post", more.json["post"]), ("end-delegation", given.json["delegation"]), ("show", "p-none")):
        told = invoke("user", *again, "--json")
        assert (told.code, told.problem["code"]) == (1, "unknown_person")


def test_who_leaves_holds_nothing_and_the_duties_without_a_holder_are_told() -> None:
    def missing(role: str, territory: str) -> list[int]:
        known = invoke("user", "vacancies", "--json").json["vacancies"]
        return [one["held"] for one in known if (one["role"], one["territory"]) == (role, territory)]

    assert missing("government", "650205") == [0]
    person = added("government@650205").json["person"]
    assert missing("government", "650205") == []
    told = invoke("user", "leave", person, "--json")
    assert told.code == 0 and told.json["cases"] == 0
    assert missing("government", "650205") == [0] and "leave" not in invoke("user", "vacancies").out
    again = invoke("user", "leave", person, "--json")
    assert (again.code, again.problem["code"]) == (1, "unknown_person")
    assert person not in invoke("user", "list").out and person in invoke("user", "list", "--all").out


def test_a_token_has_a_scope_and_a_label_and_is_listed_with_them() -> None:
    given = invoke(
        *("user", "token", "office:市安委办@650200", "--scope", "read, import,read", "--label", "区级系统", "--json")
    )
    assert given.code == 0 and given.json["scope"] == ["read", "import"]
    [listed] = [t for t in invoke("user", "tokens", "--json").json["tokens"] if t["id"] == given.json["id"]]
    assert (listed["scope"], listed["label"], listed["last_used"]) == (["read", "import"], "区级系统", None)
    assert listed["issued_by"].startswith("os:") and listed["state"] == "valid"
    for lang, words in (("zh", "查看案件、导入台账"), ("en", "read, import")):
        told = invoke("user", "tokens", "--lang", lang)
        assert told.code == 0 and words.replace(" ", "") in told.out.replace("\n", "").replace(" ", "")
    for wrong in ("reed", "", "read,,reed"):
        told = invoke("user", "token", "office:市安委办@650200", "--scope", wrong, "--json")
        assert (told.code, told.problem["code"]) == (2, "invalid_option") and "record_findings" in told.problem[
            "en"
        ] + (told.problem["remedy_en"])


def test_a_token_of_a_post_names_its_holder_and_ends_with_the_post() -> None:
    person = added(POST).json["person"]
    post = str(shown(person)["posts"][0]["post_id"])
    given = invoke("user", "token", "--post", post, "--json")
    assert given.code == 0 and given.json["actor"] == "inspector:李明@650203" and given.json["post"] == post

    def state() -> str:
        known = invoke("user", "tokens", "--json").json["tokens"]
        return next(t["state"] for t in known if t["id"] == given.json["id"])

    assert state() == "valid" and invoke("user", "end-post", post).code == 0 and state() == "post_ended"
    for call, code in ((("--post", post), 1), ((), 2), (("office:市安委办@650200", "--post", post), 2)):
        told = invoke("user", "token", *call, "--json")
        assert told.code == code and CHINESE.search(told.problem["zh"]), call
