"""Layouts that offices make out of the blank forms."""
from kit import *

ALL = ()
