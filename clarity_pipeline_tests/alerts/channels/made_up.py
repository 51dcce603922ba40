"""Documents as `alerts.messages.message` composes them, with what strangers could have written into them."""

from typing import Any

HOSTILE = "<!channel> & [free](https://evil.example) *bold* <img src=x onerror=alert(1)> `code`"
"""A campaign's name by somebody who knows Slack, Teams, Markdown and HTML."""


def document(summary: str = "Acme: too many dead clicks.", **data: Any) -> dict[str, Any]:
    return {
        "id": "0" * 64,
        "type": "clarity.alert.opened",
        "data": {
            "state": "firing",
            "severity": "warning",
            "business_name": "Acme Shop",
            "rule_name": "Dead clicks jumped",
            "summary": summary,
            **data,
        },
    }


def rich(**data: Any) -> dict[str, Any]:
    """An alert with everything that a message may say."""
    return document(
        facts=[["Sessions with dead clicks", "120 of 1,900 (6.3 %)"], ["Campaign", HOSTILE]],
        link="https://clarity.microsoft.com/projects/view/abc123def4/dashboard",
        caveat="One day of data; a new page may explain it.",
        series={
            "label": "Dead-click sessions",
            "days": ["2026-11-19", "2026-11-20", "2026-11-21"],
            "values": [40, None, 120],
            "normal": 38.5,
        },
        **data,
    )


def digest(count: int = 3) -> dict[str, Any]:
    alerts = [rich()["data"] | {"rule_name": f"Rule {number}"} for number in range(count)]
    data = {"business_name": "Acme Shop", "date": "2026-11-21", "alerts": alerts}
    return {"id": "1" * 64, "type": "clarity.alert.digest", "data": data}
