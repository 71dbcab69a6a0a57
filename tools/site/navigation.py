"""Data only. What stands in the site's navigation, by kind of reader. Every document of ``docs/`` is in it once.

Paths are those of the project. Captions are in the language of the pages.
"""

from __future__ import annotations

TUTORIALS = (
    "tencent-cos-without-the-cloud",
    "forms-and-rights-for-oss-and-tos",
    "tests-and-ci",
    "one-machine",
    "many-gateways",
    "why-was-i-refused",
    "limit-see-withdraw",
)

ENGLISH: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Start", ("docs/start.md", "docs/install.md", "docs/compare.md", "docs/sdks.md", "docs/clients.md")),
    ("Tutorials", tuple(f"docs/tutorials/{name}.md" for name in TUTORIALS)),
    (
        "For operators",
        (
            "docs/operate.md",
            "docs/console.md",
            "docs/doctor.md",
            "deploy/README.md",
            "docs/scale.md",
            "docs/minting.md",
            "docs/ledger.md",
        ),
    ),
    ("For tests", ("docs/testing.md", "docs/seed.md", "docs/faults-on-demand.md", "docs/recording.md")),
    (
        "Dialects",
        tuple(
            f"docs/dialects/{name}.md"
            for name in ("cos_json", "cos_xml", "oss", "tos", "s3", "tencent", "aliyun", "volcengine", "aws_sts")
        ),
    ),
    (
        "Reference",
        ("docs/supported.md", "docs/settings.md", "docs/policies.md", "docs/admin-api.md", "docs/refused.md"),
    ),
    (
        "The project",
        (
            "CHANGELOG.md",
            "ARCHITECTURE.md",
            "docs/adr/README.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "THREAT_MODEL.md",
        ),
    ),
)

CHINESE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("开始", ("docs/zh/start.md",)),
    ("教程", tuple(f"docs/zh/tutorials/{name}.md" for name in TUTORIALS)),
)

BELOW: dict[str, str] = {"docs/adr/README.md": "docs/adr/[0-9]*.md"}
"""Pages that stand in the navigation below another one."""

UNLISTED = ("docs/adr/template.md",)
"""What is no page: forms to be filled in."""
