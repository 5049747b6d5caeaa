/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing samples in Windows' layouts. That the offsets are Windows' is asserted by the compilers
 * of the Windows test program; here it is that each value lands there, whole and alone. */
#include <errno.h>
#include <string.h>

#include "members/fields.h"
#include "suite.h"

static struct tcpestats_sample sample_of(unsigned cls, uint8_t status, uint64_t value)
{
    struct tcpestats_sample s;
    unsigned i;

    memset(&s, 0, sizeof(s));
    s.size = sizeof(s);
    s.cls = cls;
    s.enabled = s.enabled_inbound = TCPESTATS_ON;
    s.first = te_class_first(cls);
    s.count = te_class_count(cls);
    for (i = 0; i < s.count; i++) {
        s.values[i].status = status;
        s.values[i].value = value;
    }
    return s;
}

static uint64_t load(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;

    while (size--)
        value = value << 8 | at[size];
    return value;
}

static unsigned offset(const struct tcpestats_field *f, unsigned abi)
{
    return abi == TCPESTATS_ABI_I386 ? f->off_i386 : f->off_x86_64;
}

static unsigned width_of(const struct tcpestats_field *f, unsigned abi)
{
    static const unsigned widths[][2] = {{1, 1}, {1, 1}, {4, 4}, {8, 8}, {4, 8}};

    return widths[f->type][abi];
}

START_TEST(each_member_is_written_to_its_own_bytes_and_no_others)
{
    unsigned id, abi;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        for (abi = 0; abi < 2; abi++) {
            const struct tcpestats_field *f = tcpestats_field(id);
            struct tcpestats_sample s = sample_of(f->cls, TCPESTATS_KNOWN, 0);
            size_t size = tcpestats_block_size(f->cls, f->block, abi), i;
            unsigned width = width_of(f, abi);
            uint64_t mark = 0x1122334455667788u & (width == 8 ? ~0ull : (1ull << 8 * width) - 1);
            uint8_t buf[160 + 2];

            s.values[id - s.first].value = mark;
            memset(buf, 0xcc, sizeof(buf));
            ck_assert_int_eq(tcpestats_pack(&s, f->block, abi, buf + 1, size), 0);
            ck_assert_uint_eq(load(buf + 1 + offset(f, abi), width), mark);
            for (i = 0; i < size; i++)
                if (i < offset(f, abi) || i >= offset(f, abi) + width)
                    ck_assert_msg(buf[1 + i] == 0, "%s: byte %zu", f->name, i);
            ck_assert_uint_eq(buf[0], 0xcc);
            ck_assert_uint_eq(buf[1 + size], 0xcc);
        }
}
END_TEST

START_TEST(members_of_a_block_lie_within_it_and_never_overlap)
{
    unsigned cls, block, abi, i;

    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        for (block = TCPESTATS_ROS; block <= TCPESTATS_ROD; block++)
            for (abi = 0; abi < 2; abi++) {
                size_t end = 0, size = tcpestats_block_size(cls, block, abi);

                for (i = 0; i < te_class_count(cls); i++) {
                    const struct tcpestats_field *f = tcpestats_field(te_class_first(cls) + i);
                    unsigned width = width_of(f, abi);

                    if (f->block != block)
                        continue;
                    ck_assert_uint_ge(offset(f, abi), end);
                    ck_assert_uint_eq(offset(f, abi) % width, 0);
                    end = offset(f, abi) + width;
                    ck_assert_uint_le(end, size);
                }
                /* No more than padding to the widest member remains. */
                ck_assert_uint_lt(size - end, 8);
            }
}
END_TEST

START_TEST(the_table_holds_the_nine_classes_and_their_108_members)
{
    static const unsigned members[] = {3, 14, 19, 40, 4, 14, 4, 6, 4};
    unsigned cls;

    ck_assert_uint_eq(TCPESTATS_FIELD_COUNT, 108);
    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        ck_assert_uint_eq(te_class_count(cls), members[cls]);
        ck_assert_uint_eq(tcpestats_field(te_class_first(cls))->cls, cls);
        ck_assert_uint_eq(tcpestats_field(te_class_first(cls) + members[cls] - 1)->cls, cls);
    }
    ck_assert_ptr_null(tcpestats_field(TCPESTATS_FIELD_COUNT));
    ck_assert_ptr_null(tcpestats_class_name(TCPESTATS_CLASS_COUNT));
    ck_assert_uint_eq(tcpestats_block_size(9, 0, 0), 0);
    ck_assert_uint_eq(tcpestats_block_size(0, 3, 0), 0);
    ck_assert_uint_eq(tcpestats_block_size(0, 1, 2), 0);
}
END_TEST

