# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of lib.sh
#
# An opened release in a machine of its own: emulated, with Debian's kernel, which runs 32-bit code.
# To be sourced after lib.sh.
#
#   emulate_boot PROGRAM LOG ARGUMENTS...    runs PROGRAM there with /src for directory, as root;
#                   its lines are printed, the console's go into LOG; what it left in /out is in
#                   that of the release
#
# The machine's clock goes by the instructions of its one processor, a nanosecond each, and leaps
# where it would wait: what is late there is late because of what it does, and not because it is
# emulated, or because others use this machine.

emulate_tools() {
    for _tool in qemu-system-x86_64 cpio mke2fs debugfs; do
        command -v $_tool >/dev/null ||
            distro_skip "$_tool is missing (Debian: qemu-system-x86 cpio e2fsprogs)"
    done
}

# Modules that are built in are in no file; those that others want come first.
emulate_modules='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
    virtio_blk tun veth inet_diag tcp_diag sch_tbf'

_emulate_initrd() { # kernel, release, out
    _initrd=$distro_tmp/initrd
    rm -rf "$_initrd"
    mkdir -p "$_initrd/bin" "$_initrd/dev" "$_initrd/proc" "$_initrd/root" "$_initrd/modules"
    cp "$distro_root/bin/busybox" "$_initrd/bin"
    _number=100
    for _module in $emulate_modules; do
        _file=$(find "$1" -name "$_module.ko*" | head -n 1)
        _number=$((_number + 1))
        case $_file in
        '') ;;
        *.xz) xz -dc "$_file" >"$_initrd/modules/$_number.ko" ;;
        *) cp "$_file" "$_initrd/modules/$_number.ko" ;;
        esac
    done
    install -m 755 tests/distro/guest-init.sh "$_initrd/init"
    (cd "$_initrd" && find . | cpio -o -H newc --quiet) | gzip -1 >"$3"
}

# The files of the release and this tree, as one file system with room to spare.
_emulate_disk() { # out
    mkdir -p "$distro_tmp/whole"
    mount --bind "$distro_root" "$distro_tmp/whole" || return 1
    for _dir in src src/build; do
        mountpoint -q "$distro_root/$_dir" || continue
        mount --bind "$distro_root/$_dir" "$distro_tmp/whole/$_dir" || return 1
    done
    # What of the build no test there needs; among it $distro_tmp itself.
    _build=$distro_tmp/whole/src/build
    for _dir in "$_build"/distro.* "$_build/chroot" "$_build/kernels" "$_build/log" \
        "$_build/asan" "$_build/fuzz"; do
        [ ! -d "$_dir" ] || mount -t tmpfs none "$_dir" || return 1
    done
    truncate -s 16G "$1"
    mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$distro_tmp/whole" "$1"
    _made=$?
    umount -R "$distro_tmp/whole"
    return $_made
}

# Without SMAP: Wine returns from signals by IRET, for which QEMU reads the user's stack with the
# rights of the kernel.
emulate_boot() { # program, log, arguments
    _program=$1 _log=$2
    shift 2
    _release=$(tests/kernels/fetch.sh amd64 bookworm linux-image-cloud-amd64 "$O/kernels") ||
        distro_skip "no kernel of Debian"
    printf '%s\n' '#!/bin/sh' "cd /src && exec $_program $*" >"$distro_root/out/run"
    chmod +x "$distro_root/out/run"
    # The release's: to have a static one here would take away a busybox that is not.
    distro_run 300 apt-get -qq -y install busybox-static >"$_log" 2>&1 ||
        distro_skip "no busybox-static in $distro_suite, see $_log"
    _emulate_initrd "$O/kernels/$_release" "$_release" "$distro_tmp/initrd.gz"
    _emulate_disk "$distro_tmp/disk" || distro_skip "no disk for the emulated machine"
    timeout "${TEST_SECONDS:-7200}" qemu-system-x86_64 -accel tcg,tb-size=1024 \
        -cpu max,-smap -m 3072 -nographic -no-reboot -nic none \
        -icount shift=0,sleep=off -rtc clock=vm \
        -kernel "$(find "$O/kernels/$_release" -name 'vmlinuz*' | head -n 1)" \
        -initrd "$distro_tmp/initrd.gz" -append "console=ttyS0 quiet panic=-1" \
        -drive "file=$distro_tmp/disk,if=virtio,format=raw,cache=unsafe" </dev/null |
        sed -u 's/\r//g' | tee "$_log" | sed -nu 's/^@ //p'
    mkdir "$distro_tmp/left"
    (cd "$distro_tmp" && debugfs -R "rdump /out left" disk >/dev/null 2>&1)
    cp -r "$distro_tmp/left/out/." "$distro_root/out"
    rm -rf "$distro_tmp/left" "$distro_tmp/disk"
    [ "$(cat "$distro_root/out/status" 2>/dev/null)" = 0 ]
}
