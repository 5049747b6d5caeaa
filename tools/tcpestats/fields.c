/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats fields: which members there are and where this machine gets them from. */
#include <string.h>

#include "print.h"
#include "report.h"
#include "table.h"

static void field_json(struct json *json, unsigned id, const struct source *source)
{
    const struct tcpestats_field *member = tcpestats_field(id);
    char rfc[80];

    snprintf(rfc, sizeof(rfc), "tcpEStats%s", member->rfc ? member->rfc : "");
    json_object(json, NULL);
    json_string(json, "class", tcpestats_class_name(member->cls));
    json_string(json, "member", member->name);
    json_string(json, "unit", member->unit);
    json_string(json, "kind", kind_name(member->kind));
    json_string(json, "rfc4898", member->rfc ? rfc : NULL);
    json_string(json, "fidelity", source->fidelity);
    json_string(json, "backend", source->backend);
    json_string(json, "source", source->source);
    json_string(json, "since", source->since);
    json_string(json, "note", source->note);
    if (source->clock_driven < 0)
        json_null(json, "clock_driven");
    else
        json_bool(json, "clock_driven", source->clock_driven != 0);
    json_close(json);
}

static void field_row(struct table *table, unsigned id, const struct source *source)
{
    const struct tcpestats_field *member = tcpestats_field(id);

    table_cell(table, "%s", tcpestats_class_name(member->cls));
    table_cell(table, "%s", member->name);
    table_cell(table, "%s", member->unit);
    table_cell(table, "%s%s", member->rfc ? "tcpEStats" : "-", member->rfc ? member->rfc : "");
    table_cell(table, "%s", source->fidelity ? source->fidelity : "-");
    table_cell(table, "%s", source->backend ? source->backend : "-");
    table_cell(table, "%s", source->source ? source->source : "-");
    table_cell(table, "%s", source->note ? source->note : "");
}

/* Only where there is something to say: most machines have none. */
static void collector_text(void)
{
    struct collector collector;

    backend_collector(&collector);
    if (collector.state && !strcmp(collector.state, "present"))
        print_line(stdout,
                   "Collector: present, records of %u connections out of %u, %u hooks attached",
                   collector.in_use, collector.records, collector.attached);
    else if (collector.state && !strcmp(collector.state, "refused"))
        print_line(stdout, "Collector: present, but not for this user");
}

static int fields_text(unsigned classes, struct failure *failure)
{
    static const char *const heads[] = {"CLASS",    "MEMBER",  "UNIT",   "RFC 4898 OBJECT",
                                        "FIDELITY", "BACKEND", "SOURCE", "NOTE"};
    struct table table;
    struct source source;
    struct failure broken;
    int code = TOOL_OK;

    table_begin(&table, "llllllll");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        table_cell(&table, "%s", heads[i]);
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT && !code; id++) {
        if (!(classes & 1u << tcpestats_field(id)->cls))
            continue;
        code = backend_source(id, &source, failure);
        if (!code)
            field_row(&table, id, &source);
    }
    if (table_print(&table, "", &broken) && !code)
        code = fail_with(failure, broken.code, "%s", broken.text);
    if (!code)
        collector_text();
    return code;
}

static int fields_json(const struct tool *tool, unsigned classes, struct failure *failure)
{
    struct collector collector;
    struct source source;
    struct json json;
    int code = TOOL_OK;

    report_begin(&json, tool, true);
    backend_collector(&collector);
    json_string(&json, "collector", collector.state);
    json_array(&json, "fields");
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT && !code; id++) {
        if (!(classes & 1u << tcpestats_field(id)->cls))
            continue;
        code = backend_source(id, &source, failure);
        if (!code)
            field_json(&json, id, &source);
    }
    json_close(&json);
    if (code)
        report_error(&json, failure);
    json_end(&json);
    return code;
}

int command_fields(const struct tool *tool, struct failure *failure)
{
    unsigned classes = tool->arg_count ? 0 : CLASSES_ALL;
    struct source source;
    int code = report_classes(tool->args, tool->arg_count, &classes, failure);

    if (!code) /* what cannot answer for one cannot answer for any */
        code = backend_source(0, &source, failure);
    if (code) {
        report_failure(tool, failure);
        return code;
    }
    return tool->json ? fields_json(tool, classes, failure) : fields_text(classes, failure);
}
