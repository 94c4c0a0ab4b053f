"""What stands over a list that a reader makes the own one: columns, views, export, orders over what is ticked."""

from typing import Any

from models.actors import Actor
from serving.backing import Backing
from store.campaigns import Campaign
from store.saved_views import ViewedList, shared_with
from web.deeds.orders import offered
from web.lists.columns import Columns
from web.lists.export import EXPORTED_TO
from web.lists.views import LONGEST_NAME, PATHS, form_of, views_offered
from web.queries import TICKED, BoardQuery, CasesQuery, WorkQuery
from web.render import link


def list_tools(
    behind: Backing,
    campaign: Campaign,
    who: Actor,
    of: ViewedList,
    query: CasesQuery | BoardQuery | WorkQuery,
    columns: Columns,
) -> dict[str, Any]:
    """What the templates of lists are filled with (`list_tools.html`).

    `over_all`: orders over the whole list, which cases alone have; `orders`: those over what is ticked.
    """
    path, is_closed = PATHS[of], isinstance(query, CasesQuery) and query.outcome not in (None, "open")
    orders = () if is_closed else offered(campaign, who)
    over_all = orders if of == "cases" else ()
    return {
        "list_path": path,
        "export_path": f"{'/board' if path == '/' else path}/export",
        "columns": columns.chosen(query.columns),
        "all_columns": columns.all,
        "heading": columns.heading,
        "orders": orders,
        "over_all": [(link(f"/orders/new/{what}", **query.address), names) for what, names in over_all],
        "ticked": TICKED,
        "saves": who.person is not None,
        "views": views_offered(behind, who, of),
        "shares": tuple(shared_with(who)),
        "view_form": form_of(of, query),
        "longest_name": LONGEST_NAME,
        "exported_to": EXPORTED_TO,
    }
