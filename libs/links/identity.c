/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "identity.h"
#include "base/base.h"
#include "base/base.h"

#define RENAMES_MAX 3

int lk_sysfs_open(struct lk_sysfs *sysfs, const char *root, const char *name)
{
    char path[256];
    struct stat sb;
    struct statfs fs;
    int fd;

    if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, name) >= sizeof(path))
        return -ENOENT;
    fd = te_above_stderr(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        return -ENOENT;
    if (fstat(fd, &sb) || fstatfs(fd, &fs) || fs.f_type != SYSFS_MAGIC) {
        close(fd);
        return -ENOENT;
    }
    sysfs->fd = fd;
    sysfs->inode = sb.st_ino;
    return 0;
}

void lk_sysfs_close(struct lk_sysfs *sysfs)
{
    close(sysfs->fd);
    sysfs->fd = -1;
}

static bool read_text(const struct lk_sysfs *sysfs, const char *file, char *text, size_t size)
{
    int fd = te_above_stderr(openat(sysfs->fd, file, O_RDONLY | O_CLOEXEC | O_NOCTTY));
    ssize_t got;

    if (fd < 0)
        return false;
    got = read(fd, text, size - 1);
    close(fd);
    if (got < 0)
        return false;
    text[got] = '\0';
    return true;
}

static bool read_number(const struct lk_sysfs *sysfs, const char *file, uint64_t *number)
{
    char text[32], *end;

    if (!read_text(sysfs, file, text, sizeof(text)))
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return end != text && !errno;
}

bool lk_sysfs_read(const struct lk_sysfs *sysfs, struct lk_view *view)
{
    static const char *const files[] = {
        [LK_TX_BYTES] = "statistics/tx_bytes",
        [LK_RX_BYTES] = "statistics/rx_bytes",
        [LK_TX_PACKETS] = "statistics/tx_packets",
        [LK_RX_PACKETS] = "statistics/rx_packets",
    };

    if (!read_number(sysfs, "ifindex", &view->index) || !read_number(sysfs, "type", &view->type))
        return false;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (!read_number(sysfs, files[i], &view->counter[i]))
            return false;
    return true;
}

bool lk_view_fits(const struct lk_view *view, const struct lk_message *before,
                  const struct lk_message *after)
{
    if (view->index != before->index || view->type != before->type)
        return false;
    for (size_t i = 0; i < sizeof(view->counter) / sizeof(view->counter[0]); i++)
        if (view->counter[i] < before->counter[i] || view->counter[i] > after->counter[i])
            return false;
    return true;
}

bool lk_sysfs_devtype(const struct lk_sysfs *sysfs, char devtype[LK_NAME_MAX])
{
    char text[512];
    const char *at;

    if (!read_text(sysfs, "uevent", text, sizeof(text)))
        return false;
    at = !strncmp(text, "DEVTYPE=", 8) ? text : strstr(text, "\nDEVTYPE=");
    if (!at)
        return false;
    at = strchr(at, '=') + 1;
    snprintf(devtype, LK_NAME_MAX, "%.*s", (int)strcspn(at, "\n"), at);
    return true;
}

uint64_t lk_identity_without_sysfs(uint64_t netns, const struct lk_message *m)
{
    struct {
        uint64_t netns;
        uint32_t index, type;
        char name[LK_NAME_MAX], kind[LK_NAME_MAX];
    } all;

    memset(&all, 0, sizeof(all));
    all.netns = netns;
    all.index = m->index;
    all.type = m->type;
    memcpy(all.name, m->name, sizeof(all.name));
    memcpy(all.kind, m->kind, sizeof(all.kind));
    return te_sum(0, &all, sizeof(all)) | LK_WITHOUT_SYSFS;
}

/*
 * Numbers in sysfs count up, from 1 again after 2^31, when the upper half goes up by one. So for
 * one index two handles are the same only after a whole round; the factors keep near numbers of
 * different links apart.
 */
uint32_t lk_handle(uint64_t identity, uint32_t index)
{
    uint32_t handle = (uint32_t)identity + (uint32_t)(identity >> 32) * 0x9e3779b1u +
                      index * 0x85ebca77u;

    /* A program would take these for no handle. */
    return handle && handle != UINT32_MAX ? handle : 0x80000000u;
}

bool lk_may_be(uint64_t netns, const struct lk_message *message, uint32_t handle)
{
    char path[sizeof(LK_SYS_CLASS_NET) + LK_NAME_MAX + 1];
    struct stat sb;

    if (lk_handle(lk_identity_without_sysfs(netns, message), message->index) == handle)
        return true;
    snprintf(path, sizeof(path), "%s/%s", LK_SYS_CLASS_NET, message->name);
    return !stat(path, &sb) && lk_handle(sb.st_ino, message->index) == handle;
}

/* As much as sysfs has to say; false when it has nothing. */
static bool look_into_sysfs(const char *name, struct lk_view *view, uint64_t *inode,
                            char devtype[LK_NAME_MAX])
{
    struct lk_sysfs sysfs;
    bool readable;

    if (lk_sysfs_open(&sysfs, LK_SYS_CLASS_NET, name))
        return false;
    *inode = sysfs.inode;
    readable = lk_sysfs_read(&sysfs, view);
    if (readable && !lk_sysfs_devtype(&sysfs, devtype))
        devtype[0] = '\0';
    lk_sysfs_close(&sysfs);
    return readable;
}

int lk_identify(struct lk_ask *ask, struct lk_message *message, uint64_t *identity,
                char devtype[LK_NAME_MAX], bool *known)
{
    for (int tries = 0;; tries++) {
        struct lk_message after;
        struct lk_view view;
        uint64_t inode = 0;
        bool seen = look_into_sysfs(message->name, &view, &inode, devtype);
        int error = lk_ask_one(ask, message->index, &after);

        if (error)
            return error;
        if (strcmp(after.name, message->name) && tries < RENAMES_MAX) {
            *message = after;
            continue;
        }
        *known = seen && lk_view_fits(&view, message, &after);
        *identity = *known ? inode : lk_identity_without_sysfs(ask->netns, message);
        if (!*known)
            devtype[0] = '\0';
        return 0;
    }
}
