"""What the dashboards draw themselves: one canvas each, fed by messages, so that only news is sent.

chart      values over time: lines with gaps, bands, thresholds, events, single marks
map        the farm from above, in metres
address    the page's, as a link to what is shown
presence   whether anybody looks
"""
