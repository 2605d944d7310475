"""Labels with their answers: "Suicide note: No", "[x] Syringe", "Ø note", as forms have them.

A form says of a label yes, no or nothing. The label is read as a sentence of its own, and the
answer decides how it is meant; the words of the answer are not read as prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import product

from clew.intake.prose.rules import RULED_FIELDS, read_toml
from clew.vocabulary.load import words

LONGEST_LABEL = 8
"""Words of a label (declared: the longest on the forms known to us has seven)."""
LONGEST_QUESTION = 14
"""Words of a question that a form asks (declared)."""
LONGEST_VALUE = 6
"""Words of a value that is no yes or no, for it to be read in one with its label (declared)."""
LOOKED_BACK = 160
"""Characters before an answer within which its label begins."""


class Answer(Enum):
    """What an answer says of its label."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """A label, `text[start:end]`, and its answer, which is at `value_start` to `value_end`."""

    start: int
    end: int
    value_start: int
    value_end: int
    answer: Answer

    @property
    def quoted(self) -> tuple[int, int]:
        """Return where the label with its answer is in the text."""
        return min(self.start, self.value_start), max(self.end, self.value_end)


_BOX = r"(?:[\[(][ \t]{0,3}[xX✓✔*]?[ \t]{0,3}[\])]|[☐☑☒✓✔✗✘❌])"
_TICKED, _CROSSED = re.compile(r"[xX✓✔☑☒*]"), re.compile(r"[✗✘❌]")
_OPTION = r"(?:yes|no|y|n|n/?a|n/?k|unknown|not known|unk|u)\b"
_OPTIONS = re.compile(rf"({_BOX})[ \t]*({_OPTION})", re.IGNORECASE)
_OPTIONS_BEHIND = re.compile(rf"({_OPTION})[ \t]*({_BOX})", re.IGNORECASE)
_BOUNDARY = re.compile(r"[\n;,|•!:?=»☐☑☒✓✔✗✘❌]|\.(?!\d)|[ \t][-–—][ \t]|[ \t]{3}")
_PRINTED = re.compile(
    r"[ \t]*[(\[]?\b(?:y[ \t]?/[ \t]?n|yes[ \t]?/[ \t]?no)(?:[ \t]?/[ \t]?(?:na|n/a|u|unk))?[)\]]?"
    r"\*?[ \t]*$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"[\s\-–—/&>»·*#)\]]*(?:(?:\d{1,2}[.)]|\(?[a-h]\))[ \t]+)?(?:and[ \t]+)?", re.IGNORECASE
)
_WORD = re.compile(r"\w+")
_FURTHER = r"[A-Za-z][\w/()' \t-]{0,50}?"
_NUMBER = (
    r"x?[ \t]?\d{1,2}(?!\d|[.:/]\d|%|[ \t]?(?:mg|ml|g|hrs?|yrs?|am|pm|[ap]\.m|%|°|th|st|nd|rd)\b)"
)
_AGAIN = r"(?:no|nil)[ \t]+(?P<again>\w+)(?:[ \t]+(?:found|seen|present|left|located|recovered))?\b"
_REMARK = re.compile(r"(?:^|[\n.;!?|•])[ \t]*(notes?)[ \t]*[:\-–][ \t]+(?=[A-Za-z])", re.IGNORECASE)
_OF_A_NOTE = re.compile(
    r"(?:on|in|under|by|beside|next|left|at|near|inside|addressed|to|hand|typed|signed|unsigned"
    r"|found|seized|located|recovered|present|pinned|stuck|a4|one|two|three|suicide)\b",
    re.IGNORECASE,
)
"""How a value says that a note was there; with others "Note: ..." is a remark of the writer."""
_VALUED = re.compile(
    r"(?<=[A-Za-z)])[ \t]*:[ \t]*(?=[A-Za-z][^\n.;,|:?=]{0,60}(?:$|[\n.;,|]))", re.M
)


_BEGINS = (
    r"(?=[:?=|»→…☐☑☒✓✔✗✘❌\[(\n\t∅Øø]|\.\.\.|->|[ \t]++(?:[-–—:?=|»→…☐☑☒✓✔✗✘❌\[(∅Øø\n]"
    r"|\.\.\.|(?:yes|no|n/?[ak]|unk|[ynu])\b)|[ \t]{3})"
)
"""How anything that answers a label begins, so that plain prose is passed over quickly."""


@cache
def _answers() -> dict[str, Answer]:
    """Return every answer of the rules, in lower case, with what it says."""
    kinds = (("yes", Answer.YES), ("no", Answer.NO), ("none", Answer.NOTHING))
    return {
        " ".join(way): answer
        for name, answer in kinds
        for entry in read_toml("forms")[name]
        for way in product(*(piece.split("|") for piece in entry.split()))
    }


@cache
def _scanner() -> re.Pattern[str]:
    """Return the pattern of all that answers a label; its groups say by which way."""
    listed = sorted(_answers(), key=lambda word: (-len(word), word))
    texts = "|".join(re.escape(word).replace(r"\ ", r"[ \t]+") for word in listed)
    # An answer ends at a stop, a remark behind a dash or in brackets, or where a label follows.
    # Blanks are matched whole and never given back, so that long runs of them take no longer.
    ends = (
        rf"(?=[ \t]*+(?:$|[\n.;,|•!/)(»]|[-–—][ \t]|x[ \t]?\d|{_BOX}|[Øø∅])"
        rf"|[ \t]++{_FURTHER}(?:[ \t]?[:?=|»]|[ \t][-–—][ \t]|[ \t]?{_BOX}|[ \t]?\((?:y|n)))"
    )
    separator = (
        r"(?:[ \t]*+(?:\?[ \t]*+[:\-–]?|:[ \t]*+[-–]?|=|\||»|→|->|(?<!\.)\.{3,}+|…)[ \t]*+"
        r"|[ \t]*+[(\[](?:y[ ]?/[ ]?n|yes[ ]?/[ ]?no)[)\]]\*?[ \t]*+[:?=]?[ \t]*+"
        r"|[ \t]++[-–—][ \t]++|[ \t]{3,}+|[ ]?\t[ \t]*+)"
    )
    options = (
        rf"(?:{_BOX}[ \t]*+{_OPTION}[ \t/,]*+){{2,4}}|(?:{_OPTION}[ \t]*+{_BOX}[ \t/,]*+){{2,4}}"
    )
    return re.compile(
        rf"(?<![ \t]){_BEGINS}(?:"
        rf"[ \t]*+[:?=\-–]?[ \t]*+(?P<options>{options})"
        rf"|[ \t]*+(?P<box>{_BOX})"
        r"|[ \t]*+\((?P<bracket>y|n|yes|no|nil|\+ve|-ve)\)"
        rf"|{separator}(?P<answer>{texts}|{_NUMBER}){ends}"
        rf"|[ \t]*+[:?=][ \t]*+{_AGAIN}(?=[ \t]*+(?:$|[\n.;,|)]))"
        rf"|[ \t]*+[:?]?[ \t]*+\n[ \t]*+(?P<below>{texts}|{_NUMBER})[ \t]*+\.?(?=\n|\Z)"
        r"|(?P<blank>:[ \t]*+)(?=\n|\Z|[;|])"
        r"|(?:(?<=[\s,;/(])|^|[ \t]++)(?P<ahead>[Øø∅])[ \t]*+(?=[A-Za-z]))",
        re.IGNORECASE | re.MULTILINE,
    )


def find_answers(text: str) -> list[FormAnswer]:
    """Return the labels of a text that have an answer, in order, none overlapping.

    Time is linear in the length of the text.
    """
    found: list[FormAnswer] = []
    before_label = False  # whether the boxes of this line are before their labels
    line, done = -1, 0
    for match in _scanner().finditer(text):
        if match.start() < done:
            continue
        kind = match.lastgroup if match.lastgroup != "again" else "again"
        if match["box"]:
            line_start = text.rfind("\n", 0, match.start("box")) + 1
            if line_start != line:
                line = line_start
                before_label = not _WORD.search(text, line_start, match.start("box"))
            one = _boxed(text, match, done, before_label=before_label)
        elif match["ahead"]:
            one = _ahead(text, match.start("ahead"), match.end(), Answer.NO)
        else:
            one = _behind(text, match, done)
        if one is not None:
            found.append(one)
            done = one.quoted[1]
        elif kind in {"box", "options"}:
            done = match.end()
    return found


def _behind(text: str, match: re.Match[str], done: int) -> FormAnswer | None:
    """Return the label before an answer."""
    label = _label_before(text, match.start(), done, asks="?" in match[0])
    if label is None:
        return None
    answer = _meaning(match)
    if again := match["again"]:
        own = {_singular(word) for word in _WORD.findall(text[slice(*label)].lower())}
        if _singular(again.lower()) not in own:
            return None
        answer = Answer.NO
    return FormAnswer(*label, match.start(), match.end(), answer)


def _meaning(match: re.Match[str]) -> Answer:
    """Return what the answer of a match says."""
    if options := match["options"]:
        pairs = [(box, option) for box, option in _OPTIONS.findall(options)]
        if not options.lstrip().startswith(("[", "(", "☐", "☑", "☒", "✓", "✔", "✗", "✘", "❌")):
            pairs = [(box, option) for option, box in _OPTIONS_BEHIND.findall(options)]
        ticked = [option for box, option in pairs if _TICKED.search(box)]
        said = ticked[0] if len(ticked) == 1 else ""
        return _answers().get(said.casefold(), Answer.NOTHING)
    said = match["answer"] or match["below"] or match["bracket"] or ""
    if count := re.fullmatch(r"x?[ \t]?(\d+)", said, re.IGNORECASE):
        return Answer.YES if int(count[1]) else Answer.NO
    return _answers().get(" ".join(said.casefold().split()), Answer.NOTHING)


def _boxed(text: str, match: re.Match[str], done: int, *, before_label: bool) -> FormAnswer | None:
    """Return the label beside a box. An empty box says nothing: nobody may have looked."""
    box = match["box"]
    answer = Answer.NO if _CROSSED.search(box) else Answer.NOTHING
    answer = Answer.YES if _TICKED.search(box) else answer
    if before_label:
        return _ahead(text, match.start("box"), match.end(), answer)
    label = _label_before(text, match.start(), done, asks=False)
    return None if label is None else FormAnswer(*label, match.start(), match.end(), answer)


_NEXT = re.compile(rf"[\n.;,|•!]|[ \t]*{_BOX}|[ \t][-–—][ \t]|[Øø∅]")


def _ahead(text: str, start: int, end: int, answer: Answer) -> FormAnswer | None:
    """Return the label behind an answer at `start` to `end`."""
    begin = end + len(text[end : end + 8]) - len(text[end : end + 8].lstrip(" \t"))
    until = _NEXT.search(text, begin, begin + LOOKED_BACK)
    stop = until.start() if until else min(len(text), begin + LOOKED_BACK)
    stop -= len(text[begin:stop]) - len(text[begin:stop].rstrip())
    many = len(_WORD.findall(text, begin, stop))
    return FormAnswer(begin, stop, start, begin, answer) if 0 < many <= LONGEST_LABEL else None


def _label_before(text: str, end: int, done: int, *, asks: bool) -> tuple[int, int] | None:
    """Return where the label that ends at `end` is; None where none, or it is too long for one."""
    if printed := _PRINTED.search(text, max(done, end - 24), end):
        end = printed.start()
    begin = longer = max(done, end - LOOKED_BACK)
    for boundary in _BOUNDARY.finditer(text, begin, end):
        begin = boundary.end()
        longer = longer if boundary[0] == "," else begin
    if longer != begin and _is_named(text[longer:end].strip(" ,\t")):
        begin = longer  # a name with a comma in it
    if begin == end - LOOKED_BACK:
        return None
    leading = _LEADING.match(text, begin, end)
    begin = leading.end() if leading else begin
    many = len(_WORD.findall(text, begin, end))
    return (begin, end) if 0 < many <= (LONGEST_QUESTION if asks else LONGEST_LABEL) else None


def _is_named(label: str) -> bool:
    """Say whether a label is the name of a concept in the vocabularies."""
    return any(words(name).canonical(label) for name in RULED_FIELDS)


def _singular(word: str) -> str:
    return word.removesuffix("s")


def masked(text: str, answers: Sequence[FormAnswer], is_concept: Callable[[str], bool]) -> str:
    """Return a text of the same length in which every label is a sentence, and no answer is read.

    A short label that is a concept is read in one with a short value ("Rigor: partial"), and
    "Note:" before a remark of the writer is not read.
    """
    if not answers and ":" not in text and "note -" not in text.lower():
        return text
    signs = list(text)
    for one in answers:
        signs[one.value_start : one.value_end] = "•".ljust(one.value_end - one.value_start)
        for place in (one.start - 1, one.end):
            if 0 <= place < len(signs) and not signs[place].isalnum():
                signs[place] = "•"
    whole = "".join(signs)
    for remark in _remarks(whole):
        signs[remark.start(1) : remark.end()] = "•".ljust(remark.end() - remark.start(1))
    for valued in _VALUED.finditer(whole):
        label = _label_before(whole, valued.start(), 0, asks=False)
        if (
            label
            and len(_WORD.findall(whole, *label)) <= LONGEST_LABEL // 2
            and is_concept(whole[slice(*label)])
        ):
            signs[valued.start() : valued.end()] = " " * (valued.end() - valued.start())
            if label[0] and not signs[label[0] - 1].isalnum():
                signs[label[0] - 1] = "•"
    return "".join(signs)


def _remarks(text: str) -> Iterator[re.Match[str]]:
    """Yield where "Note:" begins a remark."""
    for found in _REMARK.finditer(text):
        if not _OF_A_NOTE.match(text, found.end()):
            yield found
