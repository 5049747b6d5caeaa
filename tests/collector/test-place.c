/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets in all the places where a client's may be. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "await.h"
#include "kit.h"
#include "suite.h"

static struct kit kit;
static struct net_pair pair;

static void expect_collected(int ns, int fd, uint64_t epoch)
{
    struct programs_target target = kit_target(fd);
    int err = programs_enable(kit.programs, ns, &target, 1, epoch, ON_DATA);
    struct te_collector_record r;

    if (target.ifindex && err == -EINPROGRESS) {
        ck_assert_uint_eq(kit_read(&kit, 1).head.live, 0);
        err = 0;
    }
    ck_assert_msg(err == 0, "programs_enable: %s", strerror(-err));
    net_transfer(pair.client, pair.server, 500);
    net_transfer(pair.server, pair.client, 500);
    r = kit_read(&kit, 1);
    ck_assert_uint_eq(r.head.epoch, epoch);
    ck_assert_uint_eq(r.events.data_bytes_in, 500);
    ck_assert_mem_eq(r.head.local, target.local, 16);
    ck_assert_uint_eq(r.head.family, target.family);
    ck_assert_int_eq(programs_release(kit.programs, ns, &target, 1), 0);
    net_transfer(pair.client, pair.server, 500);
    ck_assert_uint_eq(kit_read(&kit, 1).events.data_bytes_in, 500);
}

START_TEST(our_own_namespace)
{
    static const struct net_options local = {.to = "127.0.0.1"};

    if (!kit_start(&kit))
        return;
    net_connect(&pair, &local);
    expect_collected(kit.home, pair.client, 1);
    expect_collected(kit.home, pair.server, 2);
    kit_end(&kit);
}
END_TEST

START_TEST(version_six_and_mapped_addresses)
{
    static const struct net_options six = {.to = "::1"},
                                    mapped = {.to = "127.0.0.1", .dual_server = true},
                                    both = {.to = "127.0.0.1",
                                            .dual_server = true,
                                            .dual_client = true};

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, &six);
    expect_collected(kit.away, pair.client, 1);
    kit_connect(&kit, &pair, &mapped);
    expect_collected(kit.away, pair.client, 2);
    expect_collected(kit.away, pair.server, 3);
    kit_connect(&kit, &pair, &both);
    expect_collected(kit.away, pair.client, 4);
    kit_end(&kit);
}
END_TEST

/* The address of a link comes when its carrier does, some seconds later. */
static bool has_address(const char *device)
{
    FILE *file = fopen("/proc/thread-self/net/if_inet6", "re");
    char line[256];
    bool there = false;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file))
        there |= strncmp(line, "fe8", 3) == 0 && strstr(line, device);
    fclose(file);
    return there;
}

START_TEST(sockets_bound_to_a_device)
{
    struct net_options bound = {.to = "127.0.0.1", .device = "lo"}, link = {0};

    if (!kit_start(&kit))
        return;
    net_connect(&pair, &bound);
    expect_collected(kit.home, pair.client, 1);
    kit_connect(&kit, &pair, &bound);
    expect_collected(kit.away, pair.client, 2);

    net_go(kit.away);
    net_veth("va", "vb", kit.home);
    link.client_ns = kit.away;
    link.server_ns = kit.home;
    link.scope = if_nametoindex("va");
    AWAIT(has_address("va"));
    net_go(kit.home);
    AWAIT(has_address("vb"));
    link.server_scope = if_nametoindex("vb");
    link.to = net_link_local("vb");
    net_connect(&pair, &link);
    expect_collected(kit.away, pair.client, 3);
    expect_collected(kit.home, pair.server, 4);
    kit_end(&kit);
}
END_TEST

/*
 * Connections over va, which is in the other namespace under a number that ours has none of, so
 * that nothing but their own segments finds them. Its other end is at home.
 */
