"""Training: choose the recipe, fit it on what was known before the test date, test it, and fit it on all that is known.

Three fits follow one recipe:

    choice     on the dates before the forward dates, where the history is long enough; it is judged on those
    tested     on all dates before the test date, with the outcomes known by then; its metrics are the card's
    deployed   the chosen recipe on all dates, with the outcomes known on the last day of the data; it scores

All rows of a firm are in one fold, and what is judged or calibrated on rows that were fitted on is out of fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import pyarrow.compute as pc
import torch

from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.calibration import CalibrationRows, cross_fitted, fit_calibrations
from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.feature_profile import feature_profiles
from supplyrisk.gnn.data.training_panels import (
    Panel,
    forward_panels,
    panel_of,
    require_outcomes,
    testable,
    undated_panels,
)
from supplyrisk.gnn.devices import device
from supplyrisk.gnn.model_card import LATER_DATES, DeployedFit, ValidationResult, deployed_card, write_card
from supplyrisk.gnn.model_choice import Evidence, choose_champion, choose_context
from supplyrisk.gnn.panel_fit import PanelFit, Progress, ScoredRows, fit_contagion, fit_panel
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.term_fitting import TERMS, FollowedRows, defaults_by_term
from supplyrisk.gnn.training_stages import ALL_OUTCOMES, EARLIER_DATES, TESTING, forward_settings
from supplyrisk.graph import DataError, Snapshot


def train(
    name: str,
    splits: DataSplits,
    settings: TrainingSettings | None = None,
    progress: Progress | None = None,
    *,
    deploy: bool = True,
) -> RiskModel:
    """Fit the network and its baselines on the same rows, choose the champion, test, and write the card.

    Parameters
    ----------
    name: of the model.
    splits: training, validation and test sets.
    settings: default settings if None.
    progress: called at each step.
    deploy: fit the chosen recipe once more on all that is known. The result then holds the tested model in `tested`;
        otherwise the tested model itself is returned.

    Raises
    ------
    DataError: too few defaulted or sound firms, or no column that varies between firms.
    ModelError: a device that torch does not find.
    """
    settings = settings or TrainingSettings()
    splits = testable(splits)
    if splits.labels_as_of is not None:
        failed = sum(pc.sum(s.firms["outcome"]).as_py() or 0 for s in splits.train)
        settings = settings.for_labels(failed)
    # A wrong device is an error before the long work.
    where = device(settings.device)
    run = _TrainingRun(name, splits, settings, progress or (lambda step, done, of: None), where)
    tested, choice = run.tested()
    # Without later dates or held-out firms, the tested model is fitted on everything already.
    if not deploy or not (splits.test or splits.recent or not splits.by_folds):
        return tested
    return replace(run.deployed(tested, choice), tested=tested)


@dataclass(frozen=True)
class _Choice:
    """What the choice settled: the context, the candidate that scores, and the later dates to calibrate on as well."""

    context: str
    champion: str
    later: tuple[CalibrationRows, ...]


@dataclass(frozen=True)
class _TrainingRun:
    """One training: its data, settings and progress."""

    name: str
    splits: DataSplits
    settings: TrainingSettings
    report: Progress
    where: torch.device

    def tested(self) -> tuple[RiskModel, _Choice]:
        """Choose the recipe, fit it on what was known before the test date, calibrate it, and test it."""
        splits = self.splits
        encoder = Encoder.fit(splits.train)
        if not encoder.columns:
            raise DataError(
                "no column of the firms' own data tells them apart", "at least one that varies between firms"
            )
        evidence = self._fits_by_folds(encoder) if splits.by_folds else [self._undated_fit(encoder)]
        context = choose_context(evidence, dated=splits.dated)
        # The first piece of evidence is that of the fit itself, a second one that of the fit on earlier dates.
        reports = (self.report, self._stage(EARLIER_DATES))
        harms = [
            fit_contagion(e.fit, context, self.settings, report)
            for e, report in zip(evidence, reports, strict=False)
        ]
        parts = [e.scored.parts(e.fit.members[context]) for e in evidence]
        pieces = [e.scored.calibration_rows(p) for e, p in zip(evidence, parts, strict=True)]
        champion, losses = choose_champion(pieces)
        # The first piece of evidence is the fit's own rows, out of fold; the last one validates the choice.
        choice = _Choice(context, champion, tuple(pieces[1:]))
        model = self._model(evidence[0].fit, encoder, choice, pieces[0])
        model = self._with_terms(model, evidence[0].scored, pieces[0], splits.known_until)
        self.report(TESTING, 0, 0)
        validation = ValidationResult(
            context, self._validated_by(evidence), evidence[-1].scored.graphs, parts[-1], pieces[-1], losses
        )
        card = write_card(model, splits, self.settings, validation, harms[0])
        return replace(model, card={**card, **model.card}), choice

    def _fits_by_folds(self, encoder: Encoder) -> list[Evidence]:
        """The fit on its own rows, out of fold by firm, and an earlier fit on the forward dates, if there are any."""
        panel = panel_of(self.splits.train, encoder, self.splits.known_until)
        require_outcomes({"to learn from": panel})
        fit = self._fit(panel, encoder, self.splits.train, self.settings, self.report)
        evidence = [Evidence(fit, fit.panel)]
        forward = forward_panels(panel)
        if forward:
            settings = forward_settings(self.settings)
            earlier = self._fit(
                forward.train, encoder, self.splits.train, settings, self._stage(EARLIER_DATES)
            )
            evidence.append(Evidence(earlier, earlier.scored(forward.validation)))
        return evidence

    def _undated_fit(self, encoder: Encoder) -> Evidence:
        """The fit on the training firms, on the second data set or on the firms held out."""
        panels = undated_panels(self.splits, encoder, self.settings)
        require_outcomes({"to learn from": panels.train, "to choose by": panels.validation})
        fit = self._fit(panels.train, encoder, self.splits.train, self.settings, self.report)
        if self.splits.validation:
            return Evidence(fit, fit.scored(panels.validation))
        # Held-out firms are in the same graph as training firms. The scores of their neighbours must then be the
        # out-of-fold ones: in-sample scores would reveal the neighbours' outcomes.
        return Evidence(fit, ScoredRows(panels.validation, fit.panel.scores, fit.panel.baselines))

    def _validated_by(self, evidence: Sequence[Evidence]) -> str:
        """What the rows of the last piece of evidence are."""
        if self.splits.by_folds:
            return LATER_DATES if len(evidence) > 1 else "folds over firms"
        return "a second data set" if self.splits.validation else "firms held out"

    def deployed(self, tested: RiskModel, choice: _Choice) -> RiskModel:
        """Fit the chosen recipe on all that is known on the last day of the data."""
        splits = self.splits
        snapshots = splits.snapshots
        encoder = Encoder.fit(snapshots)
        panel = panel_of(snapshots, encoder, splits.last_day)
        report = self._stage(ALL_OUTCOMES)
        settings = replace(self.settings, contexts=(choice.context,))
        fit = self._fit(panel, encoder, snapshots, settings, report)
        harm = fit_contagion(fit, choice.context, settings, report)
        parts = fit.panel.parts(fit.members[choice.context])
        own_rows = fit.panel.calibration_rows(parts)
        model = self._model(fit, encoder, choice, own_rows)
        model = self._with_terms(model, fit.panel, own_rows, splits.last_day)
        card = deployed_card(tested.card, model, splits, DeployedFit(fit.panel, parts, harm))
        return replace(model, card={**card, **model.card})

    def _fit(
        self,
        panel: Panel,
        encoder: Encoder,
        snapshots: Sequence[Snapshot],
        settings: TrainingSettings,
        report: Progress,
    ) -> PanelFit:
        return fit_panel(panel, OwnColumns.of(encoder, snapshots), settings, report, self.where)

    def _stage(self, prefix: str) -> Progress:
        return lambda step, done, of: self.report(prefix + step, done, of)

    def _model(
        self, fit: PanelFit, encoder: Encoder, choice: _Choice, own_rows: CalibrationRows
    ) -> RiskModel:
        """The fitted model, calibrated on its own rows out of fold by firm and on the later dates of the choice."""
        return RiskModel(
            name=self.name,
            encoder=encoder,
            boosters=fit.for_context(choice.context),
            members=fit.members[choice.context],
            calibrations=fit_calibrations([own_rows, *choice.later], (NETWORK,)),
            champion=choice.champion,
            horizon_days=self.splits.train[0].horizon_days,
            default_definition=self.splits.train[0].default_definition,
            card={},
            baselines=fit.baselines,
            features=feature_profiles(
                encoder, self.splits.snapshots, [graph.x[graph.listed] for graph in fit.panel.graphs]
            ),
        )

    def _with_terms(
        self, model: RiskModel, scored: ScoredRows, own_rows: CalibrationRows, known_until: date | None
    ) -> RiskModel:
        """The model with its PDs by term, from the rows it was calibrated on, and their entry in the card."""
        if known_until is None:
            return model
        followed = FollowedRows.of_graphs(scored.graphs, known_until).rows(scored.outcomes.known)
        # The calibrations that score know the failures of these rows, so each row gets one that does not.
        hazards = {c: cross_fitted(h, own_rows.rows) for c, h in own_rows.hazards.items()}
        terms = {c: followed.fit(h) for c, h in hazards.items()}
        defaults = defaults_by_term(followed, hazards[model.champion], self.settings.bootstrap)
        fitted = {c: t.to_json() for c, t in terms.items()}
        return replace(
            model,
            terms=terms,
            card={TERMS: {"fitted": fitted, "defaults": [asdict(row) for row in defaults]}},
        )
