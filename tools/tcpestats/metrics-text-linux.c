/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is counted, as text for Prometheus and whoever reads OpenMetrics. */
#include <inttypes.h>
#include <stdlib.h>

#include "metrics-linux.h"

#define PREFIX "tcpestats_"

struct text {
    FILE *out;
    bool is_open; /* OpenMetrics */
};

/* A family's names and meaning; of a counter only the older format puts _total into them. */
static void head(const struct text *text, const char *name, const char *type, const char *unit,
                 const char *help)
{
    const char *total = !text->is_open && *type == 'c' ? "_total" : "";

    fprintf(text->out, "# HELP " PREFIX "%s%s %s\n# TYPE " PREFIX "%s%s %s\n", name, total, help,
            name, total, type);
    if (text->is_open && unit)
        fprintf(text->out, "# UNIT " PREFIX "%s %s\n", name, unit);
}

/* suffix and labels: or "". */
static void line(const struct text *text, const char *name, const char *suffix, const char *labels,
                 const char *more, double value)
{
    bool has_labels = *labels || *more;

    fprintf(text->out, PREFIX "%s%s%s%s%s%s%s %.15g\n", name, suffix, has_labels ? "{" : "", labels,
            *labels && *more ? "," : "", more, has_labels ? "}" : "", value);
}

/* One that concerns the whole. */
static void single(const struct text *text, const char *name, const char *type, const char *unit,
                   const char *help, double value)
{
    head(text, name, type, unit, help);
    line(text, name, *type == 'c' ? "_total" : "", "", "", value);
}

static void write_counters(const struct text *text, const struct metrics *metrics)
{
    for (unsigned i = 0; i < METRIC_COUNTERS; i++) {
        const struct metric_counter *counter = &metric_counters[i];

        /* Without help it goes on with the family before. */
        if (counter->help)
            head(text, counter->name, "counter", counter->unit, counter->help);
        for (size_t g = 0; g < metrics->group_count; g++)
            line(text, counter->name, "_total", metrics->groups[g].labels,
                 counter->label ? counter->label : "",
                 (double)metrics->groups[g].counters[i] * counter->scale);
    }
}

static void write_gauges(const struct text *text, const struct metrics *metrics)
{
    head(text, "connections", "gauge", NULL, "connections that live");
    for (size_t g = 0; g < metrics->group_count; g++)
        line(text, "connections", "", metrics->groups[g].labels, "",
             (double)metrics->groups[g].connections);
    for (unsigned i = 0; i < METRIC_GAUGES; i++) {
        head(text, metric_gauges[i].name, "gauge", "bytes", metric_gauges[i].help);
        for (size_t g = 0; g < metrics->group_count; g++)
            line(text, metric_gauges[i].name, "", metrics->groups[g].labels, "",
                 (double)metrics->groups[g].gauges[i]);
    }
}

/* What never was is left out: few groups have all endings and causes. */
static void write_ends(const struct text *text, const struct metrics *metrics)
{
    char more[64];

    head(text, "connections_ended", "counter", NULL, "connections that have ended, by how");
    for (size_t g = 0; g < metrics->group_count; g++)
        for (unsigned i = 0; i < ENDINGS; i++) {
            snprintf(more, sizeof(more), "ending=\"%s\"", ending_code((enum tcpestats_ending)i));
            if (metrics->groups[g].endings[i])
                line(text, "connections_ended", "_total", metrics->groups[g].labels, more,
                     (double)metrics->groups[g].endings[i]);
        }
    head(text, "verdicts", "counter", NULL,
         "connections that have ended, by what held them back, and how sure that is");
    for (size_t g = 0; g < metrics->group_count; g++)
        for (unsigned i = 0; i < CAUSE_COUNT * (CERTAINTY_HIGH + 1); i++) {
            unsigned cause = i / (CERTAINTY_HIGH + 1), certainty = i % (CERTAINTY_HIGH + 1);

            snprintf(more, sizeof(more), "cause=\"%s\",certainty=\"%s\"",
                     cause_code((enum cause)cause), certainty_name((enum certainty)certainty));
            if (metrics->groups[g].causes[cause][certainty])
                line(text, "verdicts", "_total", metrics->groups[g].labels, more,
                     (double)metrics->groups[g].causes[cause][certainty]);
        }
}

