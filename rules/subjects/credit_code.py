"""The check digit of a unified social credit code (GB 32100). A wrong one warns, it does not refuse (domain §2)."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18


def code_warning(code: str) -> tuple[str, str] | None:
    """Why the code cannot be right, in Chinese and English; None if it may be."""
    text = code.strip().upper()
    if len(text) != _LENGTH or any(c not in _ALPHABET for c in text):
        return (f"统一社会信用代码 {code} 应为 18 位", f"the unified credit code {code} should have 18 characters")
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(text[:-1]))
    if _ALPHABET[(31 - total % 31) % 31] != text[-1]:
        return (f"统一社会信用代码 {code} 校验位不符", f"the check digit of the unified credit code {code} is wrong")
    return None
