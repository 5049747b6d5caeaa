/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of programs.h share. */
#ifndef TCPESTATSD_PROGRAMS_INTERNAL_H
#define TCPESTATSD_PROGRAMS_INTERNAL_H

#include <stddef.h>

#include "programs.h"
#include "request.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector.skel.h"

enum hook {
    HOOK_PROBE,
    HOOK_SET_STATE,
    HOOK_DESTROY,
    HOOK_CONG_STATE_SET,
    HOOK_DATA_READY,
    HOOK_BAD_CSUM,
    HOOK_EGRESS,
    HOOK_INGRESS,
    HOOK_COUNT
};

struct programs {
    struct collector_bpf *skeleton;
    const struct te_collector_record *records; /* mapped, read-only */
    const struct owner *owners;                /* likewise, for nobody else */
    uint32_t count;
    uint32_t features, hz;
    int cgroup; /* directory, -1: there is no cgroup2 */
    struct bpf_link *link[HOOK_COUNT];
    uint32_t classes; /* what the hooks are attached for */
    struct ring_buffer *notices;
    uint64_t *half_closed; /* by slot: the epoch of one that is, else 0 */
    uint32_t half_closed_count;
    struct nl_sock *route; /* programs-nsid.c */
    uint64_t netns_dev, netns_ino;
    void (*dead)(void *arg, uint32_t slot, uint64_t epoch); /* while reaping */
    void *dead_arg;
};

/* programs-load.c: opens and loads p->skeleton with as many features as the kernel takes. */
int programs_load(struct programs *p, const struct programs_options *options);

/*
 * programs-btf.c: does the kernel have something of that name (shorter than 60)? Ask for what has
 * it to itself: a tracepoint's type, a function. -EOPNOTSUPP: the kernel has no BTF.
 */
struct programs_name {
    const char *name;
    bool known;
};

int programs_find_names(struct programs_name *wanted, unsigned count);

/* programs-cgroup.c: opens a directory of cgroup2 (-EINVAL: it is none), or finds the root. */
int programs_open_cgroup(const char *path);

/*
 * programs-nsid.c: the number of a network namespace in ours, given to it if it has none; it goes
 * when the namespace does. -1 on success means ours.
 */
int programs_nsid(struct programs *p, int netns_fd, int32_t *nsid);
int programs_nsid_open(struct programs *p);
void programs_nsid_close(struct programs *p);

/* programs-attach.c */
void programs_forget_half_closed(struct programs *p, uint32_t slot);

/* programs-enable.c: ends a record whose socket has gone. */
void programs_bury(struct programs *p, uint32_t slot, uint64_t epoch);

/* Says something, if there is anyone to listen. */
__attribute__((format(printf, 2, 3))) void programs_say(const struct programs_options *options,
                                                        const char *format, ...);

#endif
