"""What GitHub is to those who sign in through it: OAuth 2 with PKCE, and an API."""

from flask import Response, jsonify, request

from tests.support.oidc.host import Host


class GitHubHost(Host):
    """A running GitHub. An account's addresses: the person's, primary, and others."""

    authorize_path = "/login/oauth/authorize"
    token_path = "/login/oauth/access_token"

    def __init__(self) -> None:
        self.other_emails: list[dict[str, object]] = []
        super().__init__()
        self.app.add_url_rule("/api/user", "user", self._user)
        self.app.add_url_rule("/api/user/emails", "emails", self._emails)

    def _user(self) -> Response:
        person = self.owner_of(request)
        if person is None:
            return Response(status=401)
        # Their public address, which may be anything, tells nothing.
        return jsonify({"id": int(person.subject), "login": "octocat", "email": "public@example.com"})

    def _emails(self) -> Response:
        person = self.owner_of(request)
        if person is None:
            return Response(status=401)
        primary = {"email": person.email, "primary": True, "verified": person.verified}
        return jsonify([*self.other_emails, primary])
