/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parser of the kernel's replies, on replies of every age and on damaged ones. Each message
 * lies in memory of its exact size, so that a sanitizer sees the first byte read beyond it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "kernel/diag.h"
#include "suite.h"

/* A message under construction. */
struct builder {
    _Alignas(8) uint8_t bytes[70000];
    size_t len;
};

static struct nlmsghdr *head_of(struct builder *b)
{
    return (struct nlmsghdr *)b->bytes;
}

static struct inet_diag_msg *body_of(struct builder *b)
{
    return (struct inet_diag_msg *)(b->bytes + NLMSG_HDRLEN);
}

static void begin(struct builder *b)
{
    static const uint8_t local[4] = {192, 0, 2, 1}, remote[4] = {198, 51, 100, 2};
    struct inet_diag_msg *m = body_of(b);

    memset(b, 0, sizeof(*b));
    b->len = NLMSG_HDRLEN + sizeof(*m);
    head_of(b)->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    m->idiag_family = AF_INET;
    m->idiag_state = TE_ESTABLISHED;
    m->id.idiag_sport = htons(4711);
    m->id.idiag_dport = htons(80);
    memcpy(m->id.idiag_src, local, 4);
    memcpy(m->id.idiag_dst, remote, 4);
    m->id.idiag_if = 3;
    m->id.idiag_cookie[0] = 0x11223344;
    m->id.idiag_cookie[1] = 0x55667788;
    m->idiag_rqueue = 10;
    m->idiag_wqueue = 20;
    m->idiag_uid = 30;
    m->idiag_inode = 40;
    head_of(b)->nlmsg_len = (uint32_t)b->len;
}

static void add(struct builder *b, uint16_t type, const void *data, size_t len)
{
    struct nlattr attr = {.nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = type};

    memcpy(b->bytes + b->len, &attr, sizeof(attr));
    memcpy(b->bytes + b->len + NLA_HDRLEN, data, len);
    b->len += NLA_ALIGN(NLA_HDRLEN + len);
    head_of(b)->nlmsg_len = (uint32_t)b->len;
}

/* Byte i of a synthetic tcp_info is i + 1. */
static void add_info(struct builder *b, size_t len)
{
    uint8_t info[512];

    for (size_t i = 0; i < sizeof(info); i++)
        info[i] = (uint8_t)(i + 1);
    add(b, INET_DIAG_INFO, info, len);
}

static void add_all(struct builder *b, size_t info_len)
{
    static const uint32_t skmem[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t shutdown = 0;
    static const uint64_t cgroup = UINT64_C(0x100000002);

    begin(b);
    add(b, INET_DIAG_SHUTDOWN, &shutdown, 1);
    add(b, INET_DIAG_SKMEMINFO, skmem, sizeof(skmem));
    add_info(b, info_len);
    add(b, INET_DIAG_CONG, "reno", 5);
    add(b, 21, &cgroup, sizeof(cgroup));
}

/* Parses the first len bytes from memory of just that size. */
static int parse(const struct builder *b, size_t len, struct te_snapshot *s)
{
    uint8_t *copy = malloc(len ? len : 1);
    int result;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, b->bytes, len);
    memset(s, 0xa5, sizeof(*s));
    result = te_diag_parse(copy, len, s);
    free(copy);
    return result;
}

static struct builder b;
static struct te_snapshot s;

START_TEST(every_part_of_a_reply_arrives)
{
    struct te_tuple expected = {
        .family = AF_INET,
        .local = {192, 0, 2, 1},
        .remote = {198, 51, 100, 2},
        .local_port = 4711,
        .remote_port = 80,
    };

    add_all(&b, 280);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_mem_eq(&s.tuple, &expected, sizeof(expected));
    ck_assert_uint_eq(s.cookie, UINT64_C(0x5566778811223344));
    ck_assert_uint_eq(s.state, TE_ESTABLISHED);
    ck_assert_uint_eq(s.ifindex, 3);
    ck_assert_uint_eq(s.rqueue, 10);
    ck_assert_uint_eq(s.wqueue, 20);
    ck_assert_uint_eq(s.uid, 30);
    ck_assert_uint_eq(s.inode, 40);
    ck_assert_uint_eq(s.cgroup, UINT64_C(0x100000002));
    ck_assert_uint_eq(s.info_len, 280);
    ck_assert_uint_eq(s.skmem_count, TE_SKMEM_COUNT);
    ck_assert_uint_eq(s.skmem[TE_SKMEM_SNDBUF], 4);
    ck_assert_str_eq(s.cong, "reno");
    ck_assert_mem_eq(&s.info, b.bytes + 88 + 8 + 40 + 4, 280);
}
END_TEST

