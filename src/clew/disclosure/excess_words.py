"""What the page says beside an unusual count: innocent explanations first, and no person named."""

from __future__ import annotations

UNUSUAL = "This count is unusual."
NO_REASON = (
    "A count says nothing about why, and nothing about any person. Most unusual counts have an"
    " innocent explanation; rule these out first, with the records and not with the count."
)
KIND_WORD = {
    "agency": "Reporting agency",
    "area": "Area",
    "caller": "Same caller, by code",
    "certifier": "Same certifier, by code",
    "dwelling": "Dwelling",
    "finder": "Same finder, by code",
    "institution": "Institution",
    "mechanism": "Mechanism",
    "organisation": "Organisation, by code",
    "place": "Place",
    "premises": "Kind of premises in an area",
    "substance": "Substance",
    "venue": "Venue, by code",
}
PERSONAL = frozenset({"caller", "certifier", "finder"})
"""Kinds whose units are people: no public page shows even their keys."""

_DATA = (
    "Data entry: records entered in a batch, twice, under one default key, or a key that changed."
)
_CATCHMENT = "Change of catchment: a neighbour closed, beds or homes were added, a boundary moved."
_MIX = "Case mix: older or sicker people than before, a hospice or palliative beds."
_WIDE = "Something wider: heat, cold, influenza or another outbreak; compare the neighbours."
_RULE = "A new rule on what must be reported, or a new system that reports more of it."
_DOCTOR = "A new doctor or rota: someone took over a list, a night shift, or all certificates."
_WORK = (
    "Work: whoever manages, cleans, patrols or visits a place finds and reports more of its deaths."
)
_CARE = "Family and care: who looks after frail people is often the one who finds them."
EXPLANATIONS = {
    "agency": (_RULE, _CATCHMENT, _DATA, _WIDE),
    "area": (_CATCHMENT, _WIDE, _RULE, _DATA),
    "caller": (_WORK, _CARE, _DATA),
    "certifier": (_DOCTOR, _MIX, _CATCHMENT, _DATA),
    "dwelling": (
        "A large building under one address key: flats, sheltered housing, a hostel.",
        "One event with several deaths, such as a fire or carbon monoxide; or one household.",
        _MIX,
        _DATA,
    ),
    "finder": (_WORK, _CARE, _DATA),
    "institution": (_MIX, _CATCHMENT, _DOCTOR, _RULE, _WIDE, _DATA),
    "organisation": (_WORK, _CATCHMENT, _DATA),
    "place": (
        "A place that draws people: a bridge, a station, a hotel, a service for people at risk.",
        "One event with several deaths, such as a crash or a fire.",
        _CATCHMENT,
        _DATA,
    ),
    "premises": (_WIDE, "Premises described in another way than before.", _CATCHMENT, _DATA),
    "venue": (_WORK, "The venue opened, grew, or is used by more people.", _DATA),
}
SUBJECT_EXPLANATIONS = (
    "A new test, panel or laboratory: what was there before is seen for the first time.",
    "A name written in another way, or a new rule on what is written.",
    "Results that came back in a batch, after a delay.",
    "One event with several deaths.",
    "A known season, a festival, a change of medicine or prescribing.",
)
REFUSALS = (
    "Units are in the order of the alphabet. They are not ranked, and must not be.",
    "No roster, shift or presence may be set against these counts to point at a member of staff.",
    "A unit that is not here was not cleared: small and slow excess is not seen by counting.",
)
EXPECTATION = (
    "The first case of a unit only brings it under watch; the counts here are of those that"
    " followed."
)


def kind_word(kind: str) -> str:
    """Return the plain name of a kind of unit."""
    return KIND_WORD.get(kind, kind.replace("_", " ").capitalize())


def say_times(p_value: float) -> str:
    """Return how often an ordinary unit would look so, in words: 'about 1 in 500'."""
    if p_value >= 0.5:
        return "more often than not"
    if p_value < 1e-6:
        return "less than once in a million"
    turns = 1 / p_value
    step = 10 ** max(len(str(int(turns))) - 2, 0)
    return f"about 1 in {round(turns / step) * step:,}"
