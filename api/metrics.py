"""`/metrics`, for those who watch the system."""

from fastapi import APIRouter, Response
from prometheus_client import generate_latest

from serving.backing import Behind

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    summary="Numbers for monitoring. 监控指标。",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def metrics(behind: Behind) -> Response:
    """In the text format of Prometheus."""
    return Response(generate_latest(behind.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")
