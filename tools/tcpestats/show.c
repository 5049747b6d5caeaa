/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats show: the members of the classes of connections. */
#include <inttypes.h>
#include <stdlib.h>

#include "print.h"
#include "report.h"
#include "table.h"

/* Everything that was read of one connection. */
struct shown {
    struct conn conn;
    struct reading readings[TCPESTATS_CLASS_COUNT];
};

static void json_members(struct json *json, const struct reading *reading)
{
    unsigned first = class_first(reading->cls), end = class_first(reading->cls + 1);

    json_object(json, "members");
    for (unsigned id = first; id < end; id++) {
        struct member_value value = member_read(reading, id);

        if (!value.known)
            json_null(json, tcpestats_field(id)->name);
        else if (tcpestats_field(id)->kind == TCPESTATS_KIND_BOOL)
            json_bool(json, tcpestats_field(id)->name, value.value != 0);
        else
            json_number(json, tcpestats_field(id)->name, value.value);
    }
    json_close(json);
    json_object(json, "unknown");
    for (unsigned id = first; id < end; id++) {
        struct member_value value = member_read(reading, id);

        if (!value.known)
            json_string(json, tcpestats_field(id)->name, value.reason);
    }
    json_close(json);
}

static void json_sources(struct json *json, const struct reading *reading)
{
    unsigned first = class_first(reading->cls), end = class_first(reading->cls + 1);

    json_object(json, "sources");
    for (unsigned id = first; id < end; id++) {
        struct member_value value = member_read(reading, id);
        struct source source;

        if (!value.known || !backend_value_source(reading, id, &source))
            continue;
        json_object(json, tcpestats_field(id)->name);
        json_string(json, "backend", value.backend);
        json_string(json, "fidelity", value.fidelity);
        json_string(json, "source", source.source);
        json_close(json);
    }
    json_close(json);
}

static void show_json(struct json *json, const struct shown *shown, unsigned classes, bool sources)
{
    report_conn(json, &shown->conn);
    json_object(json, "classes");
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        const struct reading *reading = &shown->readings[cls];

        if (!(classes & 1u << cls))
            continue;
        json_object(json, tcpestats_class_name(cls));
        json_bool(json, "enabled", reading_is_on(reading));
        if (cls == TCPESTATS_BANDWIDTH) {
            json_bool(json, "enabled_outbound", reading->enabled);
            json_bool(json, "enabled_inbound", reading->enabled_inbound);
        }
        json_members(json, reading);
        if (sources && reading->late_ns)
            json_number(json, "collected_ms", reading->late_ns / 1000000);
        if (sources)
            json_sources(json, reading);
        json_close(json);
    }
    json_close(json);
    json_close(json);
}

static const char *switch_text(const struct reading *reading)
{
    if (reading->cls == TCPESTATS_SYN_OPTS)
        return "always on";
    if (reading->cls == TCPESTATS_BANDWIDTH && reading->enabled != reading->enabled_inbound)
        return reading->enabled ? "on, outbound only" : "on, inbound only";
    return reading_is_on(reading) ? "on" : "off";
}

/* Three columns: how good it is or why there is none, who told it, and where from. */
static void source_cells(struct table *table, const struct reading *reading, unsigned id,
                         const struct member_value *value)
{
    struct source source = {.source = NULL};
    struct failure ignored;

    table_cell(table, "%s",
               !value->known     ? value->reason
               : value->fidelity ? value->fidelity
                                 : "-");
    table_cell(table, "%s", value->backend ? value->backend : "-");
    if (!value->known || !backend_value_source(reading, id, &source))
        backend_source(id, &source, &ignored);
    table_cell(table, "%s", source.source ? source.source : "");
}

static void member_row(struct table *table, const struct reading *reading, unsigned id,
                       const struct member_value *value, bool sources)
{
    const struct tcpestats_field *member = tcpestats_field(id);
    bool boolean = member->kind == TCPESTATS_KIND_BOOL;

    table_cell(table, "%s", member->name);
    if (!value->known)
        table_cell(table, "-");
    else if (boolean)
        table_cell(table, "%s", value->value ? "yes" : "no");
    else
        table_cell(table, "%" PRIu64, value->value);
    table_cell(table, "%s", !value->known || boolean ? "" : member->unit);
    if (sources)
        source_cells(table, reading, id, value);
}

static int show_class(const struct reading *reading, const struct tool *tool,
                      struct failure *failure)
{
    unsigned id = class_first(reading->cls), end = class_first(reading->cls + 1);
    struct table table;
    char late[64] = "";

    if (tool->sources && reading->late_ns)
        snprintf(late, sizeof(late), "; the collector counts since %" PRIu64 ".%03u s ago only",
                 reading->late_ns / 1000000000, (unsigned)(reading->late_ns / 1000000 % 1000));
    print_line(stdout, "  %s: %s%s", tcpestats_class_name(reading->cls), switch_text(reading),
               late);
    table_begin(&table, tool->sources ? "lrllll" : "lrl");
    for (; id < end; id++) {
        struct member_value value = member_read(reading, id);

        /* A page of dashes tells nobody anything. */
        if (value.known || reading_is_on(reading) || tool->verbose)
            member_row(&table, reading, id, &value, tool->sources);
    }
    return table_print(&table, "    ", failure);
}

static int show_text(const struct shown *shown, unsigned classes, const struct tool *tool,
                     struct failure *failure)
{
    const char *state = state_name(shown->conn.state);
    char label[CONN_LABEL_MAX], names[CLASS_LIST_MAX], ending[ENDING_TEXT_MAX];
    unsigned off = 0;
    int code = TOOL_OK;

    conn_label(&shown->conn, label);
    report_ending(&shown->conn, ending);
    print_line(stdout, "%s  %s%s", label, state ? state : "", ending);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT && !code; cls++) {
        if (!(classes & 1u << cls))
            continue;
        if (!reading_is_on(&shown->readings[cls]))
            off |= 1u << cls;
        code = show_class(&shown->readings[cls], tool, failure);
    }
    if (off) {
        report_class_list(off, " ", names);
        print_line(stdout, "Switch on with: tcpestats enable %s%s%s", label,
                   off == CLASSES_SWITCHED ? "" : " ", off == CLASSES_SWITCHED ? "" : names);
    }
    return code;
}

int command_show(const struct tool *tool, struct failure *failure)
{
    struct conns conns;
    struct shown *shown = calloc(1, sizeof(*shown));
    struct failure first = {TOOL_OK, ""}, later;
    struct json json;
    unsigned classes;
    size_t done = 0;
    bool by_name = false;

    if (!shown)
        return fail_with(failure, TOOL_OTHER, "out of memory");
    if (report_targets(tool, CLASSES_ALL, &conns, &classes, &by_name, &later))
        first = later;
    for (size_t i = 0; i < conns.count; i++) {
        shown->conn = conns.items[i];
        if (backend_take(&shown->conn, classes, shown->readings, &later)) {
            /* What only happened to match may close at any time. */
            if (!first.code && (by_name || later.code != TOOL_NOT_FOUND))
                first = later;
            continue;
        }
        if (tool->json && !done)
            report_connections_begin(&json, tool);
        if (!tool->json && done)
            print_line(stdout, "%s", "");
        done++;
        if (tool->json)
            show_json(&json, shown, classes, tool->sources);
        else if (show_text(shown, classes, tool, &later) && !first.code)
            first = later;
    }
    report_connections_end(&json, tool, done, &first);
    *failure = first;
    conns_free(&conns);
    free(shown);
    return first.code;
}
