/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program's own socket, asked by its descriptor, says what sock_diag says of it: in every state.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "suite.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define ALL (TE_WANT_SKMEM | TE_WANT_CONG | TE_WANT_QUEUES | TE_WANT_NAME)

static struct te_diag diag = TE_DIAG_INIT;
static struct te_snapshot s;

/* A client here and its server over there, with a device between them that can lose frames. */
struct wire {
    int here, there;
    struct net_pair pair;
};

static bool wire_open(struct wire *w)
{
    if (!net_enter())
        return false;
    w->here = net_here();
    net_another();
    w->there = net_here();
    net_go(w->here);
    net_veth("a0", "b0", w->there);
    net_run("ip addr add 10.1.0.1/24 dev a0");
    net_go(w->there);
    net_run("ip addr add 10.1.0.2/24 dev b0");
    net_go(w->here);
    net_connect(&w->pair, &(struct net_options){.to = "10.1.0.2", .server_ns = w->there});
    return true;
}

/* From now on nothing that we send arrives. */
static void wire_cut(void)
{
    net_run("ip neigh replace 10.1.0.2 lladdr 02:00:00:00:00:99 nud permanent dev a0");
}

static void wire_close(struct wire *w)
{
    net_close(&w->pair);
    te_diag_close(&diag);
    close(w->here);
    close(w->there);
}

/* sock_diag's answer, and the same again after the socket's own; until nothing moved between. */
static void ask_both(const struct te_tuple *tuple, int fd, struct te_snapshot *told)
{
    struct te_query query = {.tuple = *tuple, .want = ALL};

    for (int i = 0; i < 100; i++) {
        struct te_snapshot again;

        ck_assert_int_eq(net_look(&diag, &query, told), 0);
        ck_assert_int_eq(te_diag_own(fd, ALL, &s), 0);
        ck_assert_int_eq(net_look(&diag, &query, &again), 0);
        if (told->state == again.state && told->wqueue == again.wqueue &&
            told->rqueue == again.rqueue && told->info.tcpi_segs_in == again.info.tcpi_segs_in &&
            told->info.tcpi_segs_out == again.info.tcpi_segs_out)
            return;
        usleep(1000);
    }
    ck_abort_msg("the connection does not come to rest");
}

/* Also of the bytes that follow from it, whoever is known to have opened. */
static void must_agree(const struct te_tuple *tuple, int fd, uint8_t state)
{
    struct te_snapshot told;

    ask_both(tuple, fd, &told);
    ck_assert_uint_eq(told.state, state);
    ck_assert_uint_eq(s.state, state);
    ck_assert_mem_eq(&s.tuple, &told.tuple, sizeof(s.tuple));
    ck_assert_uint_eq(s.cookie, told.cookie);
    ck_assert_uint_eq(s.netns, told.netns);
    ck_assert_uint_eq(s.ifindex, told.ifindex);
    ck_assert_uint_eq(s.inode, told.inode);
    ck_assert_uint_eq(s.uid, told.uid);
    ck_assert_uint_eq(s.info_len, told.info_len < sizeof(s.info) ? told.info_len : sizeof(s.info));
    ck_assert_uint_eq(s.wqueue, told.wqueue);
    ck_assert_uint_eq(s.skmem_count, told.skmem_count);
    ck_assert_uint_eq(s.skmem[TE_SKMEM_RMEM_ALLOC], told.skmem[TE_SKMEM_RMEM_ALLOC]);
    ck_assert_uint_eq(s.skmem[TE_SKMEM_SNDBUF], told.skmem[TE_SKMEM_SNDBUF]);
    ck_assert_uint_eq(s.skmem[TE_SKMEM_DROPS], told.skmem[TE_SKMEM_DROPS]);
    ck_assert_str_eq(s.cong, told.cong);
    ck_assert_uint_eq(s.info.tcpi_bytes_acked, told.info.tcpi_bytes_acked);
    ck_assert_uint_eq(s.info.tcpi_bytes_received, told.info.tcpi_bytes_received);
    ck_assert_uint_gt(s.time_ns, told.time_ns);
    ck_assert_uint_lt(s.query_ns, 1000000000);
    for (uint32_t known = TE_OPEN_UNKNOWN; known <= TE_OPEN_ACTIVE; known++) {
        struct te_bytes own, theirs;

        te_bytes_compute(&s, known, &own);
        te_bytes_compute(&told, known, &theirs);
        ck_assert_mem_eq(&own, &theirs, sizeof(own));
    }
}

