# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# The files in system32 and syswow64. A file is there whole or not at all, and never in the way of
# a program that has the old one open.

# Everything here is about the one of our DLLs that $dll names. The DLL whose exports lead to the
# marker is ours, of whatever version.
is_ours() {
    LC_ALL=C grep -qaF "C:\\windows\\system32\\wine-estats\\$dll." "$1" 2>/dev/null
}

# Wine marks its own files in the DOS stub; older ones put a placeholder into prefixes.
is_wines() {
    mark=$(dd if="$1" bs=1 skip=64 count=20 2>/dev/null | LC_ALL=C tr -d '\0')
    case $mark in
    "Wine builtin DLL"* | "Wine placeholder DLL"*) return 0 ;;
    esac
    return 1
}

exists() {
    [ -e "$1" ] || [ -L "$1" ]
}

same_file() {
    if [ -L "$1" ] || [ -L "$2" ]; then
        [ -L "$1" ] && [ -L "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
    else
        cmp -s "$1" "$2"
    fi
}

put_file() { # source, destination
    ! same_file "$1" "$2" || return 0
    cp -P --preserve=mode,timestamps "$1" "$2.wine-estats"
    [ -L "$2.wine-estats" ] || sync "$2.wine-estats"
    mv -fT "$2.wine-estats" "$2"
}

checksum() {
    sha256sum <"$1" 2>/dev/null | cut -d' ' -f1
}

# Every DLL of that name in a directory, in whatever case it is spelt.
spellings() { # directory
    find "$1" -mindepth 1 -maxdepth 1 ! -type d -iname "$dll.dll" -printf '%f\n'
}

# A file that somebody put there after us, for which we have no right to decide. Of the one that
# every prefix has, Wine writes a new one whenever it likes.
is_somebodys() { # folder, spelling
    current=$windows/$1/$2
    exists "$current" && ! is_ours "$current" && ! same_file "$current" "$state/saved/$dll/$1/$2" &&
        { [ "$2" != "$dll.dll" ] || ! is_wines "$current"; }
}

# Links to the helper on the host, one for each kind of code that it comes in: by their paths Wine
# 11.2 and newer load it, with nothing in Wine's own directory and no environment.
record_helper() {
    for one in "$files_dir"/wine/*-unix/wineestats.so; do
        [ -e "$one" ] || continue
        link=${one%-unix/wineestats.so}
        link=$target/wine-estats/wineestats-${link##*/}.so
        [ "$(readlink "$link")" != "$one" ] || continue
        ln -sfn "$one" "$link.wine-estats"
        mv -fT "$link.wine-estats" "$link"
    done
}

# The marker first: with the shim alone all that it forwards would fail.
place_side() {
    target=$windows/$folder
    mkdir -p "$target/wine-estats"
    record_helper
    put_file "$files_dir/marker/$arch/$dll.dll" "$target/wine-estats/$dll.dll"
    mkdir -p "$state/placed/$dll"
    checksum "$files_dir/shim/$arch/$dll.dll" | put_text "$state/placed/$dll/$folder"
    put_file "$files_dir/shim/$arch/$dll.dll" "$target/$dll.dll"
    # IPHLPAPI.DLL beside it would be found first by a program that asks for it in capitals.
    for one in $(spellings "$target"); do
        [ "$one" = "$dll.dll" ] || is_somebodys "$folder" "$one" || rm -f "$target/$one"
    done
}

restore_side() {
    target=$windows/$folder
    saved=$state/saved/$dll/$folder
    rm -f "$target/$dll.dll.wine-estats" "$target/wine-estats/$dll.dll.wine-estats"
    for one in $(spellings "$target"); do
        is_somebodys "$folder" "$one" || continue
        warn "$target/$one was put there after us and stays"
        if exists "$saved/$one" && ! is_wines "$saved/$one"; then
            aside=$target/$one.before-wine-estats
            while exists "$aside" && ! same_file "$saved/$one" "$aside"; do aside=$aside~; done
            put_file "$saved/$one" "$aside"
            warn "the one from before is $aside"
        fi
    done
    for one in $(spellings "$saved"); do
        is_somebodys "$folder" "$one" || put_file "$saved/$one" "$target/$one"
    done
    exists "$saved/$dll.dll" || is_somebodys "$folder" "$dll.dll" || rm -f "$target/$dll.dll"
    rm -f "$target/wine-estats/$dll.dll"
    [ -d "$target/wine-estats" ] && ! holds_other_markers "$target/wine-estats" || return 0
    find "$target/wine-estats" -maxdepth 1 -name 'wineestats-*.so*' -type l -delete
    rmdir "$target/wine-estats" 2>/dev/null ||
        warn "$target/wine-estats holds files that are not ours and stays"
}

holds_other_markers() { # directory
    for other in $dlls; do
        [ ! -e "$1/$other.dll" ] || return 0
    done
    return 1
}

# Whether what was put back is an older Wine's, or nothing: then the present Wine has to write its
# own.
needs_refresh() {
    [ ! -e "$state/refresh" ] || return 0
    [ "$(cat "$state/stamp")" != "$(read_stamp)" ] || return 1
    for one in "$state"/saved/*/*/*.dll; do
        if exists "$one" && is_wines "$one"; then
            return 0
        fi
    done
    return 1
}
