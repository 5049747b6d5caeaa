/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors that a program closes behind our back and gets again for something of its own:
 * nothing of ours may go into it, nothing be taken out of it, and it may not be closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net.h"
#include "kernel/nlsock.h"
#include "suite.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct te_diag diag = TE_DIAG_INIT;
static struct te_snapshot s;

static int look(const struct te_tuple *tuple)
{
    struct te_query query = {.tuple = *tuple};

    return te_diag_lookup(&diag, &query, false, &s);
}

/* Makes number the descriptor of what fd is; fd itself is given up. */
static void become(int fd, int number)
{
    ck_assert_int_eq(dup3(fd, number, O_CLOEXEC), number);
    close(fd);
}

/* The stream is whole: each side gets what the other sent and nothing else. */
static void must_be_untouched(int stream, int peer)
{
    char buf[32];

    ck_assert_int_eq(send(stream, "from us", 7, MSG_NOSIGNAL), 7);
    ck_assert_int_eq(recv(peer, buf, sizeof(buf), 0), 7);
    ck_assert_mem_eq(buf, "from us", 7);
    ck_assert_int_eq(recv(stream, buf, sizeof(buf), 0), 10);
    ck_assert_mem_eq(buf, "from there", 10);
}

static void must_survive(int (*make_stream)(int *peer))
{
    struct net_pair pair;
    int number, peer, stream;

    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    stream = make_stream(&peer);
    number = diag.fd;
    become(stream, number);
    ck_assert_int_eq(send(peer, "from there", 10, MSG_NOSIGNAL), 10);
    usleep(1000);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_ne(diag.fd, number);
    must_be_untouched(number, peer);
    /* Closing is for what is ours, too. */
    stream = make_stream(&peer);
    close(number);
    number = diag.fd;
    become(stream, number);
    te_diag_close(&diag);
    ck_assert_int_eq(send(peer, "from there", 10, MSG_NOSIGNAL), 10);
    usleep(1000);
    must_be_untouched(number, peer);
    close(number);
    close(peer);
    net_close(&pair);
}

static int make_tcp(int *peer)
{
    struct net_pair pair;

    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    close(pair.listener);
    *peer = pair.server;
    return pair.client;
}

static int make_tcp6(int *peer)
{
    struct net_pair pair;

    net_connect(&pair, &(struct net_options){.to = "::1"});
    close(pair.listener);
    *peer = pair.server;
    return pair.client;
}

static int make_unix(int *peer)
{
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *peer = pair[1];
    return pair[0];
}

START_TEST(a_stream_that_has_our_number_is_left_alone)
{
    if (!net_enter())
        return;
    must_survive(make_tcp);
    must_survive(make_tcp6);
    must_survive(make_unix);
}
END_TEST

START_TEST(a_file_that_has_our_number_is_left_alone)
{
    struct net_pair pair;
    int number, pipes[2];

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    number = diag.fd;
    ck_assert_int_eq(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
    become(pipes[1], number);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_eq(read(pipes[0], &(char){0}, 1), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(write(number, "x", 1), 1);
    close(number);
    close(pipes[0]);
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

/* The one kind that would take our request, if the check beforehand let it through. */
START_TEST(a_seqpacket_socket_that_has_our_number_gets_nothing)
{
    struct net_pair pair;
    int number, sockets[2];
    char buf[16];

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    number = diag.fd;
    become(sockets[0], number);
    ck_assert_int_eq(send(sockets[1], "theirs", 6, 0), 6);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_eq(recv(sockets[1], buf, sizeof(buf), MSG_DONTWAIT), -1);
    ck_assert_int_eq(recv(number, buf, sizeof(buf), MSG_DONTWAIT), 6);
    close(number);
    close(sockets[1]);
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

START_TEST(closed_descriptors_are_replaced)
{
    struct net_pair pair;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(look(&pair.client_tuple), 0);
        if (i != 1)
            close(diag.fd);
        if (i != 0)
            close(diag.witness.dir);
        ck_assert_int_eq(look(&pair.client_tuple), 0);
    }
    net_close(&pair);
    te_diag_close(&diag);
}
END_TEST

START_TEST(a_directory_that_has_our_witness_number_is_left_alone)
{
    struct net_pair pair;
    struct stat st;
    int number;

    if (!net_enter())
        return;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_uint_eq(diag.witness.kind, TE_NETNS_SYSCTL);
    number = diag.witness.dir;
    become(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), number);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_ne(diag.witness.dir, number);
    te_diag_close(&diag);
    ck_assert_int_eq(fstat(number, &st), 0);
    ck_assert(S_ISDIR(st.st_mode));
    close(number);
    net_close(&pair);
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
    ours = te_nlsock_open(NETLINK_SOCK_DIAG);
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
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    close(STDIN_FILENO);
    ck_assert_int_eq(look(&pair.client_tuple), 0);
    ck_assert_int_gt(diag.fd, STDERR_FILENO);
    ck_assert_int_eq(fcntl(diag.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_gt(diag.witness.dir, STDERR_FILENO);
    ck_assert_int_eq(fcntl(diag.witness.dir, F_GETFD), FD_CLOEXEC);
    te_diag_close(&diag);
    dup2(saved, STDIN_FILENO);
    close(saved);
    net_close(&pair);
}
END_TEST

SUITE("strangers", 60, a_stream_that_has_our_number_is_left_alone,
      a_file_that_has_our_number_is_left_alone, a_seqpacket_socket_that_has_our_number_gets_nothing,
      closed_descriptors_are_replaced, a_directory_that_has_our_witness_number_is_left_alone,
      every_kind_of_stranger_refuses_our_request, an_mptcp_stranger_refuses_our_request,
      reading_takes_nothing_from_a_tcp_or_udp_socket, other_processes_cannot_write_to_our_socket,
      our_socket_stays_clear_of_the_standard_descriptors)
