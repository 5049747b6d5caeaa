/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that a connection over loopback makes certain. */
#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "await.h"
#include "kit.h"
#include "suite.h"

static struct kit kit;
static struct net_pair pair;

static bool setup(void)
{
    if (!kit_start(&kit))
        return false;
    kit_connect(&kit, &pair, NULL);
    return true;
}

static struct te_tcp_info info_of(int fd)
{
    struct te_tcp_info info;
    socklen_t len = sizeof(info);

    ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    return info;
}

START_TEST(payload_is_counted_from_the_start_of_the_record)
{
    struct te_collector_record r;

    if (!setup())
        return;
    net_transfer(pair.server, pair.client, 5000);
    kit_enable(&kit, pair.client, 3, 7, ON_DATA);
    r = kit_read(&kit, 3);
    ck_assert_uint_eq(r.events.received_before, 5000);
    ck_assert_uint_eq(r.events.data_bytes_in, 0);
    net_transfer(pair.server, pair.client, 300000);
    net_transfer(pair.client, pair.server, 20000);
    r = kit_read(&kit, 3);
    ck_assert_uint_eq(r.events.data_bytes_in, 300000);
    ck_assert_uint_eq(r.events.soft_errors, 0);
    kit_end(&kit);
}
END_TEST

START_TEST(the_copy_of_the_socket_is_what_tcp_info_says)
{
    struct te_collector_record r;
    struct te_tcp_info info;

    if (!setup())
        return;
    net_transfer(pair.server, pair.client, 300000);
    net_transfer(pair.client, pair.server, 200000);
    kit_settle(&pair);
    kit_enable(&kit, pair.client, 3, 7, ON_DATA);
    r = kit_read(&kit, 3);
    info = info_of(pair.client);
    ck_assert_uint_eq(r.sock.bytes_acked, info.tcpi_bytes_acked);
    ck_assert_uint_eq(r.sock.bytes_received, info.tcpi_bytes_received);
    ck_assert_uint_eq(r.sock.bytes_sent, info.tcpi_bytes_sent);
    ck_assert_uint_eq(r.sock.segs_out, info.tcpi_segs_out);
    ck_assert_uint_eq(r.sock.segs_in, info.tcpi_segs_in);
    ck_assert_uint_eq(r.sock.data_segs_out, info.tcpi_data_segs_out);
    ck_assert_uint_eq(r.sock.data_segs_in, info.tcpi_data_segs_in);
    ck_assert_uint_eq(r.sock.srtt_us, info.tcpi_rtt);
    ck_assert_uint_eq(r.sock.mdev_us, info.tcpi_rttvar);
    ck_assert_uint_eq(r.sock.rto_us, info.tcpi_rto);
    ck_assert_uint_eq(r.sock.min_rtt_us, info.tcpi_min_rtt);
    ck_assert_uint_eq(r.sock.rcv_rtt_us, info.tcpi_rcv_rtt);
    ck_assert_uint_eq(r.sock.snd_cwnd, info.tcpi_snd_cwnd);
    ck_assert_uint_eq(r.sock.snd_ssthresh, info.tcpi_snd_ssthresh);
    ck_assert_uint_eq(r.sock.mss_cache, info.tcpi_snd_mss);
    ck_assert_uint_eq(r.sock.advmss, info.tcpi_advmss);
    ck_assert_uint_eq(r.sock.reordering, info.tcpi_reordering);
    ck_assert_uint_eq(r.sock.delivered, info.tcpi_delivered);
    ck_assert_uint_eq(r.sock.delivery_rate, info.tcpi_delivery_rate);
    ck_assert_uint_eq(r.sock.app_limited, info.tcpi_flags & 1);
    ck_assert_uint_eq(r.sock.busy_us, info.tcpi_busy_time);
    ck_assert_uint_eq(r.sock.rwnd_limited_us, info.tcpi_rwnd_limited);
    ck_assert_uint_eq(r.sock.sndbuf_limited_us, info.tcpi_sndbuf_limited);
    ck_assert_uint_eq(r.sock.options, info.tcpi_options);
    ck_assert_uint_eq(r.sock.snd_wscale, info.tcpi_wscale & 15);
    ck_assert_uint_eq(r.sock.rcv_wscale, info.tcpi_wscale >> 4);
    ck_assert_uint_eq(r.sock.snd_wnd, info.tcpi_snd_wnd);
    ck_assert_uint_eq(r.sock.state, info.tcpi_state);
    kit_end(&kit);
}
END_TEST

