"""What two studies share: keys, tables, splits, seeds, training, sweeps, provenance, figures."""
