/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The algebra of SYN, FIN and payload, for every state, against a model of a TCP sender that keeps
 * payload, SYN and FIN apart and derives the kernel's counters from them.
 */
#include <string.h>

#include "kernel/bytes.h"
#include "suite.h"

struct model {
    uint8_t state;
    unsigned active; /* we sent the opening SYN */
    unsigned fin_queued, fin_sent, fin_acked;
    unsigned peer_fin, fin_unread;
    uint64_t written, sent, acked; /* payload: accepted, put on the wire at least once, acked */
    uint64_t retrans;              /* payload of retransmissions */
    uint64_t received, read;
    uint64_t dropped_locally; /* counted as sent, sent again as if new */
};

/* What the kernel reports of it. */
static struct te_snapshot reply(const struct model *m)
{
    struct te_snapshot s;

    memset(&s, 0, sizeof(s));
    s.state = m->state;
    s.cookie = 7;
    s.info_len = sizeof(s.info);
    s.info.tcpi_bytes_acked = m->active + m->acked + m->fin_acked;
    s.info.tcpi_bytes_received = m->received + m->peer_fin;
    s.info.tcpi_bytes_sent = m->sent + m->retrans + m->dropped_locally;
    s.info.tcpi_bytes_retrans = m->retrans;
    s.info.tcpi_notsent_bytes = (uint32_t)(m->written - m->sent + (m->fin_queued && !m->fin_sent));
    s.info.tcpi_snd_mss = 1000;
    s.info.tcpi_unacked = (uint32_t)((m->sent - m->acked + 999) / 1000);
    if (m->fin_sent && !m->fin_acked && !s.info.tcpi_unacked)
        s.info.tcpi_unacked = 1;
    s.wqueue = (uint32_t)(m->written - m->acked + (m->fin_queued && !m->fin_acked));
    s.rqueue = (uint32_t)(m->received - m->read + m->fin_unread);
    s.info.tcpi_last_ack_recv = s.info.tcpi_last_data_recv = 5000;
    return s;
}

/* Each way of being in each state. */
static const struct model ways[] = {
    {.state = TE_ESTABLISHED},
    {.state = TE_ESTABLISHED, .written = 5000, .sent = 5000, .acked = 5000},
    {.state = TE_ESTABLISHED, .written = 9000, .sent = 5000, .acked = 2500, .retrans = 1500},
    {.state = TE_ESTABLISHED, .written = 5000, .sent = 5000, .received = 777, .read = 700},
    {.state = TE_FIN_WAIT1, .written = 9000, .sent = 5000, .acked = 1000, .fin_queued = 1},
    {.state = TE_FIN_WAIT1,
     .written = 5000,
     .sent = 5000,
     .acked = 1000,
     .fin_queued = 1,
     .fin_sent = 1},
    {.state = TE_FIN_WAIT1,
     .written = 5000,
     .sent = 5000,
     .acked = 5000,
     .fin_queued = 1,
     .fin_sent = 1},
    {.state = TE_FIN_WAIT2,
     .written = 5000,
     .sent = 5000,
     .acked = 5000,
     .fin_queued = 1,
     .fin_sent = 1,
     .fin_acked = 1,
     .received = 12},
    {.state = TE_CLOSE_WAIT,
     .written = 5000,
     .sent = 5000,
     .acked = 5000,
     .received = 10,
     .read = 3,
     .peer_fin = 1,
     .fin_unread = 1},
    {.state = TE_CLOSE_WAIT,
     .written = 5000,
     .sent = 4000,
     .acked = 3000,
     .received = 10,
     .read = 10,
     .peer_fin = 1},
    {.state = TE_LAST_ACK,
     .written = 5000,
     .sent = 5000,
     .acked = 5000,
     .received = 10,
     .read = 10,
     .peer_fin = 1,
     .fin_queued = 1,
     .fin_sent = 1},
    {.state = TE_LAST_ACK,
     .written = 5000,
     .sent = 3000,
     .acked = 3000,
     .received = 10,
     .read = 10,
     .peer_fin = 1,
     .fin_queued = 1},
    {.state = TE_CLOSING,
     .written = 5000,
     .sent = 5000,
     .acked = 4000,
     .received = 1,
     .peer_fin = 1,
     .fin_unread = 1,
     .fin_queued = 1,
     .fin_sent = 1},
};

#define WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

