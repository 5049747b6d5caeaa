/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attaches hooks while they are needed. A hook that is not attached costs nothing at all. */
#include <errno.h>

#include "programs-internal.h"
#include "shared/classes.h"

#define ANY (~0u)

static const struct {
    uint32_t feature; /* that it is part of */
    uint32_t classes; /* that need it */
    size_t program;   /* where in the skeleton */
} hooks[HOOK_COUNT] = {
#define HOOK(feature, classes, program)                                 \
    {                                                                   \
        feature, classes, offsetof(struct collector_bpf, progs.program) \
    }
    [HOOK_PROBE] = HOOK(TE_COLLECT_CORE, ANY, probe),
    [HOOK_SET_STATE] = HOOK(TE_COLLECT_CORE, ANY, set_state),
    [HOOK_DESTROY] = HOOK(TE_COLLECT_CORE, ANY, destroy),
    [HOOK_CONG_STATE_SET] = HOOK(TE_COLLECT_CA_SET, ON_PATH | ON_SND_CONG | ON_FINE_RTT,
                                 cong_state_set),
    [HOOK_DATA_READY] = HOOK(TE_COLLECT_DATA_READY, ON_REC, data_ready),
    [HOOK_BAD_CSUM] = HOOK(TE_COLLECT_BAD_CSUM, ON_DATA, bad_csum),
    [HOOK_EGRESS] = HOOK(TE_COLLECT_EGRESS, ON_SND_CONG | ON_SEND_BUFF | ON_REC, egress),
    [HOOK_INGRESS] = HOOK(TE_COLLECT_INGRESS, ANY, ingress),
#undef HOOK
};

static bool is_needed(const struct programs *p, enum hook hook, uint32_t classes)
{
    if (hook == HOOK_INGRESS && !p->half_closed_count)
        return false;
    return p->features & hooks[hook].feature && classes & hooks[hook].classes;
}

static int attach(struct programs *p, enum hook hook)
{
    struct bpf_program *program = *(struct bpf_program **)((char *)p->skeleton +
                                                           hooks[hook].program);
    struct bpf_link *link = hook == HOOK_EGRESS || hook == HOOK_INGRESS
                                ? bpf_program__attach_cgroup(program, p->cgroup)
                                : bpf_program__attach(program);

    if (!link)
        return -errno;
    p->link[hook] = link;
    if (hook == HOOK_EGRESS)
        p->skeleton->bss->attached |= TE_COLLECT_EGRESS;
    return 0;
}

static void detach(struct programs *p, enum hook hook)
{
    if (hook == HOOK_EGRESS)
        p->skeleton->bss->attached &= ~(uint32_t)TE_COLLECT_EGRESS;
    bpf_link__destroy(p->link[hook]);
    p->link[hook] = NULL;
}

/* What is optional may fail: then what it sees is estimated or missing, as without the feature. */
int programs_adjust(struct programs *p, uint32_t classes)
{
    enum hook hook;
    int err = 0, e;

    p->classes = classes;
    for (hook = 0; hook < HOOK_COUNT; hook++) {
        bool needed = is_needed(p, hook, classes);

        if (needed && !p->link[hook]) {
            e = attach(p, hook);
            if (e && hooks[hook].feature == TE_COLLECT_CORE && !err)
                err = e;
        } else if (!needed && p->link[hook]) {
            detach(p, hook);
        }
    }
    return err;
}

uint32_t programs_attached(const struct programs *p)
{
    uint32_t n = 0;
    enum hook hook;

    for (hook = 0; hook < HOOK_COUNT; hook++)
        n += p->link[hook] != NULL;
    return n;
}

void programs_forget_half_closed(struct programs *p, uint32_t slot)
{
    if (p->half_closed[slot])
        p->half_closed_count--;
    p->half_closed[slot] = 0;
}
