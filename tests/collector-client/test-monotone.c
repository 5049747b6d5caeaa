/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nothing goes backwards: random traffic, looks, crashes and returns of the collector, switches
 * thrown and readings by several handles, on older and newer kernels. What a handle has shown it
 * never takes back, a switch shows at once everywhere, and no number exceeds the truth.
 */
#include "model.h"

#include <stdio.h>

#define HANDLES 3
#define STEPS 4000
#define SEEDS 12

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static struct {
    struct tcpestats *te[HANDLES];
    struct tcpestats_value shown[HANDLES][TCPESTATS_FIELD_COUNT];
    bool known[HANDLES][TCPESTATS_FIELD_COUNT];
    uint64_t time_ns; /* of the newest answer by any handle */
    uint32_t enabled;
    uint64_t dup_acks, data_bytes_in, rtt_sum; /* the truth since the connection began */
} run;

static void limit_changes(void)
{
    struct te_record_events *e = &model.events;

    e->limit_ns[e->limit - 1] += model.now_ns - e->limit_since_ns;
    e->limit_since_ns = model.now_ns;
    e->limit = 1 + below(TE_LIMIT_COUNT);
    e->limit_trans[e->limit - 1]++;
}

static void send(void)
{
    struct te_record_sock *k = &model.sock;
    uint32_t n = 1 + below(3000);

    k->write_seq += n;
    k->snd_nxt += n;
    k->bytes_sent += n;
    k->segs_out++;
    k->data_segs_out++;
    k->packets_out++;
    k->busy_us += 900;
    k->rwnd_limited_us += below(2) * 400;
    model.events.limit_bytes[model.events.limit - 1] += n;
    if (k->snd_nxt - k->snd_una > model.events.max_retx_queue)
        model.events.max_retx_queue = k->snd_nxt - k->snd_una;
}

static void acknowledge(void)
{
    struct te_record_sock *k = &model.sock;
    struct te_record_events *e = &model.events;
    uint32_t rtt = 1000 + below(90000);

    k->bytes_acked += k->snd_nxt - k->snd_una;
    k->snd_una = k->snd_nxt;
    k->packets_out = 0;
    k->segs_in++;
    k->srtt_us = rtt;
    k->rto_us = 200000 + rtt;
    k->snd_cwnd = 2 + below(40);
    k->snd_wnd = 1000 + below(100000);
    e->sample_rtt_us = rtt;
    e->sum_rtt_us += rtt;
    run.rtt_sum += rtt;
    e->count_rtt++;
    e->slow_start += below(2);
    e->cong_avoid += below(2);
    if (rtt > e->max_rtt_us)
        e->max_rtt_us = rtt;
    if (!e->min_rtt_us || rtt < e->min_rtt_us)
        e->min_rtt_us = rtt;
    if (k->snd_wnd > e->max_rwin_rcvd)
        e->max_rwin_rcvd = k->snd_wnd;
    if (k->snd_wnd < e->min_rwin_rcvd)
        e->min_rwin_rcvd = k->snd_wnd;
}

static void receive(void)
{
    struct te_record_sock *k = &model.sock;
    uint32_t n = 1 + below(2000), twice = below(3) ? 0 : n;

    k->rcv_nxt += n;
    k->bytes_received += n;
    k->segs_in++;
    k->data_segs_in++;
    model.events.data_bytes_in += n + twice;
    run.data_bytes_in += n + twice;
    model.events.dup_ack_episodes += twice != 0;
    model.events.dup_acks_out += twice != 0;
    if (twice)
        k->dsack_dups++;
    if (below(2))
        k->copied_seq = k->rcv_nxt;
}

static void lose(void)
{
    struct te_record_sock *k = &model.sock;
    struct te_record_events *e = &model.events;
    uint32_t dups = below(5);

    e->dup_acks_in += dups;
    run.dup_acks += dups;
    e->sacks_rcvd += dups;
    e->sack_blocks_rcvd += 2 * dups;
    e->fast_retran++;
    e->cong_signals++;
    e->pre_cong_sum_cwnd += k->snd_cwnd * k->mss_cache;
    e->soft_errors += below(2);
    k->ca_state = (uint8_t)below(5);
    k->total_retrans++;
    k->bytes_retrans += 1000;
    k->bytes_sent += 1000;
    if (!below(4)) {
        k->total_rto++;
        k->total_rto_recoveries += (uint16_t)below(2);
        e->timeouts++;
        e->cong_signals++;
    }
    k->delivered_ce += below(2);
    e->ecn_signals += below(2);
    e->ce_rcvd += below(2);
    e->non_recov_da += below(3);
    e->sum_bytes_reordered += below(3000);
}

static void forget_shown(void)
{
    memset(run.known, 0, sizeof(run.known));
}

static bool class_is_on(const struct tcpestats_sample *sample, unsigned i)
{
    const struct tcpestats_field *f = tcpestats_field(sample->first + i);

    return f->block == TCPESTATS_ROS ||
           (te_field_is_inbound(f) ? sample->enabled_inbound : sample->enabled) == TCPESTATS_ON;
}

