"""What people type on the pages of assurance. Errors keep what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from clew.assurance.closing import Prompt, prompts_of
from clew.assurance.preservation import what_is_kept
from clew.desk.casework.leads import open_leads
from clew.desk.casework.lines import LineNow
from clew.desk.casework.models.status import Dissent, Lead, ReAudit
from clew.desk.pages.record_forms import PastTime, now_text
from clew.desk.records.models import Case
from clew.errors import ActRefused
from clew.vocabulary.load import word_key

MOST = 4_000
"""Declared: characters of one text."""


class ActForm(forms.Form):
    """A form whose act the rules may refuse; what lacks is said at its field."""

    FIELD_OF: ClassVar[Mapping[str, str]] = {}

    def refuse(self, refused: ActRefused) -> None:
        """Put a refusal beside the first field that it is about, else at the head."""
        named = [self.FIELD_OF.get(name, name) for name in refused.missing]
        known = [name for name in named if name in self.fields]
        said = str(refused)
        self.add_error(known[0] if known else None, said[:1].upper() + said[1:])


class LineForm(ActForm):
    """One act on a line of enquiry."""

    FIELD_OF: ClassVar = {"proof": "words", "reason": "words"}
    ACTS: ClassVar = [
        ("done", "It is done: proof below"),
        ("waiver", "It need not be done: ask a supervisor, reason below"),
        ("reopened", "It must be done again: reason below"),
    ]
    line = forms.ChoiceField(
        label="Line of enquiry", choices=[], error_messages={"required": "Choose the line"}
    )
    act = forms.ChoiceField(
        label="What is to be written down",
        choices=ACTS,
        initial="done",
        error_messages={"required": "Choose one"},
    )
    words = forms.CharField(
        label="Proof, or reason",
        help_text="Proof is what somebody else can look up: an exhibit, a log, a name and a time.",
        max_length=MOST,
        error_messages={"required": "Write the proof, or the reason"},
    )

    def __init__(self, lines: list[LineNow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "line_%s", **kwargs})
        told = [(one.line.id, one.line.title) for one in lines]
        self.fields["line"].choices = [("", "Choose"), *told]  # type: ignore[attr-defined]


class LeadForm(ActForm):
    """A recommendation or a named lead."""

    kind = forms.ChoiceField(
        label="What it is", choices=Lead.KINDS, error_messages={"required": "Choose one"}
    )
    role = forms.ChoiceField(
        label="From", choices=Lead.FROM, error_messages={"required": "Say from whom"}
    )
    who = forms.CharField(label="Name, where it is known", max_length=200, required=False)
    words = forms.CharField(
        label="What is to be done or found",
        help_text="For instance: test the sheet; who uses this nickname; who lives there.",
        max_length=MOST,
        error_messages={"required": "Say what is to be done or found"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "lead_%s", **kwargs})


class LeadActForm(ActForm):
    """One act on a lead."""

    FIELD_OF: ClassVar = {"proof": "words", "reason": "words"}
    ACTS: ClassVar = [
        ("resolved", "It is resolved: proof below"),
        ("sign_off", "It cannot be: ask a supervisor, reason below"),
    ]
    lead = forms.ChoiceField(label="Which", choices=[], error_messages={"required": "Choose which"})
    act = forms.ChoiceField(
        label="What became of it", choices=ACTS, error_messages={"required": "Choose one"}
    )
    words = forms.CharField(
        label="Proof, or reason",
        max_length=MOST,
        error_messages={"required": "Write the proof, or the reason"},
    )

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "lead_act_%s", **kwargs})
        told = [(str(one.pk), str(one)) for one in open_leads(case)]
        self.fields["lead"].choices = [("", "Choose"), *told]  # type: ignore[attr-defined]


class DissentForm(ActForm):
    """A view that differs from the class."""

    role = forms.ChoiceField(
        label="Whose view", choices=Dissent.ROLES, error_messages={"required": "Choose one"}
    )
    who = forms.CharField(
        label="Name, or number", max_length=200, error_messages={"required": "Say who it is"}
    )
    words = forms.CharField(
        label="In their words",
        help_text="It stays beside the class for good; nobody can change it or take it away.",
        max_length=MOST,
        error_messages={"required": "Write what they say"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "dissent_%s", **kwargs})


class ApprovalForm(ActForm):
    """A supervisor's answer to what was asked."""

    words = forms.CharField(label="If you decline: why", max_length=MOST, required=False)

    def __init__(self, number: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"answer_{number}_%s", **kwargs})


