#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A program that brings an old or partial iphlpapi.dll along runs by Wine's own. It still does when
# ours is installed, for all programs or for it alone; and whoever wants it otherwise can say so.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
remember
mkdir "$wine_tmp/app"
cp "$O/own/own.exe" "$O/own/iphlpapi.dll" "$wine_tmp/app"
program=$wine_tmp/app/own.exe

# The version goes by what `wine --version` says; the rest is the machine's.
cat >"$wine_tmp/wine-of-version" <<'END'
#!/bin/sh
if [ "$1" = --version ]; then
    echo "$VERSION_TEXT"
else
    exec wine "$@"
fi
END
chmod 755 "$wine_tmp/wine-of-version"

installs_under() { # what wine --version says
    WINE=$wine_tmp/wine-of-version VERSION_TEXT=$1 estats install
}

check "without ours it runs" wine_run 60 "$program"
check "install" status_is 0 install
check "with ours it does" wine_run 60 "$program"
check "by an override with a star" test "$(override DllOverrides '*iphlpapi')" = builtin,native
check "of either name" test "$(override DllOverrides '*rasapi32')" = builtin,native
check "which spares the folder of 32-bit programs" \
    test "$(override DllOverrides 'C:\windows\syswow64\iphlpapi')" = native,builtin
check "for either DLL" \
    test "$(override DllOverrides 'C:\windows\syswow64\rasapi32')" = native,builtin
if [ "$sides" != system32 ]; then
    check "a 32-bit program has ours" sh -c \
        'wine "$0" --facts 2>/dev/null | tr -d "\r" | grep -qx iphlpapi=wine-estats' \
        "$O/selftest/i386/wine-estats-selftest.exe"
    wine "$reg" delete 'HKCU\Software\Wine\DllOverrides' /v 'C:\windows\syswow64\iphlpapi' /f \
        >/dev/null 2>&1 </dev/null
    check "status tells where only the other kind has" status_is 1 status
    check "and says so" says "override   iphlpapi, every program: for 64-bit programs only"
    check "install" status_is 0 install
    check "puts that right" status_is 0 status
fi
check "a program that brings none has ours" sh -c \
    'wine "$0" --facts 2>/dev/null | tr -d "\r" | grep -qx iphlpapi=wine-estats' \
    "$O/selftest/x86_64/wine-estats-selftest.exe"
check "the user may have a program's own" env WINEDLLOVERRIDES="*iphlpapi=n,b" sh -c \
    '! timeout 60 wine "$0"' "$program"
check "uninstall" status_is 0 uninstall
check "leaves all as it was" as_before

check "install for that program alone" status_is 0 install --app own.exe
check "it still runs" wine_run 60 "$program"
check "uninstall" status_is 0 uninstall
check "leaves all as it was" as_before

set_override DllOverrides native,builtin '*iphlpapi'
remember
check "install over the user's own override with a star" status_is 0 install
check "lets it be" test "$(override DllOverrides '*iphlpapi')" = native,builtin
wine "$reg" delete 'HKCU\Software\Wine\DllOverrides' /v iphlpapi /f >/dev/null 2>&1 </dev/null
check "status counts it where the plain one is gone" status_is 0 status
check "and names it" says "override   iphlpapi, every program: in force, as *iphlpapi"
set_override DllOverrides builtin '*iphlpapi'
check "unless it keeps ours out" status_is 1 status
check "which is named" says "override   iphlpapi, every program: gone (*iphlpapi is builtin)"
set_override DllOverrides native,builtin '*iphlpapi'
check "uninstall" status_is 0 uninstall
check "leaves all as it was" as_before
wine "$reg" delete 'HKCU\Software\Wine\DllOverrides' /v '*iphlpapi' /f >/dev/null 2>&1 </dev/null

# From 11.6 on Wine itself lets a program have its own.
remember
for text in 'wine-11.5 (Staging)' nonsense; do
    check "install under $text" installs_under "$text"
    check "sets the star" test "$(override DllOverrides '*iphlpapi')" = builtin,native
done
for text in wine-11.10.r0.gdeadbeef wine-12.0-rc1; do
    check "install under $text" installs_under "$text"
    check "has none, nor the one from before" test -z "$(override DllOverrides '*iphlpapi')"
    check "nor a path" test -z "$(override DllOverrides 'C:\windows\syswow64\iphlpapi')"
done
check "uninstall" status_is 0 uninstall
check "leaves all as it was" as_before

# Names of programs as odd as Windows lets them be.
each_name() {
    for name in ' a.exe' 'a.exe' 'a  b.exe' "[it's] a%b\$&c.exe"; do
        check "$1 '$name'" "$2" "$name"
    done
}
serve() {
    status_is 0 install --app "$1"
}
is_served() {
    [ "$(override "AppDefaults\\$1\\DllOverrides")" = native,builtin ]
}
take_out() {
    status_is 0 uninstall --app "$1"
}
each_name "install --app" serve
each_name "serves that very name:" is_served
check "status is content" status_is 0 status
check "and names them" says "for  a.exe, [it's] a%b\$&c.exe, a  b.exe, a.exe"
each_name "uninstall --app" take_out
check "leaves all as it was" as_before
for name in 'a*.exe' 'a?.exe' 'a|b.exe' 'a<b.exe' 'c:a.exe'; do
    check "'$name' is refused" status_is 2 install --app "$name"
done
finish
