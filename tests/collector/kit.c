/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static void say(const char *line)
{
    printf("programs: %s\n", line);
}

bool kit_open(struct programs **programs)
{
    const struct programs_options options = {.records = RECORDS, .say = say};
    int err = programs_open(programs, &options);

    if (!err)
        return true;
    ck_assert_msg(err == -EPERM || err == -EOPNOTSUPP, "programs_open: %s", strerror(-err));
    printf("SKIP: the collector's programs can't be loaded: %s\n", strerror(-err));
    return false;
}

const struct te_collector_record *kit_map(const struct programs *programs)
{
    void *at = mmap(NULL, RECORDS * sizeof(struct te_collector_record), PROT_READ, MAP_SHARED,
                    programs_map_fd(programs), 0);

    ck_assert_msg(at != MAP_FAILED, "mmap: %s", strerror(errno));
    return at;
}

struct te_collector_record kit_read(const struct te_collector_record *record)
{
    struct te_collector_record copy;
    unsigned tries;
    uint32_t seq;

    for (tries = 0; tries < 1000000; tries++) {
        seq = __atomic_load_n(&record->head.seq, __ATOMIC_ACQUIRE);
        memcpy(&copy, record, sizeof(copy));
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(seq & 1) && __atomic_load_n(&record->head.seq, __ATOMIC_RELAXED) == seq)
            return copy;
    }
    ck_abort_msg("the record is never at rest");
}

struct programs_target kit_target(int fd)
{
    struct programs_target target = {0};
    struct te_tuple tuple;
    socklen_t len = sizeof(target.cookie);

    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &target.cookie, &len), 0);
    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &target.netns, &len), 0);
    net_tuple(fd, &tuple);
    te_tuple_canonical(&tuple);
    memcpy(target.local, tuple.local, sizeof(target.local));
    memcpy(target.remote, tuple.remote, sizeof(target.remote));
    target.family = tuple.family;
    target.local_port = tuple.local_port;
    target.remote_port = tuple.remote_port;
    return target;
}

void kit_enable(struct programs *programs, int ns, int fd, uint32_t slot, uint64_t epoch,
                uint32_t classes)
{
    struct programs_target target = kit_target(fd);
    int err = programs_enable(programs, ns, &target, slot, epoch, classes);

    ck_assert_msg(err == 0, "programs_enable: %s", strerror(-err));
}

void kit_settle(const struct net_pair *pair)
{
    net_transfer(pair->client, pair->server, 1);
    net_transfer(pair->server, pair->client, 1);
    net_transfer(pair->client, pair->server, 1);
    usleep(60000); /* a delayed acknowledgement takes 40 ms */
}

struct death {
    unsigned n;
    uint32_t slot;
    uint64_t epoch;
};

static void on_death(void *arg, uint32_t slot, uint64_t epoch)
{
    struct death *d = arg;

    d->n++;
    d->slot = slot;
    d->epoch = epoch;
}

unsigned kit_deaths(struct programs *programs, int ms, uint32_t *slot, uint64_t *epoch)
{
    struct pollfd fd = {.fd = programs_dead_fd(programs), .events = POLLIN};
    struct death death = {0};

    while (!death.n && poll(&fd, 1, ms) > 0)
        programs_reap(programs, on_death, &death);
    if (slot)
        *slot = death.slot;
    if (epoch)
        *epoch = death.epoch;
    return death.n;
}