class SaidForm(ActForm):
    """What every change of class says."""

    reason = forms.CharField(label="Why", max_length=MOST, error_messages={"required": "Say why"})
    would_change = forms.CharField(
        label="What would change this decision?",
        max_length=MOST,
        error_messages={"required": "Say what would change it"},
    )
    rank = forms.CharField(
        label="Your rank", max_length=60, error_messages={"required": "Give your rank"}
    )
    decided_at = PastTime(label="When it was decided", initial=now_text)


class ExpectedForm(SaidForm):
    """An expected death: a doctor who knew the person, and of what; a minute's work."""

    doctor = forms.CharField(
        label="Doctor who knew the person",
        help_text="Name and practice or ward. The doctor says that the death was expected.",
        max_length=200,
        error_messages={"required": "Name the doctor"},
    )
    field_order = ("doctor", "reason", "would_change", "rank", "decided_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Of what illness, and when the doctor last saw the person"
        self.fields[
            "would_change"
        ].help_text = "For instance: an injury, a missing medicine, money."


class ClassForm(SaidForm):
    """Another class."""

    ACTS: ClassVar = {
        "unexpected_under_investigation": [("called homicide", "Homicide")],
        "unexpected_not_suspicious": [
            ("opened again", "Open it again, under investigation"), ("called homicide", "Homicide"),
        ],
        "expected": [
            ("opened again", "Open it again, under investigation"), ("called homicide", "Homicide"),
        ],
        "homicide": [
            ("called homicide no more", "Homicide no more: ask a more senior officer to sign"),
        ],
    }  # fmt: skip
    act = forms.ChoiceField(
        label="What it is to be", choices=[], error_messages={"required": "Choose one"}
    )
    field_order = ("act", "reason", "would_change", "rank", "decided_at")

    def __init__(self, category: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = self.ACTS[category]  # type: ignore[attr-defined]


class CloseForm(ActForm):
    """What whoever asks for a closing says, with a field for each question that the words raise."""

    evidence = forms.CharField(
        label="What shows that no third party was involved?",
        help_text="Positive evidence. That nothing was found, and how somebody lived, is none.",
        max_length=MOST,
        required=False,
    )
    would_change = forms.CharField(
        label="What would change this decision?", max_length=MOST, required=False
    )
    rank = forms.CharField(label="Your rank", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = self.data.get("evidence", "") if self.is_bound else self.initial.get("evidence", "")
        self.prompts: dict[str, Prompt] = {}
        for prompt in prompts_of(str(told)[:MOST]):
            name = f"answer_{word_key(prompt.words)}"
            self.prompts[name] = prompt
            self.fields[name] = forms.CharField(
                label=prompt.question,
                help_text=f"Your words: {prompt.words}",
                max_length=MOST,
                required=False,
            )

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return the words of each prompt that was answered, and the answer."""
        told = [(prompt.words, self.cleaned_data[name]) for name, prompt in self.prompts.items()]
        return tuple((words, answer) for words, answer in told if answer.strip())


class KeepForm(ActForm):
    """A request to keep something, as it was sent."""

    FIELD_OF: ClassVar = {"request": "words"}
    keep = forms.ChoiceField(
        label="What is to be kept", choices=[], error_messages={"required": "Choose one"}
    )
    to_whom = forms.CharField(
        label="To whom it was sent", max_length=200, error_messages={"required": "Say to whom"}
    )
    words = forms.CharField(
        label="Its words, where they differ from those above", max_length=MOST, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(one.id, one.title) for one in what_is_kept()]
        self.fields["keep"].choices = [("", "Choose"), *told]  # type: ignore[attr-defined]


class ReAuditForm(ActForm):
    """What somebody found who read a closed death again."""

    outcome = forms.ChoiceField(
        label="What you find", choices=ReAudit.OUTCOMES, error_messages={"required": "Choose one"}
    )
    words = forms.CharField(
        label="On what grounds", max_length=MOST, error_messages={"required": "Say on what grounds"}
    )
