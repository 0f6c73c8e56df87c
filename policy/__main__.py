"""Starts the policy pack; the engine runs this file and talks to it until the preview or update ends."""

from guardrails.analyzer.server import serve
from guardrails.catalogue import ALL_RULES, prepare

serve(ALL_RULES, prepare)
