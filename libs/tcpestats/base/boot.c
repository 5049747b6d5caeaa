/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/directory.h"

int te_boot_id(uint64_t boot[2])
{
    /* Never changes while we run. Two threads that both fill it in write the same. */
    static _Atomic uint64_t known[2];
    static _Atomic bool is_known;
    char text[64];
    ssize_t got;
    int fd, digits = 0;

    if (!atomic_load_explicit(&is_known, memory_order_acquire)) {
        uint64_t id[2] = {0, 0};

        fd = te_open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
        if (fd < 0)
            return te_file_errno(-fd);
        got = read(fd, text, sizeof(text));
        close(fd);
        for (ssize_t i = 0; i < got && digits < 32; i++) {
            const char *hex = "0123456789abcdef", *at = text[i] ? strchr(hex, text[i]) : NULL;

            if (at) {
                id[digits / 16] = id[digits / 16] << 4 | (uint64_t)(at - hex);
                digits++;
            }
        }
        if (digits != 32)
            return -EIO;
        atomic_store(&known[0], id[0]);
        atomic_store(&known[1], id[1]);
        atomic_store_explicit(&is_known, true, memory_order_release);
    }
    boot[0] = atomic_load_explicit(&known[0], memory_order_relaxed);
    boot[1] = atomic_load_explicit(&known[1], memory_order_relaxed);
    return 0;
}
