#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Replays the corpora with the sanitizers, and sees that the seeds in the tree are those that
# make-seeds.c makes.

O=${O:-build}
top=$(dirname "$0")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
export TMPDIR="$scratch"
passed=0 failed=0

result() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
    fi
}

for corpus in "$top"/corpus/*; do
    target=$(basename "$corpus")
    echo "== $target: $(find "$corpus" -type f | wc -l) inputs"
    timeout 120 "$O/fuzz/replay-$target" "$corpus"/*
    result $? "$target (exit status $?)"
done

echo "== seeds"
"$O/fuzz/make-seeds" "$scratch/seeds"
find "$top/corpus" ! -name 'seed-*' -type f | while read -r found; do
    cp "$found" "$scratch/seeds/$(basename "$(dirname "$found")")/"
done
diff -r "$scratch/seeds" "$top/corpus"
result $? "the seeds in the tree are not what make-seeds.c makes: build/fuzz/make-seeds $top/corpus"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
