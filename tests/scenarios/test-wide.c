/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counters beyond 2^32, which no scenario can send enough for: replies of the kernel with such
 * numbers, through the parser, the arithmetic, the table of sources and into both layouts.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "kernel/kernel.h"
#include "plain.h"
#include "suite.h"
#include "tcpestats.h"

#define GIB4 (UINT64_C(1) << 32)

struct reply {
    struct nlmsghdr head;
    struct inet_diag_msg msg;
    struct nlattr attr;
    struct te_tcp_info info;
} __attribute__((packed)); /* an attribute's payload is aligned to four bytes only */

/* A passive socket that has sent and received more than 4 GiB; bytes_acked has no SYN in it. */
static struct reply large(void)
{
    struct reply r;

    memset(&r, 0, sizeof(r));
    r.head.nlmsg_len = sizeof(r);
    r.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    r.msg.idiag_family = AF_INET;
    r.msg.idiag_state = TE_ESTABLISHED;
    r.msg.id.idiag_sport = htons(40000);
    r.msg.id.idiag_dport = htons(80);
    r.msg.id.idiag_cookie[0] = 7;
    r.attr.nla_type = INET_DIAG_INFO;
    r.attr.nla_len = NLA_HDRLEN + sizeof(r.info);
    r.info.tcpi_state = TE_ESTABLISHED;
    r.info.tcpi_snd_mss = 1448;
    r.info.tcpi_snd_cwnd = 10;
    r.info.tcpi_bytes_sent = 5 * GIB4 + 100;
    r.info.tcpi_bytes_retrans = GIB4 + 40;
    r.info.tcpi_bytes_acked = 4 * GIB4 + 60;
    r.info.tcpi_bytes_received = 3 * GIB4 + 9;
    r.info.tcpi_segs_out = UINT32_MAX - 1;
    r.info.tcpi_segs_in = UINT32_MAX - 2;
    r.info.tcpi_data_segs_out = UINT32_MAX - 3;
    r.info.tcpi_data_segs_in = UINT32_MAX - 4;
    r.info.tcpi_last_ack_recv = r.info.tcpi_last_data_recv = 1000;
    return r;
}

/* What a reader would see of the reply, after what is remembered in the track. */
static void read_reply(const struct reply *r, uint64_t time_ns, struct te_track *t, unsigned cls,
                       struct tcpestats_sample *sample)
{
    struct te_snapshot s;
    struct te_bytes b;
    void *copy = malloc(sizeof(*r));

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, r, sizeof(*r));
    ck_assert_int_eq(te_diag_parse(copy, sizeof(*r), &s), 0);
    free(copy);
    s.time_ns = time_ns;
    te_bytes_compute(&s, t->open, &b);
    te_track_merge(t, ~0u, &s, &b, true);
    *sample = (struct tcpestats_sample){
        .size = sizeof(*sample), .cls = cls, .enabled = TCPESTATS_ON, .enabled_inbound = 1};
    read_plainly(sample, &s, t, &b);
}

static uint64_t value_of(const struct tcpestats_sample *sample, unsigned id)
{
    const struct tcpestats_value *v = &sample->values[id - sample->first];

    ck_assert_uint_eq(v->status, TCPESTATS_KNOWN);
    return v->value;
}

START_TEST(bytes_beyond_32_bits_are_told_in_full)
{
    struct te_track t = {.last_ns = 0};
    struct tcpestats_sample sample;
    struct reply r = large();

    read_reply(&r, 1, &t, TCPESTATS_DATA, &sample);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_DataBytesOut), 5 * GIB4 + 100);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_ThruBytesAcked), 4 * GIB4 + 60);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_ThruBytesReceived), 3 * GIB4 + 9);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_DataBytesIn), 3 * GIB4 + 9);
}
END_TEST

START_TEST(sequence_numbers_wrap_where_the_bytes_do_not)
{
    struct te_track t = {.last_ns = 0};
    struct tcpestats_sample sample;
    struct reply r = large();

    read_reply(&r, 1, &t, TCPESTATS_DATA, &sample);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_SndUna), 61);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_SndNxt), 61);
    ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Data_RcvNxt), 10);
}
END_TEST

START_TEST(segments_go_on_past_the_kernels_32_bits)
{
    static const unsigned members[] = {TCPESTATS_F_Data_SegsOut, TCPESTATS_F_Data_SegsIn,
                                       TCPESTATS_F_Data_DataSegsOut, TCPESTATS_F_Data_DataSegsIn};
    struct te_track t = {.last_ns = 0};
    struct tcpestats_sample before, after;
    struct reply r = large();

    read_reply(&r, 1, &t, TCPESTATS_DATA, &before);
    r.info.tcpi_segs_out += 10;
    r.info.tcpi_segs_in += 10;
    r.info.tcpi_data_segs_out += 10;
    r.info.tcpi_data_segs_in += 10;
    read_reply(&r, 2, &t, TCPESTATS_DATA, &after);
    for (unsigned i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        ck_assert_uint_eq(value_of(&after, members[i]), value_of(&before, members[i]) + 10);
    ck_assert_uint_gt(value_of(&after, TCPESTATS_F_Data_SegsOut), UINT32_MAX);
}
END_TEST

START_TEST(windows_layouts_carry_64_bits_and_wrap_32)
{
    struct te_track t = {.last_ns = 0};
    struct tcpestats_sample sample;
    struct reply r = large();
    uint8_t data[96], path[160];
    uint64_t bytes_out;
    uint32_t bytes_retrans;

    for (unsigned abi = TCPESTATS_ABI_I386; abi <= TCPESTATS_ABI_X86_64; abi++) {
        read_reply(&r, 1 + abi, &t, TCPESTATS_DATA, &sample);
        ck_assert_int_eq(tcpestats_pack(&sample, TCPESTATS_ROD, abi, data, sizeof(data)), 0);
        memcpy(&bytes_out, data, sizeof(bytes_out));
        ck_assert_uint_eq(bytes_out, 5 * GIB4 + 100);
        read_reply(&r, 3 + abi, &t, TCPESTATS_PATH, &sample);
        ck_assert_uint_eq(value_of(&sample, TCPESTATS_F_Path_BytesRetrans), GIB4 + 40);
        ck_assert_int_eq(tcpestats_pack(&sample, TCPESTATS_ROD, abi, path, sizeof(path)), 0);
        memcpy(&bytes_retrans, path + 24, sizeof(bytes_retrans));
        ck_assert_uint_eq(bytes_retrans, 40);
    }
}
END_TEST

SUITE("wide", 30, bytes_beyond_32_bits_are_told_in_full,
      sequence_numbers_wrap_where_the_bytes_do_not, segments_go_on_past_the_kernels_32_bits,
      windows_layouts_carry_64_bits_and_wrap_32)
