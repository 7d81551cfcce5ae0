"""`farmstream backfill`: windows that miss readings which came after the watermark are computed again.

compare     which settled windows hold fewer readings than table `reading`, and which readings those are
job         day by day: find them, mark them `after_watermark`, and write their windows again
"""
