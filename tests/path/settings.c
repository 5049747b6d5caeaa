/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "key=value" settings of one direction: a table of keys, and a parser for each kind of value. */
#include "impair.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {0}};
static const struct unit rate_units[] = {{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}, {0}};
static const struct unit size_units[] = {{"K", 1024}, {"M", 1048576}, {"", 1}, {0}};
static const struct unit ppm_units[] = {{"%", 1e4}, {"ppm", 1}, {"", 1}, {0}};
static const struct unit no_units[] = {{"", 1}, {0}};

/* A number and its unit, up to one of the characters in stop or the end; NULL: not one. */
static const char *number(const char *s, const struct unit *units, const char *stop, uint64_t *out)
{
    char *end;
    double value;
    size_t len;

    if (!isdigit((unsigned char)*s))
        return NULL;
    value = strtod(s, &end);
    len = strcspn(end, stop);
    for (; units->name; units++) {
        if (strlen(units->name) == len && memcmp(units->name, end, len) == 0) {
            value = round(value * units->factor);
            if (value > 1e18)
                return NULL;
            *out = (uint64_t)value;
            return end + len;
        }
    }
    return NULL;
}

static bool set_number(const char *s, const struct unit *units, uint64_t *out)
{
    return number(s, units, "", out) != NULL;
}

static bool set_time(const char *s, void *out)
{
    return set_number(s, time_units, out);
}

static bool set_rate(const char *s, void *out)
{
    return set_number(s, rate_units, out);
}

static bool set_size(const char *s, void *out)
{
    return set_number(s, size_units, out);
}

static bool set_ppm(const char *s, void *out)
{
    return set_number(s, ppm_units, out) && *(uint64_t *)out <= 1000000;
}

static bool set_seed(const char *s, void *out)
{
    return set_number(s, no_units, out);
}

static bool add_range(struct index_list *list, struct index_range range)
{
    struct index_range *more = realloc(list->range, (list->count + 1) * sizeof(*more));

    if (!more)
        return false;
    list->range = more;
    list->range[list->count++] = range;
    return true;
}

static bool set_indexes(const char *s, void *out)
{
    do {
        struct index_range r = {.step = 1};

        s = number(s, no_units, "-,", &r.first);
        r.last = r.first;
        if (s && *s == '-')
            s = number(s + 1, no_units, "/,", &r.last);
        if (s && *s == '/')
            s = number(s + 1, no_units, ",", &r.step);
        if (!s || r.first == 0 || r.step == 0 || r.last < r.first || !add_range(out, r))
            return false;
    } while (*s++ == ',');
    return true;
}

static bool add_window(struct window_list *list, struct window window)
{
    struct window *more = realloc(list->window, (list->count + 1) * sizeof(*more));

    if (!more)
        return false;
    list->window = more;
    list->window[list->count++] = window;
    return true;
}

static bool set_windows(const char *s, void *out)
{
    do {
        struct window w = {0};

        s = number(s, time_units, "+", &w.start_ns);
        if (!s || *s != '+')
            return false;
        s = number(s + 1, time_units, ",", &w.length_ns);
        if (!s || !add_window(out, w))
            return false;
    } while (*s++ == ',');
    return true;
}

static const struct key {
    const char *name;
    bool (*set)(const char *value, void *out);
    size_t offset;
    const char *help;
} keys[] = {
#define KEY(name, set, member, help)                            \
    {                                                           \
        name, set, offsetof(struct impair_config, member), help \
    }
    KEY("delay", set_time, delay_ns, "time that every packet takes: 10ms"),
    KEY("rate", set_rate, rate, "bits of IP packets a second: 20M"),
    KEY("limit", set_size, limit, "bytes that may wait for the link, more is dropped: 64K"),
    KEY("loss", set_ppm, loss_ppm, "random loss: 5000ppm or 0.5%"),
    KEY("dup", set_ppm, dup_ppm, "random duplication"),
    KEY("ce", set_ppm, ce_ppm, "random congestion marks on ECN-capable packets"),
    KEY("reorder", set_ppm, reorder_ppm, "random reordering"),
    KEY("reorder-by", set_time, reorder_ns, "how much later a reordered packet comes"),
    KEY("seed", set_seed, seed, "of the random numbers"),
    KEY("drop-at", set_indexes, drop, "new data segments to drop: 100,200-9000/50"),
    KEY("drop-retrans-at", set_indexes, drop_retrans, "retransmissions to drop"),
    KEY("dup-at", set_indexes, dup, "new data segments to duplicate"),
    KEY("ce-at", set_indexes, ce, "new data segments to mark"),
    KEY("reorder-at", set_indexes, reorder, "new data segments to delay by reorder-by"),
    KEY("blackout", set_windows, blackout, "from when and how long all is lost: 2s+500ms"),
    KEY("hold", set_windows, hold, "from when and how long all is kept back"),
#undef KEY
};

const char *impair_configure(struct impair *m, const char *setting)
{
    const char *value = strchr(setting, '=');
    unsigned i;

    if (!value)
        return "not of the form key=value";
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t len = strlen(keys[i].name);

        if (len != (size_t)(value - setting) || memcmp(keys[i].name, setting, len) != 0)
            continue;
        return keys[i].set(value + 1, (char *)&m->config + keys[i].offset) ? NULL : "bad value";
    }
    return "unknown key";
}

void impair_usage(FILE *out)
{
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        fprintf(out, "  %-16s %s\n", keys[i].name, keys[i].help);
}
