/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "collector/reading.h"
#include "kernel/diag.h"


struct model model;

static char state_dir[64];

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
    (void)clock;
    t->tv_sec = (time_t)(model.now_ns / 1000000000);
    t->tv_nsec = (long)(model.now_ns % 1000000000);
    return 0;
}

int __wrap_te_diag_lookup(struct te_diag *d, const struct te_netns *ns,
                          const struct te_query *query, struct te_snapshot *snapshot);
int __wrap_te_diag_lookup(struct te_diag *d, const struct te_netns *ns,
                          const struct te_query *query, struct te_snapshot *s)
{
    struct te_record_copy truth = {.sock = model.sock};

    (void)d;
    model.lookups++;
    if (!model.alive || memcmp(&query->tuple, &model.tuple, sizeof(model.tuple)))
        return -ENOENT;
    /* Answering takes a moment. */
    model.now_ns += 3000;
    te_snapshot_of_record(&truth, model.info_len, s);
    s->whole = false;
    s->tuple = model.tuple;
    s->netns = ns->id;
    s->cookie = model.cookie;
    s->time_ns = model.now_ns;
    s->query_ns = 3000;
    s->skmem_count = TE_SKMEM_COUNT;
    s->skmem[TE_SKMEM_RMEM_ALLOC] = model.sock.rcv_nxt - model.sock.copied_seq +
                                    model.sock.ooo_bytes;
    s->info.tcpi_last_ack_recv = s->info.tcpi_last_data_recv = 1000;
    return 0;
}

int __wrap_te_diag_has_listener(struct te_diag *d, const struct te_netns *ns,
                                const struct te_tuple *tuple, uint32_t ifindex);
int __wrap_te_diag_has_listener(struct te_diag *d, const struct te_netns *ns,
                                const struct te_tuple *tuple, uint32_t ifindex)
{
    (void)d;
    (void)ns;
    (void)tuple;
    (void)ifindex;
    return 0;
}

static void fill(struct te_collector_record *r)
{
    r->sock = model.sock;
    r->events.open = TE_OPEN_ACTIVE;
    r->head.time_ns = model.now_ns;
    memset(&model.events, 0, sizeof(model.events));
    model.events.open = TE_OPEN_ACTIVE;
    model.events.min_rwin_sent = model.events.min_rwin_rcvd = UINT32_MAX;
    model.events.limit = TE_LIMIT_SND + 1;
    model.events.limit_since_ns = model.now_ns;
    model.events.received_before = model.sock.bytes_received;
    r->events = model.events;
}

void model_look(void)
{
    struct te_collector_record *r = mock_record(model.cookie);

    if (!r)
        return;
    mock_write_begin(r);
    r->sock = model.sock;
    r->events = model.events;
    r->head.time_ns = model.now_ns;
    mock_write_end(r);
}

static void fresh_connection(void)
{
    static uint64_t cookies = 100;

    model.cookie = ++cookies;
    model.alive = true;
    model.sock = (struct te_record_sock){
        .state = TE_ESTABLISHED,
        .bytes_acked = 1, /* the SYN: we opened it */
        .snd_una = 5000001,
        .snd_nxt = 5000001,
        .write_seq = 5000001,
        .rcv_nxt = 7000001,
        .copied_seq = 7000001,
        .segs_out = 2,
        .segs_in = 1,
        .snd_cwnd = 10,
        .snd_ssthresh = TE_INFINITE_SSTHRESH,
        .snd_cwnd_clamp = UINT32_MAX,
        .mss_cache = 1448,
        .advmss = 1448,
        .mss_clamp = 1460,
        .snd_wnd = 65536,
        .rcv_wnd = 65536,
        .window_clamp = 65536,
        .srtt_us = 20000,
        .mdev_us = 5000,
        .rto_us = 220000,
        .options = TE_OPT_TIMESTAMPS | TE_OPT_WSCALE | TE_OPT_SACK,
        .snd_wscale = 7,
        .rcv_wscale = 7,
        .reordering = 3,
    };
}

void model_begin(void)
{
    memset(&mock, 0, sizeof(mock));
    mock.features = 0xff;
    mock.begin = fill;
    model = (struct model){.now_ns = 1000000 * MODEL_MS, .info_len = sizeof(struct te_tcp_info)};
    model.tuple = (struct te_tuple){.local = {10, 0, 0, 1},
                                    .remote = {10, 0, 0, 2},
                                    .family = AF_INET,
                                    .local_port = 5001,
                                    .remote_port = 443};
    fresh_connection();
    mock_start();
    strcpy(state_dir, "/tmp/tcpestats-model-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(state_dir));
}

void model_end(void)
{
    char command[96];

    snprintf(command, sizeof(command), "rm -rf %s", state_dir);
    ck_assert_int_eq(system(command), 0);
}

void model_reuse(void)
{
    struct te_collector_record *r = mock_record(model.cookie);

    if (r)
        mock_die(r);
    fresh_connection();
}

struct tcpestats *model_handle(uint32_t freshness_ms)
{
    struct tcpestats_options options = {
        .size = sizeof(options),
        .state_dir = state_dir,
        .freshness_ms = freshness_ms,
    };
    struct tcpestats *te;

    ck_assert_int_eq(tcpestats_open(&te, &options), 0);
    return te;
}

const char *model_state_dir(void)
{
    return state_dir;
}

struct tcpestats_conn model_conn(void)
{
    struct tcpestats_conn conn = {.size = sizeof(conn),
                                  .family = model.tuple.family,
                                  .local_port = model.tuple.local_port,
                                  .remote_port = model.tuple.remote_port};

    memcpy(conn.local, model.tuple.local, sizeof(conn.local));
    memcpy(conn.remote, model.tuple.remote, sizeof(conn.remote));
    return conn;
}

int model_set(struct tcpestats *te, unsigned cls, int on)
{
    struct tcpestats_rw rw = {sizeof(rw), on, on};
    struct tcpestats_conn conn = model_conn();

    return tcpestats_set(te, &conn, cls, &rw);
}

void model_enable_all(struct tcpestats *te)
{
    for (unsigned cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        ck_assert_int_eq(model_set(te, cls, TCPESTATS_ON), 0);
}

int model_get(struct tcpestats *te, unsigned cls, struct tcpestats_sample *sample)
{
    struct tcpestats_conn conn = model_conn();

    memset(sample, 0, sizeof(*sample));
    sample->size = sizeof(*sample);
    return tcpestats_get(te, &conn, cls, sample);
}

struct tcpestats_value model_value(struct tcpestats *te, unsigned id)
{
    struct tcpestats_sample sample;

    ck_assert_int_eq(model_get(te, tcpestats_field(id)->cls, &sample), 0);
    return sample.values[id - sample.first];
}

uint64_t model_member(struct tcpestats *te, unsigned id)
{
    struct tcpestats_value value = model_value(te, id);

    ck_assert_msg(value.status == TCPESTATS_KNOWN, "%s has status %u", tcpestats_field(id)->name,
                  value.status);
    return value.value;
}
