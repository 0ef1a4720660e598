"""Single sign-on by OpenID Connect: the provider says who somebody is; membership says whether they get in."""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from crossdock.config.sign_on import WELL_KNOWN, SignOn
from crossdock.hub import invitations
from crossdock.hub.members import author_of, record_account
from crossdock.hub.models import Membership
from crossdock.portal.access import plain
from crossdock.portal.identity.second_factor import is_proven

KIND = "openid_connect"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that only the provider has. None, and those with a shared secret, are no proof."""
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")


def sign_on() -> SignOn | None:
    """Return the provider that this installation trusts; None without one."""
    found: SignOn | None = settings.CROSSDOCK.sign_on
    return found


def provider_key(issuer: str) -> str:
    """Return how accounts of a provider are marked: another issuer's accounts are other people."""
    return f"oidc-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"


class OurAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's side of OpenID Connect, with every signature checked."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description, checked to be that of the issuer that was configured."""
        config: dict[str, Any] = super().openid_config
        missing = [name for name in _NEEDED if not isinstance(config.get(name), str)]
        if missing:
            raise OAuth2Error(f"the provider's description lacks {', '.join(missing)}")
        ours = sign_on()
        if ours is None or config["issuer"].rstrip("/") != ours.issuer:
            raise OAuth2Error("the provider's description is of another issuer")
        schemes = ("https",) if ours.issuer.startswith("https://") else ("https", "http")
        for name in _ADDRESSES:
            if name in config and urlsplit(str(config[name])).scheme not in schemes:
                raise OAuth2Error(f"the provider's {name} is no address that can be trusted")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The address that is registered with the provider."""
        return f"{settings.CROSSDOCK.public_url}{reverse('portal:sign-on-back')}"

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Read who it is from the signed token; the userinfo only adds, and must be about the same person."""
        signed = kwargs["response"].get("id_token")
        if not isinstance(signed, str):
            raise OAuth2Error("the provider sent no id token")
        claims = self._decode_id_token(app, signed)
        if not claims.get("email") and self.openid_config.get("userinfo_endpoint"):
            more = self._fetch_user_info(token.token)
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("the provider's userinfo is about somebody else")
            claims = {**more, **claims}
        claims["email_verified"] = claims.get("email_verified") in (True, "true")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        # Through the adapter, for its timeout.
        response = SignOnAdapter(self.request).get_requests_session().get(config["jwks_uri"])
        response.raise_for_status()
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token, _key(jwt.PyJWKSet.from_dict(response.json()), id_token), algorithms=ALGORITHMS,
                audience=app.client_id, issuer=config["issuer"], leeway=60,
                options={"require": ["iss", "aud", "exp", "iat", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise OAuth2Error("the id token cannot be trusted") from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != app.client_id:
            raise OAuth2Error("the id token is for another application")
        return claims


def _key(keys: jwt.PyJWKSet, id_token: str) -> jwt.PyJWK:
    wanted = jwt.get_unverified_header(id_token).get("kid")
    fitting = [key for key in keys.keys if wanted is None or key.key_id == wanted]
    if len(fitting) != 1:
        raise OAuth2Error("the id token is signed with a key that the provider does not publish")
    return fitting[0]


class OurProvider(OpenIDConnectProvider):
    """The provider, reached through `OurAdapter`."""

    oauth2_adapter_class = OurAdapter


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Who gets in: a member, or somebody who is invited. The provider is the one of the settings."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The configured provider, and none from the database."""
        ours = sign_on()
        if ours is None or provider not in (None, KIND, provider_key(ours.issuer)):
            return []
        about = {"server_url": ours.issuer + WELL_KNOWN, "oauth_pkce_enabled": True}
        return [
            SocialApp(
                provider=KIND, provider_id=provider_key(ours.issuer), name=ours.name,
                client_id=ours.client_id, secret=ours.client_secret, settings=about,
            )
        ]  # fmt: skip

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> OurProvider:
        """The configured provider. Raises `SocialApp.DoesNotExist` without one."""
        return OurProvider(request, app=self.get_app(request, provider=provider))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up; members and invited people are known by now."""
        _refuse(request, "Your account there is known, but you are no member here. Ask for an invitation.")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose account it is, or send the person away."""
        if sociallogin.is_existing:
            user = sociallogin.user
        else:
            user = self._person(request, sociallogin)
            _forget_password(user)
            sociallogin.connect(request, user)
            record_account(user, "signOnLinked", author=author_of(user))
        if user.is_active and not Membership.objects.filter(user=user, active=True).exists():
            _refuse(request, "You are no member here any more. Ask an administrator.")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: object = None,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> None:
        """Say in plain words that it came to nothing, and show a way on."""
        if error == AuthError.CANCELLED:
            _refuse(request, "It was cancelled there. Nothing has changed.", status=400)
        why = f" ({exception})" if isinstance(exception, OAuth2Error) and str(exception) else ""
        _refuse(request, f"The provider's answer could not be used{why}. Try again.", status=400)

    def _person(self, request: HttpRequest, sociallogin: SocialLogin) -> User:
        proven = [one.email.strip().lower() for one in sociallogin.email_addresses if one.verified]
        if not proven:
            _refuse(
                request,
                "The provider does not say that your e-mail address has been confirmed. Have it confirmed there.",
            )
        user = User.objects.filter(username=proven[0]).first()
        if user is not None and not is_proven(user):
            _refuse(
                request, "This address has not been confirmed here. Log in with your password, or ask an "
                "administrator to set the address.",
            )  # fmt: skip
        name = " ".join(
            str(getattr(sociallogin.user, part, "") or "") for part in ("first_name", "last_name")
        )
        # A member is asked: they follow the link. Else any organization of the hub could take them in unasked.
        member = user is not None and Membership.objects.filter(user=user, active=True).exists()
        for invitation in [] if member else invitations.invitations_for(proven[0]):
            if user is None:
                user = invitations.join_as_new(invitation, name=name, password=None)
            elif not Membership.objects.filter(
                organization_id=invitation.organization_id, user=user
            ).exists():
                invitations.accept(invitation, user)
        if user is None or not Membership.objects.filter(user=user, active=True).exists():
            _refuse(request, f"Nobody here is called {proven[0]}. Ask an administrator for an invitation.")
        return user


def _forget_password(user: User) -> None:
    """Let the provider alone speak for the account from now on, and end its sessions.

    Whoever invited somebody may have taken the shown link up themselves: with a password of theirs they would come in
    as the person whose address has only now been proven.
    """
    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])


def _refuse(request: HttpRequest, message: str, *, status: int = 403) -> NoReturn:
    page = plain(
        request, "You were not logged in", message, status=status, way_on=("Log in", reverse("portal:login"))
    )
    raise ImmediateHttpResponse(page)
