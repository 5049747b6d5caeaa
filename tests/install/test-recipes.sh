#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The recipes beside Debian's: each house's own checker where it can be had, and what they build and
# list, file by file. With "rpm" the RPM packages are really built, as far as Debian's rpm can.
# shellcheck disable=SC2154,SC2016,SC2251 # the recipe's variables; for a shell inside
set -u
O=$(mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d "${TMPDIR:-/tmp}/estats.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

verdict() { # sentence, outcome
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
    fi
}

files() { # directory
    (cd "$1" && find . ! -type d | sed 's/^\.//; s/\(man[0-9]\/.*\)\.gz$/\1/' | LC_ALL=C sort)
}

# They bring the collector, which takes more than the rest.
make -s config | grep -qE '^WITH_COLLECTOR .*yes' ||
    { echo "SKIP: the collector cannot be built here" && exit 77; }

spec=packaging/rpm/wine-estats.spec
if [ "${1:-}" = rpm ]; then
    for tool in rpmbuild rpm2cpio cpio; do
        command -v $tool >/dev/null || { echo "SKIP: $tool is not installed" && exit 77; }
    done
    mkdir -p "$tmp/rpm/SOURCES"
    make -s "O=$O" dist >/dev/null && cp "$O"/dist/*.tar.xz "$tmp/rpm/SOURCES"
    # Debian's mingw and Debian's flags: the recipe is on trial, not Fedora.
    env -u O rpmbuild -bb --nodeps --define "_topdir $tmp/rpm" --define "debug_package %{nil}" \
        --define "build_cflags -O2 -g" --define "build_ldflags %{nil}" \
        --define "_libdir /usr/lib64" --define "_unitdir /usr/lib/systemd/system" \
        --define "_sysusersdir /usr/lib/sysusers.d" "$spec" >"$tmp/log" 2>&1
    verdict "rpmbuild builds" $?
    [ $failed -eq 0 ] || tail -n 30 "$tmp/log"
    mkdir "$tmp/unpacked"
    count=0
    for rpm in "$tmp"/rpm/RPMS/*/*.rpm; do
        name=$(basename "$rpm")
        (cd "$tmp/unpacked" && rpm2cpio "$rpm" | cpio -idm --quiet)
        verdict "$name unpacks" $?
        count=$((count + 1))
        rpmlint --ignore-unused-rpmlintrc "$rpm" >"$tmp/lint" 2>&1 || :
        # What the builder's own configuration gives, a licence list older than SPDX, and what
        # houses other than Fedora want.
        grep -E ': E: ' "$tmp/lint" | grep -vE \
            'no-binary|spelling-error|invalid-license|no-signature|no-(packager|group)-tag' \
            >"$tmp/errors"
        ! grep -vE 'shlib-policy|build-id|outside-libdir|hash-section|ldconfig|library-dep' \
            "$tmp/errors"
        verdict "rpmlint finds no error in $name" $?
    done
    [ $count -eq 6 ]
    verdict "six packages are made" $?
    dd if="$tmp/unpacked/usr/lib64/wine/x86_64-windows/wineestats.dll" bs=1 skip=64 count=16 \
        status=none | grep -q 'Wine builtin DLL'
    verdict "Wine's mark is on the helper" $?
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
    exit
fi

if command -v rpmlint >/dev/null; then
    rpmlint "$spec" >"$tmp/lint" 2>&1 || :
    # Debian's has the rules of Mandriva in it, as well.
    ! grep -E ': [EW]: ' "$tmp/lint" | grep -vE 'invalid-url|buildroot-tag|%mklibname'
    verdict "rpmlint finds no fault with the spec" $?
else
    echo "SKIP: rpmlint is not installed"
fi
if command -v rpmspec >/dev/null; then
    rpmspec -q --qf '%{name}\n' "$spec" 2>"$tmp/err" | LC_ALL=C sort | tr '\n' ' ' |
        grep -q '^libtcpestats libtcpestats-devel tcpestats tcpestatsd wine-estats wine-estats-h'
    verdict "rpmspec reads six packages from it" $?
else
    echo "SKIP: rpmspec is not installed"
fi

# What Arch's makepkg does, without it: the functions of the recipe, over this very tree.
(
    set -e
    srcdir=$tmp/arch
    pkgdir=$tmp/arch-pkg
    mkdir "$srcdir" "$pkgdir"
    # shellcheck source=/dev/null
    . packaging/arch/PKGBUILD
    for name in pkgname pkgver pkgrel pkgdesc arch license source sha256sums; do
        [ -n "${!name}" ]
    done
    [ ${#pkgdesc} -le 80 ] && [ "${#source[@]}" -eq "${#sha256sums[@]}" ]
    ln -s "$PWD" "$srcdir/$pkgname-$pkgver"
    export O
    (cd "$srcdir" && build)
    (cd "$srcdir" && package)
) >"$tmp/log" 2>&1
verdict "PKGBUILD builds and packs" $?
[ $failed -eq 0 ] || tail -n 20 "$tmp/log"
files "$tmp/arch-pkg" >"$tmp/arch-files"
make -s "O=$O" "DESTDIR=$tmp/stage" PREFIX=/usr SBINDIR=/usr/bin WINEDLLDIR=/usr/lib/wine \
    WITH_32BIT=no WITH_SYSTEMD=yes install install-wine >/dev/null 2>&1
files "$tmp/stage" | grep -v '/libtcpestats\.a$' | diff - "$tmp/arch-files"
verdict "PKGBUILD packs what make installs" $?
for file in /usr/bin/tcpestats /usr/bin/wine-estats /usr/lib/wine/x86_64-unix/wineestats.so; do
    grep -qx "$file" "$tmp/arch-files"
    verdict "$file is in it" $?
done
[ "$(sed 's|/usr/.*|/usr|' "$tmp/arch-files" | sort -u)" = /usr ]
verdict "and nothing outside /usr" $?

# The spec names every file of an installation, each once.
make -s "O=$O" "DESTDIR=$tmp/stage64" PREFIX=/usr LIBDIR=/usr/lib64 WINEDLLDIR=/usr/lib64/wine \
    WITH_32BIT=no WITH_SYSTEMD=yes install install-wine >/dev/null 2>&1
files "$tmp/stage64" | grep -v '/libtcpestats\.a$' >"$tmp/all-files"
sed -n '/^%files/,/^%changelog/p' "$spec" | grep '^%{' | sed 's|%{_bindir}|/usr/bin|
    s|%{_sbindir}|/usr/sbin|; s|%{_unitdir}|/usr/lib/systemd/system|
    s|%{_sysusersdir}|/usr/lib/sysusers.d|
    s|%{winedir}|/usr/lib64/wine|; s|%{_libdir}|/usr/lib64|; s|%{_datadir}|/usr/share|
    s|%{_mandir}|/usr/share/man|; s|%{_includedir}|/usr/include|; s|%{name}|wine-estats|
    s|\.|\\.|g; s|\*|[^/]*|g; s|/$|/.*|' >"$tmp/patterns"
while read -r file; do
    [ "$(sed 's/.*/^&$/' "$tmp/patterns" | while read -r p; do
        echo "$file" | grep -cE "$p"; done | grep -c 1)" -eq 1 ]
    verdict "the spec lists $file once" $?
done <"$tmp/all-files"
while read -r pattern; do
    grep -qE "^$pattern\$" "$tmp/all-files"
    verdict "what the spec lists as $pattern is there" $?
done <"$tmp/patterns"

# winetricks' verb, with winetricks' words.
cat >"$tmp/verb.sh" <<'END'
w_metadata() { verb=$1 category=$2; shift 2; for a; do case $a in *=*) ;; *) exit 9 ;; esac; done; }
w_die() { echo "die: $*"; exit 1; }
w_warn() { echo "warn: $*"; }
w_try() { "$@" || w_die "failed: $*"; }
W_SYSTEM32_DLLS_WIN='C:\windows\system32' WINE=wine WINEPREFIX=/p
. packaging/winetricks/wine_estats.verb
[ "$verb $category" = "wine_estats dlls" ] || exit 8
load_wine_estats
END
PATH=/usr/bin:/bin sh "$tmp/verb.sh" >"$tmp/out"
grep -q 'die: wine-estats is not installed' "$tmp/out" || [ -e /usr/bin/wine-estats ]
verdict "the verb says so where wine-estats is missing" $?
mkdir "$tmp/bin"
printf '#!/bin/sh\necho "ran $WINE: $*"\n' >"$tmp/bin/wine-estats"
chmod +x "$tmp/bin/wine-estats"
PATH=$tmp/bin:/usr/bin:/bin sh "$tmp/verb.sh" >"$tmp/out" &&
    [ "$(tr '\n' ';' <"$tmp/out")" = \
        "ran wine: --prefix /p install;ran wine: --prefix /p check;" ]
verdict "the verb installs, then checks" $?

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 60 ]
