"""The history page: any sensors and fields over any span, from minutes to years.

choice    what a person has chosen                       (no I/O)
link      the same as text, for the page's address     (no I/O)
load      what the tables hold of it
combine   sensors into fields, gaps, days of the farm     (no I/O)
events    when water came                                 (no I/O)
picture   all of it as the chart shows it; summary as a table
export    CSV and Parquet
page      the widgets
"""
