"""`/metrics`, for those who watch the system."""

from fastapi import APIRouter, Response

from serving.backing import Behind
from serving.metrics import CONTENT_TYPE, metrics_page

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    summary="Numbers for monitoring. 监控指标。",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def metrics(behind: Behind) -> Response:
    """In the text format of Prometheus."""
    return Response(await metrics_page(behind), media_type=CONTENT_TYPE)
