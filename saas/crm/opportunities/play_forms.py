"""What a person may type about a step of the play."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from saas.crm.activities import kind_queries
from saas.crm.opportunities.needs import NEED_CHOICES, Need
from saas.crm.opportunities.play_models import PlayStep, Proof
from saas.forms import RecordForm, optional


def proofs() -> dict[str, str]:
    """What may show that a step is done, with its words: "activity:call" → "Call"."""
    done = {f"{Proof.ACTIVITY}:{kind.key}": kind.word for kind in kind_queries.open_to_choose()}
    said = {f"{Proof.FIELD}:{need}": str(NEED_CHOICES[need]) for need in Need if need is not Need.ACTIVITY}
    return done | said


def proof_of(step: PlayStep) -> str:
    """By what one sees that a step is done, as a sentence."""
    word = proofs().get(f"{step.proof}:{step.what}") or kind_queries.word(step.what)
    if step.proof is Proof.ACTIVITY:
        return _("done when this is: %(what)s", what=word)
    return _("done when the deal says: %(what)s", what=word)


class StepForm(RecordForm):
    """One step."""

    text = StringField(
        _l("What is to be done?"), [InputRequired(_l("Say what is to be done.")), Length(max=200)], filters=[optional]
    )
    proof = SelectField(_l("It is done when"))

    def __init__(self, step: PlayStep | None = None) -> None:
        given = {"text": step.label, "proof": f"{step.proof}:{step.what}"} if step else {}
        super().__init__(**given)
        groups = {
            Proof.ACTIVITY: pgettext("play", "This was done"),
            Proof.FIELD: pgettext("play", "The deal says this"),
        }
        known = proofs()
        if step is not None:
            known.setdefault(given["proof"], proof_of(step))
        self.proof.choices = [
            SelectChoice(key, word, optgroup=groups[Proof(key.partition(":")[0])]) for key, word in known.items()
        ]

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        proof, _colon, what = self.proof.data.partition(":")
        return {"text": self.text.data, "proof": Proof(proof), "what": what}
