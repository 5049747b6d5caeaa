/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding connections in a real kernel: those on one interface, by scope or bound to a device. */
#include <net/if.h>
#include <sys/resource.h>

#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "diag-kit.h"
#include "kernel/exchange.h"
#include "kernel/ifaces.h"

#define WINE_SCOPE 0x2000 /* what Wine 8 puts into the rows of link-local addresses */

/* Two namespaces, linked by two veth pairs, with a link-local connection over the first. */
struct link_local {
    int ns_a, ns_b;
    char server[INET6_ADDRSTRLEN];
    unsigned a0, a1, b0;
    struct net_pair pair;
};

static bool link_local_open(struct link_local *l)
{
    if (!net_enter())
        return false;
    l->ns_a = net_here();
    net_another();
    l->ns_b = net_here();
    net_go(l->ns_a);
    net_veth("a0", "b0", l->ns_b);
    net_veth("a1", "b1", l->ns_b);
    l->a0 = if_nametoindex("a0");
    l->a1 = if_nametoindex("a1");
    net_go(l->ns_b);
    strcpy(l->server, net_link_local("b0"));
    l->b0 = if_nametoindex("b0");
    net_go(l->ns_a);
    net_connect(&l->pair,
                &(struct net_options){
                    .to = l->server, .scope = l->a0, .server_scope = l->b0, .server_ns = l->ns_b});
    return true;
}

static void link_local_close(struct link_local *l)
{
    net_close(&l->pair);
    close(l->ns_a);
    close(l->ns_b);
    te_diag_close(&diag);
}

START_TEST(a_link_local_connection_is_found_on_its_interface_or_without_one)
{
    struct link_local l;

    if (!link_local_open(&l))
        return;
    must_find(&l.pair.client_tuple, l.a0, l.pair.client);
    ck_assert_uint_eq(s.ifindex, l.a0);
    must_find(&l.pair.client_tuple, 0, l.pair.client);
    /* An index that no interface has says nothing. */
    must_find(&l.pair.client_tuple, 9999, l.pair.client);
    must_find(&l.pair.client_tuple, WINE_SCOPE, l.pair.client);
    must_find(&l.pair.client_tuple, UINT32_MAX, l.pair.client);
    net_go(l.ns_b);
    must_find(&l.pair.server_tuple, 0, l.pair.server);
    must_find(&l.pair.server_tuple, WINE_SCOPE, l.pair.server);
    net_go(l.ns_a);
    link_local_close(&l);
}
END_TEST

START_TEST(another_interface_is_no_match)
{
    struct link_local l;

    if (!link_local_open(&l))
        return;
    ck_assert_int_eq(look(&l.pair.client_tuple, l.a1), -ENOENT);
    ck_assert_int_eq(look(&l.pair.client_tuple, if_nametoindex("lo")), -ENOENT);
    must_find(&l.pair.client_tuple, l.a0, l.pair.client);
    link_local_close(&l);
}
END_TEST

START_TEST(a_right_scope_id_is_believed_when_two_interfaces_have_the_address)
{
    struct link_local l;

    if (!link_local_open(&l))
        return;
    net_run("ip addr add %s/64 dev a1 nodad", net_link_local("a0"));
    /* The connection is on a0: asked about a1, which owns the address as well, there is none. */
    ck_assert_int_eq(look(&l.pair.client_tuple, l.a1), -ENOENT);
    must_find(&l.pair.client_tuple, l.a0, l.pair.client);
    must_find(&l.pair.client_tuple, WINE_SCOPE, l.pair.client);
    link_local_close(&l);
}
END_TEST

START_TEST(a_dead_link_local_row_is_not_found)
{
    struct link_local l;
    struct te_tuple dead;

    if (!link_local_open(&l))
        return;
    dead = l.pair.client_tuple;
    dead.remote_port ^= 1;
    ck_assert_int_eq(look(&dead, l.a0), -ENOENT);
    ck_assert_int_eq(look(&dead, 0), -ENOENT);
    ck_assert_int_eq(look(&dead, WINE_SCOPE), -ENOENT);
    link_local_close(&l);
}
END_TEST

