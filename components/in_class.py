"""What a lab's page has while it is in a class; loaded with the class."""

from __future__ import annotations

from components import exercise as exercise  # the script imports those of the parts of a class
from components import ink as ink
from components import moments as moments
from components import prediction as prediction
from components import tour as tour
from components.scripts import script

IN_CLASS = script(__name__, "in_class.jsx")
