# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# What is remembered in the prefix, in the directory wine-estats. It is complete before the first
# change to anything else and goes in one rename after the last, so wherever a run ends, the next
# one knows what was there before.
#
#   phase            installing, installed or removing
#   stamp            which Wine the prefix was last updated by, when the files were saved
#   refresh          exists when what was there before could not be saved: Wine shall write its own
#   saved/FOLDER/    every iphlpapi.dll that the folder had, in whatever case it was spelt
#   placed/FOLDER    checksum of the iphlpapi.dll that we put there
#   overrides/SCOPE  what the override was before, "TYPE data" or "absent"; SCOPE is a
#                    program, or all
#   created-keys     registry keys that were not there before

put_text() { # file; text from standard input
    cat >"$1.tmp"
    sync "$1.tmp"
    mv -fT "$1.tmp" "$1"
}

set_phase() {
    echo "$1" | put_text "$state/phase"
}

read_stamp() {
    cat "$prefix/.update-timestamp" 2>/dev/null || echo none
}

scopes() {
    find "$state/overrides" -mindepth 1 -maxdepth 1 ! -name '*.tmp' -printf '%f\n' 2>/dev/null |
        LC_ALL=C sort
}

# What a killed run left: a beginning that changed nothing yet, or an end that only has to be swept.
sweep() {
    rm -rf "$state.new" "$state.old"
}

# Copies every spelling of iphlpapi.dll in a folder.
save_folder() { # directory of the state, folder
    rm -rf "$1/saved/$2.tmp"
    mkdir -p "$1/saved/$2.tmp"
    find "$windows/$2" -mindepth 1 -maxdepth 1 ! -type d -iname iphlpapi.dll \
        -exec cp -P --preserve=mode,timestamps {} "$1/saved/$2.tmp/" \;
    # Ours, without a memory of what was there before it.
    if [ -e "$1/saved/$2.tmp/iphlpapi.dll" ] && is_ours "$1/saved/$2.tmp/iphlpapi.dll"; then
        rm -f "$1/saved/$2.tmp/iphlpapi.dll"
        : >"$1/refresh"
    fi
    find "$1/saved/$2.tmp" -type f -exec sync {} +
    mv -fT "$1/saved/$2.tmp" "$1/saved/$2"
}

begin_state() {
    mkdir -p "$state.new/overrides" "$state.new/placed"
    for side in $sides; do
        use_side "$side"
        save_folder "$state.new" "$folder"
    done
    read_stamp | put_text "$state.new/stamp"
    echo installing | put_text "$state.new/phase"
    mv -fT "$state.new" "$state"
}

end_state() {
    mv -fT "$state" "$state.old"
    rm -rf "$state.old"
}

# Remembers what a scope's override is, and which keys it lacks, once.
remember_scope() { # scope
    [ ! -e "$state/overrides/$1" ] || return 0
    key=$(override_key "$1")
    case $1 in
    all) keys=$key ;;
    *) keys=$(printf '%s\n' "$base\\AppDefaults" "$base\\AppDefaults\\$1" "$key") ;;
    esac
    {
        cat "$state/created-keys" 2>/dev/null || :
        printf '%s\n' "$keys" | while read -r one; do
            key_exists "$one" || printf '%s\n' "$one"
        done
    } | LC_ALL=C sort -u | put_text "$state/created-keys"
    read_override "$key"
    # Where our own DLL was found without a memory, the override beside it is ours too.
    if [ -e "$state/refresh" ] && [ "$value" = "$ours" ]; then
        value=absent
    fi
    printf '%s\n' "$value" | put_text "$state/overrides/$1"
}

# Takes away the keys that are ours and empty by now, the deepest first.
remove_created_keys() {
    [ -e "$state/created-keys" ] || return 0
    LC_ALL=C sort -r "$state/created-keys" | while read -r one; do
        if ! key_exists "$one"; then
            continue
        elif key_is_empty "$one"; then
            quiet_wine reg delete "$one" /f >/dev/null 2>&1 || :
        else
            printf '%s\n' "$one"
        fi
    done | put_text "$state/created-keys"
}
