/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the command line reads members out of Windows' structures, against what the library packs. */
#include <string.h>

#include "members.h"
#include "suite.h"

static const enum tcpestats_abi abis[] = {TCPESTATS_ABI_I386, TCPESTATS_ABI_X86_64};

START_TEST(a_reading_holds_every_class)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        ck_assert_uint_eq(class_find(tcpestats_class_name(cls)), cls);
        ck_assert_uint_le(tcpestats_block_size(cls, TCPESTATS_RW, 1), RW_SIZE_MAX);
        ck_assert_uint_le(tcpestats_block_size(cls, TCPESTATS_ROD, 1), ROD_SIZE_MAX);
        ck_assert_uint_le(tcpestats_block_size(cls, TCPESTATS_ROS, 1), ROS_SIZE_MAX);
        ck_assert_uint_le(class_first(cls + 1) - class_first(cls), TCPESTATS_CLASS_FIELDS_MAX);
    }
    ck_assert_uint_eq(class_first(TCPESTATS_CLASS_COUNT), TCPESTATS_FIELD_COUNT);
    ck_assert_uint_eq(class_find("sndcong"), TCPESTATS_SND_CONG);
    ck_assert_uint_eq(class_find("Snd"), TCPESTATS_CLASS_COUNT);
}
END_TEST

/* A class whose members are all known and differ from each other. */
static struct tcpestats_sample make_sample(unsigned cls)
{
    struct tcpestats_sample sample = {.size = sizeof(sample), .cls = cls};

    sample.enabled = sample.enabled_inbound = TCPESTATS_ON;
    sample.first = class_first(cls);
    sample.count = class_first(cls + 1) - sample.first;
    for (unsigned i = 0; i < sample.count; i++) {
        switch (tcpestats_field(sample.first + i)->type) {
        case TCPESTATS_TYPE_BOOLEAN:
            sample.values[i].value = i & 1;
            break;
        case TCPESTATS_TYPE_UCHAR:
            sample.values[i].value = 7 + i;
            break;
        default:
            sample.values[i].value = 0x01020300u + i;
        }
    }
    return sample;
}

static struct reading pack(const struct tcpestats_sample *sample, enum tcpestats_abi abi)
{
    struct reading reading = {.cls = sample->cls, .abi = abi, .has_status = true};
    size_t ros = tcpestats_block_size(sample->cls, TCPESTATS_ROS, abi);
    size_t rod = tcpestats_block_size(sample->cls, TCPESTATS_ROD, abi);

    reading.enabled = sample->enabled == TCPESTATS_ON;
    reading.enabled_inbound = sample->enabled_inbound == TCPESTATS_ON;
    if (ros)
        ck_assert_int_eq(tcpestats_pack(sample, TCPESTATS_ROS, abi, reading.ros, ros), 0);
    if (rod)
        ck_assert_int_eq(tcpestats_pack(sample, TCPESTATS_ROD, abi, reading.rod, rod), 0);
    for (unsigned i = 0; i < sample->count; i++)
        reading.status[i] = sample->values[i].status;
    return reading;
}

START_TEST(what_was_packed_is_read_back)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        struct tcpestats_sample sample = make_sample(cls);

        for (size_t abi = 0; abi < 2; abi++) {
            struct reading reading = pack(&sample, abis[abi]);

            for (unsigned i = 0; i < sample.count; i++) {
                struct member_value value = member_read(&reading, sample.first + i);

                ck_assert_msg(value.known && value.value == sample.values[i].value, "%s.%s",
                              tcpestats_class_name(cls), tcpestats_field(sample.first + i)->name);
            }
        }
    }
}
END_TEST

START_TEST(each_status_has_its_reason)
{
    static const char *const reasons[] = {NULL, "nothing measured yet", "no source on this kernel",
                                          "collection is off", "not in use on this connection"};
    struct tcpestats_sample sample = make_sample(TCPESTATS_PATH);

    for (unsigned status = 1; status < 5; status++) {
        struct reading reading;
        struct member_value value;

        sample.values[3].status = (uint8_t)status;
        sample.values[3].value = 0;
        reading = pack(&sample, TCPESTATS_ABI_X86_64);
        value = member_read(&reading, sample.first + 3);
        ck_assert(!value.known);
        ck_assert_str_eq(value.reason, reasons[status]);
        ck_assert(member_read(&reading, sample.first + 2).known);
    }
}
END_TEST

/* Real Windows: numbers only. */
START_TEST(without_a_status_all_ones_and_the_switch_decide)
{
    struct reading reading = {.cls = TCPESTATS_FINE_RTT, .abi = TCPESTATS_ABI_I386};
    struct member_value value;

    memset(reading.rod, 0xff, 4);
    value = member_read(&reading, TCPESTATS_F_FineRtt_RttVar);
    ck_assert_str_eq(value.reason, "collection is off");
    reading.enabled = true;
    value = member_read(&reading, TCPESTATS_F_FineRtt_RttVar);
    ck_assert(!value.known);
    ck_assert_str_eq(value.reason, "not reported by Windows");
    ck_assert(member_read(&reading, TCPESTATS_F_FineRtt_MinRtt).known);

    /* A counter may read all-ones. */
    reading.cls = TCPESTATS_PATH;
    value = member_read(&reading, TCPESTATS_F_Path_FastRetran);
    ck_assert(value.known && value.value == UINT32_MAX);
}
END_TEST

START_TEST(without_a_status_each_direction_has_its_switch)
{
    struct reading reading = {.cls = TCPESTATS_BANDWIDTH, .abi = TCPESTATS_ABI_X86_64};

    reading.enabled_inbound = true;
    ck_assert(reading_is_on(&reading));
    ck_assert(member_read(&reading, TCPESTATS_F_Bandwidth_InboundBandwidth).known);
    ck_assert(member_read(&reading, TCPESTATS_F_Bandwidth_InboundBandwidthPeaked).known);
    ck_assert(!member_read(&reading, TCPESTATS_F_Bandwidth_OutboundBandwidth).known);
    reading.cls = TCPESTATS_SYN_OPTS;
    reading.enabled_inbound = false;
    ck_assert(reading_is_on(&reading));
    ck_assert(member_read(&reading, TCPESTATS_F_SynOpts_ActiveOpen).known);
}
END_TEST

SUITE("tcpestats members", 20, a_reading_holds_every_class, what_was_packed_is_read_back,
      each_status_has_its_reason, without_a_status_all_ones_and_the_switch_decide,
      without_a_status_each_direction_has_its_switch)
