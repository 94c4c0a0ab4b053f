"""What a browser calls itself, told as a person knows it."""

import pytest

from web.devices import device_named

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
_MOBILE = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}", "Chrome · Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Edg/131.0.0.0", "Edge · Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; V2309A) {_CHROME} MicroMessenger/8.0.50", "微信 WeChat · Android"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_MOBILE}", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox · Linux"),
        ("python-httpx/0.27", "python-httpx/0.27"),
        ("", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system(agent: str, named: str) -> None:
    assert device_named(agent) == named
