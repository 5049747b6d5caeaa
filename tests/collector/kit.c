/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "await.h"
#include "kit.h"
#include "programs-internal.h"
#include "rights.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static void say(const char *line)
{
    printf("programs: %s\n", line);
}

static bool load(struct programs **programs, uint32_t without)
{
    const struct programs_options options = {.records = RECORDS, .without = without, .say = say};
    int err;

    rights_of_unit();
    err = programs_open(programs, &options);
    rights_back();
    if (!err)
        return true;
    ck_assert_msg(err == -EPERM || err == -EOPNOTSUPP, "programs_open: %s", strerror(-err));
    printf("SKIP: the collector's programs can't be loaded: %s\n", strerror(-err));
    return false;
}

bool kit_start(struct kit *kit)
{
    return kit_start_without(kit, 0);
}

bool kit_start_without(struct kit *kit, uint32_t features)
{
    void *at;

    if (!net_enter() || !load(&kit->programs, features))
        return false;
    kit->home = net_here();
    net_another();
    kit->away = net_here();
    net_go(kit->home);
    at = mmap(NULL, RECORDS * sizeof(struct te_collector_record), PROT_READ, MAP_SHARED,
              programs_map_fd(kit->programs), 0);
    ck_assert_msg(at != MAP_FAILED, "mmap: %s", strerror(errno));
    kit->records = at;
    return true;
}

void kit_end(struct kit *kit)
{
    munmap((void *)kit->records, RECORDS * sizeof(struct te_collector_record));
    programs_close(kit->programs);
    close(kit->home);
    close(kit->away);
}

void kit_connect(struct kit *kit, struct net_pair *pair, const struct net_options *options)
{
    static const struct net_options local = {.to = "127.0.0.1"};

    net_go(kit->away);
    net_connect(pair, options ? options : &local);
    net_go(kit->home);
}

struct te_collector_record kit_read(const struct kit *kit, uint32_t slot)
{
    const struct te_collector_record *record = &kit->records[slot];
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
    len = sizeof(target.ifindex);
    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &target.ifindex, &len), 0);
    return target;
}

int kit_try(struct kit *kit, int fd, uint32_t slot, uint64_t epoch, uint32_t classes)
{
    struct programs_target target = kit_target(fd);

    return programs_enable(kit->programs, kit->away, &target, slot, epoch, classes);
}

void kit_enable(struct kit *kit, int fd, uint32_t slot, uint64_t epoch, uint32_t classes)
{
    int err = kit_try(kit, fd, slot, epoch, classes);

    ck_assert_msg(err == 0, "programs_enable: %s", strerror(-err));
}

void kit_release(struct kit *kit, int fd, uint32_t slot)
{
    struct programs_target target = kit_target(fd);
    int err = programs_release(kit->programs, kit->away, &target, slot);

    ck_assert_msg(err == 0, "programs_release: %s", strerror(-err));
}

void kit_pass_over(struct kit *kit, unsigned times)
{
    __atomic_fetch_add(&kit->programs->skeleton->bss->passed_over, times, __ATOMIC_RELAXED);
}

uint64_t kit_misses(const struct kit *kit)
{
    struct programs_losses losses;

    programs_losses(kit->programs, &losses);
    return losses.guard;
}

void kit_wait_acked(int fd)
{
    int left;

    AWAIT(ioctl(fd, SIOCOUTQ, &left) == 0 && left == 0);
}

void kit_settle(const struct net_pair *pair)
{
    net_transfer(pair->client, pair->server, 1);
    net_transfer(pair->server, pair->client, 1);
    net_transfer(pair->client, pair->server, 1);
    kit_wait_acked(pair->client);
    kit_wait_acked(pair->server);
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

unsigned kit_deaths(struct kit *kit, int ms, uint32_t *slot, uint64_t *epoch)
{
    struct pollfd fd = {.fd = programs_dead_fd(kit->programs), .events = POLLIN};
    struct death death = {0};

    while (!death.n && poll(&fd, 1, ms) > 0)
        programs_reap(kit->programs, on_death, &death);
    if (slot)
        *slot = death.slot;
    if (epoch)
        *epoch = death.epoch;
    return death.n;
}
