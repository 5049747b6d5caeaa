# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# install: remember, then marker, shim and override, in this order. Each step may be done already.

ours='REG_SZ native,builtin'

# All programs would get the shim of one, as long as they use the user's own DLL in its place.
refuse_app_beside_native() {
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
        [ -d "$state/saved/$folder" ] || continue
        for one in $(spellings "$windows/$folder"); do
            ! is_somebodys "$folder" "$one" || die 3 "$windows/$folder/$one was put there after \
us; move it away, or run 'wine-estats uninstall', which keeps it"
        done
    done
}

install_command() {
    scope=${app:-all}
    need_files
    open_prefix
    lock_prefix
    need_registry
    sweep
    if [ -d "$state" ]; then
        refuse_somebodys
        set_phase installing
    else
        [ "$scope" = all ] || refuse_app_beside_native
        begin_state
    fi
    remember_scope "$scope"
    for side in $sides; do
        use_side "$side"
        # 32-bit programs may have come to the prefix since.
        [ -d "$state/saved/$folder" ] || save_folder "$state" "$folder"
        place_side
    done
    # An interrupted run may have left others without theirs.
    scopes | while read -r one; do
        key=$(override_key "$one")
        read_override "$key"
        [ "$value" = "$ours" ] || write_override "$key" "$ours"
    done
    set_phase installed
    case $scope in
    all) say "installed in $prefix for every program" ;;
    *) say "installed in $prefix for $scope" ;;
    esac
    print_helpers
}
