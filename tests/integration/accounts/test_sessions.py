"""Sessions: refreshed, stolen, ended here and everywhere, and known when Redis or PostgreSQL is away."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from flask_jwt_extended import create_refresh_token

from accounts.keyring import Keyring
from app import create_app
from models import SecondFactor, SecurityEvent, UserSession
from runtime.settings import Settings
from tests.support.api import PASSWORD, Api, body_of, problem_of
from tests.support.services import Services
from tests.support.settings import JWT_SECRET, make_settings
from tests.support.tokens import OTHER_SECRET
from tests.support.waiting import eventually

REFRESH = "/user/refresh"


def signs_in(app: Flask, email: str) -> Api:
    """Another browser of the same account."""
    api = Api(app)
    body = body_of(api.post("/user/signin", {"email": email, "password": PASSWORD}))
    api.token, api.user_id, api.email = body["token"], body["userId"], email
    return api


def cookie_of(api: Api) -> str:
    """The refresh token in the browser's cookie."""
    cookie = api.client.get_cookie("refresh_token", path="/api/v2/user")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, refresh_token: str, csrf: str) -> Api:
    """A browser that somebody has put these cookies into."""
    thief = Api(app)
    thief.client.set_cookie("refresh_token", refresh_token, path="/api/v2/user")
    thief.client.set_cookie("csrf_refresh_token", csrf)
    return thief


def copied(app: Flask, api: Api) -> Api:
    """A browser with a copy of the cookies."""
    csrf = api.client.get_cookie("csrf_refresh_token")
    assert csrf is not None
    return with_cookie(app, cookie_of(api), csrf.value)


def is_let_in(api: Api) -> bool:
    """Whether the token is good for the account."""
    return api.get("/user/me").status_code == 200


def kinds(database: sa.Engine) -> list[str]:
    """The security events of everybody, in order."""
    with database.connect() as connection:
        return list(connection.scalars(sa.select(SecurityEvent.kind).order_by(SecurityEvent.id)))


def grown_old(database: sa.Engine, **age: float) -> None:
    """As if the last refreshes had been so long ago."""
    with database.begin() as connection:
        connection.execute(sa.update(UserSession).values(rotated_at=datetime.now(UTC) - timedelta(**age)))


def test_a_refresh_gives_new_tokens_of_the_same_session(api: Api) -> None:
    api.signs_up()
    before, session_id = cookie_of(api), api.session_id
    api.token = None

    answer = api.post(REFRESH)

    api.token = body_of(answer)["token"]
    assert answer.status_code == 200
    assert body_of(answer)["email"] == api.email
    assert api.session_id == session_id
    assert cookie_of(api) != before
    assert is_let_in(api)


def test_the_cookie_is_for_this_site_the_servers_eyes_and_its_route_alone(api: Api) -> None:
    answer = api.post("/user/signup", {"email": "a@example.com", "password": PASSWORD})

    cookies = {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}
    assert cookies.keys() == {"refresh_token", "csrf_refresh_token"}
    for part in ("HttpOnly", "SameSite=Strict", "Path=/api/v2/user"):
        assert part in cookies["refresh_token"]
    assert "HttpOnly" not in cookies["csrf_refresh_token"]
    assert "SameSite=Strict" in cookies["csrf_refresh_token"]