START_TEST(sockets_bound_to_the_device_of_their_address_are_found)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    struct net_pair pair;

    if (!net_enter())
        return;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        net_connect(&pair, &(struct net_options){
                               .to = addresses[i], .device = "lo", .server_device = "lo"});
        must_find_both(&pair);
        ck_assert_uint_eq(s.ifindex, if_nametoindex("lo"));
        must_find(&pair.client_tuple, WINE_SCOPE, pair.client);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

/* Addresses on lo, traffic through a veth: as VPN clients do it. */
static void route_through_veth(int ns_a, int ns_b)
{
    net_veth("a0", "b0", ns_b);
    net_run("ip addr add 10.9.0.1/32 dev lo && ip addr add 10.8.0.1/24 dev a0");
    net_run("ip -6 addr add 2001:db8:9::1/128 dev lo nodad && "
            "ip -6 addr add 2001:db8:8::1/64 dev a0 nodad");
    net_go(ns_b);
    net_run("ip addr add 10.8.0.2/24 dev b0 && ip route add 10.9.0.1/32 via 10.8.0.1");
    net_run("ip -6 addr add 2001:db8:8::2/64 dev b0 nodad && "
            "ip -6 route add 2001:db8:9::1/128 via 2001:db8:8::1");
    net_go(ns_a);
}

START_TEST(sockets_bound_to_another_device_than_their_addresses_are_found)
{
    static const char *const from_to[][2] = {{"10.9.0.1", "10.8.0.2"},
                                             {"2001:db8:9::1", "2001:db8:8::2"}};
    struct net_pair pair;
    int ns_a, ns_b;

    if (!net_enter())
        return;
    ns_a = net_here();
    net_another();
    ns_b = net_here();
    net_go(ns_a);
    /* The device that matters comes after others. */
    for (int i = 0; i < 5; i++) {
        char a[16], b[16];

        snprintf(a, sizeof(a), "x%d", i);
        snprintf(b, sizeof(b), "y%d", i);
        net_veth(a, b, -1);
    }
    route_through_veth(ns_a, ns_b);
    for (size_t i = 0; i < 2; i++) {
        net_connect(&pair, &(struct net_options){.to = from_to[i][1],
                                                 .from = from_to[i][0],
                                                 .device = "a0",
                                                 .server_ns = ns_b});
        must_find(&pair.client_tuple, 0, pair.client);
        ck_assert_uint_eq(s.ifindex, if_nametoindex("a0"));
        must_find(&pair.client_tuple, if_nametoindex("a0"), pair.client);
        ck_assert_int_eq(look(&pair.client_tuple, if_nametoindex("lo")), -ENOENT);
        net_close(&pair);
    }
    close(ns_a);
    close(ns_b);
    te_diag_close(&diag);
}
END_TEST

/* Connections with the same addresses and ports, each over a device and to a peer of its own. */
struct twins {
    int here, there[2];
    unsigned device[2];
    struct net_pair pair[2];
};

static void twin_open(struct twins *t, int i, bool bound)
{
    struct net_options options = {.to = "10.6.0.2",
                                  .from = "10.6.0.1",
                                  .port = 40001,
                                  .client_port = 40002,
                                  .server_ns = t->there[i]};
    char device[16];

    snprintf(device, sizeof(device), "v%d", i);
    if (bound)
        options.device = device;
    net_connect(&t->pair[i], &options);
}

