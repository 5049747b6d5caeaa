/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reading.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_address(const char *text, int *family, uint8_t *out)
{
    *family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(*family, text, out) == 1;
}

static bool add_poll(struct reading *r, uint64_t begin, uint64_t end)
{
    struct poll_time *more = realloc(r->polls, (r->poll_count + 1) * sizeof(*more));

    if (!more)
        err(1, "memory");
    r->polls = more;
    r->polls[r->poll_count++] = (struct poll_time){begin, end};
    return true;
}

static bool add_field(struct reading *r, const char *line)
{
    struct told *t = &r->field[r->field_count];

    return r->field_count++ < FIELDS_MAX - 1 &&
           sscanf(line, "field %47s %47s %47s %47s %" SCNu64 " %47s", t->cls, t->member, t->label,
                  t->status, &t->value, t->unit) == 6;
}

static bool add_snmp(struct reading *r, const char *line)
{
    char group[NAME_MAX_LEN], name[NAME_MAX_LEN];
    struct snmp *s = &r->snmp[r->snmp_count];

    if (r->snmp_count++ >= SNMP_MAX - 1 ||
        sscanf(line, "snmp %47s %47s %" SCNu64, group, name, &s->value) != 3)
        return false;
    snprintf(s->name, sizeof(s->name), "%s.%s", group, name);
    return true;
}

static bool read_line(struct reading *r, const char *line)
{
    static const struct word {
        const char *key;
        size_t offset;
    } words[] = {{"end", offsetof(struct reading, side)},
                 {"backend", offsetof(struct reading, backend)},
                 {"scenario", offsetof(struct reading, scenario)},
                 {"cc", offsetof(struct reading, cc)}};
    struct connection *c = &r->connection;
    char key[NAME_MAX_LEN], text[INET6_ADDRSTRLEN];
    uint64_t a, b;

    if (sscanf(line, "%47s", key) != 1)
        return false;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(key, words[i].key) == 0)
            return sscanf(line, "%*s %47s", (char *)r + words[i].offset) == 1;
    if (strcmp(key, "field") == 0)
        return add_field(r, line);
    if (strcmp(key, "snmp") == 0)
        return add_snmp(r, line);
    if (strcmp(key, "poll") == 0 || strcmp(key, "read") == 0)
        return sscanf(line, "%*s %" SCNu64 " %" SCNu64, &a, &b) == 2 && add_poll(r, a, b);
    if (strcmp(key, "local") == 0)
        return sscanf(line, "%*s %45s %" SCNu16, text, &c->local_port) == 2 &&
               read_address(text, &c->family, c->local);
    if (strcmp(key, "remote") == 0)
        return sscanf(line, "%*s %45s %" SCNu16, text, &c->remote_port) == 2 &&
               read_address(text, &c->family, c->remote);
    if (strcmp(key, "app") == 0)
        return sscanf(line, "%*s %" SCNu64 " %" SCNu64 " %" SCNu64, &r->written, &r->read,
                      &r->unread) == 3;
    if (strcmp(key, "enabled") == 0)
        return sscanf(line, "%*s %" SCNu64, &r->enabled_ns) == 1;
    if (strcmp(key, "rhythm") == 0)
        return sscanf(line, "%*s %" SCNu64, &r->rhythm_ms) == 1;
    if (strcmp(key, "missed") == 0)
        return sscanf(line, "%*s %ld", &r->missed) == 1;
    return false;
}

bool reading_load(const char *file, struct reading *r)
{
    FILE *in = fopen(file, "re");
    char line[512];

    memset(r, 0, sizeof(*r));
    r->missed = -1;
    if (!in) {
        warn("%s", file);
        return false;
    }
    while (fgets(line, sizeof(line), in)) {
        if (read_line(r, line))
            continue;
        warnx("%s: what does this mean: %s", file, line);
        fclose(in);
        return false;
    }
    fclose(in);
    if (!r->poll_count || !r->field_count)
        warnx("%s: not a whole reading", file);
    return r->poll_count && r->field_count;
}

void reading_free(struct reading *r)
{
    free(r->polls);
    r->polls = NULL;
}

const struct told *reading_find(const struct reading *r, const char *cls, const char *member)
{
    for (unsigned i = 0; i < r->field_count; i++)
        if (strcmp(r->field[i].cls, cls) == 0 && strcmp(r->field[i].member, member) == 0)
            return &r->field[i];
    return NULL;
}

double reading_value(const struct reading *r, const char *cls, const char *member)
{
    const struct told *t = reading_find(r, cls, member);

    return t ? (double)t->value : 0;
}

double reading_snmp(const struct reading *r, const char *name)
{
    for (unsigned i = 0; i < r->snmp_count; i++)
        if (strcmp(r->snmp[i].name, name) == 0)
            return (double)r->snmp[i].value;
    errx(1, "this kernel has no SNMP counter %s", name);
}

bool reading_is_exact(const struct reading *r, const char *cls, const char *member)
{
    const struct told *t = reading_find(r, cls, member);

    return t && strcmp(t->label, "exact") == 0;
}
