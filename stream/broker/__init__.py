"""Brokers started by us: the embedded one for the demo and tests, Apache Kafka as a plain JVM.

Everything here does I/O and nothing here knows a topic. A production installation brings its own Kafka and
uses none of it.
"""
