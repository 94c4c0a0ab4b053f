"""Fixtures that several tests of the durable process share."""

from tests.durable.works import idle_works as idle_works
from tests.durable.works import works as works
from tests.durable.works import works_of_phase_2 as works_of_phase_2
