"""The addresses of settings."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.settings import audit, inviting, keys, members, organization

urlpatterns = [
    path("settings", organization.organization, name="settings"),
    path("settings/save", organization.save, name="settings-save"),
    path("settings/members", members.members_page, name="settings-members"),
    path("settings/members/invite", inviting.invite_somebody, name="settings-invite"),
    path("settings/invitations/<key:pk>/again", inviting.again, name="settings-invitation-again"),
    path("settings/invitations/<key:pk>/take-back", inviting.take_back, name="settings-invitation-revoke"),
    path("settings/members/<key:pk>/role", members.change_role, name="settings-member-role"),
    path("settings/members/<key:pk>/switch", members.switch, name="settings-member-switch"),
    path("settings/members/<key:pk>/remove", members.remove, name="settings-member-remove"),
    path("settings/members/<key:pk>/log-out", members.log_out, name="settings-member-log-out"),
    path("settings/members/<key:pk>/two-factor", members.reset_factor, name="settings-member-factor"),
    path("settings/members/<key:pk>/password", members.reset_password, name="settings-member-password"),
    path("settings/keys", keys.keys, name="settings-keys"),
    path("settings/keys/new", keys.new, name="settings-key-new"),
    path("settings/keys/<key:pk>/revoke", keys.revoke, name="settings-key-revoke"),
    path("settings/audit", audit.log, name="settings-audit"),
    path("settings/audit/export", audit.export, name="settings-audit-export"),
]
