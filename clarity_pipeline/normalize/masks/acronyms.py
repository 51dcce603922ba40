"""Acronyms and brands in two cases that people write into addresses, where pairs of letters would take them for drawn.

Used by `tokens`: `HowToUseGraphQLWithTypeScript` is written, and so is `SEOvsSEAvsSMMGuide`. Three letters at least: two stand
in too many tokens by chance.
"""

import re

_NAMES = """
    ABM AirPods AJAX API APIs ASP AWS B2B B2C BSON CDN CFO CGI CLI CMS COVID CPC CPL CPM CPU CRM CSS CSV CTA CTO CTR DHL DIN DIY
    DNS DOCX DSA DSGVO DSLR EAN ECU ERP ESG ETF ETL FAQ FAQs FBA FTP GBP GDDR GDPR GIF GmbH GPS GPT GPU GraphQL GTM HDMI
    HTML HTTP HTTPS IBAN IBM IDE iOS iPad IPO iPhone IPv4 IPv6 ISO JavaScript JPEG JSON JSONB JWT K8s KPI KPIs KYC LED
    LLM LLMs LTE MBA MCP MDM MFA MongoDB MOT MQTT MVP MySQL NDA NFC NFT NGO NoSQL NVIDIA NVMe OAuth OCR OEM OLED OpenAI
    ORM PaaS PayPal PCB PCI PDF PDFs PHP PIN PKCE PLC PNG PostgreSQL PPC PSD QLED QoS RAG RAM REST RFP RGB ROAS ROI RPA
    RSS RTX SaaS SCM SDK SEA SEM SEO SKU SLA SMB SMBs SMM SMS SMTP SOC SPA SPAs SQL SSD SSH SSL SSO SUV SVG tCPA TCP TLS
    tROAS TTDSG TypeScript UGC UPS URL URLs USB USD UTM UUID UWB VAT VDI VIP VLAN VoIP VPN VPS WebGL WiFi WLAN
    WooCommerce WordPress WWW XLSX XML YAML YouTube ZIP MacBook iMac PlayStation ThinkPad LinkedIn TikTok WhatsApp eBay
"""

WRITTEN = re.compile(
    rf"(?:{'|'.join(sorted(_NAMES.split(), key=len, reverse=True))})(?![a-z])"
    r"|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
)
"""The words and numbers that a piece of letters and digits is written of."""

KNOWN = frozenset(_NAMES.split())