START_TEST(ulong_counters_wrap_and_32_bit_sizes_saturate)
{
    struct tcpestats_sample s = sample_of(TCPESTATS_PATH, TCPESTATS_KNOWN, (1ull << 32) + 5);
    uint8_t buf[160];

    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_ROD, TCPESTATS_ABI_X86_64, buf, 160), 0);
    ck_assert_uint_eq(load(buf + 24, 4), 5); /* BytesRetrans */
    s = sample_of(TCPESTATS_SEND_BUFF, TCPESTATS_KNOWN, (1ull << 32) + 5);
    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_ROD, TCPESTATS_ABI_I386, buf, 16), 0);
    ck_assert_uint_eq(load(buf, 4), UINT32_MAX);
    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_ROD, TCPESTATS_ABI_X86_64, buf, 32), 0);
    ck_assert_uint_eq(load(buf, 8), (1ull << 32) + 5);
}
END_TEST

START_TEST(unknown_reads_all_ones_or_zero_as_the_table_says_and_off_reads_zero)
{
    static const uint8_t unknown[] = {TCPESTATS_NO_SAMPLE, TCPESTATS_NO_SOURCE,
                                      TCPESTATS_NOT_IN_USE};
    unsigned id, abi, i;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        for (abi = 0; abi < 2; abi++) {
            const struct tcpestats_field *f = tcpestats_field(id);
            size_t size = tcpestats_block_size(f->cls, f->block, abi);
            unsigned width = width_of(f, abi);
            uint64_t ones = width == 8 ? ~0ull : (1ull << 8 * width) - 1;
            struct tcpestats_sample s;
            uint8_t buf[160];

            for (i = 0; i < sizeof(unknown); i++) {
                s = sample_of(f->cls, unknown[i], 0);
                ck_assert_int_eq(tcpestats_pack(&s, f->block, abi, buf, size), 0);
                ck_assert_uint_eq(load(buf + offset(f, abi), width), f->unknown_is_ones ? ones : 0);
            }
            s = sample_of(f->cls, TCPESTATS_CLASS_OFF, 0);
            ck_assert_int_eq(tcpestats_pack(&s, f->block, abi, buf, size), 0);
            ck_assert_uint_eq(load(buf + offset(f, abi), width), 0);
        }
}
END_TEST

START_TEST(rw_echoes_exactly_one_or_zero)
{
    struct tcpestats_sample s = sample_of(TCPESTATS_DATA, TCPESTATS_KNOWN, 0);
    uint8_t buf[8];

    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_RW, TCPESTATS_ABI_I386, buf, 1), 0);
    ck_assert_uint_eq(buf[0], 1);
    s.enabled = TCPESTATS_OFF;
    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_RW, TCPESTATS_ABI_I386, buf, 1), 0);
    ck_assert_uint_eq(buf[0], 0);
    s = sample_of(TCPESTATS_BANDWIDTH, TCPESTATS_KNOWN, 0);
    s.enabled = TCPESTATS_OFF;
    ck_assert_int_eq(tcpestats_pack(&s, TCPESTATS_RW, TCPESTATS_ABI_X86_64, buf, 8), 0);
    ck_assert_uint_eq(load(buf, 4), 0);
    ck_assert_uint_eq(load(buf + 4, 4), 1);
}
END_TEST

START_TEST(wrong_sizes_and_missing_blocks_touch_nothing)
{
    unsigned cls, block, abi;

    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        for (block = 0; block < 3; block++)
            for (abi = 0; abi < 2; abi++) {
                struct tcpestats_sample s = sample_of(cls, TCPESTATS_KNOWN, 1);
                size_t size = tcpestats_block_size(cls, block, abi), i, off;
                uint8_t buf[200];

                for (off = 0; off < 3; off++) {
                    if (size && off == 1)
                        continue;
                    memset(buf, 0x55, sizeof(buf));
                    ck_assert_int_eq(tcpestats_pack(&s, block, abi, buf, size + off - 1),
                                     size ? -EMSGSIZE : -EINVAL);
                    for (i = 0; i < sizeof(buf); i++)
                        ck_assert_uint_eq(buf[i], 0x55);
                }
            }
}
END_TEST

SUITE("pack", 30, each_member_is_written_to_its_own_bytes_and_no_others,
      members_of_a_block_lie_within_it_and_never_overlap,
      the_table_holds_the_nine_classes_and_their_108_members,
      ulong_counters_wrap_and_32_bit_sizes_saturate,
      unknown_reads_all_ones_or_zero_as_the_table_says_and_off_reads_zero,
      rw_echoes_exactly_one_or_zero, wrong_sizes_and_missing_blocks_touch_nothing)
