"""What is set and taken away in a server's environment."""

from auditor.knowledge.phonehome import load_phone_home
from auditor.sealed import files
from auditor.sealed.switches import everything_off, scrubbed

ENTRIES = load_phone_home()


def test_what_makes_products_hide_is_taken_away() -> None:
    hiders = {"CI": "true", "PYTEST_CURRENT_TEST": "x", "https_proxy": "http://p", "HTTP_PROXY": "http://p"}
    known = {name: "1" for entry in ENTRIES for name in entry.silent_in}
    left = scrubbed({**hiders, **known, "VLLM_NO_USAGE_STATS": "1", "SSL_CERT_FILE": "/own.pem"}, ENTRIES)
    assert not left.keys() & (hiders.keys() | known.keys())
    assert left["VLLM_NO_USAGE_STATS"] == "1"
    assert left["SSL_CERT_FILE"] == left["REQUESTS_CA_BUNDLE"] == files.BUNDLE


def test_every_contact_that_a_variable_or_file_switches_off_is_switched_off() -> None:
    off = everything_off(ENTRIES)
    assert off.environment["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert off.environment["HF_HUB_OFFLINE"] == "1"
    assert all(not path.startswith(("/", "~")) for path in off.home_files)
    # What is left needs a flag, a configuration or another version; it is named, not passed over.
    named = {entry.id for entry in ENTRIES if entry.off_if and not any(rule.env for rule in entry.off_if)}
    assert set(off.unset) & named
