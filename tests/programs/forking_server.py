"""An echo server that starts a process for each client. Usage: forking_server.py PORT [wait]

With wait, it waits for the processes (wait(2)). Otherwise it ignores their end, and the kernel reaps them.
"""

import os
import signal
import socket
import sys


def serve(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def wait_for_ended(*_):
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def main():
    signal.signal(signal.SIGCHLD, wait_for_ended if "wait" in sys.argv else signal.SIG_IGN)
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
