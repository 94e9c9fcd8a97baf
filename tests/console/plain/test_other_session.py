"""Another session without a picture: asked about, left as was wished, and told from then on."""

from __future__ import annotations

from pathlib import Path

from fake_session import session_text


def test_another_session_is_opened_and_told(sit, start_fake, folders: Path) -> None:
    path = folders / "night.toml"
    path.write_text(session_text(2, "Night"), encoding="utf-8")
    start_fake("--session", str(path))

    async def scenario(sitting) -> None:
        asked = await sitting.line(f"open {path}")
        assert "Falling Water plays: go to night.toml?" in asked[0]
        # the next line is for the other session: it is taken when that is there
        assert any("stemlathe: Night, 2 stems" in line for line in await sitting.line("pause"))
        # what is to be measured of the stems is no edit
        assert [one["kind"] for one in sitting.engine.commands() if one["kind"] != "look"] == ["pause"]
        assert (await sitting.line("2"))[0].startswith("2 Bass")

    sit(scenario)


def test_what_cannot_be_opened_is_told(sit, folders: Path) -> None:
    async def scenario(sitting) -> None:
        await sitting.line("open no.toml")
        told = await sitting.line("leave it")
        await sitting.told("no.toml")
        assert told[0] == "opening no.toml"
        assert (await sitting.line("1"))[0].startswith("1 Drums")

    sit(scenario)
