"""No row of dissent, of a change of class or of an act is altered or removed: see `triggers.py`."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from clew.desk.ledger.triggers import KEPT, drop_guards, raise_guards

OWN = tuple(table for table in KEPT if table.startswith("assured_"))


def put(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    raise_guards(editor.connection, OWN)


def take(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_guards(editor.connection, OWN)


class Migration(migrations.Migration):
    dependencies = [("assured", "0001_initial"), ("ledger", "0002_guards")]

    operations = [migrations.RunPython(put, take)]
