"""The errors that handlers raise to answer a request with."""

from pygls.exceptions import JsonRpcException

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800


class InvalidParams(JsonRpcException):
    """The parameters are not what the method takes; the message says what is wrong and where."""

    CODE = INVALID_PARAMS
    MESSAGE = "Invalid parameters"
