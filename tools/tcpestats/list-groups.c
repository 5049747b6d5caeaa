/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats list --by: the connections in groups, with totals and percentiles. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "list.h"
#include "report.h"
#include "table.h"

struct gathering {
    enum group_by by;
    const struct conns *conns; /* those that are meant */
    struct groups groups, total;
    struct failure *failure;
};

static const struct prefix_bits whole = {32, 128};

static int gather(const struct conn *conn, const struct reading *readings, void *arg)
{
    struct gathering *g = arg;
    char name[GROUP_NAME_MAX];

    if (!bsearch(conn, g->conns->items, g->conns->count, sizeof(*conn), conn_compare))
        return TOOL_OK;
    group_name(g->by, whole, conn, &readings[TCPESTATS_SYN_OPTS], name);
    if (groups_add(&g->groups, name, readings, g->failure))
        return g->failure->code;
    return groups_add(&g->total, "total", readings, g->failure);
}

static void bytes_cell(struct table *table, const struct sum *sum)
{
    char text[16] = "-";

    if (sum->known)
        format_bytes(sum->value, text);
    table_cell(table, "%s", text);
}

static const unsigned percents[] = {50, 90, 99};

#define PERCENTS (sizeof(percents) / sizeof(percents[0]))

static void group_row(struct table *table, const struct group *group)
{
    double retransmitted = group_retransmitted(group);

    table_cell(table, "%zu", group->connections);
    bytes_cell(table, &group->bytes_out);
    bytes_cell(table, &group->bytes_in);
    if (retransmitted < 0)
        table_cell(table, "-");
    else
        table_cell(table, "%.2f%%", retransmitted);
    for (size_t i = 0; i < PERCENTS; i++)
        if (group->rtt_count)
            table_cell(table, "%.3f", group_percentile(group, percents[i]) / 1e3);
        else
            table_cell(table, "-");
    table_cell(table, "%s", group->name);
}

static int groups_text(const struct gathering *g, struct failure *failure)
{
    static const char *const heads[] = {"CONNECTIONS", "OUT",      "IN",      "RETR",
                                        "RTT50 ms",    "RTT90 ms", "RTT99 ms"};
    static const char *const names[GROUP_BYS] = {"PROCESS", "CGROUP", "REMOTE", "PORT"};
    struct table table;

    table_begin(&table, "rrrrrrrl");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        table_cell(&table, "%s", heads[i]);
    table_cell(&table, "%s", names[g->by]);
    for (size_t i = 0; i < g->groups.count; i++)
        group_row(&table, &g->groups.items[i]);
    for (size_t i = 0; i < g->total.count; i++)
        group_row(&table, &g->total.items[i]);
    return table_print(&table, "", failure);
}

static void json_sum(struct json *json, const char *key, const struct sum *sum)
{
    if (sum->known)
        json_number(json, key, sum->value);
    else
        json_null(json, key);
}

static void json_group(struct json *json, const struct group *group)
{
    json_number(json, "connections", group->connections);
    json_sum(json, "bytes_out", &group->bytes_out);
    json_sum(json, "bytes_in", &group->bytes_in);
    json_sum(json, "data_segments_out", &group->data_segments_out);
    json_sum(json, "retransmissions", &group->retransmitted);
    if (!group->rtt_count) {
        json_null(json, "rtt_us");
        return;
    }
    json_object(json, "rtt_us");
    for (size_t i = 0; i < PERCENTS; i++) {
        char key[8];

        snprintf(key, sizeof(key), "p%u", percents[i]);
        json_number(json, key, group_percentile(group, percents[i]));
    }
    json_number(json, "max", group_percentile(group, 100));
    json_close(json);
}

static void groups_json(const struct tool *tool, const struct gathering *g,
                        const struct failure *failure)
{
    struct json json;

    report_begin(&json, tool, true);
    json_string(&json, "by", group_by_names[g->by]);
    json_array(&json, "groups");
    for (size_t i = 0; i < g->groups.count; i++) {
        json_object(&json, NULL);
        json_string(&json, "group", g->groups.items[i].name);
        json_group(&json, &g->groups.items[i]);
        json_close(&json);
    }
    json_close(&json);
    json_object(&json, "total");
    if (g->total.count)
        json_group(&json, &g->total.items[0]);
    else
        json_number(&json, "connections", 0);
    json_close(&json);
    if (failure)
        report_error(&json, failure);
    json_end(&json);
}

int list_groups_check(const struct tool *tool, struct failure *failure)
{
    if (tool->by && group_by_find(tool->by) == GROUP_BYS)
        return fail_with(failure, TOOL_USAGE, "--by takes process, cgroup, remote or port");
    return TOOL_OK;
}

int list_groups(const struct tool *tool, const struct conns *conns, const struct failure *missing,
                struct failure *failure)
{
    struct gathering g = {.by = group_by_find(tool->by), .conns = conns, .failure = failure};
    int code = conns->count ? backend_sweep(GROUP_CLASSES, gather, &g, failure) : TOOL_OK;

    groups_sort(&g.groups);
    groups_sort(&g.total);
    if (!code && tool->json)
        groups_json(tool, &g, missing);
    else if (!code)
        code = groups_text(&g, failure);
    else
        report_failure(tool, failure);
    groups_free(&g.groups);
    groups_free(&g.total);
    return code;
}
