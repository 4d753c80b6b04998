"""Who answers: the Engine interface, the runtime's client, and the runtime's supervision."""
