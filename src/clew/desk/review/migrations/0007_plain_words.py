"""The words of some choices are plainer; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0006_areas_of_notes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="judgement",
            name="relation",
            field=models.CharField(
                blank=True,
                choices=[
                    ("same_source", "The same person or cause is behind both"),
                    ("same_event", "One event"),
                    ("acquainted", "The two people knew each other"),
                    ("duplicate_report", "Two reports of one death"),
                    ("none", "None"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="pair",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("second_reader", "Waiting for a second reader"),
                    ("not_taken_forward", "Not taken forward"),
                    ("linked", "Linked"),
                ],
                db_index=True,
                default="open",
                max_length=20,
            ),
        ),
    ]
