"""Marks comments, literals, keywords, types and system calls of C++ code in HTML."""
import html
import re

KEYWORDS = """alignas auto bool break case catch char class co_await co_return const constexpr continue default delete do
double else enum explicit false final float for friend if inline int long mutable namespace new noexcept nullptr operator
override private protected public return short signed sizeof static static_cast struct switch template this throw true
try typename union unsigned using virtual void while""".split()

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*)'
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\')'
    r'|(?P<call>(?<![\w>])::[a-z]\w*(?=\())'  # a system call is written ::name(…)
    r'|(?P<number>\b\d[\w.\']*)'
    r'|(?P<type>\b[A-Z]\w*\b)'
    r'|(?P<word>\b[a-z_]\w*\b)', re.ASCII)


def highlight(code):
    """The code as HTML. Without the tags it is the unchanged code."""
    pieces = []
    end = 0
    for token in TOKEN.finditer(code):
        pieces.append(html.escape(code[end:token.start()], quote=False))
        pieces.append(_marked(token.lastgroup, token.group()))
        end = token.end()
    pieces.append(html.escape(code[end:], quote=False))
    return ''.join(pieces)


def _marked(kind, text):
    escaped = html.escape(text, quote=False)
    if kind == 'word':
        if text not in KEYWORDS:
            return escaped
        kind = 'keyword'
    return f'<span class="{kind}">{escaped}</span>'
