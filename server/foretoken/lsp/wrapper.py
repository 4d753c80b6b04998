"""The one wrapper at the door: whatever a handler raises ends here, so that no mistake can take the server down."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pygls.exceptions import JsonRpcException

from foretoken.lsp.errors import INTERNAL_ERROR, REQUEST_CANCELLED
from foretoken.text.cancel import Cancelled

logger = logging.getLogger(__name__)

T = TypeVar("T")


def guarded(method: str, call: Callable[[], T], log_path: Path | None) -> T | JsonRpcException:
    """The call's result, or the error to answer with.

    An unexpected exception is logged with its traceback; what the editor gets is one sentence that names the log.
    """
    try:
        return call()
    except JsonRpcException as error:
        logger.warning("%s: %s", method, error.message)
        return error
    except (Cancelled, asyncio.CancelledError):
        return JsonRpcException(f"{method} was cancelled", REQUEST_CANCELLED)
    except Exception as error:
        logger.exception("%s failed", method)
        where = f"details are in {log_path}" if log_path else "there is no log file"
        message = f"Foretoken failed on {method} ({type(error).__name__}); {where}"
        return JsonRpcException(message, INTERNAL_ERROR)