START_TEST(a_shorter_tcp_info_is_taken_as_far_as_it_goes)
{
    static const size_t lengths[] = {104, 136, 144, 160, 168, 192, 200, 224, 232, 240, 248, 280};
    static const uint8_t zeroes[280];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const uint8_t *info = (const uint8_t *)&s.info;

        add_all(&b, lengths[i]);
        ck_assert_int_eq(parse(&b, b.len, &s), 0);
        ck_assert_uint_eq(s.info_len, lengths[i]);
        ck_assert_uint_eq(info[lengths[i] - 1], (uint8_t)lengths[i]);
        ck_assert_mem_eq(info + lengths[i], zeroes, sizeof(s.info) - lengths[i]);
    }
    add_all(&b, 192);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert(TE_TI_HAS(&s, tcpi_sndbuf_limited) && !TE_TI_HAS(&s, tcpi_delivered));
}
END_TEST

START_TEST(a_longer_tcp_info_of_a_later_kernel_is_cut)
{
    add_all(&b, 400);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.info_len, 400);
    ck_assert_uint_eq(((const uint8_t *)&s.info)[279], (uint8_t)280);
    ck_assert_str_eq(s.cong, "reno");
}
END_TEST

START_TEST(a_tcp_info_shorter_than_any_kernels_is_refused)
{
    for (size_t len = 0; len < 104; len++) {
        begin(&b);
        add_info(&b, len);
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(a_reply_cut_at_any_byte_is_refused)
{
    static const size_t lengths[] = {104, 192, 224, 232, 240, 248, 280};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        add_all(&b, lengths[i]);
        for (size_t len = 0; len < b.len; len++)
            ck_assert_int_eq(parse(&b, len, &s), -EBADMSG);
    }
}
END_TEST

/* As above, but the header knows of the cut: attributes that are whole remain. */
START_TEST(a_reply_that_ends_early_by_its_own_word_is_read_or_refused)
{
    unsigned refused = 0, read = 0;

    add_all(&b, 280);
    for (size_t len = 0; len <= b.len; len++) {
        int result;

        head_of(&b)->nlmsg_len = (uint32_t)len;
        result = parse(&b, len, &s);
        ck_assert(result == 0 || result == -EBADMSG);
        if (result == 0) {
            read++;
            ck_assert_uint_ge(len, NLMSG_HDRLEN + sizeof(struct inet_diag_msg));
            ck_assert(s.info_len == 0 || s.info_len == 280);
        } else {
            refused++;
        }
    }
    ck_assert_uint_gt(refused, 300);
    ck_assert_uint_gt(read, 3);
}
END_TEST

START_TEST(a_reply_without_tcp_info_says_so)
{
    begin(&b);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.info_len, 0);
    ck_assert_uint_eq(s.skmem_count, 0);
    ck_assert_str_eq(s.cong, "");
}
END_TEST

START_TEST(unknown_attributes_are_passed_over)
{
    uint8_t noise[100] = {1, 2, 3};

    begin(&b);
    for (unsigned type = 0; type < 200; type++)
        if (type != INET_DIAG_INFO && type != INET_DIAG_SKMEMINFO && type != INET_DIAG_CONG &&
            type != INET_DIAG_BBRINFO)
            add(&b, (uint16_t)type, noise, type % 50);
    add_info(&b, 248);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.info_len, 248);
}
END_TEST

