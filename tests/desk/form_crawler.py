"""Reading pages as an attacker would: their forms and fields, and what could run in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXT = {"text", "search", "email", "url", "tel", "password", "hidden", ""}
SANE = {"date": "2026-01-02", "time": "10:00", "datetime-local": "2026-01-02T10:00", "number": "1"}
LINKS = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcset", "ping"}


PLAIN = "plainword-1"
"""What stands in a field that nobody attacks: it passes as a name, a code or a reason."""


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and its fields with their kinds."""

    action: str = ""
    method: str = "get"
    upload: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def attackable(self) -> list[str]:
        """Return the fields that take any text."""
        return [n for n, kind in self.kinds.items() if kind in TEXT | {"textarea"} and n != CSRF]

    def files(self) -> list[str]:
        """Return the fields that take a file."""
        return [name for name, kind in self.kinds.items() if kind == "file"]


CSRF = "csrfmiddlewaretoken"


class Page(HTMLParser):
    """The forms of a page, its links, and its `faults`: what a strict desk never sends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self._open: Form | None = None
        self._select = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._look(tag, told)
        if tag == "form":
            self._open = Form(told.get("action", ""), told.get("method", "get").lower(),
                              "multipart" in told.get("enctype", ""))  # fmt: skip
            self.forms.append(self._open)
        elif tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif self._open is not None and told.get("name"):
            self._field(tag, told)
        elif tag == "option" and self._open is not None and self._select in self._open.fields:
            chosen = self._open.fields[self._select]
            self._open.fields[self._select] = (
                chosen if chosen and "selected" not in told else told.get("value", "")
            )

    def _field(self, tag: str, told: dict[str, str]) -> None:
        assert self._open is not None
        name, kind = told["name"], told.get("type", "") if tag == "input" else tag
        if tag == "select":
            self._select = name
            self._open.fields[name] = ""
        elif kind in {"radio", "checkbox"}:
            if name not in self._open.fields or "checked" in told:
                self._open.fields[name] = told.get("value", "on")
        elif kind == "hidden":
            self._open.fields[name] = told.get("value", "")
        elif tag in {"input", "textarea"} and kind not in {"submit", "button", "file"}:
            self._open.fields[name] = told.get("value") or SANE.get(kind, PLAIN)
        if tag != "button":
            self._open.kinds[name] = kind

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""

    def _look(self, tag: str, told: dict[str, str]) -> None:
        if tag == "script" and "src" not in told and told.get("type") != "application/json":
            self.faults.append("inline script")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.faults.append(f"<{tag}>")
        for name, value in told.items():
            low = "".join(value.split()).lower()
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.faults.append(f"{tag} {name}={value}")
            if name in LINKS and low.startswith(("javascript:", "vbscript:", "data:text")):
                self.faults.append(f"{tag} {name}={value}")
            if name in LINKS and low.startswith(("http:", "https:", "//")):
                self.faults.append(f"{tag} goes elsewhere: {value}")
