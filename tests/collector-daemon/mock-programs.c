/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for the eBPF programs, so that the daemon and its clients can be tested on any kernel:
 * the array is a file in memory, sealed, and what sock_diag tells is written into the records every
 * MOCK_PERIOD_MS (20). It sees no events. Needs CAP_SYS_ADMIN where clients live in other
 * namespaces.
 *
 * MOCK_FEATURES: what it claims to collect, 0xff if not set.
 * MOCK_LOST: so many events it claims to have lost to the kernel, and twice as many to busy
 * records.
 */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "kernel/kernel.h"

const uint64_t programs_capabilities = UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_NET_ADMIN;

struct programs {
    struct te_collector_record *records;
    uint32_t count, features;
    uint32_t classes; /* of programs_adjust() */
    int fd, timer;
    struct slot {
        bool used, died;
        struct programs_owner owner;
        struct te_netns ns;
        uint32_t ifindex;
        struct te_diag diag;
    } * slots;
};

static uint32_t setting(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? (uint32_t)strtoul(text, NULL, 0) : otherwise;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void set_timer(struct programs *p)
{
    uint32_t ms = p->classes ? setting("MOCK_PERIOD_MS", 20) : 0;
    struct itimerspec when = {{ms / 1000, ms % 1000 * 1000000}, {ms / 1000, ms % 1000 * 1000000}};

    timerfd_settime(p->timer, 0, &when, NULL);
}

int programs_open(struct programs **result, const struct programs_options *options)
{
    struct programs *p = calloc(1, sizeof(*p));
    size_t size = options->records * sizeof(*p->records);

    if (!p)
        return -ENOMEM;
    p->count = options->records;
    p->features = setting("MOCK_FEATURES", 0xff);
    p->slots = calloc(p->count, sizeof(*p->slots));
    p->fd = memfd_create("tcpestats-records", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!p->slots || p->fd < 0 || p->timer < 0 || ftruncate(p->fd, (off_t)size))
        return -ENOMEM;
    p->records = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
    if (p->records == MAP_FAILED ||
        fcntl(p->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE))
        return -ENOMEM;
    if (options->say)
        options->say("these programs are a stand-in for tests");
    *result = p;
    return 0;
}

void programs_close(struct programs *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->slots[i].used) {
            te_diag_close(&p->slots[i].diag);
            te_netns_close(&p->slots[i].ns);
        }
    }
    munmap(p->records, p->count * sizeof(*p->records));
    close(p->fd);
    close(p->timer);
    free(p->slots);
    free(p);
}

uint32_t programs_features(const struct programs *p)
{
    return p->features;
}

void programs_losses(const struct programs *p, struct programs_losses *losses)
{
    (void)p;
    losses->guard = setting("MOCK_LOST", 0);
    losses->busy = 2 * losses->guard;
}

uint32_t programs_hz(const struct programs *p)
{
    (void)p;
    return 250;
}

int programs_map_fd(const struct programs *p)
{
    return p->fd;
}