START_TEST(open_connections_of_each_family_agree)
{
    static const struct net_options options[] = {
        {.to = "127.0.0.1"},
        {.to = "::1"},
        {.to = "127.0.0.1", .dual_server = true, .dual_client = true},
        {.to = "127.0.0.1", .device = "lo", .server_device = "lo"},
    };
    struct net_pair pair;

    if (!net_enter())
        return;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        net_connect(&pair, &options[i]);
        must_agree(&pair.client_tuple, pair.client, TE_ESTABLISHED);
        net_transfer(pair.client, pair.server, 5000);
        ck_assert_int_eq(send(pair.server, "1234567", 7, 0), 7);
        must_agree(&pair.client_tuple, pair.client, TE_ESTABLISHED);
        ck_assert_uint_eq(s.rqueue, 7);
        must_agree(&pair.server_tuple, pair.server, TE_ESTABLISHED);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(queues_agree_while_data_is_under_way_and_while_it_waits)
{
    static const char data[65536];
    struct wire w;

    if (!wire_open(&w))
        return;
    wire_cut();
    ck_assert_int_eq(send(w.pair.client, data, 1000, 0), 1000);
    must_agree(&w.pair.client_tuple, w.pair.client, TE_ESTABLISHED);
    ck_assert_uint_eq(s.wqueue, 1000);
    while (send(w.pair.client, data, sizeof(data), MSG_DONTWAIT) > 0)
        ;
    must_agree(&w.pair.client_tuple, w.pair.client, TE_ESTABLISHED);
    ck_assert_uint_gt(s.info.tcpi_notsent_bytes, 0);
    /* Closed with all that before the FIN. */
    ck_assert_int_eq(shutdown(w.pair.client, SHUT_WR), 0);
    must_agree(&w.pair.client_tuple, w.pair.client, TE_FIN_WAIT1);
    wire_close(&w);
}
END_TEST

START_TEST(a_fin_of_ours_agrees_before_and_after_it_is_acknowledged)
{
    struct wire w;

    if (!wire_open(&w))
        return;
    net_transfer(w.pair.client, w.pair.server, 3000);
    ck_assert_int_eq(shutdown(w.pair.client, SHUT_WR), 0);
    ck_assert(net_wait_state(w.pair.client, TE_FIN_WAIT2));
    must_agree(&w.pair.client_tuple, w.pair.client, TE_FIN_WAIT2);
    wire_close(&w);
    if (!wire_open(&w))
        return;
    wire_cut();
    ck_assert_int_eq(send(w.pair.client, "12345", 5, 0), 5);
    ck_assert_int_eq(shutdown(w.pair.client, SHUT_WR), 0);
    must_agree(&w.pair.client_tuple, w.pair.client, TE_FIN_WAIT1);
    ck_assert_uint_eq(s.wqueue, 6);
    wire_close(&w);
}
END_TEST

START_TEST(a_fin_of_the_peers_agrees_before_and_after_it_is_read)
{
    struct net_pair pair;
    char buf[16];

    if (!net_enter())
        return;
    for (int unread = 0; unread < 2; unread++) {
        net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
        net_transfer(pair.client, pair.server, 3000);
        if (unread)
            ck_assert_int_eq(send(pair.client, "1234567", 7, 0), 7);
        ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
        ck_assert(net_wait_state(pair.server, TE_CLOSE_WAIT));
        must_agree(&pair.server_tuple, pair.server, TE_CLOSE_WAIT);
        if (unread) {
            ck_assert_uint_eq(s.rqueue, 8);
            ck_assert_int_eq(recv(pair.server, buf, sizeof(buf), 0), 7);
            must_agree(&pair.server_tuple, pair.server, TE_CLOSE_WAIT);
        }
        ck_assert_int_eq(recv(pair.server, buf, sizeof(buf), 0), 0);
        must_agree(&pair.server_tuple, pair.server, TE_CLOSE_WAIT);
        net_close(&pair);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(fins_of_both_agree)
{
    struct wire w;

    if (!wire_open(&w))
        return;
    /* Theirs first. */
    ck_assert_int_eq(shutdown(w.pair.server, SHUT_WR), 0);
    ck_assert(net_wait_state(w.pair.client, TE_CLOSE_WAIT));
    wire_cut();
    ck_assert_int_eq(send(w.pair.client, "12345", 5, 0), 5);
    ck_assert_int_eq(shutdown(w.pair.client, SHUT_WR), 0);
    must_agree(&w.pair.client_tuple, w.pair.client, TE_LAST_ACK);
    wire_close(&w);
    /* Ours first, and theirs before they know. */
    if (!wire_open(&w))
        return;
    wire_cut();
    ck_assert_int_eq(send(w.pair.client, "12345", 5, 0), 5);
    ck_assert_int_eq(shutdown(w.pair.client, SHUT_WR), 0);
    ck_assert_int_eq(send(w.pair.server, "1234567", 7, 0), 7);
    ck_assert_int_eq(shutdown(w.pair.server, SHUT_WR), 0);
    ck_assert(net_wait_state(w.pair.client, TE_CLOSING));
    must_agree(&w.pair.client_tuple, w.pair.client, TE_CLOSING);
    ck_assert_uint_eq(s.rqueue, 8);
    wire_close(&w);
}
END_TEST

static void must_agree_in_syn_sent(const char *data)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    struct te_tuple tuple = {.family = AF_INET, .local = {10, 1, 0, 1}, .remote = {10, 1, 0, 2}};
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, "10.1.0.2", &to.sin_addr);
    if (data)
        ck_assert_int_ne(
            sendto(fd, data, strlen(data), MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to)), 0);
    else
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), -1);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    tuple.local_port = ntohs(own.sin_port);
    tuple.remote_port = 7;
    must_agree(&tuple, fd, TE_SYN_SENT);
    close(fd);
}

