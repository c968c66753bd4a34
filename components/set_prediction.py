"""The presenter's card of predictions; loaded on the presenter's page only."""

from __future__ import annotations

from components import prediction as prediction  # the script imports that of the chart
from components.scripts import script

SET_PREDICTION = script(__name__, "set_prediction.jsx")
