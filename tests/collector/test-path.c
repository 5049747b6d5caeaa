/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Losses, timeouts, marks and reordering, held against what the path did, against the kernel's own
 * counters of a namespace in which nothing else happens, and against the other end.
 */
#include <limits.h>
#include <stdio.h>

#include "path-kit.h"
#include "suite.h"

static struct kit kit;
static struct path path;
static const struct te_record_events *sent = &path.end[SENDER].events,
                                     *received = &path.end[RECEIVER].events;

static bool transfer(size_t bytes, enum path_ecn ecn, bool v6, const char *const settings[])
{
    if (!kit_start(&kit) || !path_start(&path, settings, ecn))
        return false;
    path_send(&path, &kit, bytes, v6);
    return path_seen(&kit);
}

#define PATH(...) ((const char *const[]){"both:delay=5ms", __VA_ARGS__, NULL})

static uint64_t snmp(const char *name)
{
    return path_snmp(&path, SENDER, "TcpExt", name);
}

static void discard(void)
{
    path_end(&path);
    kit_end(&kit);
}

/*
 * As transfer(), with no more retransmissions than are wanted and none of the handshake. A machine
 * that stalls lets a timer of the sender's send something needlessly, or the handshake meet what
 * was meant for the data: then the path and the transfer are made anew.
 */
static bool transfer_undisturbed(size_t bytes, enum path_ecn ecn, bool v6, unsigned wanted,
                                 const char *const settings[])
{
    for (int i = 0; i < 8; i++) {
        if (!transfer(bytes, ecn, v6, settings))
            return false;
        if (path.retrans <= wanted && !snmp("TCPSynRetrans"))
            return true;
        discard();
    }
    ck_abort_msg("more than %u segments are sent again each time", wanted);
}

/* What must hold whatever the path did. */
static void expect_consistent(void)
{
    const struct te_record_sock *s = &path.end[SENDER].sock;

    ck_assert_uint_eq(s->total_retrans, path.retrans);
    ck_assert_uint_eq(received->data_bytes_in, path.data_bytes - path.dropped_bytes);
    ck_assert_uint_eq(sent->fast_retran, snmp("TCPSackRecovery") + snmp("TCPRenoRecovery"));
    ck_assert_uint_eq(sent->timeouts + sent->subsequent_timeouts, snmp("TCPTimeouts"));
    ck_assert_uint_eq(sent->spurious_rto, snmp("TCPLossUndo"));
    ck_assert_uint_ge(sent->cong_signals, sent->fast_retran);
    path_expect_duplicates(&path);
    ck_assert_uint_ge(sent->min_rtt_us, 10000);
    ck_assert_uint_ge(sent->max_rtt_us, sent->sample_rtt_us);
    ck_assert_uint_ge(sent->sum_rtt_us, (uint64_t)sent->count_rtt * sent->min_rtt_us);
    ck_assert_uint_le(sent->sum_rtt_us, (uint64_t)sent->count_rtt * sent->max_rtt_us);
    ck_assert_uint_eq(sent->max_mss, s->mss_cache);
    ck_assert_uint_eq(sent->min_mss, s->mss_cache);
    ck_assert_uint_eq(sent->open, 2);
    ck_assert_uint_eq(received->open, 1);
}

START_TEST(losses_are_repaired_and_counted)
{
    if (!transfer_undisturbed(1500000, NO_ECN, false, 6,
                              PATH("to-right:rate=40M", "to-right:limit=400K",
                                   "to-right:drop-at=100,101,300,600,601,602")))
        return;
    expect_consistent();
    ck_assert_uint_eq(path.dropped, 6);
    ck_assert_uint_ge(path.retrans, 6);
    ck_assert_uint_ge(sent->fast_retran, 2);
    ck_assert_uint_eq(sent->cong_signals, sent->fast_retran + sent->timeouts);
    ck_assert_uint_gt(sent->sacks_rcvd, 20);
    ck_assert_uint_ge(sent->sack_blocks_rcvd, sent->sacks_rcvd);
    ck_assert_uint_gt(sent->dup_acks_in, 20);
    ck_assert_uint_ge(received->dup_ack_episodes, 3);
    ck_assert_uint_gt(received->max_reasm_queue, 10000);
    ck_assert_uint_eq(received->soft_errors, 0);
    ck_assert_uint_eq(sent->non_recov_da_episodes, 0);
    ck_assert_uint_gt(sent->pre_cong_sum_cwnd, sent->cong_signals * 2896ull);
    ck_assert_uint_gt(sent->pre_cong_sum_rtt_us, sent->cong_signals * 10000ull);
    ck_assert_uint_eq(sent->post_cong_count, sent->cong_signals);
    ck_assert_uint_gt(sent->slow_start, 5);
    ck_assert_uint_gt(sent->max_ss_cwnd, 10 * 1448);
    ck_assert_uint_ne(sent->min_ssthresh, 0);
    discard();
}
END_TEST

START_TEST(losses_on_version_six)
{
    if (!transfer_undisturbed(
            1500000, NO_ECN, true, 2,
            PATH("to-right:rate=40M", "to-right:limit=400K", "to-right:drop-at=100,300")))
        return;
    ck_assert_uint_eq(path.end[SENDER].sock.total_retrans, 2);
    ck_assert_uint_eq(sent->fast_retran, snmp("TCPSackRecovery"));
    path_expect_duplicates(&path);
    ck_assert_uint_gt(sent->sacks_rcvd, 5);
    discard();
}
END_TEST

