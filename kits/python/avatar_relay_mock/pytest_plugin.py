"""Gives tests a mock of their own, `avatar_mock`, or a scenario of one that they share, `avatar_scenario`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from .mock import AvatarMock, Scenario
from .program import running_mock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("avatar_mock_options", "Options of mock-provider, as --media none.", default="")


@pytest.fixture
def avatar_mock(request: pytest.FixtureRequest) -> Iterator[AvatarMock]:
    """A mock of one's own, on a port of its own: the same calls get the same ids in every test."""
    with running_mock(*shlex.split(request.config.getini("avatar_mock_options"))) as mock:
        yield mock


@pytest.fixture(scope="session")
def shared_avatar_mock(request: pytest.FixtureRequest) -> Iterator[AvatarMock]:
    """A mock that all tests share; each takes a scenario of its own."""
    with running_mock(*shlex.split(request.config.getini("avatar_mock_options"))) as mock:
        yield mock


@pytest.fixture
def avatar_scenario(request: pytest.FixtureRequest, shared_avatar_mock: AvatarMock) -> Iterator[Scenario]:
    """A scenario with the test's name, in a mock that was started once. The code under test sends its `headers`, or its
    `key`; the same calls get the same ids wherever the test runs in the order."""
    with shared_avatar_mock.scenario(request.node.nodeid) as scenario:
        yield scenario
