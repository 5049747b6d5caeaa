/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "options.h"

enum kind { TEXT, NUMBER, FLAG };

static const struct row {
    const char *name;
    enum kind kind;
    size_t member;
    uint64_t least, most, preset; /* of a number */
    const char *value, *help;
} rows[] = {
#define AT(member) offsetof(struct options, member)
    {"socket", TEXT, AT(socket), 0, 0, 0, "PATH", "listen here (" TE_COLLECTOR_SOCKET ")"},
    {"group", TEXT, AT(group), 0, 0, 0, "NAME",
     "whose members may use it, beside root (tcpestats)"},
    {"user", TEXT, AT(user), 0, 0, 0, "NAME", "run as this user (tcpestatsd, else nobody)"},
    {"cgroup", TEXT, AT(cgroup), 0, 0, 0, "DIR", "cgroup2 directory to attach to (its root)"},
    {"records", NUMBER, AT(records), 1, TE_COLLECTOR_RECORDS_MAX, 4096, "N",
     "connections at a time (4096)"},
    {"quota", NUMBER, AT(quota), 0, TE_COLLECTOR_RECORDS_MAX, 1024, "N",
     "of them for each user but root (1024)"},
    {"clients", NUMBER, AT(clients), 1, CLIENTS_MAX, 64, "N",
     "connections of each user to the socket (64)"},
    {"idle-exit", NUMBER, AT(idle_exit), 0, 86400, 60, "SECONDS",
     "end after so long with nothing enabled, if the\n"
     "                       service manager listens; 0: never (60)"},
    {"lease", NUMBER, AT(lease), 1, 86400, TE_COLLECTOR_LEASE_S, "SECONDS",
     "collect so long for programs that have gone, if\n"
     "                       nobody reads (600)"},
    {"status", FLAG, AT(status), 0, 0, 0, NULL, "show what a running tcpestatsd is doing"},
    {"json", FLAG, AT(json), 0, 0, 0, NULL, "do so in JSON"},
    {"help", FLAG, AT(help), 0, 0, 0, NULL, "show this text"},
    {"version", FLAG, AT(version), 0, 0, 0, NULL, "show the version"},
#undef AT
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

void options_help(void)
{
    printf("Usage: tcpestatsd [OPTION...]\n"
           "Collects extended TCP statistics for programs that ask for them.\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%s%s%s", rows[i].name, rows[i].value ? "=" : "",
                 rows[i].value ? rows[i].value : "");
        printf("  --%-18s %s\n", name, rows[i].help);
    }
}

static bool fail(const char *format, const char *name)
{
    fprintf(stderr, "tcpestatsd: ");
    fprintf(stderr, format, name);
    fprintf(stderr, "; see tcpestatsd --help\n");
    return false;
}

static bool parse_number(const struct row *row, const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno && *number >= row->least &&
           *number <= row->most;
}

static bool parse_one(struct options *options, const char *text)
{
    const char *name = text + 2;
    size_t length = strcspn(name, "="), i;
    const char *value = name[length] ? name + length + 1 : NULL;
    void *member;

    for (i = 0; i < ROWS; i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            break;
    if (strncmp(text, "--", 2) != 0 || i == ROWS)
        return fail("there is no option '%s'", text);
    if (!value != (rows[i].kind == FLAG) || (value && !*value))
        return fail(value ? "--%s takes no such value" : "--%s takes a value", rows[i].name);
    member = (char *)options + rows[i].member;
    if (rows[i].kind == FLAG)
        *(bool *)member = true;
    else if (rows[i].kind == TEXT)
        *(const char **)member = value;
    else if (!parse_number(&rows[i], value, member))
        return fail("--%s takes another number", rows[i].name);
    return true;
}

bool options_parse(struct options *options, int argc, char **argv)
{
    memset(options, 0, sizeof(*options));
    options->group = "tcpestats";
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].kind == NUMBER)
            memcpy((char *)options + rows[i].member, &rows[i].preset, sizeof(rows[i].preset));
    for (int i = 1; i < argc; i++)
        if (!parse_one(options, argv[i]))
            return false;
    return true;
}
