"""Counts of failed sign-ins in place of a row for each; see `sign_in_limits.py`, `denials.py`."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="Attempt"),
        migrations.CreateModel(
            name="SignInCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mark", models.CharField(blank=True, max_length=64)),
                ("place", models.CharField(blank=True, max_length=64)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("waits_until", models.DateTimeField(blank=True, null=True)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("mark", "place"), name="a_name_at_a_place_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DenialCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor", models.CharField(max_length=150)),
                ("kind", models.CharField(max_length=60)),
                (
                    "began_at",
                    models.DateTimeField(db_index=True, default=django.utils.timezone.now),
                ),
                ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("more", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "kind"), name="one_window_of_denials")
                ],
            },
        ),
    ]