START_TEST(a_syn_agrees_with_data_in_it_and_without)
{
    struct wire w;

    if (!wire_open(&w))
        return;
    wire_cut();
    must_agree_in_syn_sent(NULL);
    /* Client side with and without a cookie from the server. */
    net_run("echo 0x1 >/proc/sys/net/ipv4/tcp_fastopen");
    must_agree_in_syn_sent("first");
    net_run("echo 0x5 >/proc/sys/net/ipv4/tcp_fastopen");
    must_agree_in_syn_sent("first");
    wire_close(&w);
}
END_TEST

START_TEST(what_is_not_wanted_is_not_asked_for)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(send(pair.server, "1234567", 7, 0), 7);
    memset(&s, 0xa5, sizeof(s));
    ck_assert_int_eq(te_diag_own(pair.client, 0, &s), 0);
    ck_assert_uint_eq(s.state, TE_ESTABLISHED);
    ck_assert_uint_eq(s.info.tcpi_bytes_received, 7);
    ck_assert_uint_eq(s.cookie | s.netns | s.tuple.family | s.rqueue | s.skmem_count, 0);
    ck_assert_str_eq(s.cong, "");
    ck_assert_int_eq(te_diag_own(pair.client, TE_WANT_QUEUES, &s), 0);
    ck_assert_uint_eq(s.rqueue, 7);
    net_close(&pair);
}
END_TEST

START_TEST(a_socket_that_is_no_connection_is_none)
{
    struct net_pair pair;
    int fd;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(te_diag_own(pair.listener, ALL, &s), -ENOENT);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(te_diag_own(fd, ALL, &s), -ENOENT);
    close(fd);
    /* In TIME_WAIT the socket itself is closed already. */
    ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
    ck_assert_int_eq(recv(pair.server, &(char){0}, 1, 0), 0);
    close(pair.server);
    ck_assert_int_eq(recv(pair.client, &(char){0}, 1, 0), 0);
    ck_assert(net_wait_state(pair.client, TE_CLOSE));
    ck_assert_int_eq(te_diag_own(pair.client, 0, &s), -ENOENT);
    close(pair.client);
    close(pair.listener);
}
END_TEST

START_TEST(a_descriptor_that_is_no_tcp_socket_is_refused)
{
    static const int kinds[][3] = {{AF_INET, SOCK_DGRAM, 0},  {AF_INET6, SOCK_DGRAM, 0},
                                   {AF_UNIX, SOCK_STREAM, 0}, {AF_UNIX, SOCK_DGRAM, 0},
                                   {AF_NETLINK, SOCK_RAW, 0}, {AF_PACKET, SOCK_DGRAM, 0}};
    int fd;

    if (!net_enter())
        return;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        fd = socket(kinds[i][0], kinds[i][1] | SOCK_CLOEXEC, kinds[i][2]);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(te_diag_own(fd, ALL, &s), -EOPNOTSUPP);
        ck_assert_int_eq(te_diag_own(fd, 0, &s), -EOPNOTSUPP);
        close(fd);
    }
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(te_diag_own(fd, ALL, &s), -ENOTSOCK);
    close(fd);
    ck_assert_int_eq(te_diag_own(fd, ALL, &s), -EBADF);
    ck_assert_int_eq(te_diag_own(-1, 0, &s), -EBADF);
}
END_TEST

/* Its connections are those of its subflows. */
START_TEST(an_mptcp_socket_is_refused_where_a_name_is_wanted)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), client, server;

    if (listener < 0) {
        printf("SKIP: no MPTCP: %s\n", strerror(errno));
        return;
    }
    close(listener);
    if (!net_enter())
        return;
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    client = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, len), 0);
    server = accept(listener, NULL, NULL);
    ck_assert_int_eq(te_diag_own(client, TE_WANT_NAME, &s), -EOPNOTSUPP);
    close(client);
    close(server);
    close(listener);
}
END_TEST

SUITE("own", 60, open_connections_of_each_family_agree,
      queues_agree_while_data_is_under_way_and_while_it_waits,
      a_fin_of_ours_agrees_before_and_after_it_is_acknowledged,
      a_fin_of_the_peers_agrees_before_and_after_it_is_read, fins_of_both_agree,
      a_syn_agrees_with_data_in_it_and_without, what_is_not_wanted_is_not_asked_for,
      a_socket_that_is_no_connection_is_none, a_descriptor_that_is_no_tcp_socket_is_refused,
      an_mptcp_socket_is_refused_where_a_name_is_wanted)
