/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats list: the connections there are, what is switched on for them, and whose they are. */
#include <string.h>

#include "list.h"
#include "report.h"
#include "table.h"

#define OWNERS_TEXT_MAX 512

/* "nginx(812), nginx(813)" */
static void owners_text(const struct conn *conn, char text[OWNERS_TEXT_MAX])
{
    size_t count, length = 0;
    const struct owner *owners = backend_owners(conn, &count);

    if (!count) {
        strcpy(text, conn->has_owner ? "owner unknown" : "-");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char one[PROCESS_MAX + 16];
        int n = snprintf(one, sizeof(one), "%s%s(%u)", i ? ", " : "",
                         owners[i].name[0] ? owners[i].name : "?", owners[i].pid);

        if (length + (size_t)n + 4 >= OWNERS_TEXT_MAX) {
            strcpy(text + length, "...");
            return;
        }
        strcpy(text + length, one);
        length += (size_t)n;
    }
}

static int list_text(const struct tool *tool, const struct conns *conns, struct failure *failure)
{
    struct table table;

    table_begin(&table, tool->all_netns ? "lllll" : "llll");
    if (tool->all_netns)
        table_cell(&table, "NETNS");
    table_cell(&table, "CONNECTION");
    table_cell(&table, "STATE");
    table_cell(&table, "ENABLED");
    table_cell(&table, "PROCESS");
    for (size_t i = 0; i < conns->count; i++) {
        const struct conn *conn = &conns->items[i];
        const char *state = state_name(conn->state);
        char label[CONN_LABEL_MAX], classes[CLASS_LIST_MAX], owners[OWNERS_TEXT_MAX];

        conn_label(conn, label);
        report_class_list(conn->classes & CLASSES_SWITCHED, ",", classes);
        owners_text(conn, owners);
        if (tool->all_netns)
            table_cell(&table, "%s", backend_netns_name(conn));
        table_cell(&table, "%s", label);
        table_cell(&table, "%s", state ? state : "-");
        table_cell(&table, "%s", conn->classes_known ? (classes[0] ? classes : "-") : "unknown");
        table_cell(&table, "%s", owners);
    }
    return table_print(&table, "", failure);
}

static void json_enabled(struct json *json, const struct conn *conn)
{
    if (!conn->classes_known) {
        json_null(json, "enabled");
        return;
    }
    json_array(json, "enabled");
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (conn->classes & CLASSES_SWITCHED & 1u << cls)
            json_string(json, NULL, tcpestats_class_name(cls));
    json_close(json);
}

static void json_host(struct json *json, const struct conn *conn)
{
    size_t count;
    const struct owner *owners;
    char zone[ZONE_MAX];

    backend_zone_name(conn, zone);
    json_object(json, "host");
    json_string(json, "interface", zone[0] ? zone : NULL);
    if (conn->has_uid)
        json_number(json, "uid", conn->uid);
    else
        json_null(json, "uid");
    json_string(json, "cgroup", backend_cgroup(conn));
    owners = backend_owners(conn, &count);
    if (!count && conn->has_owner) {
        json_null(json, "processes");
        json_string(json, "unknown", "owner unknown");
    } else {
        json_array(json, "processes");
        for (size_t i = 0; i < count; i++) {
            json_object(json, NULL);
            json_number(json, "pid", owners[i].pid);
            json_string(json, "name", owners[i].name[0] ? owners[i].name : NULL);
            json_close(json);
        }
        json_close(json);
    }
    json_close(json);
}

static void list_json(const struct tool *tool, const struct conns *conns,
                      const struct failure *failure)
{
    struct json json;

    report_begin(&json, tool, true);
    json_array(&json, "connections");
    for (size_t i = 0; i < conns->count; i++) {
        report_conn(&json, &conns->items[i]);
        json_enabled(&json, &conns->items[i]);
        json_host(&json, &conns->items[i]);
        json_close(&json);
    }
    json_close(&json);
    if (failure)
        report_error(&json, failure);
    json_end(&json);
}

/* missing: why these are not all, or NULL. */
static int show(const struct tool *tool, const struct conns *conns, const struct failure *missing,
                struct failure *failure)
{
    if (tool->by)
        return list_groups(tool, conns, missing, failure);
    if (!tool->json)
        return list_text(tool, conns, failure);
    list_json(tool, conns, missing);
    return TOOL_OK;
}

int command_list(const struct tool *tool, struct failure *failure)
{
    struct selection selection;
    struct conns conns = {NULL, 0, 0};
    struct failure later;
    int code = selection_parse(&selection, tool->args, tool->arg_count, failure);

    if (!code)
        code = list_groups_check(tool, failure);
    if (!code)
        code = backend_owners_load(failure);
    if (!code)
        code = selection_resolve(&selection, &conns, failure);
    for (size_t i = 0; i < conns.count; i++)
        backend_classes(&conns.items[i]);
    if (code && !conns.count)
        report_failure(tool, failure);
    else if (show(tool, &conns, code ? failure : NULL, &later) && !code)
        code = fail_with(failure, later.code, "%s", later.text);
    if (!tool->json || tool->all_netns)
        report_list_limits();
    conns_free(&conns);
    selection_free(&selection);
    return code;
}
