"""Coming in and going out: login, logout, the first administrator, and which organization to look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import logout as end_session
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from crossdock.hub.organizations import zones
from crossdock.portal.access import SESSION_ORGANIZATION, Visit, organization_view
from crossdock.portal.identity.first_administrator import (
    AlreadyBegunError,
    create_first_administrator,
    hub_is_empty,
)
from crossdock.portal.identity.guessing import Guessing, at_password
from crossdock.portal.identity.happenings import note_failed_login
from crossdock.portal.identity.people import let_in
from crossdock.portal.identity.single_sign_on import sign_on


class LoginForm(AuthenticationForm):
    """Django's form with our words and field attributes."""

    error_messages = {
        "invalid_login": "That e-mail and password do not belong together. Mind capital letters.",
        "inactive": "This account has been switched off. Ask an administrator.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail or user name"
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


@method_decorator(never_cache, name="dispatch")
class Login(LoginView):
    """The login page. An empty hub is sent to its welcome page; guessing is slowed down."""

    template_name = "portal/account/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:  # Django's own signature
        """Look first whether there is anybody who could log in."""
        if hub_is_empty():
            return redirect("portal:welcome")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]  # see Django
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Django's own signature
        """Check the password only while this name and address may try."""
        minutes = self._guessing.minutes_to_wait()
        if minutes is not None:
            context = self.get_context_data(form=LoginForm(request), blocked_minutes=minutes)
            return render(request, self.template_name, context, status=429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the failure."""
        self._guessing.failed()
        note_failed_login(self.request, self._guessing.name)
        return super().form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Forget earlier failures, and go on: to the second factor, or in."""
        self._guessing.succeeded()
        user = form.get_user()
        assert isinstance(user, User)  # noqa: S101 - Django's own accounts are the only ones
        return let_in(self.request, user, self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add the provider of single sign-on, if there is one."""
        return {**super().get_context_data(**kwargs), "sign_on": sign_on()}

    def get_default_redirect_url(self) -> str:
        """Go home."""
        return reverse("portal:home")

    @cached_property
    def _guessing(self) -> Guessing:
        return at_password(self.request, self.request.POST.get("username", "").replace("\x00", ""))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    end_session(request)
    return redirect("portal:login")


class WelcomeForm(forms.Form):
    """What is needed to begin."""

    organization = forms.CharField(label="Name of your shop or company", max_length=200)
    timezone = forms.ChoiceField(
        label="Time zone", initial="UTC", help_text="Times are shown in it. It can be changed later."
    )
    email = forms.EmailField(label="Your e-mail", max_length=150, help_text="You will log in with it.")
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="Password, once more",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        zone = self.fields["timezone"]
        if isinstance(zone, forms.ChoiceField):
            zone.choices = [(name, name.replace("_", " ")) for name in zones()]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "timezone" else "form-control"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["organization"].widget.attrs["autocomplete"] = "organization"
        self.fields["password"].help_text = "At least 10 characters; a sentence is good."

    def clean(self) -> dict[str, Any]:
        """Check that the passwords agree and are not easily guessed."""
        values: dict[str, Any] = super().clean() or {}
        password, again = values.get("password"), values.get("again")
        if password and again and password != again:
            self.add_error("again", "The two passwords differ.")
        elif password:
            user = User(username=values.get("email", ""), email=values.get("email", ""))
            try:
                password_validation.validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


@never_cache
@sensitive_post_parameters("password", "again")
def welcome(request: HttpRequest) -> HttpResponse:
    """Create the first administrator; works only while nobody has an account."""
    if not hub_is_empty():
        return redirect("portal:home")
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            user = create_first_administrator(
                email=values["email"], password=values["password"],
                organization=values["organization"], timezone=values["timezone"],
            )  # fmt: skip
        except AlreadyBegunError:
            return redirect("portal:login")
        return let_in(request, user, reverse("portal:home"))
    return render(request, "portal/account/welcome.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@organization_view(before_second_factor=True)
def choose_organization(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Look at another of one's own organizations."""
    chosen = request.POST.get("organization", "")
    for membership in visit.memberships:
        if membership.organization.key == chosen:
            request.session[SESSION_ORGANIZATION] = membership.organization_id
            return HttpResponseRedirect(reverse("portal:home"))
    return HttpResponse("You are no member of that organization.", status=404, content_type="text/plain")
