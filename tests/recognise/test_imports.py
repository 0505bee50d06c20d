"""What a pickle imports is judged by a list of harmless names; all others are not known to be harmless."""

import pytest

from auditor.facts.contents import Harm
from auditor.recognise.imports import harm_of


@pytest.mark.parametrize(
    "name",
    [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.BFloat16Storage", "torch.bfloat16",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy.dtype", "numpy.float32",
        "numpy.dtypes.Float64DType", "builtins.set", "__builtin__.complex", "types.SimpleNamespace",
    ],
)  # fmt: skip
def test_names_that_only_make_values(name: str) -> None:
    assert harm_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "os.system", "posix.system", "nt.system", "subprocess.Popen", "builtins.eval", "__builtin__.getattr",
        "torch.load", "torch.storage._load_from_bytes", "numpy.testing._private.utils.runstring", "pickle.loads",
        "operator.attrgetter", "functools.partial", "torch.hub.load", "webbrowser.open", "builtins.set.__class__",
    ],
)  # fmt: skip
def test_names_that_are_known_to_harm(name: str) -> None:
    assert harm_of(name) is Harm.HIGH


@pytest.mark.parametrize(
    "name", ["transformers.training_args.TrainingArguments", "__main__.Net", "collections._sys.exit", "numpy.polyfit"]
)
def test_all_others_are_not_known_to_be_harmless(name: str) -> None:
    assert harm_of(name) is Harm.MEDIUM


def test_a_harmless_name_in_another_case_or_with_more_is_another_name() -> None:
    assert harm_of("collections.orderedDict") is Harm.MEDIUM
    assert harm_of("collections.OrderedDict.fromkeys") is Harm.MEDIUM
