#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What wine-estats will not do, and that it then does nothing.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
ask_no_program
remember

check "no command is a mistake" status_is 2
check "an unknown command is one" status_is 2 explode
check "an unknown option is one" status_is 2 --explode install
check "--app with a folder is one" status_is 2 install --app 'C:\game.exe'
check "--app without .exe is one" status_is 2 install --app game
check "--app with status is one" status_is 2 status --app game.exe
check "an argument too many is one" status_is 2 install game.exe
check "run wants a program" status_is 2 run
check "--help is none" status_is 0 --help
check "--version is none" status_is 0 --version
check "the version is the tree's" says "wine-estats $(cat VERSION)"

mkdir -p "$wine_tmp/empty" "$wine_tmp/half/drive_c/windows/system32"
touch "$wine_tmp/file"
for where in empty half file nowhere; do
    for command in install uninstall status check; do
        check "$command refuses what is no prefix ($where)" \
            status_is 3 --prefix "$wine_tmp/$where" $command
    done
done
check "and puts nothing there" test -z "$(find "$wine_tmp/empty" "$wine_tmp/half" -type f)"
check "--prefix wins over WINEPREFIX" says "nowhere"

check "without Wine there is nothing to do" env WINE="$wine_tmp/no such" sh -c \
    'tools/wine-estats install >"$0" 2>&1; [ $? -eq 4 ]' "$wine_tmp/out"
check "and that is said" says "was not found"
check "without our files too" env WINE_ESTATS_DIR="$wine_tmp/no such" sh -c \
    'tools/wine-estats install >"$0" 2>&1; [ $? -eq 5 ]' "$wine_tmp/out"
check "none of it has changed the prefix" as_before

if [ "$(id -u)" -eq 0 ] && chown 65534 "$WINEPREFIX" 2>/dev/null; then
    for command in install uninstall status check; do
        check "$command refuses another user's prefix" status_is 3 $command
        check "and names the user" says "belongs to user"
    done
    chown 0 "$WINEPREFIX"
else
    echo "SKIP: another user's prefix: may not give files away here"
fi

if unshare -m true 2>/dev/null; then
    check "a read-only prefix is refused" unshare -m sh -c '
        mount --bind "$WINEPREFIX" "$WINEPREFIX" &&
        mount -o remount,bind,ro "$WINEPREFIX" || exit 1
        tools/wine-estats install >"$0" 2>&1
        [ $? -eq 3 ]' "$wine_tmp/out"
    check "and that is said" says "cannot write to"
else
    echo "SKIP: a read-only prefix: may not mount here"
fi
check "none of it has changed the prefix" as_before

# While somebody else holds the prefix, a second run waits for its turn.
(
    exec 8<"$WINEPREFIX"
    flock 8
    echo >"$wine_tmp/held"
    sleep 3
    touch "$wine_tmp/released"
) &
while [ ! -e "$wine_tmp/held" ]; do sleep 0.1; done
check "a second run succeeds" status_is 0 install
check "when the first is done" test -e "$wine_tmp/released"
wait
tools/wine-estats install >/dev/null 2>&1 &
tools/wine-estats uninstall >/dev/null 2>&1 &
tools/wine-estats install >/dev/null 2>&1 &
wait
check "three at once leave it whole or out" sh -c \
    'tools/wine-estats status >"$0" 2>&1 || grep -q "installed  no" "$0"' "$wine_tmp/out"
check "uninstall succeeds after that" status_is 0 uninstall
check "and leaves all as it was" as_before
finish
