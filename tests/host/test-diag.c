/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding connections in a real kernel: families, states, scopes, devices, listing them. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "kernel/exchange.h"
#include "kernel/ifaces.h"
#include "diag-kit.h"

START_TEST(both_ends_are_found_in_each_family)
{
    static const struct net_options options[] = {
        {.to = "127.0.0.1"},
        {.to = "::1"},
        {.to = "127.0.0.1", .dual_server = true},
        {.to = "127.0.0.1", .dual_client = true},
        {.to = "127.0.0.1", .dual_server = true, .dual_client = true},
    };
    struct net_pair pair;

    if (!net_enter())
        return;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        net_connect(&pair, &options[i]);
        must_find_both(&pair);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(a_mapped_connection_is_found_in_the_words_of_either_family)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    /* As v4 and as mapped, for a v4 socket and for a v6 one. */
    for (int v6_socket = 0; v6_socket < 2; v6_socket++) {
        struct net_options options = {.to = "127.0.0.1", .dual_server = v6_socket};
        struct te_tuple as_v4, as_mapped;

        net_connect(&pair, &options);
        net_tuple(pair.server, &as_v4);
        ck_assert_uint_eq(as_v4.family, v6_socket ? AF_INET6 : AF_INET);
        te_tuple_canonical(&as_v4);
        as_mapped = as_v4;
        net_map(&as_mapped);
        ck_assert_uint_eq(as_mapped.family, AF_INET6);
        te_tuple_canonical(&as_mapped);
        must_find(&as_v4, 0, pair.server);
        must_find(&as_mapped, 0, pair.server);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(the_snapshot_is_about_now_and_about_the_socket)
{
    struct net_pair pair;
    struct te_query query = {.want = TE_WANT_SKMEM | TE_WANT_CONG};
    struct timespec before, after;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    net_transfer(pair.client, pair.server, 5000);
    ck_assert_int_eq(send(pair.server, "1234567", 7, 0), 7);
    query.tuple = pair.client_tuple;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert_int_eq(net_look(&diag, &query, &s), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_uint_ge(s.time_ns, (uint64_t)before.tv_sec * 1000000000u + (uint64_t)before.tv_nsec);
    ck_assert_uint_le(s.time_ns, (uint64_t)after.tv_sec * 1000000000u + (uint64_t)after.tv_nsec);
    ck_assert_uint_gt(s.query_ns, 0);
    ck_assert_uint_lt(s.query_ns, 1000000000);
    ck_assert_uint_ne(s.netns, 0);
    ck_assert_uint_eq(s.state, TE_ESTABLISHED);
    ck_assert_uint_ne(s.inode, 0);
    ck_assert_uint_eq(s.ifindex, 0);
    ck_assert_uint_eq(s.rqueue, 7);
    ck_assert_uint_eq(s.info.tcpi_bytes_acked, 5001);
    ck_assert_str_eq(s.cong, "reno");
    ck_assert_uint_eq(s.skmem_count, TE_SKMEM_COUNT);
    ck_assert_uint_gt(s.skmem[TE_SKMEM_SNDBUF], 0);
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

START_TEST(what_is_not_asked_for_is_not_there)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    must_find(&pair.client_tuple, 0, pair.client);
    ck_assert_uint_eq(s.skmem_count, 0);
    ck_assert_str_eq(s.cong, "");
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

START_TEST(a_listener_is_not_taken_for_an_unknown_connection)
{
    static const struct net_options options[] = {
        {.to = "127.0.0.1"}, {.to = "::1"}, {.to = "0.0.0.0", .dual_server = true}};
    struct net_pair pair;

    if (!net_enter())
        return;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct te_tuple unknown, listener;

        net_connect(&pair, &options[i]);
        unknown = listener = pair.server_tuple;
        unknown.remote_port ^= 1;
        ck_assert_int_eq(look(&unknown, 0), -ENOENT);
        memset(listener.remote, 0, sizeof(listener.remote));
        listener.remote_port = 0;
        ck_assert_int_eq(look(&listener, 0), -ENOENT);
        ck_assert_int_eq(te_diag_has_listener(&diag, net_ns(), &pair.server_tuple, 0), 1);
        ck_assert_int_eq(te_diag_has_listener(&diag, net_ns(), &pair.client_tuple, 0), 0);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(time_wait_is_said_to_have_closed_and_half_closed_is_found)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
    ck_assert(net_wait_state(pair.server, TE_CLOSE_WAIT));
    ck_assert(net_wait_state(pair.client, TE_FIN_WAIT2));
    must_find_both(&pair);
    ck_assert_uint_eq(s.state, TE_CLOSE_WAIT);
    close(pair.server);
    ck_assert_int_eq(recv(pair.client, &(char){0}, 1, 0), 0);
    close(pair.client);
    ck_assert_int_eq(look(&pair.client_tuple, 0), -ESHUTDOWN);
    ck_assert_int_eq(look(&pair.server_tuple, 0), -ENOENT);
    close(pair.listener);
    te_diag_close(&diag);
}
END_TEST

/* What is still to be sent keeps it; in FIN_WAIT2 the kernel mostly makes do with a stub of it. */
START_TEST(a_connection_that_its_process_has_closed_is_found_without_inode)
{
    static const char data[65536];
    struct net_pair pair;
    uint64_t cookie;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    cookie = cookie_of(pair.client);
    while (send(pair.client, data, sizeof(data), MSG_DONTWAIT) > 0)
        ;
    close(pair.client);
    ck_assert_int_eq(look(&pair.client_tuple, 0), 0);
    ck_assert_uint_eq(s.state, TE_FIN_WAIT1);
    ck_assert_uint_eq(s.inode, 0);
    ck_assert_uint_gt(s.wqueue, 0);
    ck_assert_uint_eq(s.cookie, cookie);
    close(pair.server);
    close(pair.listener);
    te_diag_close(&diag);
}
END_TEST

START_TEST(what_the_kernel_keeps_of_fin_wait2_without_a_program_has_closed)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    close(pair.client);
    ck_assert(net_wait_state(pair.server, TE_CLOSE_WAIT));
    /* The acknowledgement of the FIN may take its time. */
    for (int i = 0; i < 200 && look(&pair.client_tuple, 0) == 0; i++)
        usleep(10000);
    ck_assert_int_eq(look(&pair.client_tuple, 0), -ESHUTDOWN);
    ck_assert_uint_eq(s.state, TE_FIN_WAIT2); /* what the kernel calls it */
    must_find(&pair.server_tuple, 0, pair.server);
    close(pair.server);
    close(pair.listener);
    te_diag_close(&diag);
}
END_TEST

START_TEST(syn_sent_is_found_and_syn_recv_is_not)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    struct te_tuple there;
    struct te_tuple here = {.family = AF_INET, .local = {10, 1, 0, 1}, .remote = {10, 1, 0, 2}};
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    int ns_a, ns_b, fd, listener, on = 1;

    if (!net_enter())
        return;
    ns_a = net_here();
    net_another();
    ns_b = net_here();
    net_go(ns_a);
    net_veth("a0", "b0", ns_b);
    net_run("ip addr add 10.1.0.1/24 dev a0");
    net_go(ns_b);
    net_run("ip addr add 10.1.0.2/24 dev b0");
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "10.1.0.2", &to.sin_addr);
    ck_assert_int_eq(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    /* Answers do not find their way: the client stays in SYN_SENT, the server in SYN_RECV. */
    net_run("ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:99 nud permanent dev b0");
    net_go(ns_a);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), -1);
    ck_assert_int_eq(errno, EINPROGRESS);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    here.local_port = ntohs(own.sin_port);
    here.remote_port = 7;
    must_find(&here, 0, fd);
    ck_assert_uint_eq(s.state, TE_SYN_SENT);

    net_go(ns_b);
    there = (struct te_tuple){.family = AF_INET,
                              .local = {10, 1, 0, 2},
                              .remote = {10, 1, 0, 1},
                              .local_port = 7,
                              .remote_port = here.local_port};
    ck_assert_int_eq(look(&there, 0), -ENOENT);
    /* What was refused was the half-open connection and not the listener. */
    for (int i = 0; i < 200 && s.state != TE_SYN_RECV; i++) {
        usleep(10000);
        ck_assert_int_eq(look(&there, 0), -ENOENT);
    }
    ck_assert_uint_eq(s.state, TE_SYN_RECV);
    close(listener);
    close(fd);
    close(ns_a);
    close(ns_b);
    te_diag_close(&diag);
}
END_TEST

