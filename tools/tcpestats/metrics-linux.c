/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics-linux.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define JUDGED_MAX 20000                  /* connections at a time, a kilobyte each */
#define PATIENCE_NS UINT64_C(10000000000) /* what has gone may have its end told later */
#define UNUSED_NS UINT64_C(600000000000)  /* after which a group may make room for another */

const char *const metric_label_names[LABEL_COUNT] = {"process", "cgroup", "remote", "port",
                                                     "connection"};

const struct metric_counter metric_counters[METRIC_COUNTERS] = {
    {"sent_bytes", "bytes", NULL, "payload sent, retransmissions included",
     TCPESTATS_F_Data_DataBytesOut, 1},
    {"received_bytes", "bytes", NULL, "payload received", TCPESTATS_F_Data_DataBytesIn, 1},
    {"packets_sent", NULL, NULL, "segments with payload sent, retransmissions included",
     TCPESTATS_F_Data_DataSegsOut, 1},
    {"packets_retransmitted", NULL, NULL, "segments sent again", TCPESTATS_F_Path_PktsRetrans, 1},
    {"packets_spurious_retransmitted", NULL, NULL,
     "segments sent again that had arrived before, as the other end tells (D-SACK)",
     TCPESTATS_F_Path_DsackDups, 1},
    /* One family: they differ in a label, and stand together. */
    {"limited_seconds", "seconds", "by=\"receiver\"", "time that something held the sender back",
     TCPESTATS_F_SndCong_SndLimTimeRwin, 1e-3},
    {"limited_seconds", "seconds", "by=\"path\"", NULL, TCPESTATS_F_SndCong_SndLimTimeCwnd, 1e-3},
    {"limited_seconds", "seconds", "by=\"sender\"", NULL, TCPESTATS_F_SndCong_SndLimTimeSnd, 1e-3},
};

const struct metric_gauge metric_gauges[METRIC_GAUGES] = {
    {"in_flight_bytes", "sent and not acknowledged", TCPESTATS_F_SendBuff_CurRetxQueue},
    {"unsent_bytes", "written by programs and not sent", TCPESTATS_F_SendBuff_CurAppWQueue},
    {"unread_bytes", "received and not read by programs", TCPESTATS_F_Rec_CurAppRQueue},
};

/* Bounds of times are among those that gRPC recommends for grpc.tcp.min_rtt. */
#define RTT_BOUNDS \
    {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}, 14

const struct metric_bounds metric_bounds[METRIC_HISTOGRAMS] = {
    [HISTOGRAM_MIN_RTT] = {"min_rtt_seconds", "seconds",
                           "least round-trip time of connections that have ended", RTT_BOUNDS},
    [HISTOGRAM_RTT] = {"smoothed_rtt_seconds", "seconds",
                       "smoothed round-trip time of connections when they ended", RTT_BOUNDS},
    [HISTOGRAM_SHARE] = {"retransmitted_ratio",
                         "ratio",
                         "share of segments sent again, of connections that have ended and sent",
                         {0, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5},
                         10},
    [HISTOGRAM_DURATION] = {"duration_seconds",
                            "seconds",
                            "how long connections lasted at most; known to the interval of looks",
                            {1, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400},
                            10},
};

/* ---- Groups ---- */

/* A value as it stands between quotation marks; what does not show has no place there. */
static size_t put_value(char *to, size_t room, const char *value)
{
    char text[GROUP_NAME_MAX];
    size_t length = 0;

    snprintf(text, sizeof(text), "%s", value);
    utf8_make_printable(text);
    for (const char *c = text; *c && length + 3 < room; c++) {
        if (*c == '"' || *c == '\\')
            to[length++] = '\\';
        to[length++] = *c;
    }
    to[length] = 0;
    return length;
}

#define LABELS_MAX 4096

static void put_label(char labels[LABELS_MAX], const char *name, const char *value)
{
    size_t length = strlen(labels);

    length += (size_t)snprintf(labels + length, LABELS_MAX - length, "%s%s=\"", length ? "," : "",
                               name);
    length += put_value(labels + length, LABELS_MAX / LABEL_COUNT, value);
    snprintf(labels + length, LABELS_MAX - length, "\"");
}

