"""What gunicorn runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bentre_portal.settings"
application = get_wsgi_application()
