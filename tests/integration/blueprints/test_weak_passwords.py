"""A password that is tried first, or too short, is none, wherever one is given."""

import pytest

from tests.support.api import PASSWORD, Api, body_of, problem_of


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "short"])
def test_a_weak_password_is_refused_by_its_name(api: Api, password: str) -> None:
    made = api.post("/user/signup", {"email": "new@example.com", "password": password})
    api.signs_up()
    changed = api.post("/user/password", {"currentPassword": PASSWORD, "password": password})

    for answer in (made, changed):
        assert problem_of(answer) == (400, "invalid_input")
        assert [detail["field"] for detail in body_of(answer)["details"]] == ["password"]
    assert api.post("/user/signin", {"email": api.email, "password": PASSWORD}).status_code == 200
