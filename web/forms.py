"""Forms of a visit: their token is the visit's own, so it needs no session cookie and serves no other visit."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField

from web.site import site
from web.visit_carrier import form_token, is_form_token


class VisitToken(CSRF):
    """Checks that a form was made for the visit it is sent in."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:  # noqa: ARG002
        """The token of this visit's forms."""
        return form_token(site().secret, g.visit)

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:  # noqa: ARG002
        """Refuse a form of elsewhere.

        Raises:
            ValidationError: the token is missing or another visit's.
        """
        if not is_form_token(site().secret, g.visit, field.data or ""):
            raise ValidationError("not a form of this visit")


class VisitForm(FlaskForm):
    """Any form of a visit; `form_token` is its hidden field."""

    class Meta:
        """Flask-WTF's settings for forms of a visit."""

        csrf = True
        csrf_class = VisitToken
        csrf_context = None
        csrf_field_name = "form_token"


class UploadForm(VisitForm):
    """A file of Pix Orga."""

    file = FileField(validators=[FileRequired()])


class CertificateForm(VisitForm):
    """A certificate: its code, or the PDF, and the agreement that Pix is asked."""

    code = StringField()
    pdf = FileField()
    consent = BooleanField()


class SetUpForm(VisitForm):
    """What an activity stands for."""

    choice = RadioField(validate_choice=False)
