import pkgutil

from clarity_pipeline.state import schema
from clarity_pipeline.state.schema.every_table import MODULES


def test_every_module_that_declares_tables_is_known_to_who_asks_for_all_of_them() -> None:
    found = {module.name for module in pkgutil.iter_modules(schema.__path__)} - {"base", "every_table"}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == found
