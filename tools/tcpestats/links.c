/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats links: the host's point-to-point links, as RAS tells Windows programs of them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "link-info.h"
#include "report.h"
#include "table.h"

const struct link_member_text link_members[LINK_MEMBERS] = {
#define STAT(member, unit, origin, source, note) [LINK_##member] = {#member, unit, source, note},
#include "../../libs/links/stats.def"
#undef STAT
};

#define NO_SOURCE "no source on this kernel"

bool link_knows(const struct link_info *link, unsigned member)
{
    return !link->host_sources ||
           (link_members[member].source[0] && (member != LINK_Bps || link->value[member]));
}

struct listing {
    struct link_info *items;
    size_t count, room;
    bool broken; /* out of memory */
};

static int keep_link(const struct link_info *link, void *arg)
{
    struct listing *list = arg;

    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 8;
        struct link_info *more = realloc(list->items, room * sizeof(*more));

        if (!more) {
            list->broken = true;
            return 1;
        }
        list->items = more;
        list->room = room;
    }
    list->items[list->count++] = *link;
    return 0;
}

/* Leaves those that were named, in the order of the list. */
static int choose_links(struct listing *list, const struct tool *tool, struct failure *failure)
{
    size_t kept = 0;

    for (size_t a = 0; a < tool->arg_count; a++) {
        size_t i = 0;

        while (i < list->count && strcmp(list->items[i].name, tool->args[a]))
            i++;
        if (i == list->count)
            return fail_with(failure, TOOL_NOT_FOUND,
                             "no connected link '%.40s'; 'tcpestats links' shows those there are",
                             tool->args[a]);
    }
    for (size_t i = 0; i < list->count; i++) {
        bool wanted = !tool->arg_count;

        for (size_t a = 0; a < tool->arg_count; a++)
            wanted |= !strcmp(list->items[i].name, tool->args[a]);
        if (wanted)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    return TOOL_OK;
}

static void json_link(struct json *json, const struct link_info *link)
{
    json_object(json, NULL);
    json_string(json, "name", link->name);
    json_object(json, "device");
    json_string(json, "type", link->device_type);
    json_string(json, "name", link->device_name);
    json_close(json);
    json_object(json, "members");
    for (unsigned i = 0; i < LINK_MEMBERS; i++) {
        if (link_knows(link, i))
            json_number(json, link_members[i].name, link->value[i]);
        else
            json_null(json, link_members[i].name);
    }
    json_close(json);
    json_object(json, "unknown");
    for (unsigned i = 0; i < LINK_MEMBERS; i++)
        if (!link_knows(link, i))
            json_string(json, link_members[i].name, NO_SOURCE);
    json_close(json);
    json_object(json, "host");
    json_number(json, "handle", link->handle);
    json_string(json, "since", link->since);
    json_close(json);
    json_close(json);
}

static void print_json(const struct tool *tool, const struct listing *list)
{
    struct json json;

    report_begin(&json, tool, true);
    json_array(&json, "links");
    for (size_t i = 0; i < list->count; i++)
        json_link(&json, &list->items[i]);
    json_close(&json);
    json_end(&json);
}

static uint64_t errors_of(const struct link_info *link)
{
    uint64_t sum = 0;

    for (unsigned i = LINK_CrcErr; i <= LINK_BufferOverrunErr; i++)
        sum += link->value[i];
    return sum;
}

static int print_table(const struct listing *list, struct failure *failure)
{
    static const char *const titles[] = {"LINK",       "DEVICE",    "BYTES OUT", "BYTES IN",
                                         "FRAMES OUT", "FRAMES IN", "ERRORS",    "CONNECTED"};
    struct table table;

    table_begin(&table, "llrrrrrr");
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        table_cell(&table, "%s", titles[i]);
    for (size_t i = 0; i < list->count; i++) {
        const struct link_info *link = &list->items[i];
        uint64_t seconds = link->value[LINK_ConnectDuration] / 1000;

        table_cell(&table, "%s", link->name);
        table_cell(&table, "%s (%s)", link->device_name, link->device_type);
        table_cell(&table, "%" PRIu64, link->value[LINK_BytesXmited]);
        table_cell(&table, "%" PRIu64, link->value[LINK_BytesRcved]);
        table_cell(&table, "%" PRIu64, link->value[LINK_FramesXmited]);
        table_cell(&table, "%" PRIu64, link->value[LINK_FramesRcved]);
        table_cell(&table, "%" PRIu64, errors_of(link));
        table_cell(&table, "%" PRIu64 ":%02u:%02u", seconds / 3600, (unsigned)(seconds / 60 % 60),
                   (unsigned)(seconds % 60));
    }
    return table_print(&table, "", failure);
}

static void source_cell(struct table *table, const struct link_info *link, unsigned member)
{
    const struct link_member_text *text = &link_members[member];

    if (!link->host_sources)
        table_cell(table, "Windows' own");
    else if (!text->source[0])
        table_cell(table, "none: %s", text->note);
    else if (member == LINK_ConnectDuration && link->since)
        table_cell(table, "%s; %s", link->since, text->note);
    else
        table_cell(table, "%s%s%s", text->source, text->note[0] ? "; " : "", text->note);
}

/* Everything of every link, with its source. */
static int print_members(const struct listing *list, struct failure *failure)
{
    int code = TOOL_OK;

    for (size_t i = 0; i < list->count && !code; i++) {
        const struct link_info *link = &list->items[i];
        struct table table;

        /* As a table, for what may be in a name. */
        table_begin(&table, "l");
        table_cell(&table, "%s: %s (%s)", link->name, link->device_name, link->device_type);
        code = table_print(&table, "", failure);
        table_begin(&table, "lrll");
        for (unsigned m = 0; m < LINK_MEMBERS; m++) {
            table_cell(&table, "%s", link_members[m].name);
            if (link_knows(link, m))
                table_cell(&table, "%" PRIu64, link->value[m]);
            else
                table_cell(&table, "-");
            table_cell(&table, "%s", link_members[m].unit);
            source_cell(&table, link, m);
        }
        code = code ? code : table_print(&table, "  ", failure);
    }
    return code;
}

int command_links(const struct tool *tool, struct failure *failure)
{
    struct listing list = {NULL, 0, 0, false};
    int code = links_list(keep_link, &list, failure);

    if (!code && list.broken)
        code = fail_with(failure, TOOL_OTHER, "out of memory");
    if (!code)
        code = choose_links(&list, tool, failure);
    if (code)
        report_failure(tool, failure);
    else if (tool->json)
        print_json(tool, &list);
    else
        code = tool->verbose ? print_members(&list, failure) : print_table(&list, failure);
    free(list.items);
    return code;
}
