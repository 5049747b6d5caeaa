#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every program and every public function has a manual page that mandoc finds no fault with, and a
# function's page shows it as the header declares it.
set -u
command -v mandoc >/dev/null || { echo "SKIP: mandoc is not installed" && exit 77; }
passed=0 failed=0

verdict() { # sentence, outcome
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
    fi
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make -s "O=${O:-build}" "DESTDIR=$tmp" PREFIX=/usr install >/dev/null 2>&1
verdict "make install succeeds" $?
man=$tmp/usr/share/man

for page in "$man"/man*/*; do
    name=$(basename "$page")
    mandoc -T lint -W warning "$page"
    verdict "$name is well-formed" $?
done

for program in "$tmp"/usr/bin/* "$tmp"/usr/sbin/*; do
    [ -e "$program" ] || continue
    name=$(basename "$program")
    ls "$man"/man[18]/"$name".[18] >/dev/null
    verdict "$name has a page" $?
done

# "returned type name(argument, ...)" with one blank between words.
flat() {
    tr '\n' ' ' | sed 's/\/\*[^*]*\*\///g; s/[[:space:]][[:space:]]*/ /g; s/\* /*/g'
}

# Escapes of bold and underlined letters out, and what the page's lines were wrapped at.
declared=$(sed '/^ \*/d; /^\/\*/d; /^#/d' include/tcpestats.h | flat)
functions=$(sed -n 's/^    \(tcpestats_[a-z_]*\);/\1/p' libs/tcpestats/libtcpestats.map)
for function in $functions; do
    page=$man/man3/$function.3
    [ -e "$page" ]
    verdict "$function has a page" $?
    shown=$(mandoc -T utf8 -O width=300 "$page" | col -b |
        sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | flat |
        grep -oE "[a-z_ ]+ \*?$function\([^;]*;" | sed 's/^ //')
    case $declared in
    *"${shown:-nothing is shown}"*) true ;;
    *) echo "the page of $function says: $shown" && false ;;
    esac
    verdict "$function is shown as the header declares it" $?
done

# shellcheck disable=SC2013 # names are words
for n in $(sed -n 's/^TCPESTATS_FIELD([A-Za-z]*, [A-Z]*, \([A-Za-z0-9]*\),.*/\1/p' \
    include/tcpestats-fields.h); do
    grep -qx "\.It Va $n" "$man/man7/tcpestats-fields.7"
    verdict "$n stands in tcpestats-fields(7)" $?
done

make -s "O=${O:-build}" "DESTDIR=$tmp" PREFIX=/usr uninstall >/dev/null 2>&1
[ -z "$(find "$tmp" ! -type d)" ]
verdict "uninstall takes them away" $?

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 100 ]
