#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a packager may set is obeyed: places, tools, toggles. Nothing is written past DESTDIR, and
# docs/packaging.md explains every variable.

# shellcheck source=tests/install/lib.sh
. tests/install/lib.sh

none_there() { # pattern
    [ -z "$(find "$tmp/stage" -path "$1")" ]
}

fresh() {
    rm -rf "$tmp/stage"
}

make -s config | cut -d' ' -f1 >"$tmp/names"
check "make config lists the variables" test "$(wc -l <"$tmp/names")" -ge 30
while read -r name; do
    # shellcheck disable=SC2016 # a backquote is meant
    check "docs/packaging.md explains $name" grep -q '`'"$name\\b" docs/packaging.md
done <"$tmp/names"

check "a toggle takes no other word" makes 2 WITH_32BIT=maybe config
check "and that is said" says "WITH_32BIT is 'maybe'; it may be auto, yes or no"
check "what cannot be detected may be demanded" makes 2 WITH_WINDOWS=yes CROSS32=/nonexistent/
check "and is missed by name" says "gcc-mingw-w64-i686-win32"
check "no mingw-w64 is no matter where it is not wanted" \
    makes 0 WITH_WINDOWS=no CROSS32=/nonexistent/ "DESTDIR=$tmp/stage" install
check "and not a word is lost about it" test ! -s "$tmp/out"
check "nothing for Windows is there then" none_there '*/wine*'
check "completions of tcpestats are" test -e \
    "$tmp/stage/usr/local/share/bash-completion/completions/tcpestats"
fresh
check "completions can be left out" makes 0 WITH_COMPLETIONS=no "DESTDIR=$tmp/stage" install
check "wholly" none_there '*complet*'
fresh
check "the units can be left out" makes 0 WITH_SYSTEMD=no "DESTDIR=$tmp/stage" install
check "wholly" none_there '*/systemd/*'
fresh
check "the collector can be left out" makes 0 WITH_COLLECTOR=no "DESTDIR=$tmp/stage" install
check "wholly" none_there '*tcpestatsd*'
fresh
without="WITH_SERVE=no O=$tmp/serve WITH_WINDOWS=no WITH_COLLECTOR=no WITH_SYSTEMD=yes"
# shellcheck disable=SC2086 # words are wanted
check "what serves Prometheus can be left out" makes 0 $without product
# shellcheck disable=SC2086
check "and is not installed then" makes 0 $without "DESTDIR=$tmp/stage" install
check "with its unit" none_there '*serve*'
check "and the command says so" sh -c '"$0" serve 2>&1 | grep -q "built without libmicrohttpd"' \
    "$tmp/stage/usr/local/bin/tcpestats"
fresh
check "it is an error where it is wanted and cannot be built" \
    makes 2 "O=$tmp/o" WITH_COLLECTOR=yes CLANG=/nonexistent/clang need-collector
check "and that is said" says "apt-get install clang"
check "it is left out where nobody said so" makes 0 CLANG=/nonexistent/clang config
check "and that is shown" says "auto (no)"
fresh

places='PREFIX=/a BINDIR=/b LIBDIR=/c INCLUDEDIR=/d MANDIR=/e DATADIR=/f ESTATS_DIR=/g
    BASHCOMPDIR=/h ZSHCOMPDIR=/i FISHCOMPDIR=/j SBINDIR=/k UNITDIR=/l SYSUSERSDIR=/m
    WITH_SYSTEMD=yes'
# shellcheck disable=SC2086 # words are wanted
{
    check "every place can be chosen" makes 0 $places "DESTDIR=$tmp/stage" install
    want="./b ./c ./d ./e ./f ./g ./h ./i ./j"
    make -s config >"$tmp/config"
    if ! grep -q '^WITH_COLLECTOR .*no' "$tmp/config"; then
        want="$want ./k ./l ./m"
    elif ! grep -q '^WITH_SERVE .*no' "$tmp/config"; then
        want="$want ./l"
    fi
    check "nothing goes past them" test "$(cd "$tmp/stage" && echo ./*)" = "$want"
    check "wine-estats knows its own" grep -qx 'installed_dir=/g' "$tmp/stage/b/wine-estats"
    check "DESTDIR stands in no file" test -z "$(grep -rlF "$tmp" "$tmp/stage")"
    check "uninstall knows them, too" makes 0 $places "DESTDIR=$tmp/stage" uninstall
    check "and leaves no file" test -z "$(find "$tmp/stage" ! -type d)"
}

check "flags are obeyed and not replaced" makes 0 "O=$tmp/o" -n V=1 CC=gcc CFLAGS=-O1 \
    CPPFLAGS=-DMARK LDFLAGS=-Wl,-z,now
check "by many calls" test "$(grep -cE '^gcc .*-c ' "$tmp/out")" -gt 20
for flag in -O1 -DMARK; do
    check "$flag reaches every call of the host's compiler" test -z \
        "$(grep -E '^gcc .*-c ' "$tmp/out" | grep -vF -e " $flag ")"
done
check "LDFLAGS reach every link" test -z \
    "$(grep -E '^gcc .*(-shared|-o [^ ]*/tcpestats) ' "$tmp/out" | grep -vF -e " -Wl,-z,now ")"

cat >"$tmp/pkg-config" <<END
#!/bin/sh
echo "\$*" >>"$tmp/asked"
exec pkg-config "\$@"
END
chmod +x "$tmp/pkg-config"
check "pkg-config can be another" makes 0 "O=$tmp/o" -n "PKG_CONFIG=$tmp/pkg-config" product
check "and is asked" grep -q -- '--libs libnl-route-3.0' "$tmp/asked"
check "for nothing twice" test -z "$(sort "$tmp/asked" | uniq -d)"

check "the versions agree" tools/check-version
mkdir "$tmp/tree"
cp -r VERSION CHANGELOG.md debian packaging libs tools "$tmp/tree" 2>/dev/null
echo 9.8.7 >"$tmp/tree/VERSION"
check "a version that only VERSION has is refused" \
    sh -c "! '$tmp/tree/tools/check-version' 2>'$tmp/out'"
check "for the symbol map" says "libtcpestats.map says"

finish
