"""Paths of every site."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as pages
from wagtail.admin import urls as admin
from wagtail.documents import urls as documents

from . import views

urlpatterns = [
    path("health", views.health),
    path("tim-kiem/", views.search, name="search"),
    path("admin/", include(admin)),
    path("documents/", include(documents)),
    re_path(r"^media/(?P<path>images/.+)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include(pages)),
]
