"""The weekly report: one page per field, in one HTML file that needs nothing else, and as PDF.

facts       what the tables say of the week, field by field
charts      SVG
page        HTML from both
pdf         HTML printed by a headless Chromium
"""

from notebooks.report.facts import Report, gather
from notebooks.report.page import render

__all__ = ["Report", "gather", "render"]
