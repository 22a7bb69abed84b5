"""A settings file is refused with the key, the reason and the nearest key that exists."""

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[assortment]\nlist_sise = 10\n", "nearest known key is assortment.list_size"),
        ("[asortment]\nlist_size = 10\n", "nearest known key is assortment"),
        ("[assortment]\nlist_size = 0\n", "assortment.list_size"),
        ('[assortment]\nlist_size = "many"\n', "many"),
        ("[assortment\n", "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_write_instead(tmp_path, text, said):
    path = tmp_path / "xuanpin.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said) as refused:
        load_settings(path)
    assert "xuanpin.toml" in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_values_are_read_and_cannot_change(tmp_path):
    path = tmp_path / "xuanpin.toml"
    path.write_text("[assortment]\nlist_size = 10\n", encoding="utf-8")
    settings = load_settings(path)
    assert settings.assortment.list_size == 10
    assert load_settings(None) == Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.assortment = Settings().assortment
