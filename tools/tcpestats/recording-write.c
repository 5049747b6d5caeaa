/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "json.h"
#include "recording.h"

/* By so much what moves with time alone may miss what a reader makes of it. */
#define CLOCK_SLACK_MS 2

static void write_to_stream(void *arg, const char *bytes, size_t size)
{
    struct tape *tape = arg;

    if (!tape->code)
        tape->code = stream_write(tape->stream, bytes, size, tape->failure);
}

static void begin_line(struct tape *tape, struct json *json, const char *type,
                       struct failure *failure)
{
    tape->failure = failure;
    tape->code = TOOL_OK;
    json_begin(json, NULL, false);
    json->write = write_to_stream;
    json->arg = tape;
    json_object(json, NULL);
    json_string(json, "type", type);
}

static int end_line(struct tape *tape, struct json *json)
{
    json_end(json);
    tape->lines++;
    return tape->code;
}

static char *copy_of(const char *text)
{
    return text ? strdup(text) : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static void write_source(struct json *json, const struct source *origin)
{
    json_string(json, "fidelity", origin->fidelity);
    json_string(json, "backend", origin->backend);
    json_string(json, "source", origin->source);
    if (origin->note)
        json_string(json, "note", origin->note);
}

static void write_members(struct tape *tape, struct json *json)
{
    json_object(json, "members");
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        struct origin *usual = &tape->usual[id];
        struct source source = {.source = NULL};
        struct failure ignored;
        char key[MEMBER_KEY_MAX];

        if (!backend_source(id, &source, &ignored)) {
            usual->fidelity = copy_of(source.fidelity);
            usual->backend = copy_of(source.backend);
            usual->source = copy_of(source.source);
            usual->note = copy_of(source.note);
            tape->clock_driven[id] = source.clock_driven == 1 &&
                                     !strcmp(tcpestats_field(id)->unit, "ms");
            tape->clock_driven_class[tcpestats_field(id)->cls] |= tape->clock_driven[id];
        }
        member_key(id, key);
        json_object(json, key);
        json_string(json, "unit", tcpestats_field(id)->unit);
        json_string(json, "kind", kind_name(tcpestats_field(id)->kind));
        if (tape->clock_driven[id])
            json_bool(json, "clock_driven", true);
        write_source(json, &source);
        json_close(json);
    }
    json_close(json);
}

int tape_begin(struct tape *tape, struct stream *stream, const struct tape_plan *plan,
               struct failure *failure)
{
    struct collector collector;
    struct json json;

    *tape = (struct tape){.stream = stream, .full = plan->full, .interval = 1, .next_id = 1};
    backend_collector(&collector);
    begin_line(tape, &json, "header", failure);
    json_string(&json, "schema", RECORDING_SCHEMA);
    json_string(&json, "program", "tcpestats " TCPESTATS_VERSION);
    json_number(&json, "started_ns", backend_wall_ns());
    tape->start_ns = backend_now_ns();
    json_number(&json, "interval_ns", plan->interval_ns);
    json_bool(&json, "full", plan->full);
    json_string(&json, "ends", plan->hears_ends ? "events" : "disappearance");
    json_string(&json, "collector", collector.state);
    json_array(&json, "selectors");
    for (size_t i = 0; i < plan->selector_count; i++)
        json_string(&json, NULL, plan->selectors[i]);
    json_close(&json);
    write_members(tape, &json);
    end_line(tape, &json);
    tape->lines = 0; /* of the first look */
    return tape->code;
}

void tape_free(struct tape *tape)
{
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        origin_free(&tape->usual[id]);
}

void tape_add(struct tape *tape, struct taped *taped, const struct conn *conn)
{
    memset(taped, 0, sizeof(*taped));
    taped->conn = *conn;
    taped->id = tape->next_id++;
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        taped->origin[id].row = ORIGIN_USUAL;
}

