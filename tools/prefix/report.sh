# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# status and check: what a program finds, asked from a program.

scopes_in_words() {
    scopes | sed 's/^all$/every program/' | tr '\n' ',' | sed 's/,$//; s/,/, /g'
}

selftest_exe() { # architecture
    echo "$files_dir/selftest/$1/wine-estats-selftest.exe"
}

# $facts: what the self-test of an architecture says of itself, nothing where Wine cannot start it.
read_facts() { # architecture
    facts=$(wine_output "$(selftest_exe "$1")" --facts) || facts=''
}

read_facts_with_run() {
    facts=$(
        WINEDLLPATH=$(helper_path) && export WINEDLLPATH
        read_facts "$1"
        printf '%s' "$facts"
    )
}

fact() { # name
    printf '%s\n' "$facts" | sed -n "s/^$1=//p" | head -n 1
}

# The file behind a link that install has made.
helper_file() {
    file=$(fact helper-file)
    readlink "$file" || printf '%s\n' "$file"
}

# How a program of this side comes to the helper, in words.
helper_in_words() {
    read_facts "$arch"
    plain=$facts
    case $(fact helper) in
    wine)
        echo "ready: the helper is in Wine's own directory, $(fact helper-file)"
        return
        ;;
    path)
        echo "ready here, because WINEDLLPATH leads to $(fact helper-file); without that," \
            "start programs with 'wine-estats run PROGRAM'"
        return
        ;;
    recorded)
        echo "ready: this Wine loads the helper by the path that 'wine-estats install' recorded," \
            "$(helper_file)"
        return
        ;;
    foreign)
        echo "not working: $(fact helper-file) is not ours"
        return
        ;;
    no-unix-side)
        echo "not working: $(fact helper-file) has no wineestats.so for this kind of program"
        return
        ;;
    other-version)
        echo "not working: $(helper_file) is of another version; install that again, or run" \
            "'wine-estats install'"
        return
        ;;
    esac
    read_facts_with_run "$arch"
    if [ -z "$facts" ]; then
        echo "this Wine does not start $bits-bit programs"
    elif [ "$(fact helper)" = path ]; then
        echo "only with 'wine-estats run PROGRAM', or with the helper in Wine's own directory" \
            "('make install-wine', as root)"
        [ -n "$plain" ] || echo "           and only with WINE_ESTATS_WINE32, as it is now"
    elif [ "$arch" = i386 ] && has_32bit_code && [ ! -e "$files_dir/wine/i386-unix" ]; then
        echo "not working: the 32-bit half of this Wine is 32-bit code and wants a helper of that" \
            "kind (the package libwine-estats for i386, or 'make WITH_32BIT=yes')"
    else
        echo "not working: the helper in $files_dir/wine is missing, not whole or" \
            "lacks a library;" \
            "install wine-estats again, or run make"
    fi
}

# Wine's own directory is the first that it names to programs.
has_32bit_code() {
    [ -e "$(fact dll-dir)/i386-unix/ntdll.so" ]
}

print_helpers() {
    for side in $sides; do
        use_side "$side"
        printf '  %-10s %s\n' "$bits-bit" "$(helper_in_words)"
    done
    case " $sides" in
    *" 32:"*) ;;
    *)
        printf '  %-10s %s\n' 32-bit \
            "not in this prefix; run 'wine-estats install' again once Wine has put it there"
        ;;
    esac
}

# What has become of $dll, and whether that is as it should be.
files_in_words() {
    current=$windows/$folder/$dll.dll
    if [ ! -e "$state/placed/$dll/$folder" ]; then
        echo "not installed; run 'wine-estats install' again"
    elif ! exists "$current"; then
        echo "missing; run 'wine-estats install' again"
    elif [ "$(checksum "$current")" != "$(cat "$state/placed/$dll/$folder")" ]; then
        echo "altered since; run 'wine-estats install' again, or 'wine-estats uninstall'"
    elif [ ! -e "$windows/$folder/wine-estats/$dll.dll" ]; then
        echo "incomplete (no wine-estats/$dll.dll); run 'wine-estats install' again"
    elif [ ! -f "$files_dir/shim/$arch/$dll.dll" ]; then
        echo "intact, but $files_dir/shim/$arch/$dll.dll is missing;" \
            "install wine-estats again, or run make"
    elif ! cmp -s "$current" "$files_dir/shim/$arch/$dll.dll"; then
        echo "intact, but of another version; run 'wine-estats install' again"
    else
        echo "intact, version $version"
    fi
}

# Wine goes by the name with a star where there is none without.
override_in_words() { # scope, of $dll
    key=$(override_key "$1")
    find_override "$key" "$dll"
    plain=$value
    find_override "$key" "$folder_of_32\\$dll"
    whole=$value
    find_override "$key" "*$dll"
    if [ "$plain" = "$ours" ] && [ -d "$windows/syswow64" ] && [ "$value" != absent ] &&
        ! is_native "$value" && ! is_native "$whole"; then
        echo "for 64-bit programs only; run 'wine-estats install' again"
    elif [ "$plain" = "$ours" ]; then
        echo "in force"
    elif [ "$plain" = absent ] && is_native "$value"; then
        echo "in force, as *$dll (${value#* })"
    elif [ "$plain" = absent ] && [ "$value" != absent ]; then
        echo "gone (*$dll is ${value#* }); run 'wine-estats install' again"
    else
        echo "gone ($plain); run 'wine-estats install' again"
    fi
}

