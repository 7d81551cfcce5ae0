"""`farmstream replay`: a span of readings goes through the streaming jobs once more.

records     the span's records, out of Kafka or made from table `reading`
copy        records into a topic of the replay's own, with the time at which they once came
settled     whether the jobs have done all that their topics hold
"""
