"""Django's settings. What a force may choose is in `configuration.py`."""

from __future__ import annotations

from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from clew.desk.configuration import kept_once, read_configuration

CONFIGURATION = read_configuration()
HERE = Path(__file__).parent
KEY_BYTES = 48
"""Of the key that signs sessions; Django asks for at least 50 characters, these make 64."""

session_key = kept_once(CONFIGURATION.home / "session.key", token_urlsafe(KEY_BYTES).encode)
SECRET_KEY = session_key.decode("ascii").strip()
DEBUG = False
ALLOWED_HOSTS = CONFIGURATION.allowed_hosts
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "clew.desk.accounts",
    "clew.desk.ledger",
    "clew.desk.records",
    "clew.desk.review",
    "clew.desk.casework",
    "clew.desk.search",
    "clew.desk.release",
    "clew.desk.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "clew.desk.web.http.NoStore",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clew.desk.accounts.sign_in_limits.SessionLimits",
    "clew.desk.web.http.WrongMethod",
    "clew.desk.web.http.Busy",
    "clew.desk.web.clock_answer.ClockAnswer",
    "clew.desk.web.sent_once.SentOnce",
]
ROOT_URLCONF = "clew.desk.urls"
WSGI_APPLICATION = "clew.desk.wsgi.application"

if not CONFIGURATION.database:
    # Writers queue from the first statement on, so that none meets a newer ledger halfway.
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": CONFIGURATION.home / "desk.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
else:  # the PostgreSQL that the force names
    from psycopg.conninfo import conninfo_to_dict

    address = conninfo_to_dict(CONFIGURATION.database)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.get("dbname", ""),
        "USER": address.get("user", ""),
        "PASSWORD": address.get("password", ""),
        "HOST": address.get("host", ""),
        "PORT": str(address.get("port", "")),
        # How values read as text, whatever the server's own defaults: the ledger's digests are over
        # that text (ledger/reading.py says the same).
        "OPTIONS": {
            "options": "-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=postgres"
            " -c bytea_output=hex -c extra_float_digits=1",
        },
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "environment": "clew.desk.web.jinja.environment",
            "context_processors": ["django.contrib.messages.context_processors.messages"],
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True

AUTH_USER_MODEL = "accounts.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "clew.desk.pages.single_sign_on.SingleSignOn",
]
OIDC_OP_ISSUER = CONFIGURATION.oidc_server
OIDC_OP_AUTHORIZATION_ENDPOINT = CONFIGURATION.oidc_address(
    CONFIGURATION.oidc_authorize, "authorize"
)
OIDC_OP_TOKEN_ENDPOINT = CONFIGURATION.oidc_address(CONFIGURATION.oidc_token, "token")
OIDC_OP_USER_ENDPOINT = CONFIGURATION.oidc_address(CONFIGURATION.oidc_userinfo, "userinfo")
OIDC_OP_JWKS_ENDPOINT = CONFIGURATION.oidc_address(CONFIGURATION.oidc_keys, "keys")
OIDC_RP_CLIENT_ID = CONFIGURATION.oidc_client
OIDC_RP_CLIENT_SECRET = CONFIGURATION.oidc_secret
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile email"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10  # seconds; declared: a provider that is slower is down
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"

SESSION_COOKIE_AGE = CONFIGURATION.session_hours * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clew.desk.web.http.csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.https
SECURE_SSL_REDIRECT = CONFIGURATION.https
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "clew.desk.web.http.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = CONFIGURATION.timezone
USE_TZ = True
USE_I18N = False
