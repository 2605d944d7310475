"""The words of some choices are plainer; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_guards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="approvalrequest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("waiver", "To waive a line of enquiry"),
                    ("lead", "To close a lead without proof"),
                    ("class", "To change the class from homicide"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="dissent",
            name="role",
            field=models.CharField(
                choices=[
                    ("paramedic", "Paramedic"),
                    ("officer", "Officer"),
                    ("pathologist", "Pathologist"),
                    ("coroner", "Coroner or coroner's officer"),
                    ("doctor", "Doctor"),
                    ("other", "Someone else who was there or knows"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="role",
            field=models.CharField(
                choices=[
                    ("pathologist", "Pathologist"),
                    ("coroner", "Coroner or coroner's officer"),
                    ("officer", "Officer"),
                    ("family", "Family or friend"),
                    ("other", "Someone else"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="reaudit",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("stands", "The closing is right"),
                    ("opened_again", "It should be reopened"),
                ],
                max_length=20,
            ),
        ),
    ]
