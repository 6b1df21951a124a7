"""Words and numbers as a picture has room for them."""

from __future__ import annotations

_LONGEST = 36
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def short(text: str, longest: int = _LONGEST) -> str:
    """Give a text, cut where it is too long.

    Examples
    --------
    >>> short("molecule / cluster", 10)
    'molecule …'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def grouped(number: float) -> str:
    r"""Give a number with thin spaces between thousands.

    Examples
    --------
    >>> grouped(1234567).split("\u2009"), grouped(0.123456)
    (['1', '234', '567'], '0.1235')
    """
    return f"{number:,.0f}".replace(",", "\u2009") if float(number).is_integer() else f"{number:.4g}"


def share(number: float, total: int | None) -> str:
    """Give the part of a total in brackets, with a blank before; nothing where there is no total.

    Examples
    --------
    >>> share(1, 4), share(1, 10_000), share(1, None)
    (' (25%)', ' (< 1%)', '')
    """
    if not total:
        return ""
    return f" ({number / total:.0%})" if number >= 0.01 * total else " (< 1%)"


def compact(number: float) -> str:
    """Give a number in at most four characters.

    Examples
    --------
    >>> [compact(number) for number in (7, 950, 1200, 9_960, 99_960, 999_600, 1_234_567)]
    ['7', '950', '1.2k', '10k', '100k', '1M', '1.2M']
    """
    for unit, sign in _UNITS:
        if number >= 0.9995 * unit:
            scaled = number / unit
            return f"{scaled:.1f}".removesuffix(".0") + sign if scaled < 9.95 else f"{scaled:.0f}{sign}"
    return f"{number:.0f}"
