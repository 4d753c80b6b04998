"""What waits for the thread that answers."""

import threading
from collections.abc import Callable

from foretoken.index.inbox import Inbox


def nothing() -> None:
    pass


def test_messages_are_in_order_and_come_before_chores() -> None:
    inbox, done = Inbox(), []

    def noted(what: str) -> Callable[[], None]:
        return lambda: done.append(what)

    inbox.put_chore(noted("figures"))
    inbox.put(noted("edit"))
    inbox.put_chore(noted("saved file"))
    inbox.put(noted("question"))
    while order := inbox.take(0.0):
        order()
    assert done == ["edit", "question", "figures", "saved file"]


def test_one_that_waits_is_woken() -> None:
    for put in (Inbox.put, Inbox.put_chore):
        inbox, taken = Inbox(), []
        thread = threading.Thread(target=lambda inbox=inbox, taken=taken: taken.append(inbox.take(None)))
        thread.start()
        put(inbox, nothing)
        thread.join(60)
        assert taken == [nothing]


def test_a_closed_box_gives_nothing_and_wakes_who_waits() -> None:
    inbox, taken = Inbox(), []
    thread = threading.Thread(target=lambda: taken.append(inbox.take(None)))
    thread.start()
    inbox.close()
    thread.join(60)
    inbox.put(nothing)
    assert taken == [None] and inbox.take(None) is None and inbox.closed
