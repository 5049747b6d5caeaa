#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Debian packages of this tree for another architecture ($DEB_ARCH), by cross compilers in a
# release ($SUITE): what is for that architecture is built, says so, and holds its code. Nothing is
# run.
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
distro_private "$@"
arch=${DEB_ARCH:-arm64}

distro_open "${SUITE:-bookworm}"
make -s "O=$O" dist >/dev/null || exit 1
tar -C "$distro_root/src" --strip-components=1 -xf "$O"/dist/*.tar.xz
needed=1
check "what it takes to build for $arch is installed" distro_run 900 sh -c "
    dpkg --add-architecture $arch && apt-get -qq update &&
    apt-get -qq -y install make xz-utils dpkg-dev debhelper lintian crossbuild-essential-$arch &&
    cd /src && apt-get -qq -y build-dep -a$arch -Pcross,nocheck ./"
check "make deb DEB_ARCH=$arch builds" distro_run 1800 sh -c "
    cd /src && DEB_BUILD_PROFILES='cross nocheck' make deb DEB_ARCH=$arch"
needed=
debs=$distro_root/src/build/deb
gnu=$(distro_run 20 dpkg-architecture "-a$arch" -q DEB_HOST_GNU_TYPE)
machine_of() { # file
    readelf -h "$1" 2>/dev/null | sed -n 's/^ *Machine: *//p'
}
machine=$(machine_of "$distro_root/usr/$gnu/lib/libc.so.6")

names() {
    for deb in "$debs"/*.deb; do
        dpkg-deb -f "$deb" Package
    done | sort
}

wanted() {
    awk -v arch="$arch" '/^Package:/ { package = $2 }
        /^Architecture:/ && index($0 " ", " " arch " ") { print package }' debian/control | sort
}

all_say() { # field, value
    for deb in "$debs"/*.deb; do
        said=$(dpkg-deb -f "$deb" "$1")
        [ "$said" = "$2" ] || {
            echo "$deb: $1: $said"
            return 1
        }
    done
}

# Each package holds code, and all of that is for the machine.
code_is_right() {
    for deb in "$debs"/*.deb; do
        rm -rf "$distro_tmp/deb"
        dpkg-deb -x "$deb" "$distro_tmp/deb"
        find "$distro_tmp/deb" -type f | while read -r file; do
            machine_of "$file"
        done | sort -u >"$distro_tmp/machines"
        [ "$(cat "$distro_tmp/machines")" = "$machine" ] || {
            echo "${deb##*/}: $(cat "$distro_tmp/machines")"
            return 1
        }
    done
}

names | sed 's/^/        /'
check "every package for $arch is there" [ "$(names | grep -v -- -dbgsym)" = "$(wanted)" ]
check "and says that it is for $arch" all_say Architecture "$arch"
check "its code is for $machine" code_is_right
distro_run 300 sh -c 'lintian --allow-root /src/build/deb/*.deb' | sed 's/^/        /'
distro_finish
