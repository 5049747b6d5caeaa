/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "suite.h"

static struct programs *p;
static const struct te_collector_record *records;
static struct net_pair pair;
static int home, away;

/* The programs are loaded in one namespace and the connection is in another, as with a daemon. */
static bool setup(void)
{
    static const struct net_options local = {.to = "127.0.0.1"};

    if (!net_enter() || !kit_open(&p))
        return false;
    home = net_here();
    net_another();
    away = net_here();
    records = kit_map(p);
    net_connect(&pair, &local);
    net_go(home);
    return true;
}

START_TEST(nothing_is_attached_before_something_is_enabled)
{
    if (!setup())
        return;
    ck_assert_uint_eq(programs_attached(p), 0);
    kit_enable(p, away, pair.client, 3, 7, DATA | PATH);
    ck_assert_uint_ge(programs_attached(p), 3);
    ck_assert_int_eq(programs_adjust(p, 0), 0);
    ck_assert_uint_eq(programs_attached(p), 0);
}
END_TEST

START_TEST(bytes_and_segments_are_counted_from_the_start_of_the_record)
{
    struct te_collector_record r;

    if (!setup())
        return;
    net_transfer(pair.server, pair.client, 5000);
    kit_settle(&pair);
    kit_enable(p, away, pair.client, 3, 7, EVERYTHING);
    r = kit_read(&records[3]);
    ck_assert_uint_eq(r.head.live, 1);
    ck_assert_uint_eq(r.head.epoch, 7);
    ck_assert_uint_eq(r.sock.bytes_received, 5001);
    ck_assert_uint_eq(r.events.received_before, 5001);
    net_transfer(pair.server, pair.client, 30000);
    net_transfer(pair.client, pair.server, 20000);
    kit_settle(&pair);
    r = kit_read(&records[3]);
    printf("in %lu out %lu rtt n %u sum %lu srtt %u limit %lu/%lu/%lu ns %lu/%lu/%lu cwnd %u ss %u "
           "ca %u segs %u hz %u open %u feat %x\n",
           r.events.data_bytes_in, r.sock.bytes_sent, r.events.count_rtt, r.events.sum_rtt_us,
           r.sock.srtt_us, r.events.limit_bytes[0], r.events.limit_bytes[1],
           r.events.limit_bytes[2], r.events.limit_ns[0], r.events.limit_ns[1],
           r.events.limit_ns[2], r.sock.snd_cwnd, r.events.slow_start, r.events.cong_avoid,
           r.sock.segs_in, programs_hz(p), r.events.open, programs_features(p));
    ck_assert_uint_eq(r.events.data_bytes_in, 30001);
}
END_TEST

SUITE("programs", 30, nothing_is_attached_before_something_is_enabled,
      bytes_and_segments_are_counted_from_the_start_of_the_record)