static void make_labels(const struct metrics *metrics, const struct conn *conn,
                        const struct reading *readings, char labels[LABELS_MAX])
{
    static const struct reading unread = {.cls = TCPESTATS_SYN_OPTS, .has_status = false};
    const struct reading *syn_opts = readings ? &readings[TCPESTATS_SYN_OPTS] : &unread;
    char name[GROUP_NAME_MAX];

    labels[0] = 0;
    for (unsigned label = 0; label < LABEL_COUNT; label++) {
        if (!(metrics->labels & 1u << label))
            continue;
        if (label == LABEL_CONNECTION)
            conn_label(conn, name);
        else
            group_name((enum group_by)label, metrics->bits, conn, syn_opts, name);
        if (!strcmp(name, "-") || !strcmp(name, "owner unknown"))
            strcpy(name, "unknown");
        put_label(labels, metric_label_names[label], name);
    }
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* One that has had no connection for long; 0: there is none. */
static size_t find_unused(const struct metrics *metrics)
{
    size_t found = 0;

    for (size_t i = 1; i < metrics->group_count; i++) {
        const struct metric_group *group = &metrics->groups[i];

        if (!group->connections && metrics->now_ns - group->used_ns > UNUSED_NS &&
            (!found || group->used_ns < metrics->groups[found].used_ns))
            found = i;
    }
    return found;
}

/* The number of the group with these labels, 0 where there is no room for it. */
static size_t find_group(struct metrics *metrics, const char *labels)
{
    uint64_t hash = hash_of(labels);
    struct metric_group *group;
    size_t at;

    for (at = 1; at < metrics->group_count; at++)
        if (metrics->groups[at].hash == hash && !strcmp(metrics->groups[at].labels, labels))
            return at;
    if (metrics->group_count > metrics->limit)
        at = find_unused(metrics);
    group = &metrics->groups[at];
    if (!at) {
        metrics->moved++;
        return 0;
    }
    free(group->labels);
    *group = (struct metric_group){.labels = strdup(labels), .hash = hash};
    if (!group->labels) {
        /* A hole would have no name: what is there keeps one. */
        group->labels = strdup("");
        return 0;
    }
    group->used_ns = metrics->now_ns;
    metrics->group_count += at == metrics->group_count;
    return at;
}

static size_t group_of(struct metrics *metrics, const struct conn *conn,
                       const struct reading *readings)
{
    char labels[LABELS_MAX];

    make_labels(metrics, conn, readings, labels);
    return find_group(metrics, labels);
}

int metrics_begin(struct metrics *metrics, struct failure *failure)
{
    char labels[LABELS_MAX] = "";

    for (unsigned label = 0; label < LABEL_COUNT; label++)
        if (metrics->labels & 1u << label)
            put_label(labels, metric_label_names[label], "other");
    metrics->groups = calloc(metrics->limit + 1, sizeof(*metrics->groups));
    if (!metrics->groups || !(metrics->groups[0].labels = strdup(labels)))
        return fail_with(failure, TOOL_OTHER, "out of memory");
    metrics->group_count = 1;
    return TOOL_OK;
}

static void free_conn(struct conn *kept, void *arg)
{
    struct metric_conn *conn = (struct metric_conn *)kept;
    struct metrics *metrics = arg;

    metrics->judged -= conn->evidence != NULL;
    free(conn->evidence);
    free(conn);
}

void metrics_free(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->group_count; i++)
        free(metrics->groups[i].labels);
    seen_free(&metrics->conns, free_conn, metrics);
    free(metrics->groups);
    metrics->groups = NULL;
    metrics->group_count = 0;
}

/* ---- Numbers ---- */

/*
 * What a counter has grown by. Members of 32 bits begin again at 0; what goes back, as an estimate
 * may, has not grown.
 */
static uint64_t growth_of(uint64_t now, uint64_t last, enum tcpestats_field_id id)
{
    uint64_t growth = now - last;

    if (tcpestats_field(id)->type == TCPESTATS_TYPE_ULONG)
        growth = (uint32_t)growth > INT32_MAX ? 0 : (uint32_t)growth;
    return growth > INT64_MAX ? 0 : growth;
}

/*
 * How long nothing but the sender itself held it back is what is left of the time since the first
 * look. The library remembers that for those who have switched SndCong on.
 */
