"""References to further records apart from a pair's words, and candidates to spare."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows of before keep their words; `pair_state.say_because` reads a match out of them."""

    dependencies: ClassVar = [("review", "0003_budget_cites")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="pair",
            name="matches",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="link",
            name="spare",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="pair",
            name="spare",
            field=models.BooleanField(default=False),
        ),
    ]
