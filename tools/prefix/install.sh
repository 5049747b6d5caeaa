# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the other parts
#
# install: remember, then marker, shim and override, in this order. Each step may be done already.

# Ours is in the system's folder, where the plain name applies. A name with a star goes first for
# a DLL of that name elsewhere, and lets Wine treat it as if nothing had been installed: a program
# that brings an old or partial one along goes on running by Wine's own. To Wine 8 the system's
# folder of 32-bit programs is elsewhere, too, so there ours goes by its whole path.
ours='REG_SZ native,builtin'
beside='REG_SZ builtin,native'
folder_of_32='C:\windows\syswow64'

# All programs would get the shim of one, as long as they use the user's own DLL in its place.
refuse_app_beside_native() {
    [ ! -d "$state/saved/$dll" ] || return 0
    for side in $sides; do
        use_side "$side"
        for one in $(spellings "$windows/$folder"); do
            file=$windows/$folder/$one
            is_ours "$file" || is_wines "$file" || die 3 "$file is not Wine's, and other programs \
may use it; install without --app, or move it away"
        done
    done
}

refuse_somebodys() {
    for side in $sides; do
        use_side "$side"
        [ -d "$state/saved/$dll/$folder" ] || continue
        for one in $(spellings "$windows/$folder"); do
            ! is_somebodys "$folder" "$one" || die 3 "$windows/$folder/$one was put there after \
us; move it away, or run 'wine-estats uninstall', which keeps it"
        done
    done
}

remember_dll() {
    for side in $sides; do
        use_side "$side"
        # 32-bit programs may have come to the prefix since.
        [ -d "$state/saved/$dll/$folder" ] || save_folder "$folder"
    done
    remember_scope "$scope"
}

place_dll() {
    for side in $sides; do
        use_side "$side"
        place_side
    done
}

# The plain one last: it is what serves. What the user has set with a star stays.
want_overrides() { # scope
    key=$(override_key "$1")
    find_override "$key" "*$dll"
    star=$value
    case $own_dlls:$star in
    as-ever:absent) star=$beside ;;
    preferred:"$beside") star=$(remembered "$1" 2) ;;
    esac
    find_override "$key" "$folder_of_32\\$dll"
    case $own_dlls:$value in
    as-ever:*) value=$ours ;;
    preferred:"$ours") value=$(remembered "$1" 3) ;;
    esac
    want_override "$key" "*$dll" "$star"
    want_override "$key" "$folder_of_32\\$dll" "$value"
    want_override "$key" "$dll" "$ours"
}

install_command() {
    scope=${app:-all}
    need_files
    open_prefix
    lock_prefix
    need_wine
    read_settings
    own_dlls=as-ever
    ! prefers_own_dlls || own_dlls=preferred
    sweep
    for dll in $chosen; do
        refuse_somebodys
        [ "$scope" = all ] || refuse_app_beside_native
    done
    if [ -d "$state" ]; then
        set_phase installing
    else
        begin_state
    fi
    # All of it is remembered before any of it is changed.
    for dll in $chosen; do
        remember_dll
    done
    for dll in $chosen; do
        place_dll
    done
    # An interrupted run may have left others without theirs.
    wanted=''
    for dll in $chosen; do
        while IFS= read -r one; do
            want_overrides "$one"
        done <<END
$(scopes_of)
END
    done
    write_wanted
    set_phase installed
    what=''
    [ "$chosen" = "$dlls" ] || what="$chosen "
    case $scope in
    all) say "${what}installed in $prefix for every program" ;;
    *) say "${what}installed in $prefix for $scope" ;;
    esac
    print_helpers
}
