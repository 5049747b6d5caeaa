/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <string.h>

#include "ends.h"
#include "print.h"

#define SCHEMA "tcpestats/1"

void report_begin(struct json *json, const struct tool *tool, bool lines)
{
    json_begin(json, stdout, lines);
    json_object(json, NULL);
    json_string(json, "schema", SCHEMA);
    json_string(json, "command", tool->command);
}

static void report_endpoint(struct json *json, const char *key, const struct endpoint *endpoint)
{
    char text[ADDRESS_TEXT_MAX];

    address_format(&endpoint->address, text);
    json_object(json, key);
    json_string(json, "address", text);
    json_number(json, "port", endpoint->port);
    json_close(json);
}

void report_conn(struct json *json, const struct conn *conn)
{
    json_object(json, NULL);
    report_endpoint(json, "local", &conn->local);
    report_endpoint(json, "remote", &conn->remote);
    if (backend_netns_name(conn))
        json_string(json, "netns", backend_netns_name(conn));
    json_string(json, "state", state_name(conn->state));
    if (backend_ending(conn))
        json_string(json, "ending", backend_ending(conn));
}

void report_ending(const struct conn *conn, char text[ENDING_TEXT_MAX])
{
    const char *ending = backend_ending(conn);
    bool is_known = ending && ending_find(ending) != TCPESTATS_END_UNKNOWN;

    snprintf(text, ENDING_TEXT_MAX, "%s%s%s%s", ending ? "  (has ended" : "", is_known ? ": " : "",
             is_known ? ending : "", ending ? ")" : "");
}

static void report_side(struct json *json, const char *key, const struct verdict_side *side)
{
    json_object(json, key);
    json_string(json, "cause", cause_code(side->cause));
    json_string(json, "certainty", certainty_name(side->certainty));
    json_close(json);
}

void report_verdict(struct json *json, const struct verdict *v)
{
    json_string(json, "direction", v->direction == DIRECTION_OUT ? "out" : "in");
    json_string(json, "cause", cause_code(v->side[v->direction].cause));
    json_string(json, "certainty", certainty_name(v->side[v->direction].certainty));
    report_side(json, "out", &v->side[DIRECTION_OUT]);
    report_side(json, "in", &v->side[DIRECTION_IN]);
    json_number(json, "elapsed_ns", v->elapsed_ns);
    json_number(json, "looks", v->frames);
}

void report_error(struct json *json, const struct failure *failure)
{
    json_object(json, "error");
    json_number(json, "exit", (unsigned)failure->code);
    json_string(json, "message", failure->text);
    json_close(json);
}

void report_failure(const struct tool *tool, const struct failure *failure)
{
    struct json json;

    if (!tool->json)
        return;
    report_begin(&json, tool, false);
    report_error(&json, failure);
    json_end(&json);
}

void report_connections_begin(struct json *json, const struct tool *tool)
{
    report_begin(json, tool, true);
    json_array(json, "connections");
}

void report_connections_end(struct json *json, const struct tool *tool, size_t done,
                            struct failure *first)
{
    if (!done && !first->code)
        fail_with(first, TOOL_NOT_FOUND, "every connection that matched has closed");
    if (!done) {
        report_failure(tool, first);
    } else if (tool->json) {
        json_close(json);
        if (first->code)
            report_error(json, first);
        json_end(json);
    }
}

void report_list_limits(void)
{
    const char *limits = backend_list_limits();

    if (limits)
        print_line(stderr, "tcpestats: %s", limits);
}

int report_classes(char *const *names, size_t count, unsigned *classes, struct failure *failure)
{
    for (size_t i = 0; i < count; i++) {
        unsigned cls = class_find(names[i]);
        char known[CLASS_LIST_MAX];

        if (cls == TCPESTATS_CLASS_COUNT) {
            report_class_list(CLASSES_ALL, ", ", known);
            return fail_with(failure, TOOL_USAGE, "there is no class '%.40s'; the classes are %s",
                             names[i], known);
        }
        *classes |= 1u << cls;
    }
    return TOOL_OK;
}

int report_targets(const struct tool *tool, unsigned otherwise, struct conns *conns,
                   unsigned *classes, bool *by_name, struct failure *failure)
{
    struct selection selection = {NULL, 0};
    int code;

    *classes = 0;
    *conns = (struct conns){NULL, 0, 0};
    code = report_classes(tool->args + 1, tool->arg_count - 1, classes, failure);
    if (!code)
        code = selection_parse(&selection, tool->args, 1, failure);
    if (!code) {
        *by_name = selection.selectors[0].exact;
        code = selection_resolve(&selection, conns, failure);
    }
    selection_free(&selection);
    if (!*classes)
        *classes = otherwise;
    return code;
}

void report_class_list(unsigned classes, const char *separator, char text[CLASS_LIST_MAX])
{
    text[0] = 0;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        if (!(classes & 1u << cls))
            continue;
        if (text[0])
            strcat(text, separator);
        strcat(text, tcpestats_class_name(cls));
    }
}
