"""The command `kappabar`: words to calls, and what they print."""

from .app import main as main