static bool twins_open(struct twins *t)
{
    if (!net_enter())
        return false;
    t->here = net_here();
    for (int i = 0; i < 2; i++) {
        char device[16];

        snprintf(device, sizeof(device), "v%d", i);
        net_another();
        t->there[i] = net_here();
        net_go(t->here);
        net_veth(device, "w", t->there[i]);
        net_run("ip addr add 10.6.0.1/24 dev %s", device);
        net_run("echo 0 | tee /proc/sys/net/ipv4/conf/all/rp_filter "
                "/proc/sys/net/ipv4/conf/%s/rp_filter >/dev/null",
                device);
        t->device[i] = if_nametoindex(device);
        net_go(t->there[i]);
        net_run("ip addr add 10.6.0.2/24 dev w");
        net_go(t->here);
    }
    return true;
}

static void twins_close(struct twins *t)
{
    for (int i = 0; i < 2; i++) {
        net_close(&t->pair[i]);
        close(t->there[i]);
    }
    close(t->here);
    te_diag_close(&diag);
}

START_TEST(two_devices_with_the_same_addresses_and_ports_are_told_apart)
{
    struct twins t;

    if (!twins_open(&t))
        return;
    /* The second first: which one is found does not depend on their age. */
    for (int i = 1; i >= 0; i--)
        twin_open(&t, i, true);
    ck_assert_mem_eq(&t.pair[0].client_tuple, &t.pair[1].client_tuple, sizeof(struct te_tuple));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2; i++) {
            must_find(&t.pair[i].client_tuple, t.device[i], t.pair[i].client);
            ck_assert_uint_eq(s.ifindex, t.device[i]);
        }
        must_find(&t.pair[0].client_tuple, 0, t.pair[0].client);
    }
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &t.pair[1].client_tuple, t.device[1],
                                   cookie_of(t.pair[1].client)),
                     1);
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &t.pair[1].client_tuple, t.device[0],
                                   cookie_of(t.pair[1].client)),
                     0);
    twins_close(&t);
}
END_TEST

START_TEST(a_bound_connection_is_found_beside_one_that_is_not)
{
    struct twins t;

    if (!twins_open(&t))
        return;
    twin_open(&t, 1, true);
    twin_open(&t, 0, false); /* by the route that comes first */
    must_find(&t.pair[0].client_tuple, 0, t.pair[0].client);
    ck_assert_uint_eq(s.ifindex, 0);
    must_find(&t.pair[1].client_tuple, t.device[1], t.pair[1].client);
    ck_assert_uint_eq(s.ifindex, t.device[1]);
    ck_assert_uint_ne(s.time_ns, 0);
    ck_assert_int_eq(look(&t.pair[0].client_tuple, t.device[0]), -ENOENT);
    twins_close(&t);
}
END_TEST

START_TEST(interfaces_are_listed_in_order_and_without_end)
{
    struct te_ifaces ifaces;
    struct nl_sock *sock;
    unsigned last;

    if (!net_enter())
        return;
    net_run("for i in $(seq 100); do echo link add n$i type veth peer name m$i; done | ip -b -");
    last = if_nametoindex("n50");
    ck_assert_int_eq(te_netlink_open(net_ns(), NETLINK_ROUTE, &sock), 0);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(te_ifaces_list(sock, &ifaces), 0);
        ck_assert_uint_eq(ifaces.count, 201u - 2 * (unsigned)round);
        for (size_t i = 1; i < ifaces.count; i++)
            ck_assert_uint_lt(ifaces.index[i - 1], ifaces.index[i]);
        te_ifaces_free(&ifaces);
        net_run("ip link del n50 2>/dev/null || true");
        ck_assert(!te_ifaces_has(nl_socket_get_fd(sock), last));
    }
    ck_assert(te_ifaces_has(nl_socket_get_fd(sock), if_nametoindex("lo")));
    te_netlink_close(sock);
}
END_TEST

