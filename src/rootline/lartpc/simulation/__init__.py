"""The default input: protons, kaons and MIPs through a LArTPC, as files in the experiment's own layouts.

Nothing outside this package imports it; analyses see its ROOT, CSV and
Parquet files only.
"""
