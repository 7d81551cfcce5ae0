"""The study: does the stored past let us forecast soil moisture, and how well? With spark.ml, step by step.

rows        features and labels by field and hour
labels      what is to be forecast
splits      training before testing, with a gap as long as the forecast; Leak where it is not so
leakage     which features know of later hours (none may)
choose      PCA for the number of features, importances for which
train       candidates, cross-validated over time; the best one fitted
evaluate    RMSE and AUC with confidence intervals, against persistence and climatology
trial       what was picked on the last quarter of the time, beside what happened
examine     from rows to what was picked and tested
study       all of it from the tables, and the model saved where the stream finds it
show        the result as tables
"""

from notebooks.analysis.study import Study, study

__all__ = ["Study", "study"]