START_TEST(an_attribute_that_claims_too_much_or_too_little_is_refused)
{
    static const uint16_t claims[] = {0, 1, 3, 285, 300, 1000, 65535};
    struct nlattr *attr;

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        begin(&b);
        attr = (struct nlattr *)(b.bytes + b.len);
        add_info(&b, 280);
        attr->nla_len = claims[i];
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(a_header_that_claims_too_much_or_too_little_is_refused)
{
    static const uint32_t claims[] = {0, 1, 15, 16, 87, 1000, 0x7fffffff, 0x80000000, 0xffffffff};

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        add_all(&b, 280);
        head_of(&b)->nlmsg_len = claims[i];
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(messages_of_other_types_and_families_are_refused)
{
    static const uint16_t types[] = {NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN, 17, 21};
    static const uint8_t families[] = {AF_UNSPEC, AF_UNIX, AF_PACKET, 255};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        add_all(&b, 280);
        head_of(&b)->nlmsg_type = types[i];
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
    for (size_t i = 0; i < sizeof(families); i++) {
        add_all(&b, 280);
        body_of(&b)->idiag_family = families[i];
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(a_congestion_control_without_end_is_contained)
{
    static const char name[32] = "abcdefghijklmnopqrstuvwxyz";

    begin(&b);
    add(&b, INET_DIAG_CONG, name, 15); /* no terminator, but room for one */
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_str_eq(s.cong, "abcdefghijklmno");
    for (size_t len = 16; len <= sizeof(name); len++) {
        begin(&b);
        add(&b, INET_DIAG_CONG, name, len);
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(the_bandwidth_of_bbr_is_put_together_from_its_halves)
{
    struct tcp_bbr_info bbr = {.bbr_bw_lo = 0x80000001u, .bbr_bw_hi = 2};

    begin(&b);
    add(&b, INET_DIAG_BBRINFO, &bbr, sizeof(bbr));
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.bbr_bw, 0x280000001ull);
    for (size_t len = 0; len < sizeof(bbr); len++) {
        begin(&b);
        add(&b, INET_DIAG_BBRINFO, &bbr, len);
        ck_assert_int_eq(parse(&b, b.len, &s), -EBADMSG);
    }
}
END_TEST

START_TEST(skmeminfo_of_any_length_is_contained)
{
    uint32_t skmem[20];

    memset(skmem, 0x11, sizeof(skmem));
    for (size_t len = 0; len <= sizeof(skmem); len++) {
        begin(&b);
        add(&b, INET_DIAG_SKMEMINFO, skmem, len);
        ck_assert_int_eq(parse(&b, b.len, &s), 0);
        ck_assert_uint_eq(s.skmem_count, len / 4 < TE_SKMEM_COUNT ? len / 4 : TE_SKMEM_COUNT);
    }
}
END_TEST

START_TEST(any_one_byte_may_be_wrong)
{
    for (size_t i = 0; i < 200; i++)
        for (unsigned value = 0; value < 256; value += 15) {
            int result;

            add_all(&b, 104);
            b.bytes[i] = (uint8_t)value;
            result = parse(&b, b.len, &s);
            ck_assert(result == 0 || result == -EBADMSG);
        }
}
END_TEST

START_TEST(noise_is_read_or_refused)
{
    unsigned seed = 1;

    for (unsigned round = 0; round < 20000; round++) {
        size_t len;

        begin(&b);
        len = b.len + (unsigned)rand_r(&seed) % 64;
        for (size_t i = b.len; i < len; i++)
            b.bytes[i] = (uint8_t)(rand_r(&seed) % (round % 2 ? 256 : 12));
        head_of(&b)->nlmsg_len = (uint32_t)len;
        ck_assert_int_le(parse(&b, len, &s), 0);
    }
}
END_TEST

static void set_mapped(uint32_t words[static 4], uint8_t last)
{
    uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = last};

    memcpy(words, bytes, 16);
}

START_TEST(mapped_addresses_become_v4_when_both_are)
{
    begin(&b);
    body_of(&b)->idiag_family = AF_INET6;
    set_mapped(body_of(&b)->id.idiag_src, 1);
    set_mapped(body_of(&b)->id.idiag_dst, 2);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.tuple.family, AF_INET);
    ck_assert_mem_eq(s.tuple.local, ((uint8_t[16]){10, 0, 0, 1}), 16);
    ck_assert_mem_eq(s.tuple.remote, ((uint8_t[16]){10, 0, 0, 2}), 16);

    /* A dual-stack listener has :: as its remote address. */
    memset(body_of(&b)->id.idiag_dst, 0, 16);
    ck_assert_int_eq(parse(&b, b.len, &s), 0);
    ck_assert_uint_eq(s.tuple.family, AF_INET6);
}
END_TEST

SUITE("parse", 60, every_part_of_a_reply_arrives, a_shorter_tcp_info_is_taken_as_far_as_it_goes,
      a_longer_tcp_info_of_a_later_kernel_is_cut, a_tcp_info_shorter_than_any_kernels_is_refused,
      a_reply_cut_at_any_byte_is_refused,
      a_reply_that_ends_early_by_its_own_word_is_read_or_refused, a_reply_without_tcp_info_says_so,
      unknown_attributes_are_passed_over,
      an_attribute_that_claims_too_much_or_too_little_is_refused,
      a_header_that_claims_too_much_or_too_little_is_refused,
      messages_of_other_types_and_families_are_refused,
      a_congestion_control_without_end_is_contained,
      the_bandwidth_of_bbr_is_put_together_from_its_halves, skmeminfo_of_any_length_is_contained,
      any_one_byte_may_be_wrong, noise_is_read_or_refused, mapped_addresses_become_v4_when_both_are)
