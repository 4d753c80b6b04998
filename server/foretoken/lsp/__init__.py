"""The door: the only room (beside the demo's client) that knows pygls and lsprotocol."""