static void expect_payload(const struct model *m, const struct te_bytes *b)
{
    ck_assert_uint_eq(b->acked, m->acked);
    ck_assert_uint_eq(b->received, m->received);
    ck_assert_uint_eq(b->unsent, m->written - m->sent);
    ck_assert_uint_eq(b->in_flight, m->sent - m->acked);
    ck_assert_uint_eq(b->unread, m->received - m->read);
    ck_assert_uint_eq(b->snd_una, 1 + m->acked + m->fin_acked);
    ck_assert_uint_eq(b->snd_nxt, 1 + m->sent + m->fin_sent);
    ck_assert_uint_eq(b->rcv_nxt, 1 + m->received + m->peer_fin);
}

START_TEST(payload_is_told_from_syn_and_fin_in_every_state)
{
    unsigned active;
    int i;

    for (i = 0; i < WAYS; i++)
        for (active = 0; active < 2; active++) {
            struct model m = ways[i];
            struct te_snapshot s;
            struct te_bytes b;

            m.active = active;
            s = reply(&m);
            te_bytes_compute(&s, active ? TE_OPEN_ACTIVE : TE_OPEN_PASSIVE, &b);
            expect_payload(&m, &b);
        }
}
END_TEST

START_TEST(two_equal_replies_name_the_opener_in_every_state)
{
    unsigned active;
    int i;

    for (i = 0; i < WAYS; i++)
        for (active = 0; active < 2; active++) {
            struct model m = ways[i];
            struct te_snapshot s;

            m.active = active;
            s = reply(&m);
            ck_assert_uint_eq(te_bytes_open_of_pair(&s, &s),
                              active ? TE_OPEN_ACTIVE : TE_OPEN_PASSIVE);
        }
}
END_TEST

START_TEST(one_reply_names_the_opener_when_nothing_is_in_flight)
{
    int i, named = 0;

    for (i = 0; i < WAYS; i++) {
        struct model m = ways[i];
        struct te_snapshot s;
        struct te_bytes b;

        for (m.active = 0; m.active < 2; m.active++) {
            s = reply(&m);
            te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
            if (s.info.tcpi_unacked) {
                ck_assert_uint_eq(b.open, TE_OPEN_UNKNOWN);
            } else {
                ck_assert_uint_eq(b.open, m.active ? TE_OPEN_ACTIVE : TE_OPEN_PASSIVE);
                named++;
            }
        }
    }
    ck_assert_int_gt(named, 4);
}
END_TEST

START_TEST(replies_between_which_something_moved_name_nobody)
{
    struct model m = ways[2];
    struct te_snapshot before = reply(&m), after;

    m.acked += 500;
    after = reply(&m);
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
    m = ways[2];
    m.sent += 500;
    after = reply(&m);
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
    m = ways[2];
    m.written += 500;
    after = reply(&m);
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
    after = before;
    after.info.tcpi_unacked++;
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
    after = before;
    after.info.tcpi_notsent_bytes++;
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
    after = before;
    after.cookie++;
    ck_assert_uint_eq(te_bytes_open_of_pair(&before, &after), TE_OPEN_UNKNOWN);
}
END_TEST

START_TEST(local_drops_make_the_opener_unknown_not_wrong)
{
    struct model m = ways[1];
    struct te_snapshot s;
    struct te_bytes b;

    m.dropped_locally = 1000;
    for (m.active = 0; m.active < 2; m.active++) {
        s = reply(&m);
        te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
        ck_assert_uint_eq(b.open, TE_OPEN_UNKNOWN);
        ck_assert_uint_eq(te_bytes_open_of_pair(&s, &s), TE_OPEN_UNKNOWN);
    }
}
END_TEST

/* A counter that was shown while the opener was in doubt must not fall when it becomes known. */
START_TEST(becoming_certain_of_the_opener_never_lowers_a_counter)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        struct model m = ways[i];

        for (m.active = 0; m.active < 2; m.active++) {
            struct te_snapshot s = reply(&m);
            struct te_bytes doubt, certain;

            s.info.tcpi_bytes_sent += 3; /* spoils the sum */
            te_bytes_compute(&s, TE_OPEN_UNKNOWN, &doubt);
            te_bytes_compute(&s, m.active ? TE_OPEN_ACTIVE : TE_OPEN_PASSIVE, &certain);
            ck_assert_uint_le(doubt.acked, certain.acked);
        }
    }
}
END_TEST

START_TEST(a_fin_acknowledged_before_the_state_says_so_is_no_payload)
{
    struct model m = {.state = TE_FIN_WAIT1,
                      .written = 5000,
                      .sent = 5000,
                      .acked = 5000,
                      .fin_queued = 1,
                      .fin_sent = 1,
                      .fin_acked = 1,
                      .active = 1};
    struct te_snapshot s = reply(&m);
    struct te_bytes b;

    s.info.tcpi_unacked = 0;
    te_bytes_compute(&s, TE_OPEN_ACTIVE, &b);
    ck_assert_uint_eq(b.acked, 5000);
    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.open, TE_OPEN_ACTIVE);
}
END_TEST

