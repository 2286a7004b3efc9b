"""People who edit, until they come from the directory."""

import sys

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session

from .sites import group_of


def admit(name: str, site: str) -> None:
    """Let somebody edit one site, with the password that stands on standard input.

    Raises:
        django.core.exceptions.ValidationError: the password is weak.
    """
    user, _ = get_user_model().objects.get_or_create(username=name)
    password = sys.stdin.readline().rstrip("\n")
    validate_password(password, user)
    user.set_password(password)
    user.is_active = True
    user.save()
    user.groups.set([group_of(site)])


def dismiss(name: str) -> None:
    """Let somebody edit no more, from this moment on."""
    user = get_user_model().objects.get(username=name)
    user.is_active = False
    user.save()
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
