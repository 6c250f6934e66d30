"""A command in a notice can be copied as it stands, in every face."""

import pytest

from alerts.domain.messages import Face
from alerts.rendering.environments import templates
from alerts.rendering.render import render_notice

COMMAND = "oversight-watch sources new 'https://www.oig.example.gov/audits?agency=1%2C2'"


@pytest.mark.parametrize("face", ["email", "slack", "teams", "discord", "markdown", "text"])
def test_a_command_with_an_address_is_whole(face: Face) -> None:
    content = {"title": "audits cannot be read as usual", "lines": [f"Draft a profile: {COMMAND}"]}
    message = render_notice(content, face=face, identity="0" * 32, templates=templates(None))
    assert COMMAND in message.text
    if face in ("slack", "markdown", "discord"):
        assert f"`{COMMAND}`" in (message.markdown or "")
