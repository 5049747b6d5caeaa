#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where others put Wine: Debian's ($SUITE), moved there. What is shown is that `make config` finds
# the directories, that the helper in them serves programs of both kinds, and that `wine-estats run`
# does without it. The vendors' own builds of Wine are not here.
# shellcheck disable=SC2016 # for a shell inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
distro_private "$@"
suite=${SUITE:-bookworm}
debian64=/usr/lib/x86_64-linux-gnu/wine debian32=/usr/lib/i386-linux-gnu/wine

layers=0

# A directory of Debian's again elsewhere, with a layer to write to.
place() { # directory of Debian's, where
    layers=$((layers + 1))
    mkdir -p "$distro_root$2" "$distro_tmp/layer/$layers/upper" "$distro_tmp/layer/$layers/work"
    mount -t overlay overlay "$distro_root$2" -o "lowerdir=$distro_base$1" \
        -o "upperdir=$distro_tmp/layer/$layers/upper,workdir=$distro_tmp/layer/$layers/work"
}

# Wine looks for its data and its server from its DLLs and its loader on, as Debian has them.
move_wine() { # directory of 64-bit Wine, of its 32-bit half, of the programs
    distro_open "$suite"
    distro_tree
    if [ "$1" = "$2" ]; then
        place $debian64/x86_64-unix "$1/x86_64-unix"
        place $debian64/x86_64-windows "$1/x86_64-windows"
        place $debian32/i386-unix "$1/i386-unix"
        place $debian32/i386-windows "$1/i386-windows"
    else
        place $debian64 "$1"
        place $debian32 "$2"
    fi
    for dir in "$1" "$2" "$3"; do
        distro_run 20 sh -c 'mkdir -p "$1/share" && ln -sfn /usr/lib/wine "$1/wine" &&
            ln -sfn /usr/share/wine "$1/share/wine"' - "$dir/../.."
    done
    distro_run 20 sh -c 'mkdir -p "$1" && cp /usr/lib/wine/wine /usr/lib/wine/wine64 "$1"' - "$3"
    wine=/out/wine
    cat >"$distro_root$wine" <<END
#!/bin/sh
WINEDLLPATH="$1:$2\${WINEDLLPATH:+:\$WINEDLLPATH}" exec "$3/wine64" "\$@"
END
    chmod 755 "$distro_root$wine"
    # Nothing is to come from where Debian has it.
    mount -t tmpfs none "$distro_root$debian64"
    mount -t tmpfs none "$distro_root$debian32"
    install -D -m 644 -t "$distro_root/src/build/wine/i386-unix" "$distro_tmp/wineestats.so"
}

as_user() { # command, where $WINE is that Wine
    distro_user 180 sh -c 'export WINE="$1"; shift; exec "$@"' - "$wine" "$@"
}

# By its exit status: 0 the statistics work, 3 the DLL is ours but finds no helper.
selftest() { # exit status, command to start a Windows program with
    wanted=$1
    shift
    for arch in x86_64 i386; do
        as_user "$@" "/src/build/selftest/$arch/wine-estats-selftest.exe"
        [ $? -eq "$wanted" ] || return 1
    done
}

make_inside() {
    distro_run 600 make -s -C /src O=build WINE_ARCH=x86_64 WITH_32BIT=yes WITH_COLLECTOR=no "$@"
}

found_as() { # variable, value
    make_inside config | sed -n "s/^$1  *//p" >"$distro_tmp/found"
    cat "$distro_tmp/found"
    [ "$(cat "$distro_tmp/found")" = "$2" ]
}

# layout SENTENCE 64-BIT-DIR 32-BIT-DIR PROGRAMS [found]
layout() {
    echo "== $1"
    needed=1
    move_wine "$2" "$3" "$4"
    check "Wine works there" as_user sh -c '"$WINE" wineboot -i && "$WINE" cmd /c exit 0'
    needed=''
    if [ "${5:-}" = found ]; then
        check "make config finds it" found_as WINEDLLDIR "$2"
        check "and its 32-bit half" found_as WINEDLLDIR32 "$3"
    fi
    check "wine-estats installs into a prefix of it" as_user /src/tools/wine-estats install
    check "without the helper there are no statistics" selftest 3 "$wine"
    check "wine-estats run does without" selftest 0 /src/tools/wine-estats run
    check "the helper is put into Wine's directories" make_inside install-wine \
        "WINEDLLDIR=$2" "WINEDLLDIR32=$3"
    check "with it all programs have statistics" selftest 0 "$wine"
    check "wine-estats check agrees" as_user /src/tools/wine-estats check
    check "it is taken out again" make_inside uninstall-wine "WINEDLLDIR=$2" "WINEDLLDIR32=$3"
    check "and nothing of it is left" test -z "$(find "$distro_root$2" "$distro_root$3" \
        -name 'wineestats*')"
}

distro_open "$suite"
[ -n "$distro_i386" ] || distro_skip "Wine of $suite has no 32-bit half of its own"
distro_tree
needed=1
check "what the 32-bit helper takes installs beside the rest" distro_run 900 apt-get -qq -y \
    install gcc gcc-multilib libc6-dev pkg-config libnl-3-dev libnl-route-3-dev zlib1g-dev \
    libnl-3-dev:i386 libnl-route-3-dev:i386
distro_run 20 rm -rf /src/build/dlls/unix32 /src/build/wine/i386-unix
check "make WITH_32BIT=yes builds it" make_inside build/wine/i386-unix/wineestats.so
cp "$distro_root/src/build/wine/i386-unix/wineestats.so" "$distro_tmp/wineestats.so"

layout "as WineHQ's packages" /opt/wine-stable/lib64/wine /opt/wine-stable/lib/wine \
    /opt/wine-stable/bin found
layout "as there, both kinds in one directory" /opt/wine-devel/lib/wine /opt/wine-devel/lib/wine \
    /opt/wine-devel/bin found
layout "as Proton, up to 9" "/opt/Proton 9.0/files/lib64/wine" "/opt/Proton 9.0/files/lib/wine" \
    "/opt/Proton 9.0/files/bin"
layout "as Proton, from 10 on" "/opt/Proton 10.0/files/lib/wine" "/opt/Proton 10.0/files/lib/wine" \
    "/opt/Proton 10.0/files/bin"
layout "as Wine's Flatpak" /app/lib/wine /app/lib/wine /app/bin
distro_finish
