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


LONG_NAME = "Frühjahrs-Schlussverkauf für Grüße aus München 株式会社の広告 株主優待キャンペーン Überraschung"
LONGER = " | Zielgruppe: Käufer über 40, Süddeutschland, wiederkehrend | 株価連動クリエイティブ 第二弾 | Würfelspiel für Größen"


def ads(count: int = 15) -> dict[str, Any]:
    """A digest of ads with long names, each in its facts, as agencies call them."""
    alerts = []
    for number in range(count):
        name = f"{LONG_NAME} {number + 1:02}{LONGER}"
        alerts.append(
            rich()["data"]
            | {
                "rule_name": f"Ad {number + 1:02} spends and nobody stays, Größenordnung 株",
                "scope": "ad",
                "entity": f"1202114800012{number:05}",
                "entity_name": name,
                "business_name": "Müller & Söhne 株式会社",
                "summary": f"Müller & Söhne 株式会社: Ad {number + 1:02} spends and nobody stays. Spend was 1,240.50 EUR on"
                " 2026-11-21 and clicks that led nowhere were 41 % of the visits, 5.2 times the normal 8 %.",
                "facts": [
                    ["Ad", f"{name} (1202114800012{number:05})"],
                    ["Spend", "1.240,50 € on 2026-11-21"],
                    ["Normal", "240,10 €; this is 5.2 times that"],
                    ["Since", "2026-11-18, 4 days"],
                    ["Landing page", f"https://münchen.example/株/{name}"],
                    ["How sure", "with nothing changed such a day comes once in more than a million"],
                    ["Data", "7 of 7 days, all whole and aligned, 97 % of the visits told"],
                ],
                "series": None,
            }
        )
    data = {"business_name": "Müller & Söhne 株式会社", "date": "2026-11-21", "alerts": alerts}
    return {"id": "2" * 64, "type": "clarity.alert.digest", "data": data}