is_native() { # "TYPE data"
    case $1 in
    'REG_SZ '[Nn]*) return 0 ;;
    esac
    return 1
}

# Status 0 when the helper is where $folder has links to it; else a line for each that leads
# nowhere.
status_of_record() {
    sound=0
    for link in "$windows/$folder/wine-estats"/wineestats-*.so; do
        if [ ! -L "$link" ] || [ -e "$link" ]; then
            continue
        fi
        printf '  %-10s %s: %s is gone; run %s again\n' recorded "$folder" "$(readlink "$link")" \
            "'wine-estats install'"
        sound=1
    done
    return $sound
}

# Status 0 when all is well with $dll, or it was left out.
status_of_dll() {
    if [ ! -d "$state/saved/$dll" ]; then
        printf '  %-10s %s\n' "$dll" "left out; 'wine-estats install' puts it in"
        return 0
    fi
    well=0
    for side in $sides; do
        use_side "$side"
        words=$(files_in_words)
        printf '  %-10s %s: %s\n' "$folder" "$dll.dll" "$words"
        case $words in intact*) ;; *) well=1 ;; esac
    done
    list=$(scopes_of)
    while IFS= read -r one; do
        [ -n "$one" ] || continue
        words=$(override_in_words "$one")
        [ "$one" != all ] || one='every program'
        printf '  %-10s %s, %s: %s\n' override "$dll" "$one" "$words"
        case $words in "in force"*) ;; *) well=1 ;; esac
    done <<END
$list
END
    return $well
}

# A prefix in which nothing was installed may have our DLLs from Wine's own directory.
status_of_system() {
    with='' without=''
    for side in $sides; do
        use_side "$side"
        read_facts "$arch"
        case $(fact iphlpapi) in
        wine-estats-system) with="$with${with:+ and }$bits" ;;
        *) without=yes ;;
        esac
    done
    if [ -z "$with" ]; then
        echo "  installed  no"
        return 1
    fi
    echo "  installed  not here, but for all prefixes of this Wine: $with-bit programs"
    [ -z "$without" ]
}

status_command() {
    open_prefix
    need_wine
    read_settings
    printf '%s (%s)\n' "$prefix" "$system_reg"
    phase=$(cat "$state/phase" 2>/dev/null) || phase=none
    good=0
    case $phase in
    none) status_of_system || good=1 ;;
    installed) echo "  installed  for $(scopes_in_words)" ;;
    *)
        echo "  installed  in part: $phase was interrupted; run install or uninstall again"
        good=1
        ;;
    esac
    if [ "$phase" != none ]; then
        for dll in $dlls; do
            status_of_dll || good=1
        done
        for side in $sides; do
            use_side "$side"
            status_of_record || good=1
        done
    fi
    print_helpers
    return $good
}

# One line for a side; status 0 when it works.
check_side() {
    # Installed for some programs only: this one then has to be told.
    for dll in $(present); do
        [ -e "$state/overrides/$dll/all" ] ||
            WINEDLLOVERRIDES="$dll=n,b${WINEDLLOVERRIDES:+;$WINEDLLOVERRIDES}"
        export WINEDLLOVERRIDES
    done
    with=''
    result=0
    # shellcheck disable=SC2046 # a word for each
    answer=$(wine_output "$(selftest_exe "$arch")" $(present)) || result=$?
    # No answer, or no helper.
    if [ -z "$answer" ] || [ $result -eq 3 ]; then
        again=0
        other=$(
            WINEDLLPATH=$(helper_path) && export WINEDLLPATH
            # shellcheck disable=SC2046
            wine_output "$(selftest_exe "$arch")" $(present)
        ) || again=$?
        if [ $again -eq 0 ] && [ -n "$other" ]; then
            answer=$other
            result=0
            with=" (only with 'wine-estats run')"
        fi
    fi
    answer=$(printf '%s' "$answer" | grep '^wine-estats: ' | tail -n 1)
    if [ -z "$answer" ]; then
        answer="wine-estats: $bits-bit: FAILED: this Wine does not start $bits-bit programs"
        [ $result -ne 0 ] || result=1
    fi
    printf '%s%s\n' "$answer" "$with"
    [ $result -eq 0 ]
}

check_command() {
    open_prefix
    need_wine
    good=0
    for side in $sides; do
        use_side "$side"
        [ -f "$(selftest_exe "$arch")" ] ||
            die 5 "$(selftest_exe "$arch") is missing; install wine-estats again, or run make"
        (check_side) || good=1
    done
    return $good
}
