/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives records to sockets and takes them away, by running programs on request. */
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "programs-internal.h"

/* A writer of the old record may be under way; it takes microseconds. */
enum { PATIENCE = 1000 };

static const int error_of[] = {
    [DONE] = 0,
    [NO_SOCKET] = -ENOENT,
    [OTHER_SOCKET] = -ENOENT,
    [BUSY] = -EAGAIN,
    [NO_MEMORY] = -ENOMEM,
    [BAD_REQUEST] = -EINVAL,
    [WAITS] = -EINPROGRESS,
};

static int error_from(uint32_t outcome)
{
    return outcome < sizeof(error_of) / sizeof(*error_of) ? error_of[outcome] : -EIO;
}

static void describe(struct request *q, const struct programs_target *t)
{
    memset(q, 0, sizeof(*q));
    q->cookie = t->cookie;
    q->netns = t->netns;
    memcpy(q->local, t->local, sizeof(q->local));
    memcpy(q->remote, t->remote, sizeof(q->remote));
    q->family = t->family;
    q->local_port = t->local_port;
    q->remote_port = t->remote_port;
    q->ifindex = t->ifindex;
}

/*
 * A socket that is bound to a device is found as if the device of that number in our namespace had
 * received for it, whichever namespace it is in itself. -ENODEV: we have none of that number.
 */
static int run(const struct bpf_program *program, struct request *q, uint32_t ifindex)
{
    struct __sk_buff skb = {.ifindex = ifindex};
    unsigned tries;
    int err;

    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = q, .data_size_in = sizeof(*q), .repeat = 1,
                .ctx_in = ifindex ? &skb : NULL, .ctx_size_in = ifindex ? sizeof(skb) : 0);
    for (tries = 0; tries < PATIENCE; tries++) {
        if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) != 0)
            return -errno;
        err = error_from(options.retval);
        if (err != -EAGAIN)
            return err;
        sched_yield();
    }
    return -EAGAIN;
}

int programs_enable(struct programs *p, int netns_fd, const struct programs_target *target,
                    uint32_t slot, uint64_t epoch, uint32_t classes)
{
    struct request q;
    int err;

    if (slot >= p->count || !epoch)
        return -EINVAL;
    describe(&q, target);
    err = programs_nsid(p, netns_fd, &q.nsid);
    if (err)
        return err;
    err = programs_adjust(p, p->classes | classes);
    if (err)
        return err;
    q.slot = slot;
    q.epoch = epoch;
    q.classes = classes;
    err = run(p->skeleton->progs.enable, &q, q.ifindex);
    if (err == -ENODEV) {
        q.may_wait = 1;
        err = run(p->skeleton->progs.enable, &q, 0);
    }
    return err;
}

int programs_release(struct programs *p, int netns_fd, const struct programs_target *target,
                     uint32_t slot)
{
    struct request q;
    int err;

    if (slot >= p->count)
        return -EINVAL;
    describe(&q, target);
    programs_forget_half_closed(p, slot);
    /* The record is taken away even where its socket, or the namespace, has gone. */
    if (programs_nsid(p, netns_fd, &q.nsid) != 0)
        q.nsid = -1;
    q.slot = slot;
    q.epoch = p->records[slot].head.epoch;
    err = run(p->skeleton->progs.release, &q, q.ifindex);
    if (err == -ENODEV)
        err = run(p->skeleton->progs.release, &q, 0);
    return err;
}

/* The program that saw its socket die does that itself, unless the record was busy. */
void programs_bury(struct programs *p, uint32_t slot, uint64_t epoch)
{
    struct request q = {.slot = slot, .epoch = epoch, .nsid = -1};

    if (p->records[slot].head.live && p->records[slot].head.epoch == epoch)
        run(p->skeleton->progs.release, &q, 0);
}

bool programs_owner(const struct programs *p, uint32_t slot, uint64_t epoch,
                    struct programs_owner *owner)
{
    const struct owner *o = &p->owners[slot];

    if (slot >= p->count || __atomic_load_n(&o->epoch, __ATOMIC_ACQUIRE) != epoch)
        return false;
    *owner = (struct programs_owner){
        .uid = o->uid,
        .have_starts = o->have_starts,
        .snd_start = o->snd_start,
        .rcv_start = o->rcv_start,
    };
    return true;
}
