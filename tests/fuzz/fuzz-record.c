/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of a collector, whatever is in them, onto whatever the state file remembers, up to the
 * Windows structures.
 *
 * Input: what is on (4 bytes), features (1), bytes of tcp_info (2), the memory of a connection
 * (te_carry, te_track), then copies of records, in the order in which they are read.
 */
#include "fuzz.h"
#include "members/members.h"

#define RECORDS_MAX 6

/* What make-seeds.c reckons with. */
_Static_assert(sizeof(struct te_carry) + sizeof(struct te_track) == 1120, "MEMORY in make-seeds.c");
_Static_assert(sizeof(struct te_record_copy) == 696, "COPY in make-seeds.c");

static struct te_carry carry;
static struct te_track track;

static void check_snapshot(const struct te_snapshot *s, const struct te_record_copy *copy,
                           unsigned info_len)
{
    const uint8_t *info = (const uint8_t *)&s->info;

    MUST(s->whole && s->info_len <= info_len && s->info_len <= sizeof(s->info));
    MUST(s->time_ns == copy->head.time_ns && s->cookie == copy->head.cookie);
    for (size_t i = s->info_len; i < sizeof(s->info); i++)
        MUST(info[i] == 0);
}

/* What was once told is never taken back, and the same record told again changes nothing. */
static void merge(uint32_t on, const struct te_news *news)
{
    static const uint8_t width[] = {
#define COUNTED(name, bits, event, without) [TE_C_##name] = bits,
#include "memory/counted.def"
    };
    struct te_carry before = carry;
    struct te_track track_before;

    te_carry_merge(&carry, &track, on, news, true);
    for (unsigned i = 0; i < TE_COUNTED; i++) {
        uint64_t step = carry.total[i] - before.total[i];

        MUST(!(step >> (width[i] - 1) & 1) || news->record->head.epoch != before.epoch ||
             before.known & TE_CARRY_BLIND ||
             (i == TE_C_limit_ns_snd && carry.total[i] > before.total[i])); /* what a clock says */
    }
    MUST(carry.epoch == news->record->head.epoch);
    before = carry;
    track_before = track;
    te_carry_merge(&carry, &track, on, news, true);
    MUST(!memcmp(&carry, &before, sizeof(carry)));
    MUST(!memcmp(&track, &track_before, sizeof(track)));
}

static void pack_all(const struct tcpestats_sample *sample)
{
    uint8_t buf[256];

    for (unsigned block = 0; block < 3; block++)
        for (unsigned abi = 0; abi < 2; abi++) {
            size_t size = tcpestats_block_size(sample->cls, block, abi);

            MUST(!size || !tcpestats_pack(sample, block, abi, buf, size));
        }
}

static void read_all(const struct te_facts *facts, uint32_t on)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        struct tcpestats_sample sample = {
            .size = sizeof(sample),
            .cls = cls,
            .enabled = on >> cls & 1,
            .enabled_inbound = cls == TCPESTATS_BANDWIDTH && on & ON_INBOUND,
        };

        te_sources_read(&sample, facts);
        for (unsigned i = 0; i < sample.count; i++) {
            MUST(sample.values[i].status <= TCPESTATS_NOT_IN_USE);
            MUST(sample.values[i].fidelity <= TCPESTATS_RESERVED);
            MUST(te_source_by_number(sample.values[i].row)->field == sample.first + i);
        }
        pack_all(&sample);
    }
}

static void one_record(struct input *in, uint32_t on, uint32_t features, unsigned info_len)
{
    struct te_collector_record record;
    struct te_record_copy copy;
    struct te_record_key key;
    struct te_snapshot s;
    struct te_bytes b;
    struct te_news news = {.s = &s, .b = &b, .record = &copy};
    struct te_facts facts = {.s = &s, .t = &track, .b = &b, .c = &carry, .record = &copy};

    memset(&record, 0, sizeof(record));
    take(in, &record, sizeof(copy));
    record.head.seq &= ~1u;
    key = (struct te_record_key){.netns = record.head.netns, .cookie = record.head.cookie};
    memcpy(&key.tuple, record.head.local, sizeof(key.tuple));
    if (!te_record_read(&record, &key, &copy)) {
        MUST(record.head.live != 1 || !record.head.epoch || !record.head.time_ns);
        return;
    }
    te_snapshot_of_record(&copy, info_len, &s);
    check_snapshot(&s, &copy, info_len);
    te_bytes_compute(&s, track.open & TE_OPEN_MASK, &b);
    news.at_ns = s.time_ns;
    merge(on, &news);
    te_track_merge(&track, on, &s, &b, true);
    facts.have = te_facts_have(&copy, features, &carry);
    read_all(&facts, on);
    /* And the same without it, from the state alone. */
    facts.record = &te_no_record;
    facts.have = te_facts_have(&te_no_record, features, &carry);
    s.whole = false;
    read_all(&facts, on);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint32_t on = take_32(&in), features = take_8(&in);
    unsigned info_len = take_16(&in);

    take(&in, &carry, sizeof(carry));
    take(&in, &track, sizeof(track));
    for (int i = 0; i < RECORDS_MAX && in.left; i++)
        one_record(&in, on, features, info_len);
    return 0;
}