static unsigned enabled_bits(const struct reading *readings)
{
    unsigned bits = 0;

    for (unsigned cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        bits |= (unsigned)readings[cls].enabled << cls;
    return bits | (unsigned)readings[TCPESTATS_BANDWIDTH].enabled_inbound << ENABLED_INBOUND;
}

/* All but the time, which stands before the rest. */
static bool same_reading(const struct reading *a, const struct reading *b)
{
    size_t from = offsetof(struct reading, enabled);

    return !memcmp((const char *)a + from, (const char *)b + from, sizeof(*a) - from);
}

static bool same_value(const struct member_value *a, const struct member_value *b)
{
    return a->known == b->known &&
           (a->known ? a->value == b->value : same_text(a->reason, b->reason));
}

static void write_value(struct json *json, const char *key, unsigned id,
                        const struct member_value *value)
{
    if (!value->known)
        json_null(json, key);
    else if (tcpestats_field(id)->kind == TCPESTATS_KIND_BOOL && value->value <= 1)
        json_bool(json, key, value->value != 0);
    else
        json_number(json, key, value->value);
}

/* Notes where a known number came from; false: that is what a reader of the line would think. */
static bool origin_is_new(struct tape *tape, struct taped *taped, const struct reading *reading,
                          unsigned id, struct source *origin)
{
    unsigned at = id - class_first(reading->cls);
    bool usual = taped->origin[id].row == ORIGIN_USUAL;

    if (!reading->has_status || (taped->origin[id].row == reading->row[at] &&
                                 taped->origin[id].backend == reading->backend[at] &&
                                 taped->origin[id].fidelity == reading->fidelity[at]))
        return false;
    taped->origin[id].row = reading->row[at];
    taped->origin[id].backend = reading->backend[at];
    taped->origin[id].fidelity = reading->fidelity[at];
    *origin = (struct source){.source = NULL};
    backend_value_source(reading, id, origin);
    origin->fidelity = fidelity_name(reading->fidelity[at]);
    origin->backend = reading->row[at] ? backend_name(reading->backend[at]) : NULL;
    return !usual || !same_text(origin->fidelity, tape->usual[id].fidelity) ||
           !same_text(origin->backend, tape->usual[id].backend) ||
           !same_text(origin->source, tape->usual[id].source);
}

/*
 * Is a number that moves with time alone where a reader thinks it is, who counts on from the last
 * line? All of them are in ms.
 */
static bool moves_with_time(const struct member_value *value, const struct member_value *old,
                            uint64_t elapsed_ns)
{
    uint64_t expected = old->value + elapsed_ns / 1000000;

    if (!value->known || !old->known)
        return same_value(value, old);
    return value->value + CLOCK_SLACK_MS >= expected && value->value <= expected + CLOCK_SLACK_MS;
}

/* What is to be written of a connection now. */
struct news {
    bool values[TCPESTATS_FIELD_COUNT];
    bool any; /* there has to be a line */
};

/* Of a number that moves with time: a line has it when there is one and it is not what it was, and
   there is a line for it alone when it did not move as expected. */
static void find_clock_news(const struct member_value *value, const struct member_value *old,
                            uint64_t elapsed_ns, unsigned id, struct news *news)
{
    bool as_expected = moves_with_time(value, old, elapsed_ns);

    news->values[id] = !as_expected || !same_value(value, old);
    news->any |= !as_expected;
}

static void find_news(const struct tape *tape, const struct taped *taped,
                      const struct reading *readings, bool all, struct news *news)
{
    uint64_t elapsed_ns = readings[TCPESTATS_DATA].time_ns - taped->time_ns;

    memset(news, 0, sizeof(*news));
    news->any = all;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        const struct reading *now = &readings[cls], *before = &taped->last[cls];

        if (!all && same_reading(now, before) && !tape->clock_driven_class[cls])
            continue;
        for (unsigned id = class_first(cls); id < class_first(cls + 1); id++) {
            struct member_value value = member_read(now, id), old = member_read(before, id);

            if (all) {
                news->values[id] = true;
            } else if (tape->clock_driven[id]) {
                find_clock_news(&value, &old, elapsed_ns, id, news);
            } else if (!same_value(&value, &old)) {
                news->values[id] = news->any = true;
            }
        }
    }
}

static void write_values(struct tape *tape, struct taped *taped, const struct reading *readings,
                         const struct news *news, struct json *json)
{
    char key[MEMBER_KEY_MAX];
    bool opened = false;

    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        struct member_value value;

        if (!news->values[id])
            continue;
        value = member_read(&readings[tcpestats_field(id)->cls], id);
        member_key(id, key);
        write_value(json, key, id, &value);
    }
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        struct member_value value;

        if (!news->values[id])
            continue;
        value = member_read(&readings[tcpestats_field(id)->cls], id);
        if (value.known)
            continue;
        if (!opened)
            json_object(json, "unknown");
        opened = true;
        member_key(id, key);
        json_string(json, key, value.reason);
    }
    if (opened)
        json_close(json);
    opened = false;
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct reading *reading = &readings[tcpestats_field(id)->cls];
        struct source origin;

        if (!news->values[id] || !member_read(reading, id).known ||
            !origin_is_new(tape, taped, reading, id, &origin))
            continue;
        if (!opened)
            json_object(json, "origin");
        opened = true;
        member_key(id, key);
        json_object(json, key);
        write_source(json, &origin);
        json_close(json);
    }
    if (opened)
        json_close(json);
}

static void write_ends(const struct conn *conn, struct json *json)
{
    char text[ENDPOINT_TEXT_MAX], zone[ZONE_MAX] = "";

    endpoint_format(&conn->local, "", text);
    json_string(json, "local", text);
    endpoint_format(&conn->remote, "", text);
    json_string(json, "remote", text);
    backend_zone_name(conn, zone);
    if (zone[0])
        json_string(json, "interface", zone);
    if (conn->identity)
        json_number(json, "cookie", conn->identity);
}

