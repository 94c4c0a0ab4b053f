"""Cookies of the pages: over TLS bound to this very host (`__Host-`, `Secure`), on plain loopback by a bare name."""

from fastapi import Request, Response

SESSION_COOKIE = "rectify_session"


def cookie_name(request: Request, name: str) -> str:
    """What the browser calls it: one that came in the clear is never taken for one of TLS."""
    return f"__Host-{name}" if is_encrypted(request) else name


def is_encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy in front."""
    return request.url.scheme == "https"


def kept(request: Request, name: str) -> str | None:
    """What the browser keeps under the name; None where it keeps nothing."""
    return request.cookies.get(cookie_name(request, name)) or None


def keep(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Have the browser keep it, out of reach of scripts; without `seconds` until it is closed."""
    called, secure = cookie_name(request, name), is_encrypted(request)
    response.set_cookie(called, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def forget(request: Request, response: Response, name: str) -> None:
    """Have the browser throw it away."""
    response.delete_cookie(cookie_name(request, name), path="/", secure=is_encrypted(request), httponly=True)