static void begin_write(struct te_collector_record *r)
{
    __atomic_store_n(&r->head.seq, r->head.seq + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void end_write(struct te_collector_record *r)
{
    __atomic_store_n(&r->head.seq, r->head.seq + 1, __ATOMIC_RELEASE);
}

/* The part of a record that tcp_info can tell. */
static void fill(struct te_collector_record *r, const struct te_snapshot *s)
{
    const struct te_tcp_info *i = &s->info;

    r->sock = (struct te_record_sock){
        .bytes_sent = i->tcpi_bytes_sent,
        .bytes_retrans = i->tcpi_bytes_retrans,
        .bytes_acked = i->tcpi_bytes_acked,
        .bytes_received = i->tcpi_bytes_received,
        .busy_us = i->tcpi_busy_time,
        .rwnd_limited_us = i->tcpi_rwnd_limited,
        .sndbuf_limited_us = i->tcpi_sndbuf_limited,
        .delivery_rate = i->tcpi_delivery_rate,
        .snd_wnd = i->tcpi_snd_wnd,
        .rcv_wnd = i->tcpi_rcv_wnd,
        .segs_out = i->tcpi_segs_out,
        .segs_in = i->tcpi_segs_in,
        .data_segs_out = i->tcpi_data_segs_out,
        .data_segs_in = i->tcpi_data_segs_in,
        .snd_cwnd = i->tcpi_snd_cwnd,
        .snd_ssthresh = i->tcpi_snd_ssthresh,
        .mss_cache = i->tcpi_snd_mss,
        .advmss = i->tcpi_advmss,
        .srtt_us = i->tcpi_rtt,
        .mdev_us = i->tcpi_rttvar,
        .rto_us = i->tcpi_rto,
        .min_rtt_us = i->tcpi_min_rtt,
        .rcv_rtt_us = i->tcpi_rcv_rtt,
        .packets_out = i->tcpi_unacked,
        .total_retrans = i->tcpi_total_retrans,
        .ca_state = i->tcpi_ca_state,
        .options = i->tcpi_options,
        .state = s->state,
    };
    r->head.time_ns = s->time_ns;
}

/* Looks the record's connection up in its namespace. */
static int look(struct programs *p, uint32_t slot, const struct programs_target *target,
                struct te_snapshot *snapshot)
{
    struct te_query query = {.ifindex = target->ifindex};
    struct slot *s = &p->slots[slot];
    int status;

    memcpy(query.tuple.local, target->local, 16);
    memcpy(query.tuple.remote, target->remote, 16);
    query.tuple.family = target->family;
    query.tuple.local_port = target->local_port;
    query.tuple.remote_port = target->remote_port;
    status = te_diag_lookup(&s->diag, &s->ns, &query, snapshot);
    /* What has closed is not there, as for the programs. */
    if (status == -ESHUTDOWN)
        status = -ENOENT;
    if (!status && (snapshot->cookie != target->cookie || snapshot->netns != target->netns))
        status = -ENOENT;
    if (!status && snapshot->ifindex != target->ifindex)
        status = -ENOENT;
    p->slots[slot].owner.uid = snapshot->uid;
    return status;
}

/* There is nothing to be had from sock_diag, so all connections start at the same numbers. */
bool programs_owner(const struct programs *p, uint32_t slot, uint64_t epoch,
                    struct programs_owner *owner)
{
    if (!p->slots[slot].used || p->records[slot].head.epoch != epoch)
        return false;
    *owner = (struct programs_owner){p->slots[slot].owner.uid, true, 1000000, 2000000};
    return true;
}

static void end_slot(struct programs *p, uint32_t slot)
{
    struct te_collector_record *r = &p->records[slot];

    begin_write(r);
    r->head.live = 0;
    end_write(r);
    te_diag_close(&p->slots[slot].diag);
    te_netns_close(&p->slots[slot].ns);
    p->slots[slot].used = false;
}

int programs_enable(struct programs *p, int netns_fd, const struct programs_target *target,
                    uint32_t slot, uint64_t epoch, uint32_t classes)
{
    struct te_collector_record *r = &p->records[slot];
    struct slot *s = &p->slots[slot];
    bool fresh = !s->used;
    struct te_snapshot snapshot;
    int status = 0;

    if (fresh) {
        *s = (struct slot){.used = true, .diag = TE_DIAG_INIT, .ifindex = target->ifindex};
        status = te_netns_init(&s->ns, netns_fd);
    }
    if (!status)
        status = look(p, slot, target, &snapshot);
    if (status) {
        if (fresh)
            end_slot(p, slot);
        return status;
    }
    begin_write(r);
    if (fresh) {
        uint32_t seq = r->head.seq;

        memset(r, 0, sizeof(*r));
        r->head = (struct te_record_head){
            .seq = seq,
            .live = 1,
            .epoch = epoch,
            .cookie = target->cookie,
            .netns = target->netns,
            .family = target->family,
            .local_port = target->local_port,
            .remote_port = target->remote_port,
            .since_ns = now_ns(),
        };
        memcpy(r->head.local, target->local, 16);
        memcpy(r->head.remote, target->remote, 16);
        r->events.min_rwin_sent = r->events.min_rwin_rcvd = ~0u;
    }
    fill(r, &snapshot);
    if (r->head.enabled != classes)
        r->head.changes++;
    r->head.enabled = classes;
    end_write(r);
    if ((p->classes | classes) != p->classes) {
        p->classes |= classes;
        set_timer(p);
    }
    return 0;
}

int programs_release(struct programs *p, int netns_fd, const struct programs_target *target,
                     uint32_t slot)
{
    (void)netns_fd;
    (void)target;
    if (p->slots[slot].used)
        end_slot(p, slot);
    return 0;
}

int programs_dead_fd(const struct programs *p)
{
    return p->timer;
}

void programs_reap(struct programs *p, void (*dead)(void *arg, uint32_t slot, uint64_t epoch),
                   void *arg)
{
    uint64_t ticks;

    if (read(p->timer, &ticks, sizeof(ticks)) < 0)
        return;
    for (uint32_t slot = 0; slot < p->count; slot++) {
        struct te_collector_record *r = &p->records[slot];
        struct te_snapshot snapshot;
        struct programs_target target = {
            .cookie = r->head.cookie,
            .netns = r->head.netns,
            .family = r->head.family,
            .local_port = r->head.local_port,
            .remote_port = r->head.remote_port,
            .ifindex = p->slots[slot].ifindex,
        };
        int status;

        if (!p->slots[slot].used)
            continue;
        memcpy(target.local, r->head.local, 16);
        memcpy(target.remote, r->head.remote, 16);
        status = look(p, slot, &target, &snapshot);
        if (status == -ENOENT) {
            end_slot(p, slot);
            dead(arg, slot, r->head.epoch);
        } else if (!status) {
            begin_write(r);
            fill(r, &snapshot);
            end_write(r);
        }
    }
}

int programs_adjust(struct programs *p, uint32_t classes)
{
    p->classes = classes;
    set_timer(p);
    return 0;
}

uint32_t programs_attached(const struct programs *p)
{
    return p->classes ? 3 : 0;
}
