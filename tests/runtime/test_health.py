"""When a model process that computes nothing any more ends itself."""

import subprocess
import sys

from foretoken.runtime.health import EXIT_UNFIT, FAILURES, Health


def test_it_leaves_after_several_failures_in_a_row():
    health = Health()
    assert [health.failed("llama_decode answered -3") for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    assert "failed 3 times in a row (llama_decode answered -3)" in health.last_word


def test_an_answer_between_them_counts_from_the_beginning():
    health = Health()
    for _ in range(20):
        for _ in range(FAILURES - 1):
            assert not health.failed("llama_decode answered -2")
        health.answered()
    assert health.last_word == ""


def test_leaving_says_why_and_has_a_code_of_its_own():
    code = (
        "from foretoken.runtime.health import leave; leave('The model failed 3 times in a row.'); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (EXIT_UNFIT, "")
    assert done.stderr.strip().splitlines()[-1] == "The model failed 3 times in a row."