START_TEST(queue_lengths_of_another_instant_do_not_show_in_the_bytes_in_flight)
{
    struct model m = ways[2];
    struct te_snapshot s = reply(&m);
    struct te_bytes b;

    s.wqueue = 10; /* less than notsent */
    te_bytes_compute(&s, TE_OPEN_PASSIVE, &b);
    ck_assert_uint_eq(b.in_flight, 2500);
    ck_assert(!b.torn);
    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.in_flight, 2001); /* two full segments and some of a third */
    ck_assert(b.torn);
    m = ways[1];
    s = reply(&m);
    s.wqueue = 90000;
    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.in_flight, 0);
}
END_TEST

START_TEST(a_syn_in_flight_is_nobodys_payload)
{
    struct te_snapshot s;
    struct te_bytes b;

    memset(&s, 0, sizeof(s));
    s.state = TE_SYN_SENT;
    s.info_len = sizeof(s.info);
    s.info.tcpi_unacked = 1;
    s.wqueue = 1;
    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.open, TE_OPEN_ACTIVE);
    ck_assert_uint_eq(b.acked, 0);
    ck_assert_uint_eq(b.in_flight, 0);
    ck_assert_uint_eq(b.unsent, 0);
    ck_assert_uint_eq(b.snd_una, 0);
    ck_assert_uint_eq(b.snd_nxt, 1);
    ck_assert_uint_eq(b.rcv_nxt, 0);
}
END_TEST

START_TEST(counters_beyond_32_bits_are_carried_in_full)
{
    struct model m = {.state = TE_CLOSE_WAIT,
                      .active = 1,
                      .written = 1ull << 40,
                      .sent = 1ull << 40,
                      .acked = 1ull << 40,
                      .retrans = 1ull << 33,
                      .received = (1ull << 41) + 5,
                      .read = (1ull << 41) + 5,
                      .peer_fin = 1};
    struct te_snapshot s = reply(&m);
    struct te_bytes b;

    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.acked, 1ull << 40);
    ck_assert_uint_eq(b.received, (1ull << 41) + 5);
}
END_TEST

START_TEST(only_a_recent_segment_asks_for_a_second_look)
{
    struct model m = ways[3];
    struct te_snapshot s = reply(&m);

    ck_assert(te_bytes_settled(&s));
    s.info.tcpi_last_ack_recv = 0;
    ck_assert(!te_bytes_settled(&s));
    s.info.tcpi_last_ack_recv = 5000;
    s.info.tcpi_last_data_recv = 10;
    ck_assert(!te_bytes_settled(&s));
    /* A slow answer leaves more room for a segment to have come between. */
    s.info.tcpi_last_data_recv = 30;
    ck_assert(te_bytes_settled(&s));
    s.query_ns = 25000000;
    ck_assert(!te_bytes_settled(&s));
}
END_TEST

START_TEST(an_old_kernel_without_bytes_sent_leaves_the_opener_open)
{
    struct model m = ways[1];
    struct te_snapshot s;
    struct te_bytes b;

    m.active = 1;
    s = reply(&m);
    s.info_len = TE_TI_END(tcpi_sndbuf_limited);
    s.info.tcpi_bytes_sent = s.info.tcpi_bytes_retrans = 0;
    te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
    ck_assert_uint_eq(b.open, TE_OPEN_UNKNOWN);
    ck_assert_uint_eq(b.acked, 5000);
}
END_TEST

SUITE("bytes", 30, payload_is_told_from_syn_and_fin_in_every_state,
      two_equal_replies_name_the_opener_in_every_state,
      one_reply_names_the_opener_when_nothing_is_in_flight,
      replies_between_which_something_moved_name_nobody,
      local_drops_make_the_opener_unknown_not_wrong,
      becoming_certain_of_the_opener_never_lowers_a_counter,
      a_fin_acknowledged_before_the_state_says_so_is_no_payload,
      queue_lengths_of_another_instant_do_not_show_in_the_bytes_in_flight,
      a_syn_in_flight_is_nobodys_payload, counters_beyond_32_bits_are_carried_in_full,
      only_a_recent_segment_asks_for_a_second_look,
      an_old_kernel_without_bytes_sent_leaves_the_opener_open)
