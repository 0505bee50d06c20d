"""The environment of real programs that tests run, from requirements/products.txt: products, a server, peers."""

from pathlib import Path

import pytest

PYTHON = Path(__file__).parent.parent / ".venv-products" / "bin" / "python"

needs_products = pytest.mark.skipif(
    not PYTHON.exists(), reason="the programs of requirements/products.txt are not installed (make setup-test)"
)
