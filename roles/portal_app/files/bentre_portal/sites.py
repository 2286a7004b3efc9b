"""Sites as the role lists them."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import GroupPagePermission, Page, Site

from .models import ContentPage, nfc

RIGHTS = ("add", "change", "publish")


def settle(wanted: list[dict[str, str]]) -> list[str]:
    """Make the sites that are missing, remove those that are listed no more; say what was done.

    Pages of a removed site stay: nobody reaches them, and they return with it.
    """
    with transaction.atomic():
        root = Page.get_first_root_node()
        done = _remove(root, {(site["name"], site["hostname"]) for site in wanted})
        for site in wanted:
            done += _settle(root, site["name"], nfc(site["title"]), site["hostname"])
    return done


def group_of(name: str) -> Group:
    """Return the group of those who edit a site."""
    return Group.objects.get(name=_group(name))


def _group(name: str) -> str:
    return f"Biên tập viên {name}"


def _remove(root: Page, wanted: set[tuple[str, str]]) -> list[str]:
    done = []
    for site in Site.objects.select_related("root_page"):
        if (site.root_page.slug, site.hostname) not in wanted:
            done.append(f"site {site.hostname}: removed")
            site.delete()
    # Wagtail's own greeting; pages of this kind cannot be made here
    for page in root.get_children().exact_type(Page):
        done.append(f"page {page.slug}: removed")
        page.delete()
    return done


def _settle(root: Page, name: str, title: str, hostname: str) -> list[str]:
    done = []
    home = Page.objects.child_of(root).filter(slug=name).first()
    if home is None:
        home = ContentPage(title=title, slug=name)
        root.add_child(instance=home)
        home.save_revision().publish()
        root.refresh_from_db()
        done.append(f"page {name}: made")
    group, made = Group.objects.get_or_create(name=_group(name))
    if made:
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        for right in RIGHTS:
            GroupPagePermission.objects.create(group=group, page=home, permission_type=right)
        done.append(f"group {group.name}: made")
    site = Site.objects.filter(hostname=hostname).first()
    if site is None:
        Site.objects.create(hostname=hostname, port=443, site_name=title, root_page=home)
        done.append(f"site {hostname}: made")
    elif site.site_name != title:
        site.site_name = title
        site.save()
        done.append(f"site {hostname}: called {title}")
    return done