static void check_value(unsigned h, unsigned id, const struct tcpestats_value *value)
{
    const struct tcpestats_field *f = tcpestats_field(id);
    const struct tcpestats_value *before = &run.shown[h][id];
    bool both = run.known[h][id] && value->status == TCPESTATS_KNOWN;

    if (both && f->kind == TCPESTATS_KIND_COUNTER)
        ck_assert_msg(value->value >= before->value, "handle %u: %s.%s: %llu after %llu (%u, %u)",
                      h, tcpestats_class_name(f->cls), f->name, (unsigned long long)value->value,
                      (unsigned long long)before->value, value->backend, before->backend);
    if (both && f->kind == TCPESTATS_KIND_MAXIMUM)
        ck_assert_msg(value->value >= before->value, "handle %u: %s", h, f->name);
    if (both && f->kind == TCPESTATS_KIND_MINIMUM)
        ck_assert_msg(value->value <= before->value, "handle %u: %s", h, f->name);
    /* A counter that has been known stays known. */
    if (run.known[h][id] && f->kind == TCPESTATS_KIND_COUNTER)
        ck_assert_msg(value->status == TCPESTATS_KNOWN, "%s", f->name);
    if (value->status == TCPESTATS_KNOWN) {
        run.shown[h][id] = *value;
        run.known[h][id] = true;
    }
}

static void check_truth(const struct tcpestats_sample *sample)
{
    static const struct {
        unsigned id;
        const uint64_t *most;
        unsigned per;
    } bounds[] = {
        {TCPESTATS_F_Path_DupAcksIn, &run.dup_acks, 1},
        {TCPESTATS_F_Data_DataBytesIn, &run.data_bytes_in, 1},
    };

    for (unsigned i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        unsigned at = bounds[i].id - sample->first;

        if (tcpestats_field(bounds[i].id)->cls == sample->cls && class_is_on(sample, at))
            ck_assert_msg(sample->values[at].value <= *bounds[i].most, "%s: %llu of %llu",
                          tcpestats_field(bounds[i].id)->name,
                          (unsigned long long)sample->values[at].value,
                          (unsigned long long)*bounds[i].most);
    }
}

static void read_one(unsigned h)
{
    struct tcpestats_sample sample;
    unsigned cls = below(TCPESTATS_CLASS_COUNT);
    bool on = cls && (run.enabled & TE_CLASS_BIT(cls));

    ck_assert_int_eq(model_get(run.te[h], cls, &sample), 0);
    ck_assert_uint_eq(sample.cookie, model.cookie);
    ck_assert_int_eq(sample.enabled == TCPESTATS_ON, on);
    ck_assert_msg(sample.time_ns >= run.time_ns, "handle %u: back in time", h);
    ck_assert_uint_le(sample.time_ns, model.now_ns);
    run.time_ns = sample.time_ns;
    for (unsigned i = 0; i < sample.count; i++)
        if (class_is_on(&sample, i))
            check_value(h, sample.first + i, &sample.values[i]);
    check_truth(&sample);
}

static void throw_switch(unsigned h)
{
    unsigned cls = 1 + below(TCPESTATS_CLASS_COUNT - 1);
    bool on = below(3) != 0;

    ck_assert_int_eq(model_set(run.te[h], cls, on), 0);
    if (on)
        run.enabled |= TE_CLASS_BIT(cls);
    else
        run.enabled &= ~TE_CLASS_BIT(cls);
}

static void step(void)
{
    unsigned h = below(HANDLES), what = below(100);

    model.now_ns += below(3000) * 1000;
    if (what < 12)
        send();
    else if (what < 24)
        acknowledge();
    else if (what < 34)
        receive();
    else if (what < 40)
        lose();
    else if (what < 44)
        limit_changes();
    else if (what < 60)
        model_look();
    else if (what < 90)
        read_one(h);
    else if (what < 92)
        model.now_ns += below(300) * MODEL_MS;
    else if (what < 93)
        model.now_ns += below(3000) * MODEL_MS;
    else if (what < 97)
        throw_switch(h);
    else if (what < 98)
        mock_crash();
    else if (what < 99 && !mock.present)
        mock_start();
    else if (!below(20)) {
        /* Without its programs a record stays as it was, and it may be shown while it is fresh. */
        if (!mock.present)
            model.now_ns += 2 * TCPESTATS_FRESHNESS_MS * MODEL_MS;
        model_reuse();
        run.enabled = 0;
        run.dup_acks = run.data_bytes_in = run.rtt_sum = 0;
        forget_shown();
    }
}

START_TEST(nothing_goes_backwards)
{
    static const unsigned lengths[] = {280, 248, 232};

    seed = (uint64_t)_i + 1;
    memset(&run, 0, sizeof(run));
    model_begin();
    model.info_len = lengths[_i % 3];
    mock.features = _i % 4 == 3 ? TE_COLLECT_CORE : 0xff;
    /* One that looks when it is asked again, and one that does not. */
    mock.look = _i % 2 ? model_look : NULL;
    for (unsigned h = 0; h < HANDLES; h++)
        run.te[h] = model_handle(h == 2 ? 0 : TCPESTATS_FRESHNESS_MS);
    model_enable_all(run.te[0]);
    run.enabled = MODEL_ALL & 0x1ff;
    for (unsigned i = 0; i < STEPS; i++)
        step();
    for (unsigned h = 0; h < HANDLES; h++)
        tcpestats_close(run.te[h]);
    model_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monotone with a collector");
    TCase *tcase = tcase_create("monotone");
    SRunner *runner = srunner_create(suite);
    const char *seeds = getenv("MONOTONE_SEEDS");
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, nothing_goes_backwards, 0, seeds ? atoi(seeds) : SEEDS);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
