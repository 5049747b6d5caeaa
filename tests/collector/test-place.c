/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets in all the places where a client's may be. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "suite.h"

static struct kit kit;
static struct net_pair pair;

static void expect_collected(int ns, int fd, uint64_t epoch)
{
    struct programs_target target = kit_target(fd);
    int err = programs_enable(kit.programs, ns, &target, 1, epoch, DATA);
    struct te_collector_record r;

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
    net_go(kit.home);
    link.server_scope = if_nametoindex("vb");
    link.to = net_link_local("vb");
    net_connect(&pair, &link);
    expect_collected(kit.away, pair.client, 3);
    expect_collected(kit.home, pair.server, 4);
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
        ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 1, 1 + i, DATA), 0);
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
    ck_assert_int_lt(programs_enable(kit.programs, fileno(file), &target, 1, 1, DATA), 0);
    ck_assert_int_eq(programs_enable(kit.programs, -1, &target, 1, 1, DATA), -EBADF);
    /* There is such a socket, but not in this namespace. */
    ck_assert_int_eq(programs_enable(kit.programs, kit.home, &target, 1, 1, DATA), -ENOENT);
    fclose(file);
    kit_end(&kit);
}
END_TEST

SUITE("place", 60, our_own_namespace, version_six_and_mapped_addresses, sockets_bound_to_a_device,
      a_namespace_gets_one_number_and_keeps_it, what_is_no_namespace_is_refused)
