"""How light a colour is, and which ink is read best on it: a picture is to be read on paper and by everybody."""

from __future__ import annotations

from collections.abc import Sequence

BLACK, WHITE = "#000000", "#ffffff"


def contrasting(colour: Sequence[float]) -> str:
    """Give the ink, black or white, that is read best on a colour. Source: WCAG 2.1, contrast ratio.

    Parameters
    ----------
    colour : sequence of float, shape (3,) or (4,)
        sRGB, 0 to 1.

    Examples
    --------
    >>> contrasting((1.0, 1.0, 0.0)), contrasting((0.0, 0.1, 0.3))
    ('#000000', '#ffffff')
    """
    light = luminance(colour)
    return BLACK if contrast(light, 0.0) > contrast(light, 1.0) else WHITE


def contrast(one: float, other: float) -> float:
    """Give the contrast ratio of two luminances, 1 to 21. Source: WCAG 2.1.

    Examples
    --------
    >>> contrast(0.0, 1.0)
    21.0
    """
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def luminance(colour: Sequence[float]) -> float:
    """Give the relative luminance of an sRGB colour, 0 to 1. Source: WCAG 2.1.

    Examples
    --------
    >>> luminance((1.0, 1.0, 1.0))
    1.0
    """
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 12)
