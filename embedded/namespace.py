"""The Temporal namespace and its search attributes, registered once and waited for until they can be used."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from embedded.errors import StackError, attribute_clash, temporal_refuses, temporal_unreachable
from embedded.temporal_access import TemporalAccess, connect_temporal
from embedded.tls_refusal import refusal_of

T = TypeVar("T")

SEARCH_ATTRIBUTES = {
    "CaseStage": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "CaseDueAt": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "CampaignId": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "DistrictCode": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
}
_USES_ALL = "CaseStage = 'a' AND CaseDueAt < '2000-01-01T00:00:00Z' AND CampaignId = 'a' AND DistrictCode = 'a'"
_ANSWER_WITHIN = timedelta(seconds=10)
_STEP_WITHIN = 15.0
# What a server says while it starts, or while a namespace has not reached all its parts.
_NOT_YET = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNKNOWN,
}


async def ensure_namespace(at: TemporalAccess, retention: timedelta, within: float = 90) -> None:
    """Register the namespace and its search attributes unless they are there, and wait until both work."""
    deadline, namespace = time.monotonic() + within, at.namespace
    client = await _patiently(lambda: connect_temporal(at), at, deadline)
    await _patiently(lambda: _register(client, namespace, retention), at, deadline)
    await _patiently(lambda: _add_attributes(client, namespace), at, deadline)
    await _patiently(lambda: client.count_workflows(_USES_ALL, rpc_timeout=_ANSWER_WITHIN), at, deadline)


async def reaches(at: TemporalAccess) -> bool:
    """True when the server lets us in and answers for the namespace."""
    try:
        client = await asyncio.wait_for(connect_temporal(at), 5)
        await client.count_workflows(rpc_timeout=timedelta(seconds=5))
    except (RPCError, RuntimeError, TimeoutError, StackError):
        return False
    return True


async def _patiently(step: Callable[[], Awaitable[T]], at: TemporalAccess, deadline: float) -> T:
    """Repeat a step until the server is ready for it."""
    while True:
        try:
            # a call into a server that lost its database may never return by itself
            return await asyncio.wait_for(step(), _STEP_WITHIN)
        except StackError:
            raise
        except (RPCError, RuntimeError, TimeoutError) as trouble:  # RuntimeError: the connection itself failed
            said = " ".join((str(trouble) or "no answer").split())[:300]
            if _is_not_for_us(trouble):
                raise temporal_refuses(at.address, said) from None
            hopeless = isinstance(trouble, RPCError) and trouble.status not in _NOT_YET
            if hopeless or time.monotonic() > deadline:
                raise temporal_unreachable(at.address, said) from None
            if isinstance(trouble, RuntimeError) and (why := await asyncio.to_thread(refusal_of, at)):
                raise temporal_refuses(at.address, why) from None
        await asyncio.sleep(0.1)


def _is_not_for_us(trouble: Exception) -> bool:
    if isinstance(trouble, RPCError):
        return trouble.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)
    return any(f"code: {status}" in str(trouble) for status in ("PermissionDenied", "Unauthenticated"))


async def _register(client: Client, namespace: str, retention: timedelta) -> None:
    request = RegisterNamespaceRequest(
        namespace=namespace,
        description="work-safety campaigns",
        workflow_execution_retention_period=Duration(seconds=int(retention.total_seconds())),
    )
    try:
        await client.workflow_service.register_namespace(request, timeout=_ANSWER_WITHIN)
    except RPCError as trouble:
        if trouble.status is RPCStatusCode.PERMISSION_DENIED and await _is_there(client, namespace):
            return  # an administrator of a shared server made it
        if trouble.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _is_there(client: Client, namespace: str) -> bool:
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=namespace), timeout=_ANSWER_WITHIN
        )
    except RPCError:
        return False
    return True


async def _add_attributes(client: Client, namespace: str) -> None:
    listing = ListSearchAttributesRequest(namespace=namespace)
    known = (await client.operator_service.list_search_attributes(listing, timeout=_ANSWER_WITHIN)).custom_attributes
    for name, kind in SEARCH_ATTRIBUTES.items():
        if name in known and known[name] != kind:
            raise attribute_clash(name, _kind(kind), _kind(known[name]))
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known}
    if missing:
        request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        try:
            await client.operator_service.add_search_attributes(request, timeout=_ANSWER_WITHIN)
        except RPCError as trouble:
            if trouble.status is not RPCStatusCode.ALREADY_EXISTS:
                raise


def _kind(kind: int) -> str:
    return IndexedValueType.Name(IndexedValueType.ValueType(kind)).removeprefix("INDEXED_VALUE_TYPE_").title()