static void complete_limits(struct metric_conn *conn, struct reading *cong)
{
    const struct tcpestats_field *field = tcpestats_field(TCPESTATS_F_SndCong_SndLimTimeSnd);
    unsigned at = TCPESTATS_F_SndCong_SndLimTimeSnd - class_first(TCPESTATS_SND_CONG);
    struct member_value receiver = member_read(cong, TCPESTATS_F_SndCong_SndLimTimeRwin);
    struct member_value path = member_read(cong, TCPESTATS_F_SndCong_SndLimTimeCwnd);
    uint32_t limited = (uint32_t)(receiver.value + path.value), elapsed, own;

    if (reading_is_on(cong) || !receiver.known || !path.known)
        return;
    if (!conn->first_ns) {
        conn->first_ns = cong->time_ns;
        conn->first_limited = limited;
    }
    limited -= conn->first_limited;
    elapsed = (uint32_t)((cong->time_ns - conn->first_ns) / 1000000);
    own = elapsed > limited ? elapsed - limited : 0;
    memcpy(cong->rod + field->off_x86_64, &own, sizeof(own));
    cong->status[at] = TCPESTATS_KNOWN;
}

/* Adds what has grown since the last look; count: or is it from now on only that it counts? */
static void add_counters(struct metric_group *group, struct metric_conn *conn,
                         const struct reading *readings, bool count)
{
    for (unsigned i = 0; i < METRIC_COUNTERS; i++) {
        enum tcpestats_field_id id = metric_counters[i].member;
        struct member_value value = member_read(&readings[tcpestats_field(id)->cls], id);

        if (!value.known)
            continue;
        if (count)
            group->counters[i] += growth_of(value.value, conn->last[i], id);
        conn->last[i] = value.value;
        conn->known |= 1u << i;
    }
}

static void add_gauges(struct metric_group *group, const struct reading *readings)
{
    for (unsigned i = 0; i < METRIC_GAUGES; i++) {
        enum tcpestats_field_id id = metric_gauges[i].member;
        struct member_value value = member_read(&readings[tcpestats_field(id)->cls], id);

        group->gauges[i] += value.known ? value.value : 0;
    }
}

static void observe(struct metric_group *group, enum metric_histogram which, double value)
{
    const struct metric_bounds *bounds = &metric_bounds[which];
    struct histogram *histogram = &group->histograms[which];
    unsigned bucket = 0;

    while (bucket < bounds->count && value > bounds->bounds[bucket])
        bucket++;
    histogram->buckets[bucket]++;
    histogram->count++;
    histogram->sum += value;
}

static void observe_rtt(struct metric_group *group, enum metric_histogram which,
                        const struct reading *readings, enum tcpestats_field_id id)
{
    struct member_value us = member_read(&readings[TCPESTATS_FINE_RTT], id);

    if (us.known)
        observe(group, which, (double)us.value / 1e6);
}

static void observe_end(struct metric_group *group, const struct ended *ended)
{
    const struct reading *readings = ended->readings;
    struct member_value sent, again;

    if (ended->unseen_ns)
        observe(group, HISTOGRAM_DURATION, (double)(ended->time_ns - ended->unseen_ns) / 1e9);
    if (!readings)
        return;
    observe_rtt(group, HISTOGRAM_MIN_RTT, readings, TCPESTATS_F_FineRtt_MinRtt);
    observe_rtt(group, HISTOGRAM_RTT, readings, TCPESTATS_F_FineRtt_SumRtt);
    sent = member_read(&readings[TCPESTATS_DATA], TCPESTATS_F_Data_DataSegsOut);
    again = member_read(&readings[TCPESTATS_PATH], TCPESTATS_F_Path_PktsRetrans);
    if (sent.known && again.known && sent.value)
        observe(group, HISTOGRAM_SHARE, (double)again.value / (double)sent.value);
}

/* ---- Connections that live ---- */

static struct metric_conn *add_conn(struct metrics *metrics, const struct conn *conn)
{
    struct metric_conn *fresh = calloc(1, sizeof(*fresh));
    struct failure ignored;

    if (!fresh)
        return NULL;
    fresh->conn = *conn;
    if (seen_add(&metrics->conns, &fresh->conn, &ignored)) {
        free(fresh);
        return NULL;
    }
    if (metrics->judged < JUDGED_MAX)
        fresh->evidence = malloc(sizeof(*fresh->evidence));
    if (fresh->evidence) {
        metrics->judged++;
        evidence_begin(fresh->evidence);
    }
    return fresh;
}

