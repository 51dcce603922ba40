"""What an SMTP server's refusal means. Pure; used by `email`. What the server said goes no further than this.

The first digit decides: 4 may pass, 5 stays until somebody changes something (RFC 5321). Microsoft says more in its text:
`5.7.139` with "basic authentication is disabled" at the login and `5.7.30` at the letter are passwords that are switched off,
whatever they are; `SmtpClientAuthentication is disabled` is SMTP as a whole.
"""

import re
import smtplib
import ssl

from clarity_pipeline.alerts.channels.channel import DeliveryFailed

_BASIC_AUTH_OFF = re.compile(r"\b5\.7\.30\b|basic authentication is (disabled|not supported)", re.IGNORECASE)
_SMTP_AUTH_OFF = re.compile(r"SmtpClientAuthentication is disabled", re.IGNORECASE)
_LOGIN_WANTED = frozenset({530, 534, 538})
_TOO_LARGE = 552


def failure_of(error: Exception, *, by_token: bool) -> DeliveryFailed:
    """The failure, by the class of the error, its code and Microsoft's own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _of_recipients(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryFailed("smtp_no_starttls", refuses="channel")
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_answer(error, by_token=by_token)
    if isinstance(error, TimeoutError):
        return DeliveryFailed("timeout")
    return DeliveryFailed("tls" if isinstance(error, ssl.SSLError) else "connection")


def _of_answer(error: smtplib.SMTPResponseException, *, by_token: bool) -> DeliveryFailed:
    code, text = error.smtp_code, _as_text(error.smtp_error)
    if not 500 <= code < 600:
        return DeliveryFailed(f"smtp_{code}")
    if _BASIC_AUTH_OFF.search(text):
        return DeliveryFailed("smtp_basic_auth_off", refuses="channel")
    if _SMTP_AUTH_OFF.search(text):
        return DeliveryFailed("smtp_auth_off", refuses="channel")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return DeliveryFailed("smtp_token" if by_token else "smtp_login", refuses="channel")
    if code in _LOGIN_WANTED:
        return DeliveryFailed("smtp_login_missing", refuses="channel")
    if code == _TOO_LARGE:
        return DeliveryFailed("smtp_size", refuses="size")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return DeliveryFailed("smtp_sender", refuses="channel")
    return DeliveryFailed(f"smtp_{code}", refuses="channel")


def _of_recipients(error: smtplib.SMTPRecipientsRefused) -> DeliveryFailed:
    """Nobody was taken: for good where no answer to any of them may pass."""
    answers = [(code, _as_text(text)) for code, text in error.recipients.values()]
    if any(_BASIC_AUTH_OFF.search(text) for _, text in answers):
        return DeliveryFailed("smtp_basic_auth_off", refuses="channel")
    if any(code in _LOGIN_WANTED for code, _ in answers):
        return DeliveryFailed("smtp_login_missing", refuses="channel")
    return DeliveryFailed("smtp_refused", refuses="channel" if all(code >= 500 for code, _ in answers) else None)


def _as_text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
