"""Send a message as e-mail or to a chat service, through the library apprise if it is installed."""

import logging

TITLE = "Warehouse alert"


def notify(address: str, text: str, timeout: float) -> tuple[str | None, bool]:
    """Return what went wrong, if anything, and whether another attempt may succeed.

    address: such as `mailtos://…` or `slack://…`. It may be a secret in itself, so no message quotes more than its
    scheme. timeout: seconds.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        return "not an address", False
    try:
        import apprise
    except ImportError:
        return f"{scheme} needs the library apprise. Install it with: pip install apprise", False
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it quotes addresses
    service = apprise.Apprise()
    if not service.add(address):
        return f"apprise does not know the {scheme} address", False
    try:
        sent = service.notify(text, TITLE, apprise.NotifyType.FAILURE, timeout=timeout)
    except Exception as error:  # whatever a service raises, the check has its result already
        return f"{scheme}: {type(error).__name__}", True
    return (None, False) if sent else (f"{scheme} did not accept it", True)
