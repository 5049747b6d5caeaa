# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# What is remembered in the prefix, in the directory wine-estats. It is complete before the first
# change to anything else and goes in one rename after the last, so wherever a run ends, the next
# one knows what was there before.
#
#   phase                installing, installed or removing
#   stamp                which Wine the prefix was last updated by, when the files were saved
#   refresh              exists when what was there before could not be saved: Wine shall write its
#                        own
#   saved/DLL/FOLDER/    every file of that name the folder had, in whatever case it was spelt
#   placed/DLL/FOLDER    checksum of the file that we put there
#   overrides/DLL/SCOPE  what the override was before, "TYPE data" or "absent", in a second line
#                        that of the name with a star, in a third that of the 32-bit DLL's path;
#                        SCOPE is a program, or all
#   created-keys         registry keys that were not there before

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

# Whom $dll is there for.
scopes_of() {
    find "$state/overrides/$dll" -mindepth 1 -maxdepth 1 ! -name '*.tmp' -printf '%f\n' \
        2>/dev/null | LC_ALL=C sort
}

# Whom any of ours is there for.
scopes() {
    for dll in $dlls; do
        scopes_of
    done | LC_ALL=C sort -u
}

# Those of ours that are in the prefix, or on their way in or out.
present() {
    for dll in $dlls; do
        [ ! -d "$state/saved/$dll" ] || echo "$dll"
    done
}

# What a killed run left: a beginning that changed nothing yet, or an end that only has to be swept.
sweep() {
    rm -rf "$state.new" "$state.old" "$state/gone"
}

# Copies every spelling of $dll in a folder.
save_folder() { # folder
    to=$state/saved/$dll/$1
    rm -rf "$to.tmp"
    mkdir -p "$to.tmp"
    find "$windows/$1" -mindepth 1 -maxdepth 1 ! -type d -iname "$dll.dll" \
        -exec cp -P --preserve=mode,timestamps {} "$to.tmp/" \;
    # Ours, without a memory of what was there before it.
    if [ -e "$to.tmp/$dll.dll" ] && is_ours "$to.tmp/$dll.dll"; then
        rm -f "$to.tmp/$dll.dll"
        : >"$state/refresh"
    fi
    find "$to.tmp" -type f -exec sync {} +
    mv -fT "$to.tmp" "$to"
}

begin_state() {
    mkdir -p "$state.new"
    read_stamp | put_text "$state.new/stamp"
    echo installing | put_text "$state.new/phase"
    mv -fT "$state.new" "$state"
}

# Forgets $dll, in one step.
drop_dll() {
    rm -rf "$state/overrides/$dll" "$state/placed/$dll"
    mv -fT "$state/saved/$dll" "$state/gone"
    rm -rf "$state/gone"
}

end_state() {
    mv -fT "$state" "$state.old"
    rm -rf "$state.old"
}

# Remembers what a scope's override of $dll is, and which keys it lacks, once; as of the last
# read_settings.
remember_scope() { # scope
    [ ! -e "$state/overrides/$dll/$1" ] || return 0
    key=$(override_key "$1")
    case $1 in
    all) keys=$key ;;
    *) keys=$(printf '%s\n' "$base\\AppDefaults" "$base\\AppDefaults\\$1" "$key") ;;
    esac
    {
        cat "$state/created-keys" 2>/dev/null || :
        printf '%s\n' "$keys" | while IFS= read -r one; do
            key_exists "$one" || printf '%s\n' "$one"
        done
    } | LC_ALL=C sort -u | put_text "$state/created-keys"
    # Where our own DLL was found without a memory, the override beside it is ours too.
    find_override "$key" "$dll"
    plain=$value
    find_override "$key" "*$dll"
    star=$value
    find_override "$key" "$folder_of_32\\$dll"
    if [ -e "$state/refresh" ]; then
        [ "$plain" != "$ours" ] || plain=absent
        [ "$star" != "$beside" ] || star=absent
        [ "$value" != "$ours" ] || value=absent
    fi
    mkdir -p "$state/overrides/$dll"
    printf '%s\n' "$plain" "$star" "$value" | put_text "$state/overrides/$dll/$1"
}

# What an override of $dll was before. A memory from before there was a third has no such line.
remembered() { # scope, line
    line=$(sed -n "$2p" "$state/overrides/$dll/$1")
    printf '%s' "${line:-absent}"
}

# Takes away the keys that are ours and empty as of the last read_settings, the deepest first.
remove_created_keys() {
    [ -s "$state/created-keys" ] || return 0
    for _ in 1 2 3; do
        empty=''
        while IFS= read -r one; do
            if [ -n "$one" ] && key_exists "$one" && key_is_empty "$one"; then
                empty="${empty}[-$(full_key "$one")]
"
                forget_key "$one"
            fi
        done <<END
$(LC_ALL=C sort -r "$state/created-keys")
END
        [ -n "$empty" ] || break
        printf '%s' "$empty" | import_reg
        read_settings
    done
    kept=$(while IFS= read -r one; do
        ! key_exists "$one" || printf '%s\n' "$one"
    done <"$state/created-keys")
    printf '%s' "${kept:+$kept
}" | put_text "$state/created-keys"
}
