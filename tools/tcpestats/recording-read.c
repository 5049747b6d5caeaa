/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes in the lines of a recording, which anybody may have written. What a later minor version may
 * add, members and kinds of lines, is passed over; what is there has to be what it is said to be.
 */
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "recording.h"

#define SCHEMA_STEM "tcpestats-recording/"
#define OWNERS_MAX 1000

static int fail_line(const struct recording *r, const char *what, struct failure *failure)
{
    return fail_with(failure, TOOL_OTHER, "'%.200s', line %llu: %s", r->path,
                     (unsigned long long)r->line, what);
}

static int fail_memory(struct failure *failure)
{
    return fail_with(failure, TOOL_OTHER, "out of memory");
}

static const struct json_node *member(const struct recording *r, const char *key)
{
    return json_member(&r->doc, &r->doc.nodes[0], key);
}

static const char *text_of(const struct json_node *node)
{
    return node && node->type == JSON_STRING ? node->text : NULL;
}

static bool number_of(const struct json_node *node, uint64_t *number)
{
    if (!node || node->type != JSON_NUMBER)
        return false;
    *number = node->number;
    return true;
}

static bool copy_text(char **to, const char *text)
{
    *to = text ? strdup(text) : NULL;
    return !text || *to;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static uint8_t number_of_name(const char *name, const char *(*name_of)(unsigned))
{
    for (uint8_t i = 0; name && name_of(i); i++)
        if (!strcmp(name_of(i), name))
            return i;
    return UINT8_MAX;
}

/* The index of an origin, of those that are there or a new one; 0: unknown, or no room left. */
static uint16_t find_origin(struct recording *r, const struct json_node *node)
{
    struct origin new = {.source = NULL}, *grown;
    const char *fidelity = text_of(json_member(&r->doc, node, "fidelity"));
    const char *source = text_of(json_member(&r->doc, node, "source"));
    const char *note = text_of(json_member(&r->doc, node, "note"));
    const char *backend = text_of(json_member(&r->doc, node, "backend"));

    /* Nobody tells a number of which it is not said how good it is. */
    if (number_of_name(fidelity, fidelity_name) == UINT8_MAX)
        fidelity = NULL;
    if (!fidelity || number_of_name(backend, backend_name) == UINT8_MAX)
        backend = NULL;
    for (size_t i = r->origin_count; i-- > 0;)
        if (same_text(r->origins[i].fidelity, fidelity) && same_text(r->origins[i].note, note) &&
            same_text(r->origins[i].backend, backend) && same_text(r->origins[i].source, source))
            return (uint16_t)i;
    if (r->origin_count == ORIGINS_MAX)
        return 0;
    grown = realloc(r->origins, (r->origin_count + 1) * sizeof(*grown));
    if (!grown)
        return 0;
    r->origins = grown;
    if (!copy_text(&new.fidelity, fidelity) || !copy_text(&new.backend, backend) ||
        !copy_text(&new.source, source) || !copy_text(&new.note, note)) {
        origin_free(&new);
        return 0;
    }
    new.fidelity_number = number_of_name(fidelity, fidelity_name);
    new.backend_number = number_of_name(backend, backend_name);
    r->origins[r->origin_count] = new;
    return (uint16_t)r->origin_count++;
}

/* A member's number by what a line calls it. As lines go through them in order, so does this. */
static unsigned find_member(const char *key, unsigned *hint)
{
    for (unsigned i = 0; i < TCPESTATS_FIELD_COUNT; i++) {
        unsigned id = (*hint + i) % TCPESTATS_FIELD_COUNT;
        const char *cls = tcpestats_class_name(tcpestats_field(id)->cls);
        size_t length = strlen(cls);

        if (strncmp(key, cls, length) || key[length] != '_' ||
            strcmp(key + length + 1, tcpestats_field(id)->name))
            continue;
        *hint = id + 1;
        return id;
    }
    return TCPESTATS_FIELD_COUNT;
}

uint32_t recording_zone(const struct recording *r, const char *name)
{
    for (size_t i = 0; i < r->zone_count; i++)
        if (!strcmp(r->zones[i], name))
            return (uint32_t)i + 1;
    return 0;
}

static int read_header(struct recording *r, struct failure *failure)
{
    const char *schema = text_of(member(r, "schema")), *collector;
    const struct json_node *described = member(r, "members");
    struct json_node nothing = {.type = JSON_NULL};
    unsigned hint = 0;

    if (!schema || strncmp(schema, SCHEMA_STEM, strlen(SCHEMA_STEM)))
        return fail_with(failure, TOOL_OTHER, "'%.200s' is no recording of tcpestats", r->path);
    if (strcmp(schema, RECORDING_SCHEMA))
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "'%.200s' is of version %.40s, and this tcpestats reads " RECORDING_SCHEMA
                         ": it takes another one to read it",
                         r->path, schema);
    if (!number_of(member(r, "started_ns"), &r->started_ns) ||
        !number_of(member(r, "interval_ns"), &r->interval_ns))
        return fail_line(r, "started_ns and interval_ns are missing", failure);
    collector = text_of(member(r, "collector"));
    if (collector)
        snprintf(r->collector, sizeof(r->collector), "%s", collector);
    find_origin(r, &nothing);
    if (!r->origin_count)
        return fail_memory(failure);
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        r->usual[id].status = TCPESTATS_NO_SOURCE;
    if (!described || described->type != JSON_OBJECT)
        return TOOL_OK;
    for (const struct json_node *node = json_first(&r->doc, described); node;
         node = json_next(&r->doc, described, node)) {
        unsigned id = find_member(node->key, &hint);

        const struct json_node *clock = json_member(&r->doc, node, "clock_driven");

        if (id == TCPESTATS_FIELD_COUNT)
            continue;
        r->usual[id].origin = find_origin(r, node);
        r->clock_driven[id] = clock && clock->type == JSON_TRUE;
    }
    return TOOL_OK;
}

