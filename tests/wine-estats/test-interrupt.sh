#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: test-interrupt.sh [EVERY]
#
# Killed before any one of its steps, install and uninstall leave a prefix that works, and the next
# run of either finishes the work. Each step is a program that is started, so the programs are
# wrapped, and one of them takes the whole of wine-estats with it. That is done at every 12th
# step, beginning with another one each time, or at as many as EVERY says.

# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
keep_originals
remember
every=${1:-12}
first=$((1 + $(date +%s) % every))
echo "at each step of $every, from $first on"

wrappers=$wine_tmp/wrappers
mkdir "$wrappers"
for program in mv rm rmdir mkdir cp timeout; do
    real=$(command -v $program)
    cat >"$wrappers/$program" <<END
#!/bin/sh
# Of what runs under timeout, only what writes to the registry is a step; what programs find is not
# in question here, and takes time to ask.
case "$program \$*" in
timeout*"reg.exe query "*) exec $real "\$@" ;;
timeout*--facts* | timeout*--version*) exit 0 ;;
esac
steps=\$((\$(cat "$wine_tmp/steps") + 1))
echo \$steps >"$wine_tmp/steps"
[ \$steps -ne "\$(cat "$wine_tmp/last")" ] || kill -KILL 0
exec $real "\$@"
END
    chmod +x "$wrappers/$program"
done

# Its own process group, for all of it to die at once.
killed_at() { # step, then arguments of wine-estats; fails when there were fewer steps
    echo 0 >"$wine_tmp/steps"
    echo "$1" >"$wine_tmp/last"
    shift
    PATH=$wrappers:$PATH setsid -w tools/wine-estats "$@" >"$wine_tmp/out" 2>&1
    [ $? -eq 137 ]
}

succeeds() {
    echo 0 >"$wine_tmp/last"
    for command; do
        (PATH=$wrappers:$PATH && estats "$command") || return 1
    done
}


step=$first
while killed_at $step install; do
    check "install killed at step $step leaves files that fit" consistent
    if [ $((step / every % 2)) -eq 0 ]; then
        check "install then finishes it" succeeds install status
    fi
    check "uninstall then undoes it" succeeds uninstall
    check "and leaves all as it was" as_before
    step=$((step + every))
done
check "install has a good many steps ($step)" test $step -gt 15
check "an install that nobody kills succeeds" succeeds status

step=$first
while killed_at $step uninstall; do
    check "uninstall killed at step $step leaves files that fit" consistent
    if [ $((step / every % 2)) -eq 0 ]; then
        check "install then finishes it" succeeds install status
    fi
    check "uninstall finishes it" succeeds uninstall
    check "and leaves all as it was" as_before
    succeeds install
    step=$((step + every))
done
check "uninstall has a good many steps ($step)" test $step -gt 10
check "an uninstall that nobody kills leaves all as it was" as_before
finish
