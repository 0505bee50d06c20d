"""Options that several commands share: at which level to sign, by which time stamp authority."""

import argparse
from pathlib import Path

from auditor.evidence.assurance import SECONDS, Assurance, assure
from auditor.evidence.level import Level


def add_key(parser: argparse.ArgumentParser, default: str) -> None:
    """The key to sign with."""
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE|pkcs11:URI",
        help=f"PKCS#12 or PEM to sign with, or a key of a token (RFC 7512); default: {default}",
    )


def add_authority(parser: argparse.ArgumentParser, *, level: bool = True) -> None:
    """The time stamp authority, the anchors, and the level where it is a choice."""
    parser.add_argument(
        "--tsa", default="", metavar="URL", help="a time stamp authority (RFC 3161), which is sent digests only"
    )
    parser.add_argument(
        "--anchor",
        type=Path,
        action="append",
        default=[],
        metavar="CERT",
        help="certificate that the authority's chain or the signer's ends in; may be repeated",
    )
    parser.add_argument("--tsa-timeout", type=int, default=SECONDS, metavar="SECONDS", help=f"default: {SECONDS}")
    if level:
        parser.add_argument(
            "--level",
            choices=[each.value for each in Level if each is not Level.UNSIGNED],
            default="",
            help="of the signature (PAdES); B-LT and B-LTA also ask where the certificates say whether one was revoked "
            "(default: B-B; with --tsa B-T; with --tsa and --anchor B-LTA)",
        )


def assurance(arguments: argparse.Namespace) -> Assurance:
    """What the user asked for. Raises UserError."""
    level = getattr(arguments, "level", Level.B_LTA.value)
    return assure(level, arguments.tsa, arguments.anchor, arguments.tsa_timeout)
