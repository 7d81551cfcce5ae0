"""Quality control of readings: tests as pure functions, and the operators that run them on streams.

`gross_range`, `climatology`, `spike`, `rate_of_change`, `flat_line`, `gap`, `syntax`, `location`,
`multivariate` and `neighbour` are QARTOD's tests, each in a file of its own; what is missing is NaN.
`ismn` has the flags of the International Soil Moisture Network. docs/quality.md says what they mean.
"""
