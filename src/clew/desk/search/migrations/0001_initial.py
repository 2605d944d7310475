"""The index, in the way of each database, and saved searches."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MAKE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE search_text USING fts5("
        "terms, content='search_searchdocument', content_rowid='id', tokenize='ascii')"
    ],
    "postgresql": [
        "ALTER TABLE search_searchdocument ADD COLUMN vector tsvector"
        " GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, terms)) STORED",
        "CREATE INDEX search_vector ON search_searchdocument USING gin (vector)"
        " WITH (fastupdate = off)",
    ],
}
DROP = {
    "sqlite": ["DROP TABLE search_text"],
    "postgresql": ["ALTER TABLE search_searchdocument DROP COLUMN vector"],
}


def make(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in MAKE[editor.connection.vendor]:
        editor.execute(statement)


def drop(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in DROP[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("casework", "0003_plain_words"),
        ("records", "0006_hand_in_profiles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("terms", models.TextField()),
                ("reported", models.BigIntegerField(default=0)),
                ("sex", models.CharField(blank=True, max_length=20)),
                ("age", models.SmallIntegerField(null=True)),
                ("premises", models.CharField(blank=True, max_length=60)),
                ("case", models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="search_document", to="records.case")),
                ("concern", models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="search_document", to="casework.concern")),
            ],
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("typed", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="saved_searches", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.RunPython(make, drop),
    ]