START_TEST(the_side_that_opened_is_known)
{
    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    kit_enable(&kit, pair.server, 1, 2, ON_DATA);
    kit_settle(&pair);
    ck_assert_uint_eq(kit_read(&kit, 0).events.open, 2);
    ck_assert_uint_eq(kit_read(&kit, 1).events.open, 1);
    kit_end(&kit);
}
END_TEST

START_TEST(the_limits_share_all_bytes_and_all_the_time)
{
    struct te_collector_record r;
    struct timespec now;
    uint64_t bytes, ns;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    net_transfer(pair.client, pair.server, 3000000);
    net_transfer(pair.client, pair.server, 100);
    kit_settle(&pair);
    r = kit_read(&kit, 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    bytes = r.events.limit_bytes[0] + r.events.limit_bytes[1] + r.events.limit_bytes[2];
    ns = r.events.limit_ns[0] + r.events.limit_ns[1] + r.events.limit_ns[2];
    /* Sending was what the record began with, so the first segment belongs to nobody. */
    ck_assert_uint_le(bytes, r.sock.bytes_sent); /* what is sent again is in it */
    ck_assert_uint_ge(bytes, r.sock.bytes_sent - 65536);
    ck_assert_uint_le(ns, r.events.limit_since_ns - r.head.since_ns);
    ck_assert_uint_ge(ns, r.events.limit_since_ns - r.head.since_ns - 20000000);
    kit_end(&kit);
}
END_TEST

START_TEST(the_limits_begin_when_their_class_is_enabled)
{
    struct te_collector_record r;
    uint64_t bytes, ns;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    net_transfer(pair.client, pair.server, 5000);
    kit_wait_acked(pair.client);
    kit_enable(&kit, pair.client, 0, 1, ON_DATA | ON_SND_CONG);
    usleep(200000);
    net_transfer(pair.client, pair.server, 300);
    kit_wait_acked(pair.client);
    kit_enable(&kit, pair.client, 0, 1, ON_DATA | ON_SND_CONG);
    r = kit_read(&kit, 0);
    bytes = r.events.limit_bytes[0] + r.events.limit_bytes[1] + r.events.limit_bytes[2];
    ns = r.events.limit_ns[0] + r.events.limit_ns[1] + r.events.limit_ns[2];
    ck_assert_uint_eq(bytes, 300);
    ck_assert_uint_eq(r.events.limit_bytes[2], 300);
    ck_assert_uint_ge(ns, 200000000);
    ck_assert_uint_ge(r.events.limit_ns[2], 200000000);
    kit_end(&kit);
}
END_TEST

START_TEST(a_reader_that_sleeps_shows_in_the_queues)
{
    struct te_collector_record r, peer;
    static char buffer[100000];
    int size = 20000;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    kit_enable(&kit, pair.server, 1, 2, EVERYTHING);
    kit_settle(&pair);
    ck_assert_int_eq(setsockopt(pair.server, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
    ck_assert_int_gt(send(pair.client, buffer, sizeof(buffer), MSG_DONTWAIT), 0);
    /* Some of it shows with the first probe of the window that has closed. */
    AWAIT((r = kit_read(&kit, 0)).events.max_app_wqueue >= 10000 && r.events.limit == 1 &&
          r.events.min_rwin_rcvd < 20000);
    AWAIT((peer = kit_read(&kit, 1)).events.max_app_rqueue >= 10000 &&
          peer.events.min_rwin_sent < 20000);
    ck_assert_uint_gt(r.events.max_retx_queue, 0);
    ck_assert_uint_gt(r.events.max_rwin_rcvd, r.events.min_rwin_rcvd);
    kit_end(&kit);
}
END_TEST

START_TEST(a_half_closed_connection_is_still_counted)
{
    struct te_collector_record r;

    if (!setup())
        return;
    if (!(programs_features(kit.programs) & TE_COLLECT_INGRESS)) {
        printf("SKIP: no cgroup2 here\n");
        return;
    }
    kit_enable(&kit, pair.client, 0, 1, ON_DATA | ON_PATH);
    net_transfer(pair.server, pair.client, 1000);
    ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
    ck_assert(net_wait_state(pair.client, TE_FIN_WAIT2));
    ck_assert_uint_eq(kit_deaths(&kit, 100, NULL, NULL), 0);
    net_transfer(pair.server, pair.client, 40000);
    r = kit_read(&kit, 0);
    ck_assert_uint_eq(r.head.live, 1);
    ck_assert_uint_eq(r.events.data_bytes_in, 41000);
    close(pair.server);
    ck_assert_uint_eq(kit_deaths(&kit, AWAIT_SECONDS * 1000, NULL, NULL), 1);
    kit_end(&kit);
}
END_TEST

/* A segment of the server's, in the window and with data, whose checksum is wrong. */
static void send_forged(const struct te_tuple *from)
{
    struct {
        struct iphdr ip;
        struct tcphdr tcp;
        char data[10];
    } packet = {
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP},
        .tcp = {.doff = 5, .ack = 1, .check = 0x1234},
    };
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd;

    memcpy(&packet.ip.saddr, from->local, 4);
    memcpy(&packet.ip.daddr, from->remote, 4);
    memcpy(&to.sin_addr, from->remote, 4);
    packet.ip.tot_len = htons(sizeof(packet));
    packet.tcp.source = htons(from->local_port);
    packet.tcp.dest = htons(from->remote_port);
    net_go(kit.away);
    fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)),
                     (ssize_t)sizeof(packet));
    close(fd);
    net_go(kit.home);
}

