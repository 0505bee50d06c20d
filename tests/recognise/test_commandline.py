"""A command line is read as its program would read it."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.commandline import flag_present, flag_values, invocation, positional


def test_an_interpreter_is_not_the_program() -> None:
    called = invocation(("/usr/bin/python3.12", "-u", "/venv/bin/vllm", "serve", "model"))
    assert (called.program, called.verb, called.arguments) == ("vllm", "serve", ("serve", "model"))


def test_code_on_the_command_line_is_no_program() -> None:
    assert invocation(("python3", "-c", "import vllm; serve()")).arguments == ()


def test_a_flag_takes_its_value_in_both_ways_and_the_spelling_does_not_matter() -> None:
    arguments = ("--usage-stats", "on", "--usage_stats=off", "-p", "80")
    assert flag_values(arguments, ("--usage-stats",)) == ("on", "off")
    assert flag_values(arguments, ("-p",)) == ("80",)


def test_a_flag_followed_by_a_flag_has_no_value() -> None:
    assert flag_values(("--offline", "--port", "80"), ("--offline",)) == ("",)


def test_a_negative_number_is_a_value() -> None:
    assert flag_values(("-ngl", "-1"), ("-ngl",)) == ("-1",)


def test_after_two_dashes_there_are_no_flags() -> None:
    assert flag_present(("run", "--", "--offline"), ("--offline",)) == ()
    assert flag_values(("run", "--", "--offline"), ("--offline",)) == ()


def test_a_free_argument_that_could_be_a_value_is_not_taken_for_a_model() -> None:
    assert positional(("model", "--port", "80")) == "model"
    assert positional(("--port=80", "model")) == "model"
    assert positional(("--port", "80")) == ""
    assert positional(()) == ""


words = st.lists(st.text(max_size=12) | st.sampled_from(["python3", "-m", "-c", "--", "--model", "vllm", "-X"]))


@given(words, words)
def test_any_command_line_can_be_read(command: list[str], flags: list[str]) -> None:
    called = invocation(tuple(command))
    assert set(called.arguments) <= set(command)
    assert all(value == "" or value in " ".join(command) for value in flag_values(called.arguments, tuple(flags)))
