/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors that a program closes behind our back. A handle owns its own, so the program is
 * wrong; what costs nothing is done all the same: a number that is nobody's is replaced, and a
 * stranger that has got it loses nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "kernel/nlsock.h"
#include "net.h"
#include "suite.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct te_netns ns = TE_NETNS_INIT;
static struct te_diag diag = TE_DIAG_INIT;
static struct te_snapshot s;

static int look(const struct te_tuple *tuple)
{
    struct te_query query = {.tuple = *tuple};

    return te_diag_lookup(&diag, &ns, &query, &s);
}

/* Makes number the descriptor of what fd is; fd itself is given up. */
static void become(int fd, int number)
{
    ck_assert_int_eq(dup3(fd, number, O_CLOEXEC), number);
    close(fd);
}

static void begin(struct net_pair *pair)
{
    net_connect(pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    ck_assert_int_eq(look(&pair->client_tuple), 0);
}

static void end(struct net_pair *pair)
{
    te_diag_close(&diag);
    te_netns_close(&ns);
    net_close(pair);
}

START_TEST(a_closed_descriptor_is_replaced)
{
    struct net_pair pair;
    struct te_tuple dead;

    if (!net_enter())
        return;
    begin(&pair);
    dead = pair.client_tuple;
    dead.local_port ^= 1;
    for (int i = 0; i < 3; i++) {
        close(diag.fd);
        ck_assert_int_eq(look(&pair.client_tuple), 0);
        ck_assert_int_eq(look(&dead), -ENOENT);
        /* That of the question for interfaces. */
        close(nl_socket_get_fd(diag.route));
        ck_assert_int_eq(look(&dead), -ENOENT);
    }
    end(&pair);
}
END_TEST

START_TEST(a_file_that_has_our_number_is_left_alone)
{
    struct net_pair pair;
    int number, pipes[2];

    if (!net_enter())
        return;
    begin(&pair);
    number = diag.fd;
    ck_assert_int_eq(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
    become(pipes[1], number);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_ne(diag.fd, number);
    ck_assert_int_eq(read(pipes[0], &(char){0}, 1), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(write(number, "x", 1), 1);
    close(number);
    close(pipes[0]);
    end(&pair);
}
END_TEST

START_TEST(a_stream_that_has_our_number_loses_nothing)
{
    struct net_pair pair, stranger;
    char buf[16];
    int number;

    if (!net_enter())
        return;
    begin(&pair);
    net_connect(&stranger, &(struct net_options){.to = "127.0.0.1"});
    number = diag.fd;
    become(stranger.client, number);
    ck_assert_int_eq(send(stranger.server, "theirs", 6, MSG_NOSIGNAL), 6);
    ck_assert_int_lt(look(&pair.client_tuple), 0);
    ck_assert_int_eq(recv(stranger.server, buf, sizeof(buf), MSG_DONTWAIT), -1);
    ck_assert_int_eq(recv(number, buf, sizeof(buf), MSG_DONTWAIT), 6);
    diag.fd = -1;
    stranger.client = number;
    net_close(&stranger);
    end(&pair);
}
END_TEST

/* Our request, were it sent to this socket in spite of the check. */
static int send_to(int fd)
{
    static const char request[72] = "request";
    int result = te_nlsock_send(fd, request, sizeof(request));

    ck_assert_int_lt(result, 0);
    return result;
}

static void must_refuse(int fd)
{
    send_to(fd);
    close(fd);
}

/*
 * Between check and use another thread may still be quicker. What te_nlsock_send() relies on in the
 * kernel is pinned here for each kind of socket.
 */
START_TEST(every_kind_of_stranger_refuses_our_request)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    struct sockaddr_in discard = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct net_pair pair;
    char buf[128];
    int fd;

    if (!net_enter())
        return;
    discard.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 2; i++) {
        net_connect(&pair, &(struct net_options){.to = i ? "::1" : "127.0.0.1"});
        ck_assert_int_eq(send(pair.server, "data", 4, 0), 4);
        ck_assert_int_eq(send_to(pair.client), -EISCONN);
        ck_assert_int_eq(recv(pair.server, buf, sizeof(buf), MSG_DONTWAIT), -1);
        ck_assert_int_eq(errno, EAGAIN);
        send_to(pair.listener);
        /* It goes on as if nothing had been. */
        ck_assert_int_eq(recv(pair.client, buf, sizeof(buf), 0), 4);
        net_transfer(pair.client, pair.server, 1000);
        net_close(&pair);
        must_refuse(socket(i ? AF_INET6 : AF_INET, SOCK_STREAM, 0));
        must_refuse(socket(i ? AF_INET6 : AF_INET, SOCK_DGRAM, 0));
        must_refuse(socket(i ? AF_INET6 : AF_INET, SOCK_RAW, 253));
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&discard, sizeof(discard)), 0);
    must_refuse(fd);
    must_refuse(socket(AF_PACKET, SOCK_RAW, htons(3)));
    must_refuse(socket(AF_PACKET, SOCK_DGRAM, htons(3)));
    for (int i = 0; i < 2; i++) {
        int pair_fd[2];

        ck_assert_int_eq(socketpair(AF_UNIX, types[i], 0, pair_fd), 0);
        must_refuse(pair_fd[0]);
        ck_assert_int_le(recv(pair_fd[1], buf, sizeof(buf), MSG_DONTWAIT), 0);
        close(pair_fd[1]);
        must_refuse(socket(AF_UNIX, types[i], 0));
    }
}
END_TEST