static int add_recorded(struct recording *r, struct failure *failure)
{
    struct recorded *new;

    if (r->count == RECORDED_MAX)
        return fail_line(r, "there are too many connections", failure);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct recorded **grown = realloc(r->items, room * sizeof(struct recorded *));

        if (!grown)
            return fail_memory(failure);
        r->items = grown;
        r->room = room;
    }
    new = calloc(1, sizeof(*new));
    if (!new)
        return fail_memory(failure);
    r->items[r->count++] = new;
    new->conn.identity = r->count;
    new->conn.has_owner = true;
    return TOOL_OK;
}

/* The connection that a line is about. Numbers count up from 1. */
static int find_recorded(struct recording *r, struct recorded **found, struct failure *failure)
{
    uint64_t id;

    if (!number_of(member(r, "id"), &id) || !id || id > r->count + 1)
        return fail_line(r, "id is missing, or not the next one", failure);
    if (id > r->count && add_recorded(r, failure))
        return failure->code;
    *found = r->items[id - 1];
    return TOOL_OK;
}

/* The number of an interface, from 1; 0: of no name, or of one too many. */
static uint32_t add_zone(struct recording *r, const char *name)
{
    uint32_t found = recording_zone(r, name);
    char(*grown)[ZONE_MAX];

    if (found || !*name || r->zone_count == ZONES_MAX)
        return found;
    grown = realloc(r->zones, (r->zone_count + 1) * sizeof(*grown));
    if (!grown)
        return 0;
    r->zones = grown;
    snprintf(grown[r->zone_count], ZONE_MAX, "%s", name);
    return (uint32_t)++r->zone_count;
}

/* false: there are none, or they are not what they should be. */
static bool read_ends(const struct recording *r, struct conn *conn)
{
    const char *local = text_of(member(r, "local")), *remote = text_of(member(r, "remote"));
    char text[2 * ENDPOINT_TEXT_MAX];
    struct selector selector;

    if (!local || !remote ||
        snprintf(text, sizeof(text), "%s-%s", local, remote) >= (int)sizeof(text) ||
        selector_parse(text, &selector) || !selector.exact)
        return false;
    conn->local = selector.local;
    conn->remote = selector.remote;
    return true;
}

static enum conn_state state_by_name(const char *name)
{
    for (unsigned state = 0; state < STATE_COUNT; state++)
        if (name && state_name(state) && !strcmp(state_name(state), name))
            return state;
    return STATE_UNKNOWN;
}

static int read_owners(struct recording *r, const struct json_node *list, struct recorded *to,
                       struct failure *failure)
{
    size_t count = 0;

