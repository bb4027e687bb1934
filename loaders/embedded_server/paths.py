"""The paths of the embedded server's files, and their permissions."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loaders.embedded_server.os_account import Account, server_account
from loaders.errors import ServerError
from loaders.settings import settings

log = logging.getLogger(__name__)

STATE_FOLDER = Path("/var/lib")


@dataclass(frozen=True)
class Layout:
    """home: what belongs to the user; folder: what the server's account must reach (mostly home as well)."""

    home: Path
    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    @property
    def log_file(self) -> Path:
        """The log of the server."""
        return self.home / "server.log"

    @property
    def lock_file(self) -> Path:
        """Locked while a process starts or stops the server."""
        return self.home / "lock"

    @property
    def alive_file(self) -> Path:
        """Locked while any process of the server lives: they inherit the lock."""
        return self.home / "alive"

    @property
    def port_file(self) -> Path:
        """The port, kept from start to start."""
        return self.home / "port"

    @property
    def password_file(self) -> Path:
        """The generated password of the superuser `warehouse`."""
        return self.home / "password"

    @property
    def logins_file(self) -> Path:
        """The passwords of the logins with few rights."""
        return self.home / "logins"

    @property
    def pointer_file(self) -> Path:
        """Names `folder` when it is not home."""
        return self.home / "server_folder"

    def owned_paths(self) -> list[Path]:
        """Return all files of the server, and nothing that others put into home, in the order of deletion."""
        elsewhere = [self.folder] if self.folder != self.home else []
        made = [path for pattern in ("binaries-*", "unfinished-*") for path in self.home.glob(pattern)]
        logs = [self.log_file, self.log_file.with_name("server.log.1")]
        kept = [
            self.port_file,
            self.logins_file,
            self.password_file,
            self.alive_file,
            self.lock_file,
            self.pointer_file,
        ]
        return [self.data, *elsewhere, *made, *logs, *kept]


@contextmanager
def os_errors_as_server_errors() -> Iterator[None]:
    """Turn an error of the operating system into a ServerError that names the file."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise ServerError(
            f"The server's files in {settings().home} cannot be used ({error.strerror or error}{where}). "
            f"Fix this, or set WAREHOUSE_HOME to another folder."
        ) from error


def current_layout() -> Layout:
    """Return the layout of WAREHOUSE_HOME as it is; creates nothing."""
    home = settings().home.expanduser().resolve()
    pointed = _pointed_folder(home)
    return Layout(home, pointed or home)


def prepare_layout() -> tuple[Layout, Account | None]:
    """Create WAREHOUSE_HOME, and decide once where the server's files go. The account is None if not root."""
    home = settings().home.expanduser().resolve()
    make_home(home)
    layout = current_layout()
    account = server_account(layout.data, home)
    if account is None or layout.folder != home or account.can_enter(home):
        layout.folder.mkdir(mode=0o711, exist_ok=True)
        return layout, account
    if layout.data.exists():
        raise ServerError(
            f"The account {account.name}, which runs the server, can no longer enter {layout.data}. "
            f"Let it enter the folders above (chmod o+x), then start again."
        )
    return Layout(home, _folder_elsewhere(home, account)), account


def read_port(layout: Layout) -> int | None:
    """Return the kept port; None before the first start."""
    try:
        return int(layout.port_file.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise ServerError(f"{layout.port_file} is not a port number. Delete the file and start again.") from None


def read_password(layout: Layout) -> str:
    """Return the superuser's password. Raises ServerError when it cannot be read."""
    try:
        return layout.password_file.read_text().strip()
    except FileNotFoundError:
        raise ServerError(
            f"{layout.password_file} is missing, and {layout.data} cannot be opened without it. Restore it, "
            f"or move {layout.data} to another folder and start again."
        ) from None
    except PermissionError:
        raise ServerError(
            f"{layout.password_file} belongs to another user. Run as that user, or set WAREHOUSE_HOME."
        ) from None


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            _give_to_owner_of_folder(file.fileno(), path)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def open_private(path: Path, flags: int) -> int:
    """Return a file descriptor that is not inherited; a new file is readable by its owner only."""
    handle = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _give_to_owner_of_folder(handle, path)
    return handle


def _give_to_owner_of_folder(handle: int, path: Path) -> None:
    # So that a start by root does not lock an ordinary owner of the home out of it.
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def make_home(home: Path) -> None:
    """Create WAREHOUSE_HOME for its owner only. Raises ServerError when it cannot be used."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(exist_ok=False)
    except FileExistsError:
        if not home.is_dir():
            raise ServerError(f"{home} is not a folder. Set WAREHOUSE_HOME to a folder.") from None
    else:
        # An explicit mode, whatever the umask: only the account that runs the server for root may pass through.
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if not os.access(home, os.W_OK | os.X_OK):
        raise ServerError(f"{home} is not writable. Change its permissions, or set WAREHOUSE_HOME to another folder.")


def _pointed_folder(home: Path) -> Path | None:
    try:
        folder = Path((home / "server_folder").read_text().strip())
    except (FileNotFoundError, NotADirectoryError):
        return None
    # Root creates and deletes files in this folder, so it must be one that this module made.
    if folder.parent != STATE_FOLDER or not folder.name.startswith("warehouse-"):
        raise ServerError(f"{home / 'server_folder'} does not name a folder of the server. Delete it and start again.")
    return folder


def _folder_elsewhere(home: Path, account: Account) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    names = [f"warehouse-{digest}", *(f"warehouse-{digest}-{number}" for number in range(2, 100))]
    # A folder that no pointer names belonged to a home that was deleted, and its password with it.
    folder = next(STATE_FOLDER / name for name in names if not (STATE_FOLDER / name).exists())
    write_private(home / "server_folder", f"{folder}\n")
    folder.mkdir()
    folder.chmod(0o711)
    log.warning("The account %s cannot enter %s, so the server's files are kept in %s.", account.name, home, folder)
    return folder
