#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The layers of libs/tcpestats, from the objects and from the #include lines: no file calls into a
# higher folder, no calls go in a circle between files, and of another folder only its public header
# is included. libs/links uses base and kernel.
#
# test-layers.sh [FOLDER...]: judges files of these folders ("top" is libs/tcpestats itself);
# without any, of those that hold.
set -u
: "${O:=build}"
held=${*:-base kernel collector memory members top links}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# What both parts know. folder(): of a source or an object. may_use(): may the first the second?
# shellcheck disable=SC2016
layers='
    BEGIN {
        for (n = split("base kernel collector memory members top", order, " "); n; n--)
            rank[order[n]] = n
        for (n = split(held, names, " "); n; n--)
            is_held[names[n]] = 1
    }
    function folder(name) {
        if (name ~ /^(libs\/)?links\//)
            return "links"
        sub(/^(libs\/tcpestats|lib)\//, "", name)
        return sub(/\/.*/, "", name) ? name : "top"
    }
    function may_use(a, b) {
        if (b == "shared" || a == b)
            return 1
        if (a == "links")
            return b == "base" || b == "kernel"
        return b in rank && rank[a] >= rank[b]
    }
'

# ---- who calls whom: of "object: symbol" lines, "object object" of those that are held ----

# Only of what there is a source for: a folder of builds has objects of older ones, too.
find libs/tcpestats libs/links -name '*.c' | sed 's|^libs/||; s|^tcpestats/|lib/|; s|c$|o|' |
    (cd "$O" && xargs nm -A) | awk -v held="$held" -v edges="$work/edges" "$layers"'
    { split($0, part, ":"); n = split(part[2], word, " ") }
    word[n - 1] == "U" { uses[part[1] " " word[n]] }
    word[n - 1] ~ /^[TDBRVWC]$/ { home[word[n]] = part[1] }
    END {
        printf "" > edges
        for (use in uses) {
            split(use, word, " ")
            from = word[1]; to = home[word[2]]
            if (to == "" || from == to)
                continue
            calls++
            a = folder(from); b = folder(to)
            if (a in is_held && !may_use(a, b))
                print from " calls " word[2] " of " to ": " a " may not use " b
            if (a in is_held && b in is_held)
                print from, to > edges
        }
        if (calls < 50)
            print "only " calls + 0 " calls between files were seen in the objects"
    }' >"$work/failures"
tsort "$work/edges" >/dev/null 2>"$work/circles" ||
    sed -n -e "s|^tsort: $work/edges: input contains a loop:|calls go in a circle:|p" \
        -e "s|^tsort: lib|    lib|p" \
        "$work/circles" >>"$work/failures"

# ---- who includes what ----

find libs/tcpestats libs/links \( -name '*.[ch]' -o -name '*.def' \) \
    -exec grep -H '^ *# *include "' {} + |
    awk -F'"' -v held="$held" "$layers"'
    {
        split($1, part, ":")
        a = folder(part[1])
        # Without a folder it is a neighbour, or the public header of the library.
        if (!(a in is_held) || $2 !~ /\//)
            next
        b = folder($2)
        seen++
        if (!may_use(a, b))
            print part[1] " includes " $2 ": " a " may not use " b
        else if (a != b && b != "shared" && $2 != b "/" b ".h")
            print part[1] " includes " $2 ", which is private to " b
    }
    END {
        if (seen < 30)
            print "only " seen + 0 " includes were seen"
    }' >>"$work/failures"

sed 's/^[^ ]/FAIL &/' "$work/failures"
[ ! -s "$work/failures" ] && echo "ok: $(wc -l <"$work/edges") calls within: $held"
