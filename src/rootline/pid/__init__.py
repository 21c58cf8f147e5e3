"""Particle identification in a barrel detector: tables of tracks with the signals of a TPC, a TOF and a TRD."""