START_TEST(a_connection_on_the_last_of_many_interfaces_is_found)
{
    struct net_pair pair;
    struct te_tuple dead;
    int ns_a, ns_b;

    if (!net_enter())
        return;
    ns_a = net_here();
    net_another();
    ns_b = net_here();
    net_go(ns_a);
    net_run("for i in $(seq 70); do echo link add n$i type veth peer name m$i; done | ip -b -");
    route_through_veth(ns_a, ns_b);
    net_connect(&pair,
                &(struct net_options){
                    .to = "10.8.0.2", .from = "10.9.0.1", .device = "a0", .server_ns = ns_b});
    must_find(&pair.client_tuple, 0, pair.client);
    must_find(&pair.client_tuple, if_nametoindex("a0"), pair.client);
    dead = pair.client_tuple;
    dead.local_port ^= 1;
    ck_assert_int_eq(look(&dead, 0), -ENOENT);
    ck_assert_int_eq(look(&dead, if_nametoindex("a0")), -ENOENT);
    net_close(&pair);
    close(ns_a);
    close(ns_b);
    te_diag_close(&diag);
}
END_TEST

START_TEST(interfaces_that_come_and_go_between_two_misses_are_seen)
{
    struct net_pair pair;
    struct te_tuple dead;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    dead = pair.client_tuple;
    dead.local_port ^= 1;
    net_close(&pair);
    ck_assert_int_eq(look(&dead, 0), -ENOENT);
    for (int i = 0; i < 3; i++) {
        net_run("ip link add x%d type veth peer name y%d && ip link set x%d up && "
                "ip link set y%d up && ip addr add 10.7.%d.1/24 dev x%d",
                i, i, i, i, i, i);
        ck_assert_int_eq(look(&dead, 0), -ENOENT);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(several_questions_are_answered_in_one_message)
{
    struct net_pair pair;
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } ask[TE_DIAG_BATCH];
    struct te_tuple listener;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(te_diag_open(&diag, net_ns()), 0);
    memset(ask, 0, sizeof(ask));
    for (unsigned i = 0; i < TE_DIAG_BATCH; i++) {
        ask[i].head = (struct nlmsghdr){.nlmsg_len = sizeof(ask[i]),
                                        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                        .nlmsg_flags = NLM_F_REQUEST};
        ask[i].body.sdiag_family = AF_INET;
        ask[i].body.sdiag_protocol = IPPROTO_TCP;
        ask[i].body.idiag_ext = te_diag_extensions(0);
        ask[i].body.id.idiag_cookie[0] = ask[i].body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
        ask[i].body.id.idiag_src[0] = ask[i].body.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
        /* Nobody's port, the connection, the listener. */
        ask[i].body.id.idiag_sport = htons(i % 3 == 1   ? pair.client_tuple.local_port
                                           : i % 3 == 2 ? pair.server_tuple.local_port
                                                        : 1);
        ask[i].body.id.idiag_dport = htons(pair.client_tuple.remote_port);
    }
    for (int round = 0; round < 3; round++)
        ck_assert_uint_eq(
            te_diag_sift(&diag, ask, sizeof(ask[0]), TE_DIAG_BATCH, &pair.client_tuple),
            0xdb6d & 0xffff);
    listener = pair.server_tuple;
    ck_assert_uint_eq(te_diag_sift(&diag, ask, sizeof(ask[0]), 4, &listener), 0xf);
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

SUITE("devices", 120, a_link_local_connection_is_found_on_its_interface_or_without_one,
      another_interface_is_no_match,
      a_right_scope_id_is_believed_when_two_interfaces_have_the_address,
      a_dead_link_local_row_is_not_found, sockets_bound_to_the_device_of_their_address_are_found,
      sockets_bound_to_another_device_than_their_addresses_are_found,
      two_devices_with_the_same_addresses_and_ports_are_told_apart,
      a_bound_connection_is_found_beside_one_that_is_not,
      interfaces_are_listed_in_order_and_without_end,
      a_connection_on_the_last_of_many_interfaces_is_found,
      interfaces_that_come_and_go_between_two_misses_are_seen,
      several_questions_are_answered_in_one_message)
