"""`farmstream backfill`: what misses readings that came after the watermark is computed again.

compare     which settled windows hold fewer readings than table `reading`, and which readings those are
spans       the same for minutes, hours and days of each sensor
hours       the same for its hourly means of soil moisture, which query `hourly` judges
job         day by day: find them, mark them `after_watermark`, and write their windows again
"""