    free(to->owners);
    to->owners = NULL;
    to->owner_count = 0;
    to->conn.has_owner = list->type != JSON_ARRAY || list->next > (size_t)(list - r->doc.nodes) + 1;
    if (list->type != JSON_ARRAY)
        return TOOL_OK;
    for (const struct json_node *node = json_first(&r->doc, list); node;
         node = json_next(&r->doc, list, node))
        count++;
    if (count > OWNERS_MAX)
        return fail_line(r, "there are too many processes", failure);
    to->owners = calloc(count + 1, sizeof(*to->owners));
    if (!to->owners)
        return fail_memory(failure);
    for (const struct json_node *node = json_first(&r->doc, list); node;
         node = json_next(&r->doc, list, node)) {
        struct owner *owner = &to->owners[to->owner_count];
        const char *name = text_of(json_member(&r->doc, node, "name"));
        uint64_t pid;

        if (!number_of(json_member(&r->doc, node, "pid"), &pid) || pid > UINT32_MAX)
            return fail_line(r, "a process has no pid", failure);
        owner->pid = (uint32_t)pid;
        snprintf(owner->name, sizeof(owner->name), "%s", name ? name : "");
        to->owner_count++;
    }
    return TOOL_OK;
}

static unsigned read_enabled(const struct recording *r, const struct json_node *list)
{
    unsigned bits = 0;

    for (const struct json_node *node = json_first(&r->doc, list); node;
         node = json_next(&r->doc, list, node))
        for (unsigned bit = 0; bit <= ENABLED_INBOUND; bit++)
            if (node->type == JSON_STRING && !strcmp(node->text, enabled_names[bit]))
                bits |= 1u << bit;
    return bits;
}

static int read_value(struct recording *r, const struct json_node *node, struct cell *cell,
                      struct failure *failure)
{
    char wrong[MEMBER_KEY_MAX + 32];

    switch (node->type) {
    case JSON_NULL:
        cell->status = TCPESTATS_NO_SAMPLE; /* "unknown" says better */
        cell->value = 0;
        return TOOL_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        cell->value = node->type == JSON_TRUE;
        break;
    case JSON_NUMBER:
        cell->value = node->number;
        break;
    default:
        snprintf(wrong, sizeof(wrong), "%.60s is no whole number", node->key);
        return fail_line(r, wrong, failure);
    }
    cell->status = TCPESTATS_KNOWN;
    return TOOL_OK;
}

/* The members of the line, then why those of them that are null are not known, and origins. */
static int read_cells(struct recording *r, struct recorded *to, struct failure *failure)
{
    const struct json_node *line = &r->doc.nodes[0], *unknown = member(r, "unknown"),
                           *origin = member(r, "origin");
    unsigned hint = 0;

    for (const struct json_node *node = json_first(&r->doc, line); node;
         node = json_next(&r->doc, line, node)) {
        unsigned id = strchr(node->key, '_') ? find_member(node->key, &hint)
                                             : TCPESTATS_FIELD_COUNT;

        if (id == TCPESTATS_FIELD_COUNT)
            continue;
        if (!to->cells) {
            to->cells = malloc(sizeof(r->usual));
            if (!to->cells)
                return fail_memory(failure);
            memcpy(to->cells, r->usual, sizeof(r->usual));
        }
        if (read_value(r, node, &to->cells[id], failure))
            return failure->code;
    }
    if (!to->cells)
        return TOOL_OK;
    for (const struct json_node *node = unknown ? json_first(&r->doc, unknown) : NULL; node;
         node = json_next(&r->doc, unknown, node)) {
        unsigned id = node->key ? find_member(node->key, &hint) : TCPESTATS_FIELD_COUNT;

        if (id < TCPESTATS_FIELD_COUNT && to->cells[id].status != TCPESTATS_KNOWN)
            to->cells[id].status = (uint8_t)status_of_reason(text_of(node));
    }
    for (const struct json_node *node = origin ? json_first(&r->doc, origin) : NULL; node;
         node = json_next(&r->doc, origin, node)) {
        unsigned id = node->key ? find_member(node->key, &hint) : TCPESTATS_FIELD_COUNT;

        if (id < TCPESTATS_FIELD_COUNT)
            to->cells[id].origin = find_origin(r, node);
    }
    return TOOL_OK;
}

/* Replaces what was known by a text; false: out of memory. */
static bool take_text(char **to, const struct json_node *node)
{
    if (!text_of(node))
        return true;
    free(*to);
    return copy_text(to, node->text);
}

