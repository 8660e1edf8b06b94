"""A headless Chromium, driven through WebDriver, with the few commands that these tests need."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request


def missing():
    """The programs that are not installed, or an empty string."""
    names = [name for name in ('chromium', 'chromedriver') if shutil.which(name) is None]
    return ' and '.join(names)


class Browser:
    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory()
        # The kernel chooses the port, and chromedriver prints it.
        self.driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        try:
            self.url = f'http://127.0.0.1:{self._port()}/session'
            options = {'args': ['--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                                f'--user-data-dir={self.profile.name}', *(['--no-sandbox'] if os.geteuid() == 0 else [])]}
            session = self._start({'capabilities': {'alwaysMatch': {
                'browserName': 'chrome', 'goog:chromeOptions': options,
                'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'}}}})
        except BaseException:
            self._end()
            raise
        self.url += f'/{session["sessionId"]}'
        return self

    def __exit__(self, *_):
        urllib.request.urlopen(urllib.request.Request(self.url, method='DELETE')).close()
        self._end()

    def _end(self):
        self.driver.terminate()
        self.driver.communicate()
        self.profile.cleanup()

    def _port(self):
        for line in self.driver.stdout:
            if match := re.search(r'started successfully on port (\d+)', line):
                return match[1]
        raise RuntimeError('chromedriver ended before it printed its port')

    def _start(self, wanted):
        """Tries three times, because on a busy machine the browser may start too slowly for the driver."""
        for _ in range(3):
            try:
                return self._post('', wanted)
            except urllib.error.HTTPError as error:
                answer = error.read().decode(errors='replace')
        raise RuntimeError(f'cannot start Chromium: {answer}')

    def _post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(),
                                         {'Content-Type': 'application/json'})
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)['value']

    def open(self, path):
        self._post('/url', {'url': path.as_uri()})

    def run(self, script, *arguments):
        """The script's return value, converted through JSON."""
        return self._post('/execute/sync', {'script': script, 'args': arguments})

    def command(self, name, **parameters):
        return self._post('/goog/cdp/execute', {'cmd': name, 'params': parameters})

    def show_as(self, width, height=900, scheme='light'):
        self.command('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1,
                     mobile=width < 600)
        self.command('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def console_messages(self):
        """All messages in the console since the last call."""
        return [entry['message'] for entry in self._post('/se/log', {'type': 'browser'})]

    def requested_by(self, path):
        """The URLs that a page has requested since the last call, including its own."""
        events = [json.loads(entry['message'])['message'] for entry in self._post('/se/log', {'type': 'performance'})]
        return [event['params']['request']['url'] for event in events if event['method'] == 'Network.requestWillBeSent'
                and event['params']['documentURL'] == path.as_uri()]
