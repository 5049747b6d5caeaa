/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

const char *const group_by_names[GROUP_BYS] = {
    [BY_PROCESS] = "process",
    [BY_CGROUP] = "cgroup",
    [BY_REMOTE] = "remote",
    [BY_PORT] = "port",
};

enum group_by group_by_find(const char *name)
{
    unsigned by = 0;

    while (by < GROUP_BYS && strcmp(group_by_names[by], name))
        by++;
    return (enum group_by)by;
}

/* ---- Names ---- */

/* Several processes may have it open: the first of them, which made it, as a rule. */
static void name_process(const struct conn *conn, char name[GROUP_NAME_MAX])
{
    size_t count;
    const struct owner *owners = backend_owners(conn, &count);

    if (count && owners->name[0])
        snprintf(name, GROUP_NAME_MAX, "%s", owners->name);
    else if (count)
        snprintf(name, GROUP_NAME_MAX, "%u", owners->pid);
    else
        strcpy(name, conn->has_owner ? "owner unknown" : "-");
}

static void name_cgroup(const struct conn *conn, char name[GROUP_NAME_MAX])
{
    const char *path = backend_cgroup(conn);

    if (path)
        snprintf(name, GROUP_NAME_MAX, "%s", path);
    else if (conn->cgroup)
        snprintf(name, GROUP_NAME_MAX, "id %llu", (unsigned long long)conn->cgroup);
    else
        strcpy(name, "-");
}

static void name_remote(const struct conn *conn, struct prefix_bits bits, char name[GROUP_NAME_MAX])
{
    struct address address = conn->remote.address;
    unsigned all = address.family == FAMILY_V4 ? 32 : 128;
    unsigned kept = address.family == FAMILY_V4 ? bits.v4 : bits.v6;

    for (unsigned i = 0; i < all / 8; i++)
        if (8 * i >= kept)
            address.bytes[i] = 0;
        else if (8 * i + 8 > kept)
            address.bytes[i] &= (uint8_t)(0xff00 >> (kept - 8 * i));
    address_format(&address, name);
    if (kept < all)
        snprintf(name + strlen(name), 8, "/%u", kept);
}

/* Where nothing tells which end was called, the lower port is the service's. */
static uint16_t service_port(const struct conn *conn, const struct reading *syn_opts)
{
    struct member_value active = member_read(syn_opts, TCPESTATS_F_SynOpts_ActiveOpen);

    if (active.known)
        return active.value ? conn->remote.port : conn->local.port;
    return conn->remote.port < conn->local.port ? conn->remote.port : conn->local.port;
}

void group_name(enum group_by by, struct prefix_bits bits, const struct conn *conn,
                const struct reading *syn_opts, char name[GROUP_NAME_MAX])
{
    switch (by) {
    case BY_PROCESS:
        name_process(conn, name);
        break;
    case BY_CGROUP:
        name_cgroup(conn, name);
        break;
    case BY_REMOTE:
        name_remote(conn, bits, name);
        break;
    default:
        snprintf(name, GROUP_NAME_MAX, "%u", service_port(conn, syn_opts));
    }
}

/* ---- Finding a group ---- */

static size_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

/* The place of a group of this name, or the free one where it belongs. There is always one. */
static size_t *place_of(const struct groups *groups, const char *name)
{
    size_t at = hash_of(name) & (groups->slots - 1);

    while (groups->table[at] && strcmp(groups->items[groups->table[at] - 1].name, name))
        at = (at + 1) & (groups->slots - 1);
    return &groups->table[at];
}

static bool grow(struct groups *groups)
{
    size_t room = groups->room ? 2 * groups->room : 32;
    struct group *items = realloc(groups->items, room * sizeof(*items));
    size_t *table;

    if (!items)
        return false;
    groups->items = items;
    table = calloc(2 * room, sizeof(*table));
    if (!table)
        return false;
    free(groups->table);
    groups->table = table;
    groups->slots = 2 * room;
    groups->room = room;
    for (size_t i = 0; i < groups->count; i++)
        *place_of(groups, groups->items[i].name) = i + 1;
    return true;
}

