"""Analyses of tracks and scores: tables in, tables out."""