START_TEST(silence_ends_in_timeouts)
{
    if (!transfer_undisturbed(
            1500000, NO_ECN, false, UINT_MAX,
            PATH("to-right:rate=10M", "to-right:limit=1M", "both:blackout=300ms+1500ms")))
        return;
    ck_assert_uint_eq(sent->timeouts + sent->subsequent_timeouts, snmp("TCPTimeouts"));
    ck_assert_uint_ge(sent->timeouts, 1);
    ck_assert_uint_ge(sent->subsequent_timeouts, 1);
    ck_assert_uint_ge(sent->abrupt_timeouts, 1);
    ck_assert_uint_ge(sent->cong_signals, sent->timeouts + sent->subsequent_timeouts);
    ck_assert_uint_gt(sent->max_rto_us, 2 * sent->min_rto_us);
    ck_assert_uint_ge(sent->limit_ns[1], 1000000000); /* silence is the path's */
    if (programs_features(kit.programs) & TE_COLLECT_TOTAL_RTO) {
        ck_assert_uint_eq(path.end[SENDER].sock.total_rto,
                          sent->timeouts + sent->subsequent_timeouts);
        ck_assert_uint_eq(path.end[SENDER].sock.total_rto_recoveries, sent->timeouts);
    }
    discard();
}
END_TEST

START_TEST(marks_are_counted_where_they_arrive)
{
    if (!transfer_undisturbed(
            1500000, ECN, false, 0,
            PATH("to-right:rate=40M", "to-right:limit=400K", "to-right:ce-at=50-650/150")))
        return;
    ck_assert_uint_eq(path.marked_ce, 5);
    ck_assert_uint_eq(received->ce_rcvd, 5);
    ck_assert_uint_ge(sent->ecn_signals, 5);
    ck_assert_uint_ge(sent->cong_signals, 1);
    ck_assert_uint_eq(sent->send_stall, 0);
    ck_assert_uint_eq(sent->fast_retran, 0);
    discard();
}
END_TEST

START_TEST(accurate_ecn_tells_how_many_marks_arrived)
{
    if (!transfer(1500000, ACCURATE_ECN, false,
                  PATH("to-right:rate=40M", "to-right:limit=400K", "to-right:ce-at=50-650/150")))
        return;
    ck_assert_uint_eq(path.marked_ce, 5);
    ck_assert_uint_eq(received->ce_rcvd, 5);
    ck_assert_uint_eq(sent->ecn_signals, 5);
    ck_assert_uint_eq(path.end[SENDER].sock.delivered_ce, 5);
    ck_assert_uint_ge(sent->cong_signals, 1);
    ck_assert_uint_eq(sent->send_stall, 0);
    discard();
}
END_TEST

START_TEST(reordering_is_no_loss)
{
    /* The kernel may merge what waits for a sender that is late: then it has seen nothing. */
    for (int i = 0; i < 8; i++) {
        if (i)
            discard();
        if (!transfer_undisturbed(1000000, NO_ECN, false, 0,
                                  PATH("both:delay=20ms", "to-right:rate=20M",
                                       "to-right:reorder-by=1ms", "to-right:reorder-at=200,400")))
            return;
        if (sent->non_recov_da_episodes)
            break;
    }
    expect_consistent();
    ck_assert_uint_eq(path.retrans, 0);
    if (!path_snmp(&path, RECEIVER, "TcpExt", "TCPOFOQueue")) {
        printf("SKIP: nothing was overtaken: this machine sends more slowly than the path\n");
        discard();
        return;
    }
    ck_assert_uint_eq(sent->fast_retran, 0);
    ck_assert_uint_ge(sent->non_recov_da_episodes, 1);
    ck_assert_uint_eq(sent->non_recov_da_episodes, received->dup_ack_episodes);
    ck_assert_uint_eq(sent->non_recov_da, sent->dup_acks_in);
    ck_assert_uint_ge(sent->sum_bytes_reordered, 2 * 1448);
    discard();
}
END_TEST

START_TEST(what_comes_twice_is_a_soft_error)
{
    if (!transfer_undisturbed(
            800000, NO_ECN, false, 0,
            PATH("to-right:rate=40M", "to-right:limit=400K", "to-right:dup-at=40,80,120")))
        return;
    ck_assert_uint_eq(received->soft_errors, 3);
    ck_assert_uint_eq(received->soft_error_reason, 1);
    ck_assert_uint_eq(path.added_packets, 3);
    /* Whatever their length; their headers are 20, 20 and 12 bytes of timestamps. */
    ck_assert_uint_eq(received->data_bytes_in, 800000 + path.added_bytes - 3 * 52);
    /* The kernel may merge two acknowledgements with such a block. */
    ck_assert_uint_ge(path.end[SENDER].sock.dsack_dups, 1);
    ck_assert_uint_le(path.end[SENDER].sock.dsack_dups, 3);
    ck_assert_uint_eq(sent->soft_errors, 0);
    discard();
}
END_TEST

START_TEST(the_bandwidth_of_the_path_is_found)
{
    if (!transfer(6000000, NO_ECN, false, PATH("to-right:rate=20M", "to-right:limit=200K")))
        return;
    ck_assert_uint_gt(path.end[SENDER].out.bandwidth, 10000000);
    ck_assert_uint_lt(path.end[SENDER].out.bandwidth, 25000000);
    ck_assert_uint_gt(path.end[RECEIVER].in.bandwidth, 10000000);
    ck_assert_uint_lt(path.end[RECEIVER].in.bandwidth, 25000000);
    ck_assert_uint_eq(path.end[RECEIVER].in.plateau, 3);
    discard();
}
END_TEST

SUITE("path", 300, losses_are_repaired_and_counted, losses_on_version_six, silence_ends_in_timeouts,
      marks_are_counted_where_they_arrive, accurate_ecn_tells_how_many_marks_arrived,
      reordering_is_no_loss, what_comes_twice_is_a_soft_error, the_bandwidth_of_the_path_is_found)
