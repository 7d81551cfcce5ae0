"""`farmstream audit`: whether everything that came is stored, and what a board sent that never came.

kafka_log   which readings lie in `sensor-data`, each with how often
stored      which of them table `reading` holds, and since when
boards      per board and boot: received, gaps, duplicates, late, lag
report      the whole, as a person or a program reads it
"""
