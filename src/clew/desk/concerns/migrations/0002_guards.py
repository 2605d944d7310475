"""The guards in the database itself: see `ledger/triggers.py`."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from clew.desk.ledger.triggers import drop_guards, raise_guards

TABLES = ("concerns_words", "concerns_step")


def put(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, TABLES)


def take(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("concerns", "0001_initial"), ("ledger", "0002_guards")]

    operations = [migrations.RunPython(put, take)]