static void write_histogram(const struct text *text, const struct metric_bounds *bounds,
                            const struct histogram *histogram, const char *labels)
{
    uint64_t upto = 0;
    char more[48];

    for (unsigned i = 0; i < bounds->count; i++) {
        upto += histogram->buckets[i];
        snprintf(more, sizeof(more),
                 text->is_open && bounds->bounds[i] == (int)bounds->bounds[i] ? "le=\"%.1f\""
                                                                              : "le=\"%g\"",
                 bounds->bounds[i]);
        line(text, bounds->name, "_bucket", labels, more, (double)upto);
    }
    line(text, bounds->name, "_bucket", labels, "le=\"+Inf\"", (double)histogram->count);
    line(text, bounds->name, "_sum", labels, "", histogram->sum);
    line(text, bounds->name, "_count", labels, "", (double)histogram->count);
}

static void write_histograms(const struct text *text, const struct metrics *metrics)
{
    for (unsigned i = 0; i < METRIC_HISTOGRAMS; i++) {
        const struct metric_bounds *bounds = &metric_bounds[i];

        head(text, bounds->name, "histogram", bounds->unit, bounds->help);
        for (size_t g = 0; g < metrics->group_count; g++)
            if (metrics->groups[g].histograms[i].count)
                write_histogram(text, bounds, &metrics->groups[g].histograms[i],
                                metrics->groups[g].labels);
    }
}

static void write_self(const struct text *text, const struct metrics *metrics)
{
    char version[64];

    snprintf(version, sizeof(version), "version=\"%s\"", TCPESTATS_VERSION);
    head(text, "build_info", "gauge", NULL, "version of what serves this");
    line(text, "build_info", "", "", version, 1);
    single(text, "network_namespaces", "gauge", NULL, "network namespaces that are looked into",
           (double)backend_netns_count());
    single(text, "groups", "gauge", NULL, "groups that are counted",
           (double)(metrics->group_count - 1));
    single(text, "ungrouped_connections", "counter", NULL,
           "connections counted as other, for want of room", (double)metrics->moved);
    single(text, "lost_ends", "counter", NULL,
           "sockets of which the kernel could not tell that they ended", (double)metrics->lost);
    single(text, "look_seconds", "gauge", "seconds", "what the last look at all connections took",
           (double)metrics->look_ns / 1e9);
}

static void write_collector(const struct text *text)
{
    struct collector collector;
    bool is_present;

    backend_collector(&collector);
    is_present = collector.state && collector.state[0] == 'p';
    single(text, "collector_up", "gauge", NULL, "is there a collector that serves this user",
           is_present);
    if (!is_present)
        return;
    single(text, "collector_records", "gauge", NULL, "connections that it has room for",
           collector.records);
    single(text, "collector_records_in_use", "gauge", NULL, "connections that it has a record of",
           collector.in_use);
    single(text, "collector_clients", "gauge", NULL, "handles that are connected to it",
           collector.clients);
    single(text, "collector_hooks", "gauge", NULL, "hooks that it has in the kernel",
           collector.attached);
    head(text, "collector_lost_events", "counter", NULL, "events that its hooks have not counted");
    line(text, "collector_lost_events", "_total", "", "reason=\"guard\"",
         (double)collector.lost_guard);
    line(text, "collector_lost_events", "_total", "", "reason=\"busy\"",
         (double)collector.lost_busy);
}

char *metrics_text(const struct metrics *metrics, bool is_open, size_t *size)
{
    char *buffer = NULL;
    struct text text = {open_memstream(&buffer, size), is_open};
    bool good;

    if (!text.out)
        return NULL;
    write_gauges(&text, metrics);
    write_counters(&text, metrics);
    write_ends(&text, metrics);
    write_histograms(&text, metrics);
    write_self(&text, metrics);
    write_collector(&text);
    if (is_open)
        fputs("# EOF\n", text.out);
    good = !ferror(text.out);
    if (fclose(text.out) || !good) {
        free(buffer);
        return NULL;
    }
    return buffer;
}
