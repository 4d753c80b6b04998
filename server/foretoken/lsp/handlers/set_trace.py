"""$/setTrace: accepted; what there is to trace is in the log file."""

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)


def set_trace(server: "ForetokenServer", params: types.SetTraceParams) -> None:
    server.protocol.trace = params.value
    logger.info("trace is %s", params.value)
