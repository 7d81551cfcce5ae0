"""Dashboards and analysis for JupyterLab and Voilà: thin notebooks over these modules."""
