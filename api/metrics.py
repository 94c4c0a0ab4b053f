"""`/metrics`, for those who watch the system from its own machine."""

from fastapi import APIRouter, Request, Response

from serving.backing import Behind
from serving.metrics import CONTENT_TYPE, metrics_page
from serving.problems import nothing_here
from serving.proxies import is_here

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    summary="Numbers for monitoring. 监控指标。",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def metrics(request: Request, behind: Behind) -> Response:
    """In the text format of Prometheus; 404 to other machines, which have `RECTIFY_METRICS_LISTEN`."""
    if not is_here(request.scope):
        raise nothing_here()
    return Response(await metrics_page(behind), media_type=CONTENT_TYPE)