static bool connect_far(void)
{
    struct net_options link = {0};

    if (!kit_start(&kit))
        return false;
    net_go(kit.away);
    net_run("ip link add va index 4711 type veth peer name vb");
    net_run("ip link set vb netns /proc/%d/fd/%d", (int)getpid(), kit.home);
    net_run("ip link set va up");
    link.scope = 4711;
    net_go(kit.home);
    net_run("ip link set vb up");
    AWAIT(has_address("vb"));
    net_go(kit.away);
    AWAIT(has_address("va"));
    net_go(kit.home);
    link.client_ns = kit.away;
    link.server_ns = kit.home;
    link.server_scope = if_nametoindex("vb");
    link.to = net_link_local("vb");
    net_connect(&pair, &link);
    return true;
}

START_TEST(a_device_of_another_namespace_is_found_by_the_next_segment)
{
    struct programs_target target;
    struct programs_owner owner;
    struct te_collector_record r;

    if (!connect_far())
        return;
    target = kit_target(pair.client);
    ck_assert_uint_eq(target.ifindex, 4711);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1, ON_DATA), -EINPROGRESS);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1, ON_DATA | ON_SND_CONG),
                     -EINPROGRESS);
    ck_assert_uint_eq(kit_read(&kit, 1).head.live, 0);
    ck_assert(!programs_owner(kit.programs, 1, 1, &owner));
    net_transfer(pair.server, pair.client, 500);
    r = kit_read(&kit, 1);
    ck_assert_uint_eq(r.head.live, 1);
    ck_assert_uint_eq(r.head.enabled, ON_DATA | ON_SND_CONG);
    ck_assert_uint_eq(r.head.netns, target.netns);
    ck_assert_uint_eq(r.head.local_port, target.local_port);
    ck_assert_uint_eq(r.events.data_bytes_in, 500);
    ck_assert(programs_owner(kit.programs, 1, 1, &owner));
    ck_assert_uint_eq(owner.uid, geteuid());

    /* Its classes change without another segment, and begin with it. */
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1, ON_DATA), 0);
    ck_assert_uint_eq(kit_read(&kit, 1).head.enabled, ON_DATA);
    ck_assert_uint_eq(kit_read(&kit, 1).head.changes, r.head.changes + 1);
    ck_assert_int_eq(programs_release(kit.programs, kit.away, &target, 1), 0);
    net_transfer(pair.server, pair.client, 500);
    ck_assert_uint_eq(kit_read(&kit, 1).head.live, 0);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 2, 2, ON_OBS_REC),
                     -EINPROGRESS);
    net_transfer(pair.server, pair.client, 500);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 2, 2, ON_SND_CONG), 0);
    ck_assert_uint_eq(kit_read(&kit, 2).events.limit, 0);
    net_transfer(pair.server, pair.client, 500);
    ck_assert_uint_ne(kit_read(&kit, 2).events.limit, 0);
    kit_end(&kit);
}
END_TEST

START_TEST(what_is_not_wanted_any_more_is_not_found)
{
    struct programs_target target;

    if (!connect_far())
        return;
    target = kit_target(pair.client);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1, ON_DATA), -EINPROGRESS);
    ck_assert_int_eq(programs_release(kit.programs, kit.away, &target, 1), 0);
    net_transfer(pair.server, pair.client, 500);
    ck_assert_uint_eq(kit_read(&kit, 1).head.live, 0);
    kit_end(&kit);
}
END_TEST

/*
 * Each differs in one thing only. A socket that can't be looked up is known by cookie and
 * namespace, and gets its name from the kernel: a client that calls it by another one is told that
 * there is none.
 */
