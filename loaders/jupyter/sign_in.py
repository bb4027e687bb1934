"""Sign in to the editing app with a key of the HTTP service."""

import asyncio
from html import escape

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from tornado import web

from loaders.database.api_keys import hash_key
from loaders.errors import WarehouseError
from loaders.jupyter.editor import HEADER, read_key

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in to edit the warehouse</title>
<style>
:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
input,button{{font:inherit;padding:.3rem .6rem}}
input{{width:100%;box-sizing:border-box;margin:.3rem 0 1rem}}
</style></head>
<body><h1>Sign in</h1><form method="post">{protection}<label>Key of the HTTP service<input type="password" name="key"
autocomplete="current-password" autofocus required></label><button>Sign in</button></form><p role="alert">{problem}</p>
<p>The operator of the warehouse creates keys: <code>warehouse keys create NAME --role loader</code></p></body></html>
"""


class SignInPage(LoginFormHandler):
    """Asks for a key, and remembers its hash in a signed cookie."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        problem = escape((message or {}).get("error", ""))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write(PAGE.format(protection=self.xsrf_form_html(), problem=problem))

    @allow_unauthenticated
    async def post(self) -> None:
        """Check the key. A wrong one is answered with 401, and the page again."""
        try:
            user = await find_user(hash_key(self.get_body_argument("key", "").strip()).hex())
        except WarehouseError as error:
            self.set_status(503)
            self._render({"error": str(error)})
            return
        if user is None:
            self.set_status(401)
            self._render({"error": "The key is not valid. Ask the operator for one."})
            return
        self.identity_provider.set_login_cookie(self, user)
        self._redirect_safe(self.get_argument("next", default=self.base_url))


class KeyIdentityProvider(IdentityProvider):
    """Visitors are keys. Each request asks again whether the key can still be used."""

    auth_enabled = True
    login_available = True

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return the pages to sign in and out."""
        return [("/login", SignInPage), ("/logout", self.logout_handler_class)]

    async def get_user(self, handler: web.RequestHandler) -> User | None:
        """Return the key of the visitor, and state its hash to the kernel that may be started for them."""
        handler.request.headers.pop(HEADER, None)  # a browser cannot state another key
        cookie = self.get_user_cookie(handler)
        assert cookie is None or isinstance(cookie, User)
        user = None if cookie is None else await find_user(cookie.username)
        if user is not None:
            handler.request.headers[HEADER] = user.username
        return user

    def is_token_authenticated(self, handler: web.RequestHandler) -> bool:
        """There are no tokens in addresses, so each form is protected and each origin checked."""
        return False


async def find_user(key_hash: str) -> User | None:
    """Return the key with this hash as a user, if it can be used now. Raises ServerError."""
    key = await asyncio.to_thread(read_key, key_hash)
    return None if key is None else User(username=key_hash, name=key.name, display_name=key.name)