START_TEST(an_mptcp_stranger_refuses_our_request)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), client, server;
    char buf[128];

    if (listener < 0) {
        printf("SKIP: no MPTCP: %s\n", strerror(errno));
        return;
    }
    if (!net_enter())
        return;
    close(listener);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    client = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, len), 0);
    server = accept(listener, NULL, NULL);
    send_to(client);
    ck_assert_int_eq(recv(server, buf, sizeof(buf), MSG_DONTWAIT), -1);
    net_transfer(client, server, 1000);
    close(client);
    close(server);
    close(listener);
}
END_TEST

START_TEST(reading_takes_nothing_from_a_tcp_or_udp_socket)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    struct net_pair pair;
    char buf[128];
    int udp;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(send(pair.server, "data", 4, 0), 4);
    ck_assert_int_eq(te_nlsock_recv(pair.client, buf, sizeof(buf)), -EAGAIN);
    ck_assert_int_eq(recv(pair.client, buf, sizeof(buf), 0), 4);
    net_close(&pair);

    udp = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(udp, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(udp, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(sendto(udp, "data", 4, 0, (struct sockaddr *)&address, len), 4);
    ck_assert_int_eq(te_nlsock_recv(udp, buf, sizeof(buf)), -EAGAIN);
    ck_assert_int_eq(recv(udp, buf, sizeof(buf), 0), 4);
    close(udp);
}
END_TEST

START_TEST(other_processes_cannot_write_to_our_socket)
{
    struct sockaddr_nl to = {.nl_family = AF_NETLINK};
    socklen_t len = sizeof(to);
    int ours, theirs;

    if (!net_enter())
        return;
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    ours = te_nlsock_open(&ns, NETLINK_SOCK_DIAG);
    theirs = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    ck_assert_int_eq(getsockname(ours, (struct sockaddr *)&to, &len), 0);
    ck_assert_int_eq(sendto(theirs, "0123456789abcdef", 16, 0, (struct sockaddr *)&to, len), -1);
    ck_assert_int_eq(errno, ECONNREFUSED);
    close(ours);
    close(theirs);
}
END_TEST

START_TEST(our_socket_stays_clear_of_the_standard_descriptors)
{
    struct net_pair pair;
    int saved = dup(STDIN_FILENO);

    if (!net_enter())
        return;
    begin(&pair);
    te_diag_close(&diag);
    close(STDIN_FILENO);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_gt(diag.fd, STDERR_FILENO);
    ck_assert_int_eq(fcntl(diag.fd, F_GETFD), FD_CLOEXEC);
    dup2(saved, STDIN_FILENO);
    close(saved);
    end(&pair);
}
END_TEST

SUITE("strangers", 60, a_closed_descriptor_is_replaced, a_file_that_has_our_number_is_left_alone,
      a_stream_that_has_our_number_loses_nothing, every_kind_of_stranger_refuses_our_request,
      an_mptcp_stranger_refuses_our_request, reading_takes_nothing_from_a_tcp_or_udp_socket,
      other_processes_cannot_write_to_our_socket,
      our_socket_stays_clear_of_the_standard_descriptors)
