"""The catalogue of what the evidence of a check supports."""

from auditor.knowledge.controls import Controls, Framework, Support, load_controls


def test_every_check_of_the_catalogue_names_listed_frameworks() -> None:
    catalogue = load_controls()

    for support in catalogue.checks:
        assert support.supports or support.id == "facts.expression"
        for name, ids in support.supports.items():
            assert catalogue.framework(name) is not None
            assert ids
            assert len(set(ids)) == len(ids), (support.id, name)


def test_every_framework_has_an_edition_and_is_used() -> None:
    catalogue = load_controls()

    for framework in catalogue.frameworks:
        assert framework.edition
        assert catalogue.provisions(framework.id), framework.id


def test_a_framework_is_found_whatever_the_case() -> None:
    small = Controls(
        frameworks=(Framework(id="GDPR", title="Regulation", edition="2016"),),
        checks=(Support(id="traffic.only", supports={"GDPR": ("Art. 44",)}),),
    )

    assert small.supported("traffic.only", "gdpr") == ("Art. 44",)
    assert small.supported("traffic.only", "nis2") == ()
    assert small.supported("other", "gdpr") == ()
    assert small.provisions("nis2") == frozenset()
