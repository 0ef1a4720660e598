"""Whose invitation it is, so that it ends with their power."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NAME_INVITERS = """
    UPDATE hub_invitation SET invited_by_id = auth_user.id FROM auth_user
     WHERE hub_invitation.author = left('user:' || auth_user.username, 80)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0016_order_acts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="invitations_made",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(NAME_INVITERS, migrations.RunSQL.noop),
    ]
