"""What was decided, refused or disagreed with is never altered or removed: see `triggers.py`."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from clew.desk.ledger.triggers import KEPT, drop_guards, raise_guards


def put(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, KEPT)


def take(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, KEPT)


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial"), ("ledger", "0002_guards")]

    operations = [migrations.RunPython(put, take)]
