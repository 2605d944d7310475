"""A decision on the budget keeps what the benchmark said on that day."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add what a budget decision cites."""

    dependencies: ClassVar = [("review", "0002_present_candidates")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="alertbudgetdecision",
            name="cites",
            field=models.JSONField(default=dict),
        ),
    ]