START_TEST(alive_tells_a_connection_from_its_successor)
{
    struct net_options options = {.to = "127.0.0.1", .client_port = 40001, .port = 40002};
    struct net_pair first, second;
    uint64_t cookie;

    if (!net_enter())
        return;
    net_connect(&first, &options);
    must_find(&first.client_tuple, 0, first.client);
    cookie = s.cookie;
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &first.client_tuple, 0, cookie), 1);
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &first.client_tuple, 0, cookie + 1), 0);
    /* Reset, so that the same four numbers can be used at once. */
    ck_assert_int_eq(setsockopt(first.client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                                sizeof(struct linger)),
                     0);
    close(first.client);
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &first.client_tuple, 0, cookie), 0);
    close(first.server);
    close(first.listener);
    net_connect(&second, &options);
    ck_assert_mem_eq(&first.client_tuple, &second.client_tuple, sizeof(struct te_tuple));
    ck_assert_int_eq(te_diag_alive(&diag, net_ns(), &first.client_tuple, 0, cookie), 0);
    ck_assert_int_eq(
        te_diag_alive(&diag, net_ns(), &second.client_tuple, 0, cookie_of(second.client)), 1);
    net_close(&second);
    te_diag_close(&diag);
}
END_TEST

/* A walk's memory: how often each cookie was seen. */
struct seen {
    uint64_t cookies[64];
    unsigned count;
    int stop_after;
};

static int see(const struct te_snapshot *snapshot, void *arg)
{
    struct seen *seen = arg;

    ck_assert_uint_ge(snapshot->info_len, 104);
    ck_assert_uint_ne(snapshot->time_ns, 0);
    ck_assert_uint_lt(seen->count, 64);
    seen->cookies[seen->count++] = snapshot->cookie;
    return seen->stop_after && (int)seen->count == seen->stop_after ? 4711 : 0;
}

