#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where a compiler or a library is missing, make says which package holds it, and builds and
# installs what it can.

# shellcheck source=tests/install/lib.sh
. tests/install/lib.sh

mingw='CROSS32=/nonexistent/i686-'
check "without one of the mingw-w64 compilers make succeeds" makes 0 "$mingw"
check "says which is missing" says_once "for want of /nonexistent/i686-gcc "
check "and which packages hold them" says_once "gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32"
check "install succeeds" makes 0 "$mingw" "DESTDIR=$tmp/stage" PREFIX=/usr install
check "says what is missing, too" says_once "for want of /nonexistent/i686-gcc "
check "with the command" test -x "$tmp/stage/usr/bin/tcpestats"
check "with the library" test -e "$tmp/stage/usr/lib/libtcpestats.so.0"
check "without half of what Windows programs need" test ! -e "$tmp/stage/usr/lib/wine-estats"
check "all of it can be installed" makes 0 "DESTDIR=$tmp/stage" PREFIX=/usr install
check "uninstall succeeds" makes 0 "$mingw" "DESTDIR=$tmp/stage" PREFIX=/usr uninstall
check "and leaves no file" test -z "$(find "$tmp/stage" ! -type d)"
check "and no directory of ours" test -z "$(find "$tmp/stage" -name '*estats*')"
check "the tests do not run without" makes 2 "$mingw" TESTS=true check-only
check "and that is said" says_once "for want of /nonexistent/i686-gcc "
check "with all there nothing is said" makes 0
check "about want" test "$(grep -c 'for want of' "$tmp/out")" -eq 0

cat >"$tmp/pkg-config" <<'END'
#!/bin/sh
exit 1
END
chmod +x "$tmp/pkg-config"
check "without pkg-config make fails" makes 2 "O=$tmp/o" PKG_CONFIG=/nonexistent/pkg-config
check "and names the package" says_once "apt-get install pkg-config libnl-3-dev"
check "without libnl-3, too" makes 2 "O=$tmp/o" "PKG_CONFIG=$tmp/pkg-config"
check "and names the package" says_once "apt-get install libnl-3-dev"
cat >"$tmp/pkg-config" <<'END'
#!/bin/sh
case "$*" in *route*) exit 1 ;; esac
exec pkg-config "$@"
END
check "without libnl-route-3, too" makes 2 "O=$tmp/o" "PKG_CONFIG=$tmp/pkg-config"
check "and names the package" says_once "apt-get install libnl-route-3-dev"
cat >"$tmp/pkg-config" <<'END'
#!/bin/sh
case "$*" in *zlib*) exit 1 ;; esac
exec pkg-config "$@"
END
check "without zlib, too" makes 2 "O=$tmp/o" "PKG_CONFIG=$tmp/pkg-config"
check "and names the package" says_once "apt-get install zlib1g-dev"
check "without a C compiler, too" makes 2 "O=$tmp/o" CC=/nonexistent/cc
check "and names the package" says_once "apt-get install gcc libc6-dev"

finish
