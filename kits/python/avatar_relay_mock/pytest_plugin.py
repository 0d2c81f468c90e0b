"""Gives tests the fixture `avatar_mock`: a mock of their own, ended whatever happens."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from .mock import AvatarMock
from .program import running_mock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("avatar_mock_options", "Options of mock-provider, as --media none.", default="")


@pytest.fixture
def avatar_mock(request: pytest.FixtureRequest) -> Iterator[AvatarMock]:
    """A mock of one's own, on a port of its own: the same calls get the same ids in every test."""
    with running_mock(*shlex.split(request.config.getini("avatar_mock_options"))) as mock:
        yield mock
