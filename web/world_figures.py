"""Figures of a synthetic world beside what the literature reports on firm networks and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.texts.figures import number, percent
from supplyrisk.loaders.synthetic import WorldFacts

SOURCES = {
    "axtell": "R. L. Axtell, Zipf distribution of U.S. firm sizes, Science 293 (2001) 1818.",
    "bernard": "A. B. Bernard, E. Dhyne, G. Magerman, K. Manova and A. Moxnes, The origins of firm heterogeneity: "
    "a production network approach, Journal of Political Economy 130 (2022) 1765, Belgium.",
    "bacilieri": "A. Bacilieri, A. Borsos, P. Astudillo-Estevez and F. Lafond, Firm-level production networks: what do "
    "we (really) know?, INET Oxford working paper 2023-08, Ecuador and Hungary.",
    "fujiwara": "Y. Fujiwara and H. Aoyama, Large-scale structure of a nation-wide production network, European "
    "Physical Journal B 77 (2010) 565, arXiv:0806.4280, a million firms of Japan.",
    "chakraborty": "A. Chakraborty, H. Krichene, H. Inoue and Y. Fujiwara, Characterization of the community structure "
    "in a large-scale production network in Japan, Physica A 513 (2019), arXiv:1706.00203.",
    "mattsson": "C. Mattsson and others, Functional structure in production networks, Frontiers in Big Data 4 (2021) "
    "666712, the Netherlands.",
    "reisch": "T. Reisch, A. Borsos and S. Thurner, Supply chain network rewiring dynamics at the firm-level, "
    "arXiv:2503.20594 (2025), Hungary 2014-2022.",
    "goto": "H. Goto and W. Souma, Macroscopic structure and evolution in the Japanese production network, "
    "RIETI 20-E-049 (2020).",
    "das": "S. R. Das, D. Duffie, N. Kapadia and L. Saita, Common failings: how corporate defaults are "
    "correlated, Journal of Finance 62 (2007) 93, United States 1979-2004.",
    "lucas": "D. J. Lucas, Default correlation and credit analysis, Journal of Fixed Income 4 (1995) 76.",
    "servigny": "A. de Servigny and O. Renault, Default correlation: empirical evidence, Standard & Poor's (2002).",
}


@dataclass(frozen=True)
class Figure:
    """A figure of the world, the reported one, its sources (keys of SOURCES), and whether they report a number."""

    name: str
    world: str
    reported: str
    sources: tuple[str, ...]
    number: bool = False


def figures(facts: WorldFacts) -> list[Figure]:
    """All figures that can be compared; where no number is certain, the sign or order of magnitude is reported."""
    return [*_sizes(facts), *_links(facts), *_defaults(facts)]


def _sizes(facts: WorldFacts) -> list[Figure]:
    shape = facts.structure
    return [
        Figure(
            "size: exponent of the upper tail",
            f"{number(facts.size.exponent)} (revenue, largest 5 %)",
            "about 1: the chance of being larger than s goes with 1/s",
            ("axtell",),
            number=True,
        ),
        Figure(
            "customers: exponent of the upper tail",
            number(facts.customers.exponent),
            "heavy tails, similar to a power law",
            ("fujiwara", "bacilieri"),
        ),
        Figure(
            "suppliers: exponent of the upper tail",
            number(facts.suppliers.exponent),
            "heavy tails, similar to a power law",
            ("fujiwara", "bacilieri"),
        ),
        Figure(
            "customers by revenue: elasticity",
            f"{number(shape.elasticity)}; rank correlation of all links {facts.degree_size:.2f}",
            "positive: the downstream side explains most of the differences in size",
            ("bernard", "fujiwara"),
        ),
    ]


def _links(facts: WorldFacts) -> list[Figure]:
    shape = facts.structure
    churn = ", ".join(percent(share, 0) for share in facts.churn) or "less than a year of data"
    return [
        Figure(
            "links that ended within a year",
            f"{churn}, by year, both firms staying",
            "55 % a year of all links, including those of firms that exit (Hungary); about half lost or "
            "rebuilt in five years (Japan)",
            ("reisch", "goto"),
            number=True,
        ),
        Figure(
            "assortativity by degree",
            number(shape.assortativity),
            "negative: firms with many links trade with firms with few",
            ("chakraborty",),
        ),
        Figure(
            "clustering (transitivity)",
            number(shape.clustering, 3),
            "low: partners of one firm compete rather than trade with each other, so that squares close, not triangles",
            ("mattsson",),
        ),
        Figure(
            "reciprocity",
            number(shape.reciprocity, 3),
            "small, but far larger than by chance; here goods only flow down the tiers, so it is smaller",
            (),
        ),
    ]


def _defaults(facts: WorldFacts) -> list[Figure]:
    after_supplier, of_all = facts.after
    peaks = ", ".join(f"{line} {peak:.1f}" for line, peak in facts.peaks.items()) or "-"
    return [
        Figure(
            "defaults a year",
            percent(facts.yearly_default_rate, 1),
            "1 to 5 % is the target; it depends on country, size and years",
            (),
        ),
        Figure(
            "correlation of two defaults in a year, within an industry",
            percent(facts.industry_correlation, 1),
            "small and positive, larger within an industry than between industries, and larger for worse ratings",
            ("lucas", "servigny"),
        ),
        Figure(
            "defaults per month: variance over mean",
            number(facts.dispersion),
            "above 1: they cluster more than common observable factors explain",
            ("das",),
        ),
        Figure(
            "defaults a year after an essential supplier's; all firms",
            f"{percent(after_supplier, 1)}; {percent(of_all, 1)}",
            "chains of bankruptcies along links are observed",
            ("fujiwara",),
        ),
        Figure(
            "sales of the best week of the year relative to the mean week",
            peaks,
            "a peak around Double 11 (11 November) and a dip at the spring festival are common knowledge; their "
            "heights are assumed",
            (),
        ),
    ]
