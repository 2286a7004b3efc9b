"""What is no page of Wagtail's."""

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from wagtail.models import Page, Site

from .models import nfc

MOST = 20
"""Pages that one search finds."""


def health(_request: HttpRequest) -> HttpResponse:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "failed", "why": type(error).__name__}, status=503)
    return JsonResponse({"status": "ok"})


def search(request: HttpRequest) -> HttpResponse:
    """Find pages of this site."""
    site = Site.find_for_request(request)
    if site is None:
        raise Http404
    words = nfc(request.GET.get("q", "")).strip()[:200]
    pages = Page.objects.live().public().descendant_of(site.root_page, inclusive=True)
    found = pages.search(words)[:MOST] if words else []
    return render(request, "bentre_portal/search.html", {"words": words, "found": found})
