"""The system before this one in a few lines: Django REST Framework, which reads values with `distinct on`.

It reads the tables of the schema `django_rest`, which bench_api fills with the same rows. Run it with: gunicorn service
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
            "NAME": os.environ["PGDATABASE"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": "-c search_path=django_rest"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=["django.middleware.http.ConditionalGetMiddleware", "django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)
django.setup()

from rest_framework import generics, serializers  # noqa: E402 - needs the settings


class Node(models.Model):
    """A node with the ids of its parents."""

    name = models.TextField()
    region_id = models.IntegerField()
    grid_id = models.IntegerField()

    class Meta:
        app_label = "service"
        db_table = "nodes"
        managed = False


class Measure(models.Model):
    """One value of one node and hour, as known at a time."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT)
    timestamp = models.DateTimeField()
    collected_at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        app_label = "service"
        db_table = "measures"
        managed = False


class MeasureSerializer(serializers.ModelSerializer):
    """The fields of a measure."""

    grid = serializers.IntegerField(source="node.grid_id")
    region = serializers.IntegerField(source="node.region_id")

    class Meta:
        model = Measure
        fields = ("id", "grid", "region", "node", "timestamp", "collected_at", "value")


class Latest(generics.ListAPIView):
    """The newest value of each node and timestamp of a range."""

    serializer_class = MeasureSerializer

    def get_queryset(self):
        sent = self.request.query_params
        rows = Measure.objects.filter(timestamp__gte=sent["start_datetime"], timestamp__lt=sent["end_datetime"])
        if "node_id" in sent:
            rows = rows.filter(node_id=sent["node_id"])
        rows = rows.select_related("node").order_by("node_id", "timestamp", "-collected_at")
        return rows.distinct("node_id", "timestamp")


class Evolution(Latest):
    """The same as it was known at a time."""

    def get_queryset(self):
        return super().get_queryset().filter(collected_at__lte=self.request.query_params["collected_datetime"])


urlpatterns = [path("measures/query/", Latest.as_view()), path("measures/evolution/", Evolution.as_view())]
application = get_wsgi_application()
