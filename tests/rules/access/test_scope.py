"""A scope narrows what a token is for, word by word, and never says what a role may."""

import pytest

from rules.access.deeds import DEEDS
from rules.access.scope import ALL, WORDS, of_no_use, out_of_scope, unknown_words


@pytest.mark.clause("contracts §3")
@pytest.mark.parametrize("do", [*DEEDS, "import", "no_such_deed", ""])
def test_a_token_is_for_the_deeds_that_its_scope_names_and_no_other(do: str) -> None:
    assert out_of_scope(ALL, do) is None
    for word in WORDS:
        if word == "all":
            continue
        refused = out_of_scope((word,), do)
        is_for_it = word == do or (word == "read" and do == "read_own")
        assert (refused is None) is is_for_it, (word, do)
        assert refused is None or (refused.code == "out_of_scope" and do in refused.en and word in refused.en)


def test_a_scope_is_made_of_deeds_and_groups() -> None:
    assert unknown_words(("read", "record_findings", "import", "reed", "")) == ["reed", ""]


def test_a_role_has_no_use_for_what_it_can_never_do() -> None:
    assert of_no_use(("read", "import", "propose_measure", "all"), "inspector") == ()
    assert of_no_use(("read", "import", "propose_measure", "list_for_supervision"), "auditor") == (
        *("import", "propose_measure"),
        "list_for_supervision",
    )
    assert of_no_use(("approve_measure", "list_for_supervision"), "government") == ("list_for_supervision",)
    assert of_no_use(("read", "request_extension"), "enterprise") == ()