START_TEST(a_socket_that_is_not_as_it_was_named_is_not_found)
{
    struct programs_target right, wrong[5];
    struct te_collector_record record;

    if (!connect_far())
        return;
    right = kit_target(pair.client);
    for (int i = 0; i < 5; i++)
        wrong[i] = right;
    wrong[0].netns++;
    wrong[1].local[15] ^= 1;
    wrong[2].remote_port ^= 1;
    wrong[3].ifindex++;
    wrong[4].cookie++;
    for (uint32_t i = 0; i < 5; i++) {
        int err = programs_enable(kit.programs, kit.away, &wrong[i], i, 1 + i, ON_DATA);

        ck_assert_msg(err == -EINPROGRESS, "%u: %s", i, strerror(-err));
        net_transfer(pair.server, pair.client, 500);
        record = kit_read(&kit, i);
        if (i == 0 || i == 4) {
            ck_assert_msg(!record.head.live, "%u", i);
            continue;
        }
        ck_assert(!memcmp(record.head.local, right.local, sizeof(right.local)));
        ck_assert_uint_eq(record.head.remote_port, right.remote_port);
        err = programs_enable(kit.programs, kit.away, &wrong[i], i, 1 + i, ON_DATA);
        ck_assert_msg(err == -ENOENT, "%u: %s", i, strerror(-err));
        ck_assert_int_eq(programs_release(kit.programs, kit.away, &right, i), 0);
    }
    /* And where it can be looked up, that is said at once. */
    net_close(&pair);
    kit_connect(&kit, &pair, &(struct net_options){.to = "127.0.0.1", .device = "lo"});
    right = kit_target(pair.client);
    for (int i = 0; i < 5; i++)
        wrong[i] = right;
    wrong[0].netns++;
    wrong[1].local[3] ^= 2;
    wrong[2].remote_port ^= 1;
    wrong[3].ifindex = 0;
    wrong[4].cookie++;
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_int_eq(programs_enable(kit.programs, kit.away, &wrong[i], 9, 20 + i, ON_DATA),
                         -ENOENT);
    ck_assert_int_eq(programs_enable(kit.programs, kit.home, &right, 9, 30, ON_DATA), -ENOENT);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &right, 9, 31, ON_DATA), 0);
    kit_end(&kit);
}
END_TEST

static double milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ten_look_ups(const struct programs_target *target)
{
    double start = milliseconds(), took;

    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(programs_enable(kit.programs, kit.away, target, 1, 1, ON_DATA),
                         -EINPROGRESS);
    took = milliseconds() - start;
    printf("ten look-ups: %.2f ms\n", took);
    return took;
}

START_TEST(open_files_make_nothing_slower)
{
    struct rlimit limit;
    struct programs_target target;
    int files = 0;

    if (!connect_far())
        return;
    target = kit_target(pair.client);
    target.cookie += 1000000;
    programs_enable(kit.programs, kit.away, &target, 1, 1, ON_DATA); /* attaches */
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (; files < 20000 && dup(pair.client) >= 0; files++)
        ;
    ck_assert_int_ge(files, 1000);
    /* Ten walks over them never take less: 25 us for each file. */
    AWAIT(ten_look_ups(&target) < files / 50.);
    kit_end(&kit);
}
END_TEST

START_TEST(a_namespace_gets_one_number_and_keeps_it)
{
    struct programs_target target;
    unsigned i;
    FILE *list;
    char line[256];

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    target = kit_target(pair.client);
    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1 + i, ON_DATA), 0);
        ck_assert_int_eq(programs_release(kit.programs, kit.away, &target, 1), 0);
    }
    list = popen("ip netns list-id 2>/dev/null", "r");
    ck_assert_ptr_nonnull(list);
    for (i = 0; fgets(line, sizeof(line), list); i++)
        ck_assert_msg(strncmp(line, "nsid", 4) == 0, "%s", line);
    pclose(list);
    ck_assert_uint_eq(i, 1);
    kit_end(&kit);
}
END_TEST

START_TEST(what_is_no_namespace_is_refused)
{
    struct programs_target target;
    FILE *file = tmpfile();

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    target = kit_target(pair.client);
    ck_assert_int_lt(programs_enable(kit.programs, fileno(file), &target, 1, 1, ON_DATA), 0);
    ck_assert_int_eq(programs_enable(kit.programs, -1, &target, 1, 1, ON_DATA), -EBADF);
    /* There is such a socket, but not in this namespace. */
    ck_assert_int_eq(programs_enable(kit.programs, kit.home, &target, 1, 1, ON_DATA), -ENOENT);
    fclose(file);
    kit_end(&kit);
}
END_TEST

SUITE("place", 300, our_own_namespace, version_six_and_mapped_addresses, sockets_bound_to_a_device,
      a_device_of_another_namespace_is_found_by_the_next_segment,
      what_is_not_wanted_any_more_is_not_found, a_socket_that_is_not_as_it_was_named_is_not_found,
      open_files_make_nothing_slower, a_namespace_gets_one_number_and_keeps_it,
      what_is_no_namespace_is_refused)
