"""Replays request traces and plays the demo's working day: sources that speak HTTP like any client."""
