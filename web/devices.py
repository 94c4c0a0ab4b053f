"""What a browser calls itself, as a person knows it: `Edge · Windows`."""

_BROWSERS = (
    *(("MicroMessenger", "微信 WeChat"), ("DingTalk", "钉钉 DingTalk"), ("Edg", "Edge"), ("Firefox", "Firefox")),
    *(("HuaweiBrowser", "Huawei"), ("QQBrowser", "QQ"), ("360", "360"), ("HeadlessChrome", "Chrome")),
    *(("Chrome", "Chrome"), ("Safari", "Safari")),
)
"""The nearest first: most call themselves Chrome and Safari too."""
_SYSTEMS = (
    *(("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def device_named(agent: str) -> str:
    """Browser and system; what names neither stays as it is."""
    found = [next((name for sign, name in known if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or agent
