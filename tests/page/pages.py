"""Pages written by the program's own code."""
import json
import os
import re
import subprocess


def page_of(results):
    """The HTML report of these results."""
    return subprocess.run([os.environ['IOMUX_WRITE_PAGE']], input=json.dumps(results).encode(), check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def refusal_of(results):
    """What is said of results that no page can show."""
    return subprocess.run([os.environ['IOMUX_WRITE_PAGE']], input=json.dumps(results).encode(),
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL).stderr.decode()


def embedded_in(page):
    """The JSON that the page is drawn from."""
    return re.search(r'<script type="application/json" id="results">(.*?)</script>', page, re.DOTALL)[1]
