"""Tests the proxy itself: forwarding, delays, holes and resets."""

import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

from federation import Failed, wait_until
from proxies import Proxy


class Echo:
    """A server that sends back what it receives."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class ProxyItself(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.addCleanup(self.echo.close)
        self.proxy = Proxy()
        self.addCleanup(self.proxy.close)
        self.port = self.proxy.route("r", "127.0.0.1", self.echo.port)

    def dial(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.addCleanup(client.close)
        return client

    def round_trip(self, client, data=b"x"):
        """Sends data, waits for its return, and returns the seconds it took."""
        began = time.monotonic()
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        back = b""
        while len(back) < len(data):
            piece = client.recv(1 << 16)
            self.assertTrue(piece, "the connection ended")
            back += piece
        sender.join()
        self.assertEqual(back, data)
        return time.monotonic() - began

    def nothing_comes(self, client, seconds=0.3):
        client.settimeout(seconds)
        self.assertRaises(TimeoutError, client.recv, 1)
        client.settimeout(20)

    def test_bytes_pass_unchanged_and_in_order_even_with_jitter(self):
        self.proxy.set("r", delay_ms=1, jitter_ms=20)
        self.round_trip(self.dial(), os.urandom(3 << 20))

    def test_each_direction_has_a_delay_of_its_own(self):
        client = self.dial()
        self.proxy.set("r", "forward", delay_ms=150)
        self.assertGreaterEqual(self.round_trip(client), 0.15)
        self.proxy.set("r", "back", delay_ms=200)
        self.assertGreaterEqual(self.round_trip(client), 0.35)

    def test_a_narrow_line_takes_its_time(self):
        self.proxy.set("r", "back", bytes_per_second=1_000_000)
        self.assertGreaterEqual(self.round_trip(self.dial(), bytes(600_000)), 0.4)

    def test_a_hole_lets_nothing_through_and_loses_nothing(self):
        client = self.dial()
        self.round_trip(client)
        self.proxy.set("r", "back", hole=1)
        client.sendall(b"to and not back")
        wait_until(lambda: self.proxy.stats("r")["forward"] == 16, "the other direction to be open")
        self.nothing_comes(client)
        self.proxy.set("r", "both", hole=1)
        client.sendall(b"?")
        self.nothing_comes(client)
        self.assertEqual(self.proxy.stats("r")["forward"], 16)
        self.proxy.set("r", "both")
        back = b""
        while len(back) < 16:
            back += client.recv(16)
        self.assertEqual(back, b"to and not back?")

    def test_a_hole_accepts_and_says_nothing(self):
        self.proxy.set("r", hole=1)
        client = self.dial()
        client.sendall(b"hello?")
        self.nothing_comes(client)

    def test_what_a_hole_holds_is_bounded(self):
        self.proxy.set("r", "forward", hole=1)
        client = self.dial()
        client.settimeout(0.5)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < 64 << 20:
                sent += client.send(bytes(1 << 20))
        self.assertLess(sent, 32 << 20)

    def test_reset_ends_what_is_open_and_refuse_what_is_new(self):
        client = self.dial()
        self.round_trip(client)
        self.assertEqual(self.proxy.say("reset r"), "1")
        self.assertRaises(ConnectionError, client.recv, 1)
        self.proxy.say("refuse r 1")
        try:
            self.assertEqual(self.dial().recv(1), b"")
        except ConnectionError:
            pass
        self.proxy.say("refuse r 0")
        self.round_trip(self.dial())

    def test_chaos_resets_by_chance(self):
        self.proxy.say("chaos r 1")
        client = self.dial()
        client.sendall(b"x")
        self.assertRaises(ConnectionError, client.recv, 1)
        self.proxy.say("chaos r 0")
        self.round_trip(self.dial())

    def test_the_end_of_one_side_reaches_the_other_after_all_bytes(self):
        self.proxy.set("r", "back", delay_ms=50)
        client = self.dial()
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)
        back = b""
        while piece := client.recv(100):
            back += piece
        self.assertEqual(back, b"last words")

    def test_commands_that_are_none_are_refused(self):
        for command in ("", "route r 127.0.0.1:1", "route s 127.0.0.1", "route s host:80", "set r sideways", "set r both x=1",
                        "set r both delay_ms=-1", "reset nobody", "chaos r", "dance r 1"):
            with self.assertRaises(Failed, msg=command):
                self.proxy.say(command)
        self.round_trip(self.dial())


if __name__ == "__main__":
    unittest.main()
