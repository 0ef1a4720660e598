"""The addresses of account."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.account import (
    confirming,
    devices,
    forgotten,
    invitation,
    passkeys,
    profile,
    second_step,
    session,
    single_sign_on,
    two_factor,
)

urlpatterns = [
    path("login", session.Login.as_view(), name="login"),
    path("login/code", second_step.second_step, name="login-code"),
    path("logout", session.logout, name="logout"),
    path("welcome", session.welcome, name="welcome"),
    path("organization", session.choose_organization, name="organization"),
    path("sign-on", single_sign_on.start, name="sign-on"),
    path("sign-on/back", single_sign_on.back, name="sign-on-back"),
    path("password/forgotten", forgotten.forgotten, name="password-forgotten"),
    path("password/new/<uidb64>/<token>", forgotten.NewPassword.as_view(), name="password-new"),
    path("invitation/<secret>", invitation.invitation, name="invitation"),
    path("account", profile.account, name="account"),
    path("account/email", profile.address, name="account-email"),
    path("account/email/<token>", profile.confirm_address, name="account-email-confirm"),
    path("account/password", profile.password, name="account-password"),
    path("account/confirm", confirming.by_password, name="account-confirm"),
    path("account/confirm/code", confirming.by_code, name="account-confirm-code"),
    path("account/two-factor", two_factor.two_factor, name="account-two-factor"),
    path("account/two-factor/set-up", two_factor.set_up, name="account-two-factor-set-up"),
    path("account/two-factor/take-away", two_factor.take_away, name="account-two-factor-take-away"),
    path("account/two-factor/codes", two_factor.codes, name="account-codes"),
    path("account/two-factor/codes/new", two_factor.new_codes, name="account-codes-new"),
    path("account/confirm/passkey", confirming.by_passkey, name="account-confirm-passkey"),
    path("account/two-factor/passkeys/add", passkeys.add, name="account-passkey-add"),
    path("account/two-factor/passkeys/<key:pk>/remove", passkeys.remove, name="account-passkey-remove"),
    path("account/sessions", devices.devices, name="account-sessions"),
    path("account/sessions/end", devices.end_others, name="account-sessions-end"),
    path("account/sessions/<key:pk>/end", devices.end_one, name="account-session-end"),
]

ALLAUTH = [
    path("login", session.Login.as_view(), name="account_login"),
    path("login/code", second_step.second_step, name="mfa_authenticate"),
    path("account/confirm", confirming.by_password, name="account_reauthenticate"),
    path("account/confirm/code", confirming.by_code, name="mfa_reauthenticate"),
    path("account/confirm/passkey", confirming.by_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/two-factor", two_factor.two_factor, name="mfa_index"),
    path("account/two-factor", two_factor.two_factor, name="mfa_list_webauthn"),
    path("account/two-factor/set-up", two_factor.set_up, name="mfa_activate_totp"),
    path("account/two-factor", two_factor.two_factor, name="mfa_deactivate_totp"),
    path("account/two-factor/codes", two_factor.codes, name="mfa_view_recovery_codes"),
]
"""The names by which allauth leads to pages. Each one stands for an address above; none opens another one."""
