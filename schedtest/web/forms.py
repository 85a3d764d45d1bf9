"""What all forms share. Forgery is guarded for the whole application, so a form does not ask again."""

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from schedtest.booking.access import Refused

UNPROCESSABLE = 422


class Form(FlaskForm):
    """A page answers a form that does not validate with itself, errors at the fields, and UNPROCESSABLE."""

    class Meta(FlaskForm.Meta):
        csrf = False

    def refuse(self, refused: Refused) -> None:
        """Put a service's refusal at the field it is about, or above the form."""
        sentence = _(refused.sentence, **refused.values)
        field = self._fields.get(refused.field)
        if field is None:
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
