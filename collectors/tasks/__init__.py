"""Receiver of tasks: pieces of work done with, partly or without AI."""
