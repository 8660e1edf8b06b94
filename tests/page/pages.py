"""HTML reports, written by the program's own code."""
import json
import os
import re
import subprocess


def page_of(results):
    """The HTML report of these results."""
    return subprocess.run([os.environ['IOMUX_WRITE_PAGE']], input=json.dumps(results).encode(), check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def refusal_of(results):
    """The error message for results that cannot be shown."""
    return subprocess.run([os.environ['IOMUX_WRITE_PAGE']], input=json.dumps(results).encode(),
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL).stderr.decode()


def embedded_in(page):
    """The JSON of the results in the page."""
    return re.search(r'<script type="application/json" id="results">(.*?)</script>', page, re.DOTALL)[1]
