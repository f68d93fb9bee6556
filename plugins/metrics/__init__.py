"""Metrics that ship with Gradmark: how good an answer is, by what a case keeps hidden under the name `expected`."""

from collections.abc import Mapping

from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from plugins.metrics.scores import accuracy, exact_match, mean_squared_error, pearson, spearman


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register what this folder holds."""
    return {
        "accuracy": Metric(accuracy),
        "exact match": Metric(exact_match),
        "pearson": Metric(pearson),
        "spearman": Metric(spearman),
        "mean squared error": Metric(mean_squared_error, lower_is_better=True),
    }
