/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/directory.h"
#include "base/hash.h"

#define UUID_LENGTH 36

int te_boot_id(uint64_t boot[2])
{
    char text[40] = "";
    int fd = te_open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
    ssize_t got;

    if (fd < 0)
        return te_file_errno(-fd);
    got = read(fd, text, UUID_LENGTH);
    close(fd);
    boot[0] = te_sum(0, text, sizeof(text));
    boot[1] = te_sum(1, text, sizeof(text));
    return got == UUID_LENGTH ? 0 : -EIO;
}
