"""The scene: what was seen there, what was absent, how the person lay, and what does not fit.

Things seen and things expected but missing (a phone, keys) are compared as sets, each by its
rarity. Contradictions are never typed in; they are derived by rule from raw observations:
blood pooled where the posture does not explain it, an account that does not fit the time of
death, no way of having come there. Words about how a person lived carry no weight.
"""

from __future__ import annotations

from clew.model.case import Case

LIVIDITY_AGAINST_POSTURE = "lividity_against_posture"
ACCOUNT_AGAINST_TIME = "account_against_time_of_death"
NO_WAY_OF_COMING = "no_way_of_having_come"

UPRIGHT_OR_ON_BACK = frozenset(
    {"supine", "sitting", "against_wall", "slumped", "propped", "in_chair", "in_vehicle_seat"}
)
FACE_DOWN = frozenset({"prone"})
POOLED_IN_FRONT = frozenset({"anterior", "on_abdomen", "on_chest", "on_face"})
POOLED_BEHIND = frozenset({"posterior"})
SIGN_OF_LIFE_REPORTED = "signs_of_life_reported"
DEAD_FOR_HOURS = frozenset({"cold", "rigor_full", "rigor_passing", "decomposed_early"})
NO_MEANS = "no_vehicle"
TO_TRAVEL_WITH = frozenset({"phone", "keys"})


def contradictions(case: Case, far_from_home: bool | None) -> tuple[str, ...] | None:
    """Derive what does not fit; None where no rule has what it needs, () where all fits.

    Parameters
    ----------
    far_from_home
        Whether the place is far from the usual residence; None where that is not known.
    """
    answers = {
        LIVIDITY_AGAINST_POSTURE: _lividity(case),
        ACCOUNT_AGAINST_TIME: _account(case),
        NO_WAY_OF_COMING: None,
    }
    if far_from_home is not None and case.scene is not None:
        stranded = NO_MEANS in case.scene or set(case.missing_items or ()) >= TO_TRAVEL_WITH
        answers[NO_WAY_OF_COMING] = far_from_home and stranded
    if all(answer is None for answer in answers.values()):
        return None
    return tuple(name for name, answer in answers.items() if answer)


def _lividity(case: Case) -> bool | None:
    """Blood pools where a body lies lowest; pooled in front, it did not lie on its back."""
    if not case.lividity or not case.posture:
        return None
    front, behind = POOLED_IN_FRONT & set(case.lividity), POOLED_BEHIND & set(case.lividity)
    if front and not behind:
        return bool(UPRIGHT_OR_ON_BACK & set(case.posture))
    return bool(behind and not front and FACE_DOWN & set(case.posture))


def _account(case: Case) -> bool | None:
    """Somebody says that the person was alive when the body says otherwise."""
    alive = None
    if case.scene is not None and case.body_state is not None:
        alive = SIGN_OF_LIFE_REPORTED in case.scene and bool(DEAD_FOR_HOURS & set(case.body_state))
    if case.last_seen_alive is not None and case.window is not None:
        alive = bool(alive) or case.last_seen_alive > case.window.latest
    return alive
