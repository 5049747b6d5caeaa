/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel has, by the names in its BTF. libbpf would take all of it apart for that, as it
 * does once more when it loads, which takes as long as the verifier does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs-internal.h"

static const char file[] = "/sys/kernel/btf/vmlinux";

static bool read_all(int fd, void *buffer, size_t size, off_t at)
{
    char *to = buffer;

    while (size) {
        ssize_t got = pread(fd, to, size, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* All names, each with its NUL; *size of them. NULL: there is no BTF, or no memory. */
static char *read_names(size_t *size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct btf_header head;
    char *names = NULL;

    if (fd < 0)
        return NULL;
    if (read_all(fd, &head, sizeof(head), 0) && head.magic == BTF_MAGIC && head.str_len &&
        (names = malloc(head.str_len)) &&
        !read_all(fd, names, head.str_len, (off_t)head.hdr_len + head.str_off)) {
        free(names);
        names = NULL;
    }
    close(fd);
    *size = names ? head.str_len : 0;
    return names;
}

/* A whole one: the first of all is empty, so each has a NUL before it. */
static bool has(const char *names, size_t size, const char *name)
{
    char text[64] = "";
    size_t length = strlen(name);

    memcpy(text + 1, name, length + 1);
    return memmem(names, size, text, length + 2) != NULL;
}

int programs_find_names(struct programs_name *wanted, unsigned count)
{
    size_t size;
    char *names = read_names(&size);
    unsigned i;

    if (!names)
        return -EOPNOTSUPP;
    for (i = 0; i < count; i++)
        wanted[i].known = has(names, size, wanted[i].name);
    free(names);
    return 0;
}
