/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats enable and disable: switch the collection of classes on and off. */
#include <string.h>

#include "print.h"
#include "report.h"

/* What became of one connection. */
static void report_switched(const struct tool *tool, struct json *json, const struct conn *conn,
                            unsigned classes, const char *key)
{
    char label[CONN_LABEL_MAX], list[CLASS_LIST_MAX];

    if (!tool->json) {
        conn_label(conn, label);
        report_class_list(classes, ", ", list);
        print_line(stdout, "%s: %s %s", label, key, list);
        return;
    }
    report_conn(json, conn);
    json_array(json, key);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls)
            json_string(json, NULL, tcpestats_class_name(cls));
    json_close(json);
    json_close(json);
}

static int switch_classes(const struct conn *conn, unsigned classes, bool on, unsigned *done,
                          struct failure *failure)
{
    *done = 0;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        if (!(classes & 1u << cls))
            continue;
        if (backend_set(conn, cls, on, failure))
            return failure->code;
        *done |= 1u << cls;
    }
    return TOOL_OK;
}

static int command_switch(const struct tool *tool, bool on, struct failure *failure)
{
    struct conns conns;
    struct failure first = {TOOL_OK, ""}, later;
    struct json json;
    unsigned classes, switched;
    size_t done = 0;
    bool by_name = false;

    if (report_targets(tool, CLASSES_SWITCHED, &conns, &classes, &by_name, &later))
        first = later;
    if (classes & 1u << TCPESTATS_SYN_OPTS) {
        conns.count = 0;
        fail_with(&first, TOOL_USAGE, "SynOpts has no switch: it is always on");
    }
    for (size_t i = 0; i < conns.count; i++) {
        if (switch_classes(&conns.items[i], classes, on, &switched, &later) && !first.code &&
            (by_name || later.code != TOOL_NOT_FOUND))
            first = later;
        if (!switched)
            continue;
        if (tool->json && !done)
            report_connections_begin(&json, tool);
        done++;
        report_switched(tool, &json, &conns.items[i], switched, on ? "enabled" : "disabled");
    }
    report_connections_end(&json, tool, done, &first);
    *failure = first;
    conns_free(&conns);
    return first.code;
}

int command_enable(const struct tool *tool, struct failure *failure)
{
    return command_switch(tool, true, failure);
}

int command_disable(const struct tool *tool, struct failure *failure)
{
    return command_switch(tool, false, failure);
}
