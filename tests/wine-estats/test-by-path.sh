#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The third way to the helper: a Wine from 11.2 on loads it by the path that install has recorded.
# A stand-in does here what such a Wine would (windows/by-path.c), so that the choice, and
# whatever may be wrong with the path, is seen with the DLL as it is shipped, and with the real
# helper.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix

# The helper lies where it can be taken away.
files=$wine_tmp/files
mkdir -p "$files/wine"
for part in shim marker selftest; do
    ln -s "$O/$part" "$files/$part"
done
cp -r "$O"/wine/*-unix "$O"/wine/*-windows "$files/wine"
WINE_ESTATS_DIR=$files && export WINE_ESTATS_DIR
helper=$files/wine/x86_64-unix/wineestats.so
only_wine="${WINEDLLPATH:+$WINEDLLPATH:}$O/standin/wine"
archs=x86_64
[ "$sides" = system32 ] || archs='x86_64 i386'
for arch in $archs; do
    mkdir -p "$wine_tmp/$arch"
    cp "$O/standin/$arch/by-path.exe" "$O/standin/wine/$arch-windows/standin.dll" "$wine_tmp/$arch"
done

# Each kind of program is told that. What the DLL has to say goes into a file of its own.
told() { # directories for WINEDLLPATH beside, the kind of Wine, what the program prints
    for arch in $archs; do
        (cd "$wine_tmp/$arch" && WINEDLLPATH="$only_wine${1:+:$1}" WINEDEBUG=-all,err+estats \
            wine_run 60 by-path.exe "$2" 2>"$wine_tmp/err" </dev/null | tr -d '\r' >"$wine_tmp/out")
        [ "$(cat "$wine_tmp/out")" = "$3" ] || return 1
    done
}

log_says() {
    grep -F ':err:estats:' "$wine_tmp/err" | grep -qF -e "$1"
}

check "install" status_is 0 install
check "records where the helper is" test \
    "$(readlink "$windows/system32/wine-estats/wineestats-x86_64.so")" = "$helper"

check "a Wine that loads nothing by its path is asked, and no helper found" \
    told '' none "error 50, 0 bytes, asked yes"
check "for the reason that there is none in its directories" log_says "no wineestats.dll in Wine's"
check "one that does serves" told '' standin "error 0, 100 bytes, asked yes"
check "without a word" test ! -s "$wine_tmp/err"
check "threads that come first together are all served" sh -c '
    cd "$0" && WINEDLLPATH=$1 timeout 60 wine by-path.exe standin at-once 2>/dev/null </dev/null |
        grep -q "error 0, 100 bytes, asked yes, threads 1168"' "$wine_tmp/x86_64" "$only_wine"
check "it is not asked where WINEDLLPATH has the helper" \
    told "$files/wine" standin "error 0, 100 bytes, asked no"

mkdir -p "$wine_tmp/half"
cp -r "$files"/wine/*-windows "$wine_tmp/half"
check "it serves where the helper in WINEDLLPATH has no unix side" \
    told "$wine_tmp/half" standin "error 0, 100 bytes, asked yes"
cp -r "$files"/wine/*-unix "$wine_tmp/half"
cp "$O/standin/other-version.so" "$wine_tmp/half/x86_64-unix/wineestats.so"
check "or is of another version" \
    told "$wine_tmp/half" standin "error 0, 100 bytes, asked yes"
check "that a helper found first is of another version is said where nothing serves" \
    told "$wine_tmp/half" none "error 50, 0 bytes, asked yes"
check "by that name" log_says "of different versions"

# What an upgrade or somebody else leaves at that path.
instead() { # file, sentence, what the log says
    cp "$1" "$helper.new"
    mv "$helper.new" "$helper"
    check "$2 there is refused" told '' standin "error 50, 0 bytes, asked yes"
    check "and named as what it is" log_says "$3"
}
instead "$O/standin/other-version.so" "a helper of another version" "of different versions"
instead "$O/standin/no-answer.so" "a helper that gives no answer" "no unix side"
instead "$O/standin/nothing-of-ours.so" "another library" "recorded is gone or cannot be loaded"
instead VERSION "what is no library" "recorded is gone or cannot be loaded"
rm "$helper"
check "nothing there is no helper" told '' standin "error 50, 0 bytes, asked yes"
check "and that is said" log_says "recorded is gone or cannot be loaded"
check "status finds it out" status_is 1 status
check "and says what is gone" says "recorded   system32: $helper is gone; run 'wine-estats install'"

mkdir -p "$files/elsewhere"
cp -r "$O"/wine/*-unix "$O"/wine/*-windows "$files/elsewhere"
rm -r "$files/wine"
mv "$files/elsewhere" "$wine_tmp/moved"
ln -s "$wine_tmp/moved" "$files/wine"
check "install records it again" status_is 0 install
check "status is content" status_is 0 status
check "programs are served" told '' standin "error 0, 100 bytes, asked yes"

# status and check, as such a Wine would let them answer.
cat >"$wine_tmp/wine-11" <<END
#!/bin/sh
case "\$*" in
*--facts) printf 'helper=%s\nhelper-file=%s\n' "\$FACT" \
    "$windows/system32/wine-estats/wineestats-x86_64.so" ;;
*) exec wine "\$@" ;;
esac
END
chmod 755 "$wine_tmp/wine-11"
WINE=$wine_tmp/wine-11 && export WINE
check "status says which way serves" env FACT=recorded sh -c \
    'tools/wine-estats status >"$0" 2>&1' "$wine_tmp/out"
check "with the file" says "64-bit     ready: this Wine loads the helper by the path that \
'wine-estats install' recorded, $files/wine/x86_64-unix/wineestats.so"
check "and what is of another version" env FACT=other-version sh -c \
    'tools/wine-estats status >"$0" 2>&1' "$wine_tmp/out"
check "by its file" says "$files/wine/x86_64-unix/wineestats.so is of another version"
unset WINE

check "uninstall" status_is 0 uninstall
check "takes the record along" test ! -e "$windows/system32/wine-estats"
finish
