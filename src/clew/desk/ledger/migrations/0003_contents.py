"""Digests of contents: see `accounting.py`. Adding the column remakes the table: guards go on anew."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from clew.desk.ledger.trigger_sql import CONTENTS, LEDGER
from clew.desk.ledger.triggers import drop_guards, raise_guards


def take(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, LEDGER)


def put(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, LEDGER)


def put_all(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, (*LEDGER, *CONTENTS))


def take_all(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, (*LEDGER, *CONTENTS))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]

    operations = [
        migrations.RunPython(take, put),
        migrations.CreateModel(
            name="ContentDigest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry", models.BigIntegerField()),
                ("of", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=200)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("salt", models.CharField(blank=True, max_length=32)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="entry",
            name="content",
            field=models.CharField(blank=True, db_default="", default="", max_length=160),
        ),
        migrations.AddIndex(
            model_name="rowchange",
            index=models.Index(fields=["tx"], name="ledger_rowc_tx_idx"),
        ),
        migrations.RunPython(put_all, take_all),
    ]
