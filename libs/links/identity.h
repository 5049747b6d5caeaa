/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which link is this? Netlink tells name and index, and both can come back with another link. What
 * does not is the inode number of a link's directory in sysfs, which the kernel gives out in turn
 * and hardly ever twice, and which a link keeps when it is renamed. That is the identity, as long
 * as /sys shows the links of our network namespace.
 *
 * Where it shows another's (after unshare -n, in some containers) or is missing, the identity is
 * made of namespace, index, name and kind. Such a link gets a new one by being renamed, and one
 * that is made again under the same name and, on request, the same index passes for the old one.
 */
#ifndef LK_IDENTITY_H
#define LK_IDENTITY_H

#include "ask.h"

#define LK_SYS_CLASS_NET "/sys/class/net"

/* Set in an identity that does not come from sysfs. */
#define LK_WITHOUT_SYSFS (UINT64_C(1) << 63)

/* The directory of a link below root, held open. */
struct lk_sysfs {
    int fd;
    uint64_t inode;
};

/* 0, or -ENOENT for no such directory. */
int lk_sysfs_open(struct lk_sysfs *sysfs, const char *root, const char *name);
void lk_sysfs_close(struct lk_sysfs *sysfs);

/* What of the directory can be compared with netlink's description. */
struct lk_view {
    uint64_t index, type;
    uint64_t counter[LK_RX_PACKETS + 1]; /* bytes and packets */
};

bool lk_sysfs_read(const struct lk_sysfs *sysfs, struct lk_view *view);

/*
 * Is what was read in sysfs of the link that netlink described before and after the reading? Index
 * and type are, and no counter went back in between.
 */
bool lk_view_fits(const struct lk_view *view, const struct lk_message *before,
                  const struct lk_message *after);

/* The driver's word for what it is (DEVTYPE); false when it has none. */
bool lk_sysfs_devtype(const struct lk_sysfs *sysfs, char devtype[LK_NAME_MAX]);

uint64_t lk_identity_without_sysfs(uint64_t netns, const struct lk_message *message);

/* What programs know a link by. Different for any two links that live within the same days. */
uint32_t lk_handle(uint64_t identity, uint32_t index);

/* Can it be the link of that handle? Only looks; what may be has to be identified. */
bool lk_may_be(uint64_t netns, const struct lk_message *message, uint32_t handle);

/*
 * Identity of a link just described by message. Renamed meanwhile, it is described again. -ENODEV:
 * it is gone. devtype becomes "" where there is none, and *known tells whether that was to be seen.
 */
int lk_identify(struct lk_ask *ask, struct lk_message *message, uint64_t *identity,
                char devtype[LK_NAME_MAX], bool *known);

#endif