static bool read_user(const struct recording *r, struct recorded *to)
{
    uint64_t uid;

    if (number_of(member(r, "uid"), &uid) && uid <= UINT32_MAX) {
        to->conn.has_uid = true;
        to->conn.uid = (uint32_t)uid;
    }
    return take_text(&to->user, member(r, "user")) && take_text(&to->cgroup, member(r, "cgroup"));
}

static int read_sample(struct recording *r, struct failure *failure)
{
    const struct json_node *node;
    struct recorded *to;

    if (find_recorded(r, &to, failure))
        return failure->code;
    if (!to->begun && !read_ends(r, &to->conn))
        return fail_line(r, "its connection has no addresses", failure);
    to->begun = true;
    if (to->ended)
        return fail_line(r, "its connection has ended before", failure);
    node = member(r, "interface");
    if (text_of(node))
        to->conn.scope = add_zone(r, node->text);
    node = member(r, "state");
    if (node)
        to->conn.state = state_by_name(text_of(node));
    node = member(r, "processes");
    if (node && read_owners(r, node, to, failure))
        return failure->code;
    if (!read_user(r, to))
        return fail_memory(failure);
    node = member(r, "enabled");
    if (node)
        to->enabled = read_enabled(r, node);
    to->conn.classes_known = true;
    to->conn.classes = to->enabled & CLASSES_ALL;
    if (to->enabled & 1u << ENABLED_INBOUND)
        to->conn.classes |= 1u << TCPESTATS_BANDWIDTH;
    to->interval = r->interval;
    to->time_ns = r->time_ns;
    return read_cells(r, to, failure);
}

static bool has_members(const struct recording *r)
{
    const struct json_node *line = &r->doc.nodes[0];
    unsigned hint = 0;

    for (const struct json_node *node = json_first(&r->doc, line); node;
         node = json_next(&r->doc, line, node))
        if (strchr(node->key, '_') && find_member(node->key, &hint) < TCPESTATS_FIELD_COUNT)
            return true;
    return false;
}

static int read_end(struct recording *r, struct failure *failure)
{
    struct recorded *to;

    if (find_recorded(r, &to, failure))
        return failure->code;
    if (to->ended)
        return fail_line(r, "its connection has ended before", failure);
    to->ended = true;
    to->ending = ending_find(text_of(member(r, "ending")));
    if (!to->begun || !has_members(r))
        return TOOL_OK;
    to->interval = r->interval;
    to->time_ns = r->time_ns;
    return read_cells(r, to, failure);
}

/* Takes in the line that has been parsed. */
static int read_parsed(struct recording *r, struct failure *failure)
{
    const char *type = text_of(member(r, "type"));
    uint64_t time_ns = 0;

    if (!type)
        return fail_line(r, "it has no type", failure);
    if (number_of(member(r, "time_ns"), &time_ns) && time_ns > r->time_ns)
        r->time_ns = time_ns;
    if (!strcmp(type, "sample"))
        return read_sample(r, failure);
    if (!strcmp(type, "end"))
        return read_end(r, failure);
    if (!strcmp(type, "finish"))
        r->finished = true;
    return TOOL_OK;
}

/* Is it what the first line of a recording begins with? */
static bool begins_header(const char *line, size_t length)
{
    static const char start[] = "{\"type\":\"header\",\"schema\":\"" SCHEMA_STEM;

    return length && !memcmp(line, start, length < strlen(start) ? length : strlen(start));
}

/* The next line into doc; r->at_end: there is none. */
static int parse_line(struct recording *r, struct failure *failure)
{
    const char *wrong;
    size_t length;
    char *line;
    bool whole, is_cut;

    if (stream_read_line(r->stream, &line, &length, &whole, failure))
        return failure->code;
    if (!line) {
        r->at_end = true;
        return TOOL_OK;
    }
    r->line++;
    is_cut = !whole && (r->line > 1 || begins_header(line, length));
    wrong = json_parse(&r->doc, line, length);
    if (!wrong && r->doc.nodes[0].type != JSON_OBJECT)
        wrong = "it is no JSON object";
    /* Where a write was cut off, its last line is. */
    if (wrong && is_cut && r->line > 1) {
        r->at_end = true;
        return TOOL_OK;
    }
    if (wrong && is_cut)
        return fail_with(failure, TOOL_OTHER,
                         "'%.200s' was cut off in its first line: nothing is recorded in it",
                         r->path);
    if (wrong && r->line == 1)
        return fail_with(failure, TOOL_OTHER, "'%.200s' is no recording of tcpestats", r->path);
    return wrong ? fail_line(r, wrong, failure) : TOOL_OK;
}

