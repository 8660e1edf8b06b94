"""An echo server that starts a process for each client. Usage: forking_server.py PORT"""

import os
import signal
import socket
import sys


def serve(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the processes
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                # A connection that sends nothing needs no process.
                if connection.recv(1, socket.MSG_PEEK) and os.fork() == 0:
                    listener.close()
                    serve(connection)
                    os._exit(0)


main()
