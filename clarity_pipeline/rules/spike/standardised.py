"""What the mix of a day's visits leads one to expect: so many times the rate of the baseline's mix, with nothing broken anywhere.

Called by `engine.mix` for every test of a signal. Pure arrays. Visits are told by cells: a page x a device (or a source,
campaign, country). With n(t, c) visits of cell c on day t, and r(c) its rate in the baseline,

    factor(t) = [sum n(t, c) r(c) / sum n(t, c)] / [sum N(c) r(c) / sum N(c)],    N(c) = baseline's visits of the cell.

Sessions times the factor are the exposure of the test. Observed over expected is then the standardised ratio of epidemiology:
indirect standardisation (Breslow and Day, "Statistical Methods in Cancer Research" II, IARC 1987, chapter 2). A campaign that
brings visits to a page with many dead clicks raises the expected count and no alarm; a page that breaks raises the observed one
alone, since r(c) knows nothing of the day that is judged.

Small cells are drawn to what stands above them, by Marshall's global empirical Bayes (J. R. Stat. Soc. C 40, 1991), a
gamma-Poisson model. Of counts y with E expected, the relative rate y / E varies between the cells by

    A = sum E (y / E - 1)^2 / sum E - 1 / mean(E), at least `LEAST_VARIANCE`;    a = 1 / A;    relative rate = (y + a) / (E + a),

whose relative variance is 1 / (y + a). Pages are held against the site and its values (devices), values against their pages,
cells against page times value. So a cell that the baseline never saw has its page's rate times its device's, a new page the
site's.

The factor is known no better than the rates. With e(t, c) and b(c) the cells' shares of the expected count of the day and of
the baseline, the variance of its logarithm is about the sum of (e - b)^2 times the relative variances, on each level by what of
it was drawn from there: 0 where the mix is that of the baseline, large where the visits are of cells of which little is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST_VARIANCE = 0.01
"""No two pages are told to be alike within less than 10 %, however alike they look."""

ROUNDS = 2
"""Pages and values are told in turn, so that a page that only phones visit does not have the phones' rate for its own."""

UNSEEN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Of C cells, by any number of baselines (A): `rate` a visit, and whence it is, A x C.

    `own`, `of_page` and `of_value` are relative variances on each level, the latter two with the part that a cell drew from them.
    """

    rate: Floats
    share: Floats
    own: Floats
    of_page: Floats
    of_value: Floats

    def of(self, cells: Sequence[int]) -> "Rates":
        """Those of some cells alone, a page's."""
        share = self.share[:, cells]
        return Rates(
            self.rate[:, cells],
            share / np.maximum(1e-12, share.sum(axis=1, keepdims=True)),
            self.own[:, cells],
            self.of_page[:, cells],
            self.of_value[:, cells],
        )


def rates(visits: Floats, hits: Floats, *, pages: Floats, values: Floats) -> Rates:
    """The cells' rates from a baseline's `visits` and `hits`, A x C.

    `pages` and `values` say with ones which cells are of one page (C x P) and of one value (C x V).
    """
    total = visits.sum(axis=1, keepdims=True)
    site = (hits.sum(axis=1, keepdims=True) + UNSEEN) / np.maximum(1.0, total)
    value_hits, page_hits, expected = hits @ values, hits @ pages, visits * site
    of_value = np.ones_like(visits)
    for _ in range(ROUNDS):
        page, page_doubt, _ = _drawn(page_hits, (expected * of_value) @ pages)
        of_page = page @ pages.T
        value, value_doubt, _ = _drawn(value_hits, (expected * of_page) @ values)
        of_value = value @ values.T
    cell, own, drawn = _drawn(hits, expected * of_page * of_value)
    rate = site * of_page * of_value * cell
    expected = visits * rate
    share = expected / np.maximum(1e-12, expected.sum(axis=1, keepdims=True))
    return Rates(rate, share, own, (page_doubt @ pages.T) * drawn**2, (value_doubt @ values.T) * drawn**2)


def _drawn(hits: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Relative rates, their relative variances, and which part of each is the prior's."""
    whole = np.maximum(1e-12, expected.sum(axis=1, keepdims=True))
    seen = np.maximum(1, (expected > 0).sum(axis=1, keepdims=True))
    squares = np.where(expected > 0, (hits - expected) ** 2 / np.maximum(1e-12, expected), 0.0)
    variance = np.maximum(LEAST_VARIANCE, squares.sum(axis=1, keepdims=True) / whole - seen / whole)
    shape = 1 / variance
    return (hits + shape) / (expected + shape), 1 / (hits + shape), shape / (expected + shape)


def factors(known: Rates, base: Floats, days: Floats) -> Floats:
    """How many times the baseline's rate the mix of each of `days` (D x C) leads one to expect, A x D; `base` is A x C visits.

    1 for a day without visits.
    """
    normal = (base * known.rate).sum(axis=1) / np.maximum(1.0, base.sum(axis=1))
    sizes = days.sum(axis=1)
    a_visit = (known.rate @ days.T) / np.maximum(1.0, sizes)
    return np.where(sizes > 0, a_visit / np.maximum(1e-12, normal)[:, None], 1.0)


def doubt(known: Rates, days: Floats, *, pages: Floats, values: Floats) -> Floats:
    """Variance of the logarithm of a factor: of days that belong to each baseline, A x C, answers A."""
    expected = days * known.rate
    moved = expected / np.maximum(1e-12, expected.sum(axis=1, keepdims=True)) - known.share
    moved = np.where(expected.sum(axis=1, keepdims=True) > 0, moved, 0.0)
    by_page, by_value = (moved * np.sqrt(known.of_page)) @ pages, (moved * np.sqrt(known.of_value)) @ values
    return np.asarray((moved**2 * known.own).sum(axis=1) + (by_page**2).sum(axis=1) + (by_value**2).sum(axis=1))