static unsigned times(const struct seen *seen, int fd)
{
    unsigned n = 0;

    for (unsigned i = 0; i < seen->count; i++)
        n += seen->cookies[i] == cookie_of(fd);
    return n;
}

START_TEST(a_walk_visits_every_connection_once_and_nothing_else)
{
    static const struct net_options options[] = {
        {.to = "127.0.0.1"},
        {.to = "::1"},
        {.to = "127.0.0.1", .dual_server = true, .dual_client = true},
    };
    struct net_pair pairs[3];
    struct seen seen = {.count = 0};

    if (!net_enter())
        return;
    for (size_t i = 0; i < 3; i++)
        net_connect(&pairs[i], &options[i]);
    ck_assert_int_eq(te_diag_dump(net_ns(), 0, see, &seen), 0);
    ck_assert_uint_eq(seen.count, 6);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(times(&seen, pairs[i].client), 1);
        ck_assert_uint_eq(times(&seen, pairs[i].server), 1);
    }
    /* What a visitor returns ends the walk and comes out of it. */
    for (int i = 1; i <= 5; i++) {
        seen = (struct seen){.stop_after = i};
        ck_assert_int_eq(te_diag_dump(net_ns(), 0, see, &seen), 4711);
        ck_assert_uint_eq(seen.count, i);
    }
    for (size_t i = 0; i < 3; i++)
        net_close(&pairs[i]);
}
END_TEST

static int want_all(const struct te_snapshot *snapshot, void *arg)
{
    unsigned *count = arg;

    ck_assert_str_eq(snapshot->cong, "reno");
    ck_assert_uint_eq(snapshot->skmem_count, TE_SKMEM_COUNT);
    ++*count;
    return 0;
}

START_TEST(a_walk_brings_what_was_asked_for_over_many_datagrams)
{
    enum { PAIRS = 150 };
    static struct net_pair pairs[PAIRS];
    unsigned count = 0;

    if (!net_enter())
        return;
    for (int i = 0; i < PAIRS; i++)
        net_connect(&pairs[i], &(struct net_options){.to = i % 2 ? "127.0.0.1" : "::1"});
    ck_assert_int_eq(te_diag_dump(net_ns(), TE_WANT_CONG | TE_WANT_SKMEM, want_all, &count), 0);
    ck_assert_uint_eq(count, 2 * PAIRS);
    for (int i = 0; i < PAIRS; i++)
        net_close(&pairs[i]);
}
END_TEST

START_TEST(without_free_descriptors_the_error_says_so)
{
    struct rlimit limit, old;
    struct te_query query = {.want = 0};
    struct te_netns ns;
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    limit = old;
    limit.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    query.tuple = pair.client_tuple;
    ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), -EMFILE);
    ck_assert_int_eq(te_diag_dump(&ns, 0, see, &(struct seen){0}), -EMFILE);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    /* And it is no lasting harm. Once open, a socket is all that a hit needs. */
    must_find(&pair.client_tuple, 0, pair.client);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    query.tuple = pair.server_tuple;
    ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), 0);
    ck_assert_int_eq(te_netns_init(&(struct te_netns){0}, -1), -EMFILE);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    te_netns_close(&ns);
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

START_TEST(a_hundred_thousand_calls_leave_no_descriptor)
{
    struct net_pair pair;
    struct te_tuple dead;
    struct te_query query = {.want = 0};
    struct te_netns ns;
    unsigned before, calls = net_times(100000);

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    dead = pair.client_tuple;
    dead.local_port ^= 1;
    before = net_descriptors();
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    for (unsigned i = 0; i < calls; i++) {
        query.tuple = i % 10 ? pair.client_tuple : dead;
        query.ifindex = i % 20 ? 0 : if_nametoindex("lo");
        ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), i % 10 ? 0 : -ENOENT);
    }
    ck_assert_uint_le(net_descriptors(), before + 3);
    te_netns_close(&ns);
    te_diag_close(&diag);
    ck_assert_uint_eq(net_descriptors(), before);
    net_close(&pair);
}
END_TEST

SUITE("diag", 120, both_ends_are_found_in_each_family,
      a_mapped_connection_is_found_in_the_words_of_either_family,
      the_snapshot_is_about_now_and_about_the_socket, what_is_not_asked_for_is_not_there,
      a_listener_is_not_taken_for_an_unknown_connection,
      time_wait_is_said_to_have_closed_and_half_closed_is_found,
      a_connection_that_its_process_has_closed_is_found_without_inode,
      what_the_kernel_keeps_of_fin_wait2_without_a_program_has_closed,
      syn_sent_is_found_and_syn_recv_is_not, alive_tells_a_connection_from_its_successor,
      a_walk_visits_every_connection_once_and_nothing_else,
      a_walk_brings_what_was_asked_for_over_many_datagrams,
      without_free_descriptors_the_error_says_so, a_hundred_thousand_calls_leave_no_descriptor)
