"""The guards in the database: see `triggers.py`."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from clew.desk.ledger.triggers import LEDGER, drop_guards, raise_guards


def put(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, LEDGER)


def take(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, LEDGER)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunPython(put, take)]
