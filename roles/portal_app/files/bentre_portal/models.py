"""What pages are made of."""

import unicodedata
from typing import Any

from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index

_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "hr", "link", "document-link"]


class ContentPage(Page):
    """A page with a text; the first one of a site is one, too."""

    title: str  # of Page
    body = RichTextField("nội dung", blank=True, features=_FEATURES)

    template = "bentre_portal/page.html"
    content_panels = [*Page.content_panels, "body"]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        """What editors read."""

        verbose_name = "trang"
        verbose_name_plural = "các trang"

    def full_clean(self, *args: Any, **more: Any) -> None:
        """Compose the texts: the same name typed on two keyboards is the same name."""
        self.title, self.body = nfc(self.title), nfc(self.body)
        super().full_clean(*args, **more)


def nfc(text: str) -> str:
    """Compose a text (UAX 15)."""
    return unicodedata.normalize("NFC", text)
