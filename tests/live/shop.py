"""A shop's service, run as a program: each request asks MariaDB through PyMySQL, and what goes wrong is logged with its trace.

Words: the port to listen at, the database's port. It logs to standard error.
"""

from __future__ import annotations

import logging
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import pymysql

log = logging.getLogger("shop")


class Shop(HTTPServer):
    """`port`: the database's."""

    def __init__(self, address: tuple[str, int], port: int) -> None:
        super().__init__(address, Orders)
        self._port = port
        self._connection: pymysql.Connection | None = None
        self._lost = False

    def ask(self) -> int:
        """A query. Raises pymysql.Error."""
        if self._connection is None:
            self._connection = pymysql.connect(host="127.0.0.1", port=self._port, user="root", connect_timeout=5)
            log.info("%s the database at 127.0.0.1:%d", "reconnected to" if self._lost else "connected to", self._port)
        with self._connection.cursor() as cursor:
            return int(cursor.execute("SELECT 1"))

    def forget(self) -> None:
        """The connection is of no use any more."""
        self._connection, self._lost = None, True


class Orders(BaseHTTPRequestHandler):
    """`GET /orders`."""

    server: Shop

    def do_GET(self) -> None:
        try:
            self.server.ask()
            self.send_response(200)
        except pymysql.Error:
            log.exception("GET %s failed", self.path)
            self.server.forget()
            self.send_response(500)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        log.info("%s - %s", self.client_address[0], format % arguments)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    Shop(("127.0.0.1", int(sys.argv[1])), int(sys.argv[2])).serve_forever()