static int look_at(const struct conn *conn, const struct reading *readings, void *arg)
{
    struct metrics *metrics = arg;
    struct metric_conn *known = seen_find(&metrics->conns, conn);
    struct reading own[TCPESTATS_CLASS_COUNT];
    bool is_new = !known;
    struct metric_group *group;

    if (is_new && !selection_matches(metrics->selection, conn))
        return 0;
    if (is_new) {
        known = add_conn(metrics, conn);
        if (!known)
            return TOOL_OTHER;
        known->group = group_of(metrics, conn, readings);
    }
    if (known->has_ended)
        return 0;
    known->is_seen = true;
    known->gone_ns = 0;
    group = &metrics->groups[known->group];
    group->connections++;
    group->used_ns = metrics->now_ns;
    memcpy(own, readings, sizeof(own));
    complete_limits(known, &own[TCPESTATS_SND_CONG]);
    /* What was there at the first look counts from then on. */
    add_counters(group, known, own, !is_new || metrics->has_looked);
    add_gauges(group, own);
    if (known->evidence)
        evidence_add(known->evidence, own);
    return 0;
}

/* Those that have gone make room; and a group that made room for another has none of them. */
static bool is_left(struct conn *kept, void *arg)
{
    struct metric_conn *conn = (struct metric_conn *)kept;
    const struct metrics *metrics = arg;

    if (!conn->is_seen && !conn->gone_ns)
        conn->gone_ns = metrics->now_ns;
    if (conn->has_ended || (!conn->is_seen && metrics->now_ns - conn->gone_ns >= PATIENCE_NS)) {
        free_conn(kept, arg);
        return false;
    }
    conn->is_seen = false;
    return true;
}

int metrics_look(struct metrics *metrics, struct failure *failure)
{
    int code = metrics_read_ends(metrics, failure);

    metrics->now_ns = backend_now_ns();
    /* A walk over all processes, where it is needed. */
    if (!code &&
        (metrics->labels & 1u << LABEL_PROCESS || selection_needs_owners(metrics->selection)))
        code = backend_owners_load(failure);
    if (!code)
        code = ends_look(failure);
    if (code)
        return code;
    for (size_t i = 0; i < metrics->group_count; i++) {
        metrics->groups[i].connections = 0;
        memset(metrics->groups[i].gauges, 0, sizeof(metrics->groups[i].gauges));
    }
    code = backend_sweep(CLASSES_ALL | CLASSES_OFF_TOO, look_at, metrics, failure);
    seen_keep(&metrics->conns, is_left, metrics);
    metrics->has_looked = true;
    metrics->look_ns = backend_now_ns() - metrics->now_ns;
    return code;
}

/* ---- Connections that end ---- */

static void judge(struct metric_group *group, struct metric_conn *conn,
                  const struct reading *readings)
{
    struct verdict_side side = {CAUSE_UNKNOWN, CERTAINTY_NONE};
    struct verdict verdict;

    if (conn && conn->evidence) {
        if (readings)
            evidence_add(conn->evidence, readings);
        verdict_make(conn->evidence, &verdict);
        side = verdict.side[verdict.direction];
    }
    group->causes[side.cause][side.certainty]++;
}

static int count_end(const struct ended *ended, void *arg)
{
    struct metrics *metrics = arg;
    struct metric_conn *known = seen_find(&metrics->conns, &ended->conn), fresh = {.known = 0};
    struct reading own[TCPESTATS_CLASS_COUNT];
    struct metric_group *group;

    if (known && known->has_ended)
        return 0;
    if (!known && !selection_matches(metrics->selection, &ended->conn))
        return 0;
    group =
        &metrics->groups[known ? known->group : group_of(metrics, &ended->conn, ended->readings)];
    group->used_ns = metrics->now_ns;
    group->endings[ended->ending]++;
    if (ended->readings) {
        memcpy(own, ended->readings, sizeof(own));
        complete_limits(known ? known : &fresh, &own[TCPESTATS_SND_CONG]);
        add_counters(group, known ? known : &fresh, own, true);
    }
    observe_end(group, ended);
    judge(group, known, ended->readings ? own : NULL);
    if (known) {
        known->has_ended = true;
        group->connections -= group->connections > 0;
    }
    return 0;
}

int metrics_read_ends(struct metrics *metrics, struct failure *failure)
{
    return ends_read(CLASSES_ALL, count_end, metrics, &metrics->lost, failure);
}
