"""Django's settings, made from the runtime. Import them through `crossdock.runtime.start` only."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from crossdock import runtime

_config, _database_url = runtime.settings_source()


def _databases(url: str) -> dict[str, dict[str, Any]]:  # Django's own shape
    parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    named = {name.upper(): str(parts.pop(name, "")) for name in ("user", "password", "host", "port")}
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": str(parts.pop("dbname", "")),
            **named,
            "OPTIONS": {"application_name": "crossdock"} | parts,
            # Each thread keeps its connection; a check before its use survives a restart of the server.
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    }


CROSSDOCK = _config
CROSSDOCK_CONNECTORS = {name: dict(values) for name, values in _config.connectors.items()}
CROSSDOCK_SHEET_ROWS = _config.sheet_rows
CROSSDOCK_SHEET_MEGABYTES = _config.sheet_megabytes
SECRET_KEY, *SECRET_KEY_FALLBACKS = _config.keys()
DEBUG = False
DATABASES = _databases(_database_url)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

ALLOWED_HOSTS = sorted({_config.public_host, "localhost", "127.0.0.1", "[::1]"})
ROOT_URLCONF = "crossdock.urls"
WSGI_APPLICATION = "crossdock.wsgi.application"
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "crossdock.hub",
    "crossdock.portal",
    "crossdock.api",
]

MIDDLEWARE = [
    "crossdock.callers.KnownCallers",
    "crossdock.security.SecurityHeaders",
    "crossdock.transfer.KeptFiles",
    "crossdock.transfer.Compressed",
    "django.middleware.security.SecurityMiddleware",
    "crossdock.security.LargestRequest",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crossdock.portal.identity.sessions.SessionActivity",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crossdock.portal.words.locale.ReaderLocale",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            # Its tag of forms takes the place of Django's own in every template.
            "builtins": ["crossdock.portal.templatetags.form_token"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Argon2 first; the others only so that a password from elsewhere can be checked and upgraded.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"

# A link to set a new password, by mail or from an administrator.
PASSWORD_RESET_TIMEOUT = 24 * 3600

# django-allauth leads through the second factor and single sign-on. Accounts, sessions, the throttle, addresses
# and words are ours; it sends no mail and nobody signs up.
ACCOUNT_ADAPTER = "crossdock.portal.identity.people.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Its counts are kept per process; ours (`crossdock.portal.identity.throttle`) are in the database.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "crossdock.portal.identity.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "crossdock.portal.identity.second_factor.CodeForm",
    "reauthenticate": "crossdock.portal.identity.second_factor.ConfirmingCodeForm",
    "activate_totp": "crossdock.portal.identity.second_factor.FirstCodeForm",
    "authenticate_webauthn": "crossdock.portal.identity.passkey_forms.PasskeyForm",
    "add_webauthn": "crossdock.portal.identity.passkey_forms.NewPasskeyForm",
}
MFA_TOTP_ISSUER = "Crossdock"
# One step to either side: phones' clocks are off, and people type slowly.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "crossdock.portal.identity.single_sign_on.SignOnAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

# A form of a page is small; files that are uploaded have limits of their own, where they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

SESSION_COOKIE_NAME = "crossdock_session"
SESSION_COOKIE_HTTPONLY = True
# Lax, not Strict: the way back from a store's consent page is a link from another site.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _config.secure
CSRF_COOKIE_NAME = "crossdock_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _config.secure
CSRF_TRUSTED_ORIGINS = [_config.public_url]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _config.secure:
    # An https address means a proxy in front that ends TLS; `crossdock.callers` says whose word is believed.
    SECURE_HSTS_SECONDS = 30 * 24 * 3600

# Without a mail server nothing is sent; whoever would send asks `crossdock.hub.mail` first and says so.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _config.mail else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = 15
EMAIL_SUBJECT_PREFIX = ""
if _config.mail:
    EMAIL_HOST, EMAIL_PORT = _config.mail.host, _config.mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _config.mail.user, _config.mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _config.mail.tls == "always", _config.mail.tls == "starttls"
    DEFAULT_FROM_EMAIL = SERVER_EMAIL = _config.mail.sender

STATIC_URL = "/static/"
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "crossdock.assets.StampedStaticFiles"},
}
# Served straight from the package: nothing to collect, and nothing to go stale in the data folder.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# Only for an address without a stamp: see `crossdock.transfer`.
WHITENOISE_MAX_AGE = 3600

# `crossdock.logs` has set logging up already.
LOGGING_CONFIG = None

PROCRASTINATE_IMPORT_PATHS = ["crossdock.flows.jobs", "crossdock.flows.notice_jobs"]
PROCRASTINATE_WORKER_DEFAULTS = {
    # A job that waits for another's lock is noticed at a poll only.
    "fetch_job_polling_interval": 1.0,
    "update_heartbeat_interval": 2.0,
    "stalled_worker_timeout": 6.0,
}
