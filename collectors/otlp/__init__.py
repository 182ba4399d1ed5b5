"""Receiver of OpenTelemetry spans over OTLP/HTTP."""
