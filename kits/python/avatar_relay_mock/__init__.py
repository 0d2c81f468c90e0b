"""D-ID's and HeyGen's streaming APIs on a port of this machine, for tests: no key, no network, no credits.

In pytest the fixture `avatar_mock` is there as soon as the package is installed. Elsewhere:

    with running_mock() as mock:
        ...  # point the code under test at mock.did_url
        mock.wait_for("did.speak", text__contains="Hello")
"""

from .matching import contains, equals, match, pattern, present
from .mock import AvatarMock, Call, Clock, MockError, Scenario
from .program import MockStartError, program, running_mock
from .relay import AvatarRelay, relay_program, running_relay

__all__ = [
    "AvatarMock", "AvatarRelay", "Call", "Clock", "MockError", "MockStartError", "Scenario", "contains", "equals", "match", "pattern",
    "present", "program", "relay_program", "running_mock", "running_relay",
]
