/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library says about the collector, and its structs' sizes. */
#include "model.h"

#include <errno.h>
#include <stddef.h>

static struct tcpestats *te;

static struct tcpestats_collector status_now(void)
{
    struct tcpestats_collector status = {.size = sizeof(status)};

    ck_assert_int_eq(tcpestats_collector(te, &status), 0);
    ck_assert_uint_eq(status.size, sizeof(status));
    return status;
}

static struct tcpestats_source source_of(unsigned id)
{
    struct tcpestats_source source = {.size = sizeof(source)};

    ck_assert_int_eq(tcpestats_field_source(te, id, &source), 0);
    return source;
}

START_TEST(absent_refused_present)
{
    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
    mock_crash();
    ck_assert_uint_eq(status_now().state, TCPESTATS_COLLECTOR_ABSENT);
    ck_assert_uint_eq(status_now().records, 0);
    mock_start();
    mock.error = -EPERM;
    model.now_ns += 1100 * MODEL_MS;
    ck_assert_uint_eq(status_now().state, TCPESTATS_COLLECTOR_REFUSED);
    mock.error = 0;
    model.now_ns += 1100 * MODEL_MS;
    ck_assert_uint_eq(status_now().state, TCPESTATS_COLLECTOR_PRESENT);
    ck_assert_uint_eq(status_now().records, MOCK_RECORDS);
    ck_assert_uint_eq(status_now().attached, 3);
    ck_assert_uint_eq(status_now().features, 0xff);
    tcpestats_close(te);
    model_end();
}
END_TEST

START_TEST(a_source_is_what_it_is_now)
{
    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
    mock_crash();
    ck_assert_uint_eq(source_of(TCPESTATS_F_Path_DupAcksIn).fidelity, TCPESTATS_UNAVAILABLE);
    ck_assert_uint_eq(source_of(TCPESTATS_F_Path_DupAcksIn).backend, TCPESTATS_SOCK_DIAG);
    mock_start();
    model.now_ns += 1100 * MODEL_MS;
    ck_assert_uint_eq(source_of(TCPESTATS_F_Path_DupAcksIn).fidelity, TCPESTATS_EXACT);
    ck_assert_uint_eq(source_of(TCPESTATS_F_Path_DupAcksIn).backend, TCPESTATS_COLLECTOR);
    ck_assert_uint_eq(source_of(TCPESTATS_F_Data_SegsIn).backend, TCPESTATS_SOCK_DIAG);
    mock.features = TE_COLLECT_CORE; /* one that can do less */
    ck_assert_uint_eq(source_of(TCPESTATS_F_Path_DupAcksIn).fidelity, TCPESTATS_UNAVAILABLE);
    tcpestats_close(te);
    model_end();
}
END_TEST

START_TEST(each_value_tells_its_source)
{
    struct tcpestats_source source = {.size = sizeof(source)};
    struct tcpestats_sample sample;
    struct tcpestats_value none = {.row = 0};

    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
    model_enable_all(te);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        ck_assert_int_eq(model_get(te, cls, &sample), 0);
        for (unsigned i = 0; i < sample.count; i++) {
            ck_assert_int_eq(tcpestats_value_source(&sample.values[i], &source), 0);
            ck_assert_uint_le(source.fidelity, sample.values[i].fidelity);
            ck_assert_uint_eq(source.backend, sample.values[i].backend);
            ck_assert_ptr_nonnull(source.source);
        }
    }
    ck_assert_int_eq(tcpestats_value_source(&none, &source), -EINVAL);
    none.row = UINT16_MAX;
    ck_assert_int_eq(tcpestats_value_source(&none, &source), -EINVAL);
    ck_assert_int_eq(tcpestats_value_source(NULL, &source), -EINVAL);
    ck_assert_int_eq(tcpestats_value_source(&sample.values[0], NULL), -EINVAL);
    source.size = 4;
    ck_assert_int_eq(tcpestats_value_source(&sample.values[0], &source), -EINVAL);
    tcpestats_close(te);
    model_end();
}
END_TEST

/* Programs that were built before there was a collector. */
START_TEST(structs_of_the_first_version_are_served)
{
    struct tcpestats_options options = {.size = offsetof(struct tcpestats_options, freshness_ms),
                                        .freshness_ms = 0};
    struct tcpestats_source source = {.size = offsetof(struct tcpestats_source, backend),
                                      .backend = 77};
    struct tcpestats_collector status = {.size = 4};
    unsigned before;

    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
    model_enable_all(te);
    ck_assert_int_eq(tcpestats_field_source(te, 0, &source), 0);
    ck_assert_uint_eq(source.backend, 77);
    ck_assert_int_eq(tcpestats_collector(te, &status), -EINVAL);
    ck_assert_int_eq(tcpestats_collector(NULL, &status), -EINVAL);
    ck_assert_int_eq(tcpestats_collector(te, NULL), -EINVAL);
    tcpestats_close(te);
    /* Their freshness is the default, not none. */
    options.state_dir = model_state_dir();
    ck_assert_int_eq(tcpestats_open(&te, &options), 0);
    model_look();
    MODEL(te, Path_CurMss);
    before = model.lookups;
    MODEL(te, Path_CurMss);
    ck_assert_uint_eq(model.lookups, before);
    tcpestats_close(te);
    model_end();
}
END_TEST

START_TEST(features_have_names)
{
    for (unsigned bit = 0; bit < 8; bit++)
        ck_assert_ptr_nonnull(tcpestats_collector_feature(bit));
    ck_assert_ptr_null(tcpestats_collector_feature(8));
    ck_assert_ptr_null(tcpestats_collector_feature(31));
}
END_TEST

SUITE("collector status", 30, absent_refused_present, a_source_is_what_it_is_now,
      each_value_tells_its_source, structs_of_the_first_version_are_served, features_have_names)
