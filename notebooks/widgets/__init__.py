"""What the dashboards draw themselves: one canvas each, fed by messages, so that only news is sent.

chart      values over time: lines with gaps, bands, thresholds, events, single marks
map        the farm from above, in metres
presence   whether anybody looks
"""
