/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The eBPF programs as the daemon sees them: loaded once, attached only while some record is in
 * use, detached otherwise. Knows nothing of clients.
 */
#ifndef TCPESTATSD_PROGRAMS_H
#define TCPESTATSD_PROGRAMS_H

#include "shared/record.h"

#include <stdbool.h>

struct programs;

/* bpf_rdonly_cast() (6.2): no feature, since without it the same is read in another way. */
#define PROGRAMS_CAST (1u << 31)

struct programs_options {
    uint32_t records;   /* size of the array */
    const char *cgroup; /* a directory of cgroup2, NULL: found in /proc/self/mounts */
    /* Features, and PROGRAMS_CAST, to do without although the kernel has them: for tests. */
    uint32_t without;
    /* A line for the log: what could not be loaded, and what that costs. May be NULL. */
    void (*say)(const char *line);
};

/*
 * Loads what this kernel takes. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; what is needed later
 * is said at each function. -EOPNOTSUPP: a kernel without what even the core needs (BTF, 5.11);
 * -EINVAL: options out of range, or cgroup is no directory of cgroup2.
 */
int programs_open(struct programs **programs, const struct programs_options *options);

/* Capabilities (bits) that the functions below still need; the daemon gives up all others. */
extern const uint64_t programs_capabilities;

void programs_close(struct programs *programs);

uint32_t programs_features(const struct programs *programs);
uint32_t programs_hz(const struct programs *programs);
int programs_map_fd(const struct programs *programs); /* the array, frozen, for clients */

struct programs_target {
    uint64_t cookie, netns;
    uint8_t local[16], remote[16];
    uint16_t family, local_port, remote_port;
    uint32_t ifindex;
};

/*
 * Gives the socket a record (slot must be free, epoch new) that collects classes, or changes what
 * its record collects. netns_fd is the namespace that target is in. Attaches what the classes need
 * first. -ENOENT: no such socket, or it differs in cookie, addresses, ports, namespace or device.
 * -EINPROGRESS: it can't be looked up, being bound to a device of another namespace; it gets its
 * record when its next segment arrives, unless programs_release() comes first.
 */
int programs_enable(struct programs *programs, int netns_fd, const struct programs_target *target,
                    uint32_t slot, uint64_t epoch, uint32_t classes);

/* What the kernel says of a record's socket, for those whom it concerns. */
struct programs_owner {
    uint32_t uid;
    bool have_starts;
    uint32_t snd_start, rcv_start; /* what to add to the record's relative sequence numbers */
};

/* False: the slot has no record of that epoch. */
bool programs_owner(const struct programs *programs, uint32_t slot, uint64_t epoch,
                    struct programs_owner *owner);

/*
 * Ends the record, whether its socket is still there or not: that is left in peace, the slot may be
 * used again at once.
 */
int programs_release(struct programs *programs, int netns_fd, const struct programs_target *target,
                     uint32_t slot);

/*
 * Calls dead() for every slot whose socket has gone since the last call; fd becomes readable when
 * there are some.
 */
int programs_dead_fd(const struct programs *programs);
void programs_reap(struct programs *programs,
                   void (*dead)(void *arg, uint32_t slot, uint64_t epoch), void *arg);

/*
 * Attaches and detaches so that the hooks are those that classes (a union over all records) need.
 * Which connections are half-closed, and so need one more, is known from programs_reap(): call that
 * whenever the descriptor is readable. programs_enable() adjusts by itself, upwards only.
 */
int programs_adjust(struct programs *programs, uint32_t classes);
uint32_t programs_attached(const struct programs *programs); /* number of hooks */

/* How often a hook has counted nothing. Until the programs are closed. */
struct programs_losses {
    uint64_t guard; /* the kernel passed it over, as it was running on that CPU already */
    uint64_t busy;  /* it found the record in use for too long */
};

void programs_losses(const struct programs *programs, struct programs_losses *losses);

#endif