int recording_step(struct recording *r, bool *more, struct failure *failure)
{
    bool taken = false;

    for (;;) {
        uint64_t interval = r->interval;

        if (!r->pending && !r->at_end && parse_line(r, failure))
            return failure->code;
        r->pending = !r->at_end;
        if (r->at_end)
            break;
        number_of(member(r, "interval"), &interval);
        if (interval > r->interval) {
            if (taken)
                break;
            r->interval = interval;
        }
        taken = true;
        r->pending = false;
        if (read_parsed(r, failure))
            return failure->code;
    }
    *more = taken;
    return TOOL_OK;
}

int recording_open(struct recording **out, const char *path, struct failure *failure)
{
    struct recording *r = calloc(1, sizeof(*r));
    const char *type;

    if (!r || !copy_text(&r->path, path)) {
        free(r);
        return fail_memory(failure);
    }
    if (!stream_open(&r->stream, path, failure) && !parse_line(r, failure)) {
        if (r->at_end) {
            fail_with(failure, TOOL_OTHER, "'%.200s' is empty", path);
        } else {
            type = text_of(member(r, "type"));
            if (!type || strcmp(type, "header"))
                fail_with(failure, TOOL_OTHER, "'%.200s' is no recording of tcpestats", path);
            else if (!read_header(r, failure)) {
                *out = r;
                return TOOL_OK;
            }
        }
    }
    recording_close(r);
    return failure->code;
}

void recording_close(struct recording *r)
{
    struct failure ignored;

    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        free(r->items[i]->owners);
        free(r->items[i]->user);
        free(r->items[i]->cgroup);
        free(r->items[i]->cells);
        free(r->items[i]);
    }
    for (size_t i = 0; i < r->origin_count; i++)
        origin_free(&r->origins[i]);
    stream_close(r->stream, &ignored);
    json_free(&r->doc);
    free(r->items);
    free(r->origins);
    free(r->zones);
    free(r->path);
    free(r);
}

static void put_member(struct reading *reading, unsigned id, uint64_t value)
{
    const struct tcpestats_field *field = tcpestats_field(id);
    uint8_t *at = (field->block == TCPESTATS_ROS ? reading->ros : reading->rod) + field->off_x86_64;
    uint32_t value32 = (uint32_t)value;

    switch (field->type) {
    case TCPESTATS_TYPE_BOOLEAN:
    case TCPESTATS_TYPE_UCHAR:
        *at = (uint8_t)value;
        break;
    case TCPESTATS_TYPE_ULONG:
        memcpy(at, &value32, sizeof(value32));
        break;
    default:
        memcpy(at, &value, sizeof(value));
    }
}

void recording_reading(const struct recording *r, const struct recorded *recorded, unsigned cls,
                       struct reading *reading)
{
    const struct cell *cells = recorded->cells ? recorded->cells : r->usual;
    uint64_t time_ns = recorded->time_ns;

    /* What has no line at an interval was looked at all the same. */
    if (recorded->interval != r->interval && !recorded->ended)
        time_ns = r->time_ns;
    memset(reading, 0, sizeof(*reading));
    reading->cls = cls;
    reading->abi = TCPESTATS_ABI_X86_64;
    reading->time_ns = time_ns + 1; /* 0 stands for none */
    reading->enabled = recorded->enabled & 1u << cls;
    reading->enabled_inbound = cls == TCPESTATS_BANDWIDTH &&
                               recorded->enabled & 1u << ENABLED_INBOUND;
    reading->has_status = true;
    for (unsigned id = class_first(cls); id < class_first(cls + 1); id++) {
        const struct origin *origin = &r->origins[cells[id].origin];
        unsigned at = id - class_first(cls);

        /* What moves with time has moved since. */
        put_member(reading, id,
                   cells[id].value +
                       (r->clock_driven[id] ? (time_ns - recorded->time_ns) / 1000000 : 0));
        reading->status[at] = cells[id].status;
        reading->fidelity[at] = origin->fidelity_number;
        reading->backend[at] = origin->backend_number;
        reading->row[at] = cells[id].origin;
    }
}
