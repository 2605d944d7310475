"""Forms of words that no page, message, help or document may use, each with its reason.

`find_banned` scans plain text (`text_of_template` makes it of a template); what is in quotation
marks is somebody's own words, and is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape


@dataclass(frozen=True)
class Form:
    """One banned form: what finds it, why, what to write, and a sentence that has it."""

    name: str
    pattern: re.Pattern[str]
    why: str
    planted: str


@dataclass(frozen=True)
class Found:
    """A banned form where it stands."""

    form: str
    words: str
    why: str

    def __str__(self) -> str:
        return f"{self.form}: ...{self.words}... ({self.why})"


def _form(name: str, pattern: str, why: str, planted: str) -> Form:
    return Form(name, re.compile(pattern, re.IGNORECASE), why, planted)


FORMS = (
    _form("lacks", r"\black(?:s|ed)?\b(?! of\b)", "say what is missing", "It lacks a time."),
    _form("goes up", r"\b(?:go|goes|gone|went) up to the\b|\bgoes up by\b", "is escalated",
          "It goes up to the supervisor."),
    _form("whoever", r"\bwh?o(?:m|se)?ever\b(?<!who ever)|\bwhosoever\b", "name the person or role",
          "Ask whoever looks after accounts."),
    _form("the try", r"\bthe (?:last )?try\b", "attempt", "The try is kept."),
    _form("is told", r"\b(?:is|are|was|were|not) told\b", "a record states; a person is notified",
          "The owner is told."),
    _form("tells", r"\b(?:record|report|file|row|page|column|records|reports)s? (?:tells?|told)\b",
          "a record states, records or does not say", "Neither record tells the time."),
    _form("stands", r"\bstands?\b(?! (?:out|by|aside)\b)(?<!\bwithstand)", "is, or is listed",
          "Why it stands here."),
    _form("stood", r"\bstood (?:open|in|on|at|there|beside)\b", "was", "Three deaths stood open."),
    _form("holds", r"\b(?:record|report|file|account|desk|role|row|store|ledger|line|cell|folder|"
          r"page|table|segment|message)s? holds?\b(?! (?:back|for)\b)|\bhold again\b",
          "has", "The record holds no time."),
    _form("owed", r"\bowed\b|\bowes\b", "must be done by; is due", "An answer is owed."),
    _form("hear", r"(?<!saw and )\bheard?\b|\bhears\b", "notify, answer", "They hear from us."),
    _form("for good", r"\b(?:keep|kept|enter|entered|stays?) (?:\w+ ){0,3}for good\b",
          "permanently", "It is kept for good."),
    _form("of which", r"\bof which\b", "end the sentence", "Deaths of which I speak."),
    _form("came to hand", r"\bc[ao]mes? to hand\b", "found", "None came to hand."),
    _form("put in", r"\bput in\b(?! (?:a|the|place|writing)\b)", "enter, add", "It was put in."),
    _form("taken off", r"\b(?:takes?|taken|took) (?:\w+ ){0,2}off\b", "does not count; remove",
          "It takes no weight off."),
    _form("a case", r"\b(?:candidates|alerts|pairs|figures|weights|bans) an? "
          r"(?:case|death|octave|pair|record)\b", "per case", "Candidates a case."),
    _form("told apart", r"\btold apart\b|\btells? (?:\w+ )?apart\b", "distinguished",
          "They cannot be told apart."),
    _form("by itself", r"\bby (?:itself|themselves)\b", "automatically, or alone",
          "It is sent by itself."),
    _form("somebody else than", r"\bsomebody else than\b|\belse than\b", "someone other than",
          "Somebody else than the owner."),
    _form("likest", r"\blikest\b", "most similar", "The likest record."),
    _form("anew", r"\banew\b", "again", "Ask anew."),
    _form("reckoned", r"\breckon(?:ed|s|ing)?\b", "calculated", "A chain that is reckoned."),
    _form("farther", r"\bfarther\b|\blook far\b", "further, or a larger distance", "Look farther."),
    _form("so near", r"\bso near\b", "within a distance", "Nothing lies so near."),
    _form("no other", r"\band (?:by |of |for )?no other\b", "only", "He and no other may see it."),
    _form("written down", r"\b(?:is|are|was|were) written down\b", "is logged, is recorded",
          "That you looked is written down."),
    _form("it is kept that", r"\bit is kept that\b", "Clew records that", "It is kept that I did."),
    _form("may you", r"\bthat you may see\b", "that you can see", "Nothing that you may see."),
    _form("runs out", r"\bruns? out\b", "ends; the deadline passes", "What runs out first."),
    _form("in service of time", r"\bover its time\b", "overdue", "Three days over its time."),
    _form("is no thing", r"(?<!\bthere )\b(?:is|are) no (?:times?|days?|dates?|numbers?|texts?|"
          r"files?|tables?|places?|records?|backups?|stores?|checkpoints?|lists?|objects?)\b",
          "is not a", "2014-13-01 is no time."),
    _form("cannot be", r"\b(?:values?|what|things|it) (?:that )?cannot be(?=[.,:;)]|$)",
          "impossible", "Values that cannot be: 3."),
    _form("the machine refused", r"\bthe machine refuse[sd]\b", "system error",
          "The machine refused: no space."),
    _form("these very bytes", r"\bthese very\b", "identical", "These very bytes were imported."),
    _form("told by", r"\btold by (?:how|the|no|none|a)\b", "recorded in",
          "Told by how many: age 3 %."),
    _form("in vain", r"\bin vain\b", "without success", "Somebody asked in vain."),
    _form("refers itself", r"\brefer(?:s|red)? (?:itself|themselves)\b", "is sent automatically",
          "The pair refers itself."),
    _form("are left out by an act alone", r"\b(?:act|account|seal|number)s? alone\b", "only",
          "By an explicit act alone."),
)  # fmt: skip
"""Every banned form of words.md, rule 3, and those of its tables that can come back."""

QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|\u201c[^\u201d]{1,200}\u201d|`[^`]*`")
ISO = re.compile(r"\b(?:18|19|20|21)\d\d-\d\d-\d\d\b")
NUMERIC_DATE = re.compile(r"\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b")
AMERICAN = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b"
)
EXAMPLE = re.compile(r"\b(?:like|for example|for instance|e\.g\.)\s*:?\s*$", re.IGNORECASE)
"""What may stand before a date that shows how a field is typed."""
LONGEST_SENTENCE = 25
"""words.md, rule 1: words of a sentence on a page."""


def find_banned(text: str) -> list[Found]:
    """Return every banned form in some text, in order; quotations are passed over."""
    plain = QUOTED.sub(lambda hit: " " * len(hit[0]), text)
    found = []
    for form in FORMS:
        for hit in form.pattern.finditer(plain):
            near = " ".join(plain[max(hit.start() - 40, 0) : hit.end() + 40].split())
            found.append((hit.start(), Found(form.name, near, form.why)))
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].form))]


def find_dates(text: str) -> list[str]:
    """Return the dates that are written otherwise than 28 August 2014, but for typed examples."""
    return [
        hit[0]
        for pattern in (ISO, NUMERIC_DATE, AMERICAN)
        for hit in pattern.finditer(text)
        if not EXAMPLE.search(text[: hit.start()])
    ]


def long_sentences(text: str, most: int = LONGEST_SENTENCE) -> list[str]:
    """Return the sentences of more words than `most`; a line is a sentence of its own."""
    return [
        " ".join(one.split())
        for line in text.split("\n")
        for one in re.split(r"(?<=[.?!:;])\s+", line)
        if len(re.findall(r"[\w'\u2019-]+", one)) > most
    ]


ACCESSIBLE = re.compile(r"\b(?:aria-label|alt|title|placeholder|data-label)=\"([^\"]*)\"")
ENDS_LINE = re.compile(
    r"</?(?:p|li|h\d|td|th|dt|dd|div|label|caption|legend|button|summary|option|"
    r"title|blockquote|footer|figcaption|tr|section|br|article)\b[^>]*>"
)
LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def text_of_template(source: str) -> str:
    """Return what people read of a template: its text, accessible names, and words in its code."""
    source = re.sub(r"\{#.*?#\}", " ", source, flags=re.DOTALL)
    names = "\n".join(
        re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " X ", one) for one in ACCESSIBLE.findall(source)
    )
    code = "\n".join(
        one or other
        for block in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", source, flags=re.DOTALL)
        for one, other in LITERAL.findall(block)
        if " " in (one or other).strip() and "<" not in one + other
    )
    plain = re.sub(r"\{%.*?%\}", " ", source, flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}", "X", plain, flags=re.DOTALL)
    plain = re.sub(r"<code[^>]*>.*?</code>", "X", plain, flags=re.DOTALL)
    plain = ENDS_LINE.sub("\n", plain)
    plain = re.sub(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", "", plain, flags=re.DOTALL)
    return unescape("\n".join((plain, names, code)))
