"""The table of all checks, in the order in which they are made, and what is looked at. Each row is one check.

``docs/doctor.md`` has a line for each of them, which a test asks for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from entrepot.config import Settings, SettingsError, load
from entrepot.doctor import declared, engines, kept, listening, machine, place, through
from entrepot.doctor.check import Check, Machine, Setup

CHECKS: Final = (
    Check(name="settings", about="names and values of all settings", look=declared.settings, needs_settings=False),
    Check(
        name="settings file", about="who reads and changes it", look=declared.settings_file, when=declared.has_file
    ),
    Check(name="command lines", about="secrets that processes show", look=declared.command_lines),
    Check(name="dev mode", about="who reaches the well-known keys", look=kept.dev_mode),
    Check(name="system", about="Linux and Python", look=machine.interpreter, needs_settings=False),
    Check(name="libraries", about="what is installed, known problems of versions", look=machine.libraries),
    Check(name="clock", about="the time, NTP", look=machine.clock),
    Check(name="memory", about="memory and its limit, by workers", look=machine.memory),
    Check(name="processors", about="processors and their limit, by workers", look=machine.processors),
    Check(name="open files", about="the limit of open files", look=machine.open_files, needs_settings=False),
    Check(name="backlog", about="connections that wait (somaxconn)", look=machine.backlog, needs_settings=False),
    Check(name="data folder", about="whether it is there, owner and mode", look=place.folder),
    Check(name="file system", about="its kind and how it is mounted", look=place.file_system),
    Check(name="room", about="free space and inodes", look=place.room),
    Check(name="durability", about="fsync of a file and its folder", look=place.syncs, when=place.exists),
    Check(name="file names", about="case, and names of 255 bytes", look=place.names, when=place.exists),
    Check(name="file sharing", about="links, locks, shared memory", look=place.links, when=place.exists),
    Check(name="index", about="schema, WAL mode, moves", look=kept.index, when=kept.is_embedded),
    Check(
        name="database", about="reached, version, tables, moves", look=engines.database, when=engines.is_shared
    ),
    Check(
        name="database durability", about="fsync, synchronous_commit", look=engines.database_settings,
        when=engines.is_reached,
    ),
    Check(
        name="database connections", about="max_connections", look=engines.database_connections,
        when=engines.is_reached,
    ),
    Check(
        name="database clock", about="this clock and the database's", look=engines.database_clock,
        when=engines.is_reached,
    ),
    Check(name="store", about="the bucket for bytes, its rights", look=engines.store, when=engines.has_store),
    Check(name="master key", about="there, private, opens what is sealed", look=kept.master_key),
    Check(name="private files", about="modes of keys and index", look=kept.private_files, when=place.exists),
    Check(name="renewal", about="renewals and moves under way or cut", look=kept.renewal, when=place.exists),
    Check(name="server", about="whether one runs here, and serves", look=kept.server, when=place.exists),
    Check(name="port", about="free, or taken by whom", look=listening.port),
    Check(name="transport", about="encryption on the way", look=listening.transport),
    Check(name="certificate", about="certificate and key fit", look=listening.certificate, when=listening.has_files),
    Check(name="certificate chain", about="expiry and issuers", look=listening.chain, when=listening.has_files),
    Check(
        name="certificate names", about="names that clients use", look=listening.certificate_names,
        when=listening.has_files,
    ),
    Check(name="names", about="public_url and domains in DNS", look=listening.addresses, when=listening.has_names),
    Check(name="localhost names", about="BUCKET.localhost on this machine", look=listening.localhost_names),
    Check(name="proxies", about="http_proxy and no_proxy", look=listening.proxies),
    Check(name="front", about="what answers at --address", look=through.front, when=through.is_asked),
    Check(name="front host", about="whether Host is handed on", look=through.host, when=through.is_asked),
    Check(name="front path", about="whether the path is handed on", look=through.path, when=through.is_asked),
    Check(name="front bodies", about="whether 2 MiB come through", look=through.body, when=through.is_asked),
    Check(name="minted addresses", about="public_url and --address", look=through.minted, when=through.is_asked),
)  # fmt: skip


def looked_at(machine: Machine, config: Path | None, address: str | None, **given: Any) -> Setup:
    """What is looked at; wrong settings are among what was seen, and their defaults stand in for them."""
    try:
        settings, wrong = load(config, **given), ""
    except SettingsError as error:
        settings, wrong = Settings(), str(error)
    return Setup(settings=settings, machine=machine, wrong=wrong, file=declared.file_of(config), address=address)