static struct group *find(struct groups *groups, const char *name)
{
    struct group *group;
    size_t *place;

    if (groups->count == groups->room && !grow(groups))
        return NULL;
    place = place_of(groups, name);
    if (*place)
        return &groups->items[*place - 1];
    group = &groups->items[groups->count];
    *group = (struct group){.name = strdup(name)};
    if (!group->name)
        return NULL;
    *place = ++groups->count;
    return group;
}

/* ---- Numbers ---- */

static void add(struct sum *sum, const struct reading *readings, enum tcpestats_field_id id)
{
    struct member_value value = member_read(&readings[tcpestats_field(id)->cls], id);

    if (!value.known)
        return;
    sum->value += value.value;
    sum->known++;
}

static bool add_rtt(struct group *group, const struct reading *readings)
{
    struct member_value value = member_read(&readings[TCPESTATS_FINE_RTT],
                                            TCPESTATS_F_FineRtt_SumRtt);

    if (!value.known)
        return true;
    if (group->rtt_count == group->rtt_room) {
        size_t room = group->rtt_room ? 2 * group->rtt_room : 8;
        uint32_t *grown = realloc(group->rtts_us, room * sizeof(*grown));

        if (!grown)
            return false;
        group->rtts_us = grown;
        group->rtt_room = room;
    }
    group->rtts_us[group->rtt_count++] = (uint32_t)value.value;
    return true;
}

int groups_add(struct groups *groups, const char *name, const struct reading *readings,
               struct failure *failure)
{
    struct group *group = find(groups, name);

    if (!group || !add_rtt(group, readings))
        return fail_with(failure, TOOL_OTHER, "out of memory");
    group->connections++;
    add(&group->bytes_out, readings, TCPESTATS_F_Data_DataBytesOut);
    add(&group->bytes_in, readings, TCPESTATS_F_Data_DataBytesIn);
    add(&group->data_segments_out, readings, TCPESTATS_F_Data_DataSegsOut);
    add(&group->retransmitted, readings, TCPESTATS_F_Path_PktsRetrans);
    return TOOL_OK;
}

static int busiest_first(const void *first, const void *second)
{
    const struct group *a = first, *b = second;
    uint64_t bytes_a = a->bytes_out.value + a->bytes_in.value;
    uint64_t bytes_b = b->bytes_out.value + b->bytes_in.value;

    if (bytes_a != bytes_b)
        return bytes_a > bytes_b ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int compare_rtt(const void *first, const void *second)
{
    uint32_t a = *(const uint32_t *)first, b = *(const uint32_t *)second;

    return a < b ? -1 : a > b;
}

void groups_sort(struct groups *groups)
{
    if (!groups->count)
        return;
    qsort(groups->items, groups->count, sizeof(*groups->items), busiest_first);
    memset(groups->table, 0, groups->slots * sizeof(*groups->table));
    for (size_t i = 0; i < groups->count; i++) {
        struct group *group = &groups->items[i];

        *place_of(groups, group->name) = i + 1;
        if (group->rtt_count)
            qsort(group->rtts_us, group->rtt_count, sizeof(*group->rtts_us), compare_rtt);
    }
}

void groups_free(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        free(groups->items[i].name);
        free(groups->items[i].rtts_us);
    }
    free(groups->items);
    free(groups->table);
    *groups = (struct groups){NULL, 0, 0, NULL, 0};
}

uint32_t group_percentile(const struct group *group, unsigned percent)
{
    size_t rank = (group->rtt_count * percent + 99) / 100;

    return group->rtts_us[rank ? rank - 1 : 0];
}

double group_retransmitted(const struct group *group)
{
    if (!group->retransmitted.known || !group->data_segments_out.known ||
        !group->data_segments_out.value)
        return -1;
    return 100.0 * (double)group->retransmitted.value / (double)group->data_segments_out.value;
}
