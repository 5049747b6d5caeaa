#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What holds for every file: format, length, licence line, and that a second compiler has nothing to
# say against the host's code either.
set -u
unset MAKEFLAGS MAKELEVEL MFLAGS
failed=0 passed=0

verdict() { # verdict NAME OUTPUT
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s:\n%s\n' "$1" "$2"
    fi
}

files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files "$@"
    else
        find . '(' -path ./build -o -path ./.git ')' -prune -o -type f -print | sed 's|^\./||'
    fi
}

existing() {
    while read -r file; do
        [ ! -e "$file" ] || echo "$file"
    done
}

sources=$(files | grep -E '\.(c|h|def|sh|mk)$|^Makefile$|^tools/[a-z0-9-]*$' | existing)
# All but prose, samples of data, and what some tool wants by a fixed name.
licensed=$(files | grep -vE '^LICENSE$|^VERSION$|^\.[a-z-]*$|\.md$|\.svg$|\.expected$|/corpus/' |
    grep -vE '^debian/([a-z]*|source/format|tests/control|.*\.(install|symbols))$' | existing)
# All but the tables, in which a row is a line.
code=$(echo "$sources" | grep -E '\.[ch]$|\.sh$|^tools/[a-z0-9-]*$' |
    grep -v '^include/tcpestats-fields.h$')

if command -v clang-format >/dev/null; then
    verdict 'sources are formatted by .clang-format' "$(make -s lint 2>&1 | head -n 20)"
else
    echo "SKIP: clang-format is not installed"
fi

if command -v clang >/dev/null; then
    verdict 'clang has no warning for the host code' "$(make -s lint-clang 2>&1 | head -n 20)"
else
    echo "SKIP: clang is not installed"
fi

verdict 'C files are compiled by the one rule of the Makefile' "$(
    files '*.mk' | grep '\.mk$' | existing | xargs grep -nH -e '-MMD'
)"
verdict 'every file that a document names is there' "$(
    # shellcheck disable=SC2016 # backquotes are meant
    grep -oE '`(debian|dlls|docs|include|libs|packaging|tests|tools)/[A-Za-z0-9/._-]+`' ./*.md \
        docs/*.md | tr -d '\`' | sort -u | while IFS=: read -r page file; do
        [ -e "$file" ] || echo "$page: $file"
    done
)"
# What it prints may hold names that other people chose: print.c lets nothing harmful through. What
# Prometheus reads and what gnuplot does has other rules, each kept in one file.
verdict 'tcpestats prints by way of print.c alone' "$(
    grep -nE '(^|[^a-z_])(v?f?printf|f?puts|f?putc|putchar|fwrite) ?\(' tools/tcpestats/*.c |
        grep -vE '^tools/tcpestats/(print|metrics-text-linux|plot-gnuplot)\.c:'
)"
verdict 'every file has its licence line' "$(
    for f in $licensed; do
        head -n 3 "$f" | grep -q SPDX-License-Identifier || echo "$f"
    done
)"
verdict 'no source is longer than 700 lines' "$(
    for f in $sources; do
        [ "$(wc -l <"$f")" -le 700 ] || echo "$f"
    done
)"
verdict 'no line of code is longer than 100 columns' "$(
    for f in $code; do
        LC_ALL=C.UTF-8 grep -nHE '.{101}' "$f"
    done
)"
verdict 'no line ends in white space' "$(
    for f in $sources; do
        grep -nH '[[:space:]]$' "$f"
    done
)"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
