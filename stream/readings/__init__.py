"""Readings: what the ledger says of each KPI and of the ROI, with all that a figure needs beside it."""
