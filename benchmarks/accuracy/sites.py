"""The sites that are measured: 30 to 40,000 human sessions a day, 20 to 3,000 distinct raw URLs, with cut lanes and without.

Each is a preset of the simulator at another size; click ids are what makes raw URLs, and so decides whether a lane is cut.
"""

from dataclasses import dataclass, replace

from clarity_pipeline.simulator.presets import large_shop, mid_size, small
from clarity_pipeline.simulator.site import Site


@dataclass(frozen=True, slots=True)
class Measured:
    """A site and the name under which the report speaks of it."""

    name: str
    site: Site


SITES: tuple[Measured, ...] = (
    Measured("30 a day", replace(small(), project_id="acc0030day", sessions_a_day=30, odd_url_share=0.04)),
    Measured("400 a day", replace(mid_size(), project_id="acc0400day")),
    Measured(
        "5,000 a day",
        replace(large_shop(), project_id="acc5000day", sessions_a_day=5_000, odd_url_share=0.012, click_id_share=0.02),
    ),
    Measured(
        "5,000 a day, cut",
        replace(large_shop(), project_id="acc5000cut", sessions_a_day=5_000, odd_url_share=0.06, click_id_share=0.8),
    ),
    Measured(
        "40,000 a day",
        replace(large_shop(), project_id="acc40000da", sessions_a_day=40_000, odd_url_share=0.0015, click_id_share=0.0),
    ),
    Measured(
        "40,000 a day, cut",
        replace(large_shop(), project_id="acc40000cu", sessions_a_day=40_000, odd_url_share=0.03, click_id_share=0.22),
    ),
)