START_TEST(a_wrong_checksum_is_a_soft_error)
{
    struct te_collector_record r;

    if (!setup())
        return;
    if (!(programs_features(kit.programs) & TE_COLLECT_BAD_CSUM)) {
        printf("SKIP: this kernel does not report wrong checksums\n");
        return;
    }
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    kit_enable(&kit, pair.server, 1, 2, ON_DATA);
    send_forged(&pair.server_tuple);
    AWAIT((r = kit_read(&kit, 0)).events.soft_errors == 1);
    ck_assert_uint_eq(r.events.soft_error_reason, 7);
    ck_assert_uint_eq(kit_read(&kit, 1).events.soft_errors, 0);
    kit_release(&kit, pair.client, 0);
    send_forged(&pair.server_tuple);
    usleep(50000);
    ck_assert_uint_eq(kit_read(&kit, 0).events.soft_errors, 1);
    kit_end(&kit);
}
END_TEST

START_TEST(asking_again_shows_what_the_last_segment_did)
{
    struct te_collector_record late, now;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    net_transfer(pair.client, pair.server, 1000);
    kit_wait_acked(pair.client);
    usleep(20000); /* the clock of records may be a coarse one */
    late = kit_read(&kit, 0);
    ck_assert_uint_eq(late.sock.snd_nxt - late.sock.snd_una, 1000);
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    now = kit_read(&kit, 0);
    ck_assert_uint_eq(now.head.changes, late.head.changes);
    ck_assert_uint_gt(now.head.time_ns, late.head.time_ns);
    ck_assert_uint_eq(now.sock.snd_nxt, now.sock.snd_una);
    ck_assert_uint_eq(now.events.count_rtt, late.events.count_rtt + 1);
    kit_end(&kit);
}
END_TEST

START_TEST(a_listener_and_a_closed_socket_get_no_record)
{
    struct programs_target target;

    if (!setup())
        return;
    target = kit_target(pair.client);
    net_close(&pair);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 0, 1, ON_DATA), -ENOENT);
    kit_end(&kit);
}
END_TEST

SUITE("counts", 300, payload_is_counted_from_the_start_of_the_record,
      the_copy_of_the_socket_is_what_tcp_info_says, the_side_that_opened_is_known,
      the_limits_share_all_bytes_and_all_the_time, the_limits_begin_when_their_class_is_enabled,
      a_reader_that_sleeps_shows_in_the_queues, a_half_closed_connection_is_still_counted,
      a_wrong_checksum_is_a_soft_error, asking_again_shows_what_the_last_segment_did,
      a_listener_and_a_closed_socket_get_no_record)
