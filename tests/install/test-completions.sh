#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each shell completes commands, options, classes and conditions as the programs have them today.
# bash and fish are asked for candidates, zsh whether it takes the file.
set -u
O=${O:-build}
passed=0 failed=0

verdict() { # sentence, outcome
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
    fi
}

for shell in bash zsh fish; do
    for program in tcpestats wine-estats; do
        run=$O/tcpestats
        [ $program = tcpestats ] || run=tools/wine-estats
        kept=tools/completions/$shell/$program
        [ $shell != zsh ] || kept=tools/completions/zsh/_$program
        "$run" --help | tools/completions/generate -v shell=$shell |
            diff -u "$kept" -
        verdict "$program for $shell is fresh (else run make completions)" $?
    done
done

# In a shell of its own: what bash offers for a command line.
offered_by_bash() { # file, function, words of the line
    bash -c '. "$1"; f=$2; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        compopt() { :; }; $f; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

offers() { # word, then as for offered_by_bash
    word=$1
    shift
    offered_by_bash "$@" | grep -qxF -e "$word"
}

t="tools/completions/bash/tcpestats _tcpestats tcpestats"
w="tools/completions/bash/wine-estats _wine_estats wine-estats"
# shellcheck disable=SC2086 # words are wanted
{
    commands=0
    for c in $("$O/tcpestats" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
        offers "$c" $t ''
        verdict "bash offers the command $c" $?
        commands=$((commands + 1))
    done
    [ $commands -ge 6 ]
    verdict "tcpestats has its commands" $?
    offers FineRtt $t show rport:443 Fi
    verdict "bash offers classes after show" $?
    offers lport: $t list l
    verdict "bash offers conditions after list" $?
    ! offers FineRtt $t list ''
    verdict "bash offers no classes after list" $?
    offers --interval $t -v watch --i
    verdict "bash offers --interval with watch" $?
    ! offers --interval $t show --i
    verdict "bash does not with show" $?
    [ -z "$(offered_by_bash $t watch -i '')" ]
    verdict "bash offers nothing for a number" $?
    offers --app $w --prefix /tmp install --
    verdict "bash offers --app with install" $?
    ! offers --app $w status --
    verdict "bash does not with status" $?
}

if command -v fish >/dev/null; then
    offered_by_fish() { # file, line
        HOME=/nonexistent fish --no-config -c "source $1; complete -C '$2'" 2>/dev/null | cut -f1
    }
    offered_by_fish tools/completions/fish/tcpestats 'tcpestats ' | grep -qx disable
    verdict "fish offers commands" $?
    offered_by_fish tools/completions/fish/tcpestats 'tcpestats show ' | grep -qx Bandwidth
    verdict "fish offers classes after show" $?
    offered_by_fish tools/completions/fish/wine-estats 'wine-estats install --' | grep -qx -e --app
    verdict "fish offers --app with install" $?
else
    echo "SKIP: fish is not installed"
fi

if command -v zsh >/dev/null; then
    for file in tools/completions/zsh/*; do
        zsh -n "$file"
        verdict "zsh takes $file" $?
    done
    said=$(zsh -f tests/install/zsh-offers.zsh tools/completions/zsh 'tcpestats show ')
    case $said in *Bandwidth*lport:* | *lport:*Bandwidth*) true ;; *) false ;; esac
    verdict "zsh offers classes and conditions after show" $?
    said=$(zsh -f tests/install/zsh-offers.zsh tools/completions/zsh 'wine-estats ')
    case $said in *install*uninstall* | *uninstall*) true ;; *) false ;; esac
    verdict "zsh offers commands" $?
else
    echo "SKIP: zsh is not installed"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
