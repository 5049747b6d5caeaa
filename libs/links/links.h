/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's live point-to-point links (PPP, tun, WireGuard, tunnels) as Windows' Remote Access
 * Service shows connections: which there are, and what they have carried.
 *
 * Every function answers from the kernel's routing netlink, for the network namespace of the
 * calling thread, and keeps nothing open. They return 0 or a negative errno, of which
 * libs/tcpestats/ errors.def has the texts; on failure nothing that the caller passed has been
 * written to. state_dir is as in struct tcpestats_options. Safe from any number of threads.
 */
#ifndef LK_LINKS_H
#define LK_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LK_NAME_MAX 16

/* What the kernel counts on a link, and we use. */
enum lk_counter {
    LK_TX_BYTES,
    LK_RX_BYTES,
    LK_TX_PACKETS,
    LK_RX_PACKETS,
    LK_RX_CRC_ERR,
    LK_RX_FRAME_ERR,
    LK_RX_FIFO_ERR,
    LK_RX_LENGTH_ERR,
    LK_RX_OVER_ERR,
    LK_COUNTERS
};

/* Windows' types of devices that occur here. */
enum lk_device { LK_MODEM, LK_PPPOE, LK_VPN, LK_DEVICES };

struct lk_link {
    uint32_t handle; /* never 0; names this very link while it lives, in every process */
    uint32_t index;
    bool connected; /* up, and with a carrier */
    bool own_sysfs; /* handle comes from sysfs; else from what netlink tells, see identity.h */
    enum lk_device device; /* see lk_device_type() */
    char name[LK_NAME_MAX];
    char kind[LK_NAME_MAX]; /* as `ip -d link` has it, "" where the kernel gives none */
    uint64_t identity;      /* what the handle was made of */
    uint64_t counter[LK_COUNTERS];
};

/* Members of Windows' RAS_STATS after dwSize, in their order. stats.def says where each is from. */
enum lk_member {
#define STAT(member, unit, origin, source, note) LK_##member,
#include "stats.def"
#undef STAT
    LK_MEMBERS
};

/* Where ConnectDuration counts from. */
enum lk_since {
    LK_SINCE_SIGHT,   /* the first look at the link by a program of this user */
    LK_SINCE_ADDRESS, /* its oldest address */
    LK_SINCE_PPPD     /* pppd's record of it */
};

/* As the host counts. Windows' structure has room for less: see lk_windows_value(). */
struct lk_stats {
    uint64_t value[LK_MEMBERS];
    enum lk_since since;
};

struct lk_member_info {
    const char *name;   /* as in Windows' header, without dw */
    const char *unit;   /* "" for a plain number */
    const char *source; /* where it comes from, "" for nowhere: always 0 */
    const char *note;
};

typedef int lk_visit(const struct lk_link *link, void *arg);

/*
 * Visits the connected links by ascending index; a return of other than 0 ends the walk and is
 * returned. A link that was not known yet counts as seen from now on.
 */
int lk_list(const char *state_dir, lk_visit *visit, void *arg);

/* The link that a handle names, connected or not. -ENODEV: none (any more). */
int lk_find(uint32_t handle, struct lk_link *link);

/*
 * The statistics of a link since it began or was last cleared. subentry: 0 for the connection as a
 * whole, 1 for its first link, which is all it has; others give -ENOTCONN. The state file is not
 * needed: without it nothing has been cleared, and a link was first seen just now.
 */
int lk_stats(const char *state_dir, uint32_t handle, uint32_t subentry, struct lk_stats *stats);

/*
 * Lets the counters start from 0, for all programs of this user. -ENOTCONN when subentry names a
 * link that is not connected.
 */
int lk_clear(const char *state_dir, uint32_t handle, uint32_t subentry);

/*
 * What the 32 bits of Windows' structure hold of a member: the greatest number for a speed that is
 * above it, of everything else the lower half.
 */
uint32_t lk_windows_value(enum lk_member member, uint64_t value);

/* NULL for a member that does not exist. Static. */
const struct lk_member_info *lk_member_info(unsigned int member);

/* Windows' name for a type of device, and a name for the device itself. Static. */
const char *lk_device_type(enum lk_device device);
const char *lk_device_name(const struct lk_link *link);

/* Which of the three it is, in a word. Static. */
const char *lk_since_name(enum lk_since since);

#endif