def test_behind_https_cookies_go_over_nothing_else(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    api = Api(create_app(make_settings(services, public_url="https://desk.example.com")))

    answer = api.post("/user/signup", {"email": "a@example.com", "password": PASSWORD})

    lines = answer.headers.getlist("Set-Cookie")
    assert len(lines) == 2
    assert all(line.startswith("__Secure-") and "; Secure" in line for line in lines)


def test_without_the_other_half_of_the_cookie_nothing_is_refreshed(app: Flask, api: Api) -> None:
    api.signs_up()
    forged = with_cookie(app, cookie_of(api), "made up")
    bare = with_cookie(app, cookie_of(api), "")

    assert [problem_of(browser.post(REFRESH))[0] for browser in (forged, bare)] == [401, 401]
    assert api.post(REFRESH).status_code == 200


def test_an_answer_that_was_lost_can_be_asked_for_again(app: Flask, api: Api) -> None:
    api.signs_up()
    again = copied(app, api)
    first = body_of(api.post(REFRESH))

    second = body_of(again.post(REFRESH))

    assert first["userId"] == second["userId"]
    for browser in (api, again):
        # Both go on, one refresh after the other.
        assert browser.post(REFRESH).status_code == 200


def test_a_stolen_refresh_token_ends_the_session_of_both(app: Flask, api: Api, database: sa.Engine) -> None:
    api.signs_up()
    thief = copied(app, api)
    thief.token = api.token
    assert api.post(REFRESH).status_code == 200
    grown_old(database, minutes=1)

    stolen = thief.post(REFRESH)

    assert problem_of(stolen) == (401, "session_ended")
    assert problem_of(api.post(REFRESH)) == (401, "session_ended")
    assert not is_let_in(api)
    assert not is_let_in(thief)
    assert "refresh_reused" in kinds(database)


def test_a_thief_who_is_first_is_found_out_by_the_owner(app: Flask, api: Api, database: sa.Engine) -> None:
    api.signs_up()
    thief = copied(app, api)
    for _ in range(2):
        thief.token = body_of(thief.post(REFRESH))["token"]

    # Two rotations ahead: no grace for that, however soon.
    assert problem_of(api.post(REFRESH)) == (401, "session_ended")
    assert not is_let_in(thief)
    assert problem_of(thief.post(REFRESH)) == (401, "session_ended")


def test_signing_out_ends_the_session_at_once_and_takes_the_cookies(app: Flask, api: Api) -> None:
    api.signs_up()
    other = signs_in(app, api.email)
    thief = copied(app, api)

    answer = api.post("/user/signout")

    assert answer.status_code == 200
    assert api.client.get_cookie("refresh_token", path="/api/v2/user") is None
    assert not is_let_in(api)
    assert problem_of(thief.post(REFRESH)) == (401, "session_ended")
    assert is_let_in(other)


def test_signing_out_works_with_the_cookie_alone(api: Api) -> None:
    api.signs_up()
    token, api.token = api.token, None

    assert api.post("/user/signout").status_code == 200

    api.token = token
    assert not is_let_in(api)


def test_signing_out_everywhere_ends_all_sessions(app: Flask, api: Api) -> None:
    api.signs_up()
    others = [signs_in(app, api.email) for _ in range(3)]
    stranger = Api(app).signs_up()

    answer = api.post("/user/signout-everywhere")

    assert body_of(answer)["ended"] == 4
    assert not any(map(is_let_in, [api, *others]))
    assert is_let_in(stranger)


def test_one_session_is_ended_by_its_owner_and_by_nobody_else(app: Flask, api: Api) -> None:
    api.signs_up()
    other, stranger = signs_in(app, api.email), Api(app).signs_up()
    path = f"/api/v2/user/sessions/{other.session_id}"
    unknown = f"/api/v2/user/sessions/{uuid4()}"

    refused = stranger.request("DELETE", path)
    assert problem_of(refused) == (404, "session_unknown")
    assert refused.data == stranger.request("DELETE", unknown).data
    assert is_let_in(other)

    assert api.request("DELETE", path).status_code == 200
    assert not is_let_in(other)
    assert is_let_in(api)
    assert problem_of(api.request("DELETE", path)) == (404, "session_unknown")


def test_the_sessions_are_listed_with_where_they_come_from(app: Flask, api: Api) -> None:
    api.signs_up()
    other = signs_in(app, api.email)

    rows: list[dict[str, Any]] = body_of(api.get("/user/sessions"))["sessions"]

    assert {row["sessionId"] for row in rows} == {api.session_id, other.session_id}
    assert [row["sessionId"] for row in rows if row["current"]] == [api.session_id]
    assert {row["way"] for row in rows} == {"password"}
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    assert all(row["userAgent"].startswith("Werkzeug") for row in rows)


def test_more_sessions_than_an_account_may_have_end_the_oldest(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    app = create_app(make_settings(services, sessions_per_account_max=3))
    api = Api(app).signs_up()
    others = [signs_in(app, api.email) for _ in range(3)]

    assert not is_let_in(api)
    assert all(map(is_let_in, others))


def test_what_happened_is_told_to_the_owner_page_by_page(app: Flask, api: Api) -> None:
    api.signs_up()
    signs_in(app, api.email)
    Api(app).signs_up()
    api.post(REFRESH)

    first = body_of(api.get("/user/security-events", limit=2))
    second = body_of(api.get("/user/security-events", limit=2, cursor=first["nextCursor"]))

    told = [event["kind"] for page in (first, second) for event in page["events"]]
    assert told == ["signed_in", "signed_in", "signed_up"]
    assert second["nextCursor"] is None
    assert first["events"][0]["address"] == "127.0.0.1"


def test_what_was_ended_stays_ended_when_redis_has_lost_everything(
    app: Flask, api: Api, queues: redis.Redis
) -> None:
    api.signs_up()
    other = signs_in(app, api.email)
    assert is_let_in(api)
    assert is_let_in(other)

    api.post("/user/signout")
    queues.flushall()

    assert not is_let_in(api)
    assert is_let_in(other)


def test_without_redis_postgresql_is_asked(services: Services, api: Api, order_state: redis.Redis) -> None:
    # Where nobody listens.
    blind = create_app(make_settings(services, redis_url="redis://127.0.0.1:1/0"))
    api.signs_up()
    other = Api(blind)
    other.token = api.token

    assert is_let_in(other)
    api.post("/user/signout")
    assert not is_let_in(other)


def test_without_postgresql_its_older_word_counts_and_who_is_unknown_waits(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    # Each request wants PostgreSQL's word, as the last one is a second old at once.
    app = create_app(make_settings(services, session_trust_s=1))
    api, unseen = Api(app).signs_up(), Api(app).signs_up()
    assert api.get("/trade/open").status_code == 200
    away = create_app(
        make_settings(services, session_trust_s=1, database_url="postgresql://nobody@127.0.0.1:1/none")
    )
    seen, stranger = Api(away), Api(away)
    seen.token, stranger.token = api.token, unseen.token

    def is_old() -> bool:
        age = queues.object("idletime", f"identity:session:{api.session_id}")
        return int(age) >= 1

    eventually(is_old, limit_s=5, what="a word that is too old")
    assert seen.get("/trade/open").status_code == 200
    assert problem_of(stranger.get("/trade/open"))[0] == 503


def test_a_change_of_role_is_known_at_once(app: Flask, api: Api, database: sa.Engine) -> None:
    api.signs_up()
    assert body_of(api.get("/user/me"))["role"] == "trader"

    answer = app.test_cli_runner().invoke(args=["users", "promote", api.email])

    assert answer.exit_code == 0, answer.output
    assert body_of(api.get("/user/me"))["role"] == "operator"
    assert kinds(database)[-1] == "role_changed"
    assert app.test_cli_runner().invoke(args=["users", "demote", api.email]).exit_code == 0
    assert body_of(api.get("/user/me"))["role"] == "trader"
    assert app.test_cli_runner().invoke(args=["users", "promote", "nobody@example.com"]).exit_code == 2


def test_signing_in_again_ends_the_session_that_the_browser_had(app: Flask, api: Api) -> None:
    api.signs_up()
    former = Api(app)
    former.token = api.token

    again = api.post("/user/signin", {"email": api.email, "password": PASSWORD})

    api.token = body_of(again)["token"]
    assert is_let_in(api)
    assert not is_let_in(former)
    assert len(body_of(api.get("/user/sessions"))["sessions"]) == 1


def test_an_operator_ends_what_somebody_else_may_have(app: Flask, api: Api, database: sa.Engine) -> None:
    api.signs_up()
    stranger = Api(app).signs_up()
    bot = Api(app)
    bot.token = body_of(
        api.post("/user/api-keys", {"name": "bot", "scopes": ["read"], "password": PASSWORD})
    )["key"]
    assert bot.get("/user/balance").status_code == 200

    answer = app.test_cli_runner().invoke(args=["users", "sign-out", api.email])

    assert answer.output == "1 sessions ended, 1 keys revoked\n"
    assert not is_let_in(api)
    assert bot.get("/user/balance").status_code == 401
    assert is_let_in(stranger)
    assert kinds(database).count("signed_out_everywhere") == 1


def test_second_factors_are_sealed_anew_when_the_secret_has_changed(
    services: Services, database: sa.Engine, api: Api, settings: Settings
) -> None:
    api.signs_up()
    sealed = Keyring(settings).seal("the secret of an authenticator")
    with database.begin() as connection:
        connection.execute(sa.insert(SecondFactor).values(user_id=UUID(api.user_id), secret=sealed))
    changed = make_settings(services, jwt_secret=OTHER_SECRET, jwt_secrets_former=[JWT_SECRET])
    dropped = make_settings(services, jwt_secret=OTHER_SECRET)

    too_early = create_app(dropped).test_cli_runner().invoke(args=["users", "reseal"])
    answer = create_app(changed).test_cli_runner().invoke(args=["users", "reseal"])

    assert (too_early.exit_code, answer.exit_code) == (1, 0), answer.output
    assert answer.output == "1 second factors sealed with the newest secret\n"
    with database.connect() as connection:
        now = connection.scalar(sa.select(SecondFactor.secret))
    assert Keyring(dropped).open(str(now)) == "the secret of an authenticator"


@pytest.mark.parametrize("claims", [{"rot": 0.5}, {"rot": None}, {"rot": True}, {"rot": -1}, {"rot": 7}])
def test_a_refresh_token_of_a_rotation_that_never_was_is_refused(
    app: Flask, api: Api, claims: dict[str, Any]
) -> None:
    api.signs_up()
    with app.app_context():
        token = create_refresh_token(
            api.user_id, additional_claims={"sid": api.session_id, "csrf": "half"} | claims
        )

    assert problem_of(with_cookie(app, token, "half").post(REFRESH))[0] == 401
