"""Drawing by hand: one escaped element at a time. No style attribute, so a strict policy holds."""

from __future__ import annotations

from markupsafe import Markup, escape

from clew.disclosure.words import clean


def tag(name: str, content: str = "", /, **attributes: str | float) -> Markup:
    """Return one element; `class_` becomes `class`, `stroke_width` becomes `stroke-width`.

    Content and attributes are escaped, unless the content is Markup already.
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
    )
    body = content if isinstance(content, Markup) else escape(clean(content))
    return Markup("<{0}{1}>{2}</{0}>").format(name, pairs, body)


def _value(value: str | float) -> str:
    """Return a number with at most one decimal, and no trailing zero."""
    if isinstance(value, str):
        return clean(value)
    text = f"{value:.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")


def draw(
    ident: str, size: tuple[float, float], title: str, description: str, parts: list[Markup]
) -> Markup:
    """Return an SVG picture with a title and description for those who do not see it."""
    labels = tag("title", title, id=f"{ident}-t") + tag("desc", description, id=f"{ident}-d")
    return tag(
        "svg",
        labels + Markup("").join(parts),
        class_="picture",
        role="img",
        viewBox=f"0 0 {_value(size[0])} {_value(size[1])}",
        aria_labelledby=f"{ident}-t {ident}-d",
    )