/* Whose socket it is, as far as the system tells that. */
static void write_user(const struct conn *conn, struct json *json)
{
    const char *cgroup = backend_cgroup(conn);

    if (conn->has_uid) {
        json_number(json, "uid", conn->uid);
        json_string(json, "user", backend_user_name(conn));
    }
    if (cgroup)
        json_string(json, "cgroup", cgroup);
}

/* null: somebody has it open, but it is not known who. */
static void write_owners(struct taped *taped, struct json *json)
{
    size_t count;
    const struct owner *owners = backend_owners(&taped->conn, &count);

    taped->owned = count > 0 || !taped->conn.has_owner;
    if (!taped->owned) {
        json_null(json, "processes");
        return;
    }
    json_array(json, "processes");
    for (size_t i = 0; i < count; i++) {
        json_object(json, NULL);
        json_number(json, "pid", owners[i].pid);
        json_string(json, "name", owners[i].name[0] ? owners[i].name : NULL);
        json_close(json);
    }
    json_close(json);
}

static void write_enabled(unsigned enabled, struct json *json)
{
    json_array(json, "enabled");
    for (unsigned bit = 0; bit <= ENABLED_INBOUND; bit++)
        if (enabled & 1u << bit)
            json_string(json, NULL, enabled_names[bit]);
    json_close(json);
}

/* Time never goes back from one line to the next, though what was read before comes after. */
static void write_where(struct tape *tape, uint64_t time_ns, struct json *json)
{
    time_ns = time_ns > tape->start_ns ? time_ns - tape->start_ns : 0;
    if (time_ns > tape->time_ns)
        tape->time_ns = time_ns;
    json_number(json, "interval", tape->interval);
    json_number(json, "time_ns", tape->time_ns);
}

int tape_sample(struct tape *tape, struct taped *taped, const struct conn *now,
                const struct reading *readings, struct failure *failure)
{
    bool all = tape->full || !taped->written, state, owned, switched;
    unsigned enabled = enabled_bits(readings);
    uint64_t time_ns = readings[TCPESTATS_DATA].time_ns;
    struct news news;
    struct json json;
    size_t owners;

    state = all || now->state != taped->conn.state;
    taped->conn.state = now->state;
    taped->conn.has_owner = now->has_owner;
    taped->conn.inode = now->inode;
    switched = all || enabled != taped->enabled;
    owned = all || (!taped->owned && (backend_owners(&taped->conn, &owners), owners > 0));
    find_news(tape, taped, readings, all, &news);
    if (!state && !owned && !switched && !news.any)
        return TOOL_OK;
    begin_line(tape, &json, "sample", failure);
    write_where(tape, time_ns, &json);
    json_number(&json, "id", taped->id);
    if (all) {
        write_ends(&taped->conn, &json);
        write_user(&taped->conn, &json);
    }
    if (state)
        json_string(&json, "state", state_name(taped->conn.state));
    if (owned)
        write_owners(taped, &json);
    if (switched)
        write_enabled(enabled, &json);
    write_values(tape, taped, readings, &news, &json);
    memcpy(taped->last, readings, sizeof(taped->last));
    taped->enabled = enabled;
    taped->time_ns = time_ns;
    taped->written = true;
    return end_line(tape, &json);
}

int tape_ended(struct tape *tape, struct taped *taped, enum tcpestats_ending ending,
               uint64_t time_ns, const struct reading *readings, struct failure *failure)
{
    struct news news;
    struct json json;

    begin_line(tape, &json, "end", failure);
    write_where(tape, time_ns, &json);
    json_number(&json, "id", taped->id);
    json_string(&json, "ending", ending_code(ending));
    if (readings && readings[TCPESTATS_DATA].time_ns > taped->time_ns) {
        find_news(tape, taped, readings, tape->full, &news);
        write_values(tape, taped, readings, &news, &json);
    }
    taped->ended = true;
    return end_line(tape, &json);
}

int tape_tick(struct tape *tape, struct failure *failure)
{
    struct json json;

    if (!tape->lines) {
        begin_line(tape, &json, "tick", failure);
        write_where(tape, backend_now_ns(), &json);
        if (end_line(tape, &json))
            return tape->code;
    }
    tape->interval++;
    tape->lines = 0;
    return stream_flush(tape->stream, failure);
}

int tape_end(struct tape *tape, const char *why, uint64_t late, uint64_t lost,
             struct failure *failure)
{
    struct json json;

    /* Nothing has been said since the last look. */
    if (!tape->lines && tape->interval > 1)
        tape->interval--;
    begin_line(tape, &json, "finish", failure);
    write_where(tape, backend_now_ns(), &json);
    json_string(&json, "why", why);
    json_number(&json, "late", late);
    json_number(&json, "lost_ends", lost);
    return end_line(tape, &json);
}
