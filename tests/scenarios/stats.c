/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's handle on the connection: naming it, switching classes, reading them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "await-collector.h"
#include "rig.h"

void stats_open(struct rig *rig)
{
    struct tcpestats_options options = {.size = sizeof(options)};

    snprintf(rig->stats.dir, sizeof(rig->stats.dir), "/tmp/tcpestats-scenario-XXXXXX");
    if (!mkdtemp(rig->stats.dir))
        fail(rig, "%s: %s", rig->stats.dir, strerror(errno));
    options.state_dir = rig->stats.dir;
    if (tcpestats_open(&rig->stats.te, &options) != 0)
        fail(rig, "tcpestats_open");
}

/* The state directory has the library's sub-directory, and that the files. */
void stats_close(struct rig *rig)
{
    char command[128];

    tcpestats_close(rig->stats.te);
    rig->stats.te = NULL;
    if (!rig->stats.dir[0])
        return;
    snprintf(command, sizeof(command), "rm -rf '%s'", rig->stats.dir);
    if (system(command) != 0)
        printf("left behind: %s\n", rig->stats.dir);
    rig->stats.dir[0] = '\0';
}

void stats_name_connection(struct rig *rig)
{
    const struct endpoints *e = &rig->peer.ends;
    struct tcpestats_conn *conn = &rig->stats.conn;
    int error;

    *conn = (struct tcpestats_conn){
        .size = sizeof(*conn),
        .family = e->family == 4 ? AF_INET : AF_INET6,
        .local_port = e->kernel_port,
        .remote_port = e->peer_port,
    };
    memcpy(conn->local, e->kernel, e->family == 4 ? 4 : 16);
    memcpy(conn->remote, e->peer, e->family == 4 ? 4 : 16);
    error = tcpestats_find(rig->stats.te, conn);
    if (error)
        fail(rig, "tcpestats_find: %s", tcpestats_strerror(error));
}

static int class_of(struct rig *rig, const char *name)
{
    unsigned cls;

    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (strcmp(tcpestats_class_name(cls), name) == 0)
            return (int)cls;
    fail(rig, "no such class: %s", name);
}

static void switch_class(struct rig *rig, unsigned cls, int on)
{
    struct tcpestats_rw rw = {sizeof(rw), on, on};
    int error = tcpestats_set(rig->stats.te, &rig->stats.conn, cls, &rw);

    if (error)
        fail(rig, "tcpestats_set: %s", tcpestats_strerror(error));
}

/* A counter falls for no reader, an extreme only ever widens. */
static void check_direction(struct rig *rig, const struct tcpestats_sample *sample)
{
    struct stats *stats = &rig->stats;
    unsigned i;

    for (i = 0; i < sample->count; i++) {
        unsigned id = sample->first + i;
        enum tcpestats_kind kind = tcpestats_field(id)->kind;
        uint64_t now = sample->values[i].value, before = stats->previous[id];

        if (sample->values[i].status != TCPESTATS_KNOWN)
            continue;
        if (stats->seen[id] &&
            ((now < before && (kind == TCPESTATS_KIND_COUNTER || kind == TCPESTATS_KIND_MAXIMUM)) ||
             (now > before && kind == TCPESTATS_KIND_MINIMUM)))
            fail(rig, "%s went from %llu to %llu", tcpestats_field(id)->name,
                 (unsigned long long)before, (unsigned long long)now);
        stats->previous[id] = now;
        stats->seen[id] = true;
    }
}

void stats_get(struct rig *rig, unsigned cls, struct tcpestats_sample *sample)
{
    int error;

    *sample = (struct tcpestats_sample){.size = sizeof(*sample)};
    error = tcpestats_get(rig->stats.te, &rig->stats.conn, cls, sample);
    if (error)
        fail(rig, "tcpestats_get: %s", tcpestats_strerror(error));
    check_direction(rig, sample);
}

unsigned stats_member(struct rig *rig, const char *text)
{
    const char *dot = strchr(text, '.');
    char cls[32];
    unsigned id;

    if (!dot)
        fail(rig, "Class.Member expected");
    snprintf(cls, sizeof(cls), "%.*s", (int)(dot - text), text);
    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct tcpestats_field *f = tcpestats_field(id);

        if (strcmp(tcpestats_class_name(f->cls), cls) == 0 && strcmp(f->name, dot + 1) == 0)
            return id;
    }
    fail(rig, "no such member: %s", text);
}

void stats_enable_all(struct rig *rig)
{
    struct tcpestats_sample sample;
    unsigned cls;
    int error = 0;

    for (cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        switch_class(rig, cls, TCPESTATS_ON);
    if (strcmp(rig->backend, "collector") == 0)
        error = await_collector(rig->stats.te, &rig->stats.conn);
    if (error)
        fail(rig, "the collector does not tell of this connection: %s", tcpestats_strerror(error));
    /* What is seen at reads begins with a read. */
    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        stats_get(rig, cls, &sample);
}

/* Gives a member's value a name for later expressions. */
static void keep_command(struct rig *rig, struct step *step)
{
    struct kept *kept = &rig->kept[rig->kept_count];
    struct tcpestats_sample sample;
    unsigned id;

    (void)step;
    if (rig->kept_count == KEPT_MAX)
        fail(rig, "too many values to keep");
    snprintf(kept->name, sizeof(kept->name), "%s", need_word(rig, "name"));
    id = stats_member(rig, need_word(rig, "member"));
    stats_get(rig, tcpestats_field(id)->cls, &sample);
    kept->value = sample.values[id - sample.first].value;
    rig->kept_count++;
}

static void switch_command(struct rig *rig, int on)
{
    const char *word = need_word(rig, "class or all");
    unsigned cls;

    if (strcmp(word, "all") != 0) {
        switch_class(rig, (unsigned)class_of(rig, word), on);
        return;
    }
    for (cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        switch_class(rig, cls, on);
}

static void enable_command(struct rig *rig, struct step *step)
{
    (void)step;
    switch_command(rig, TCPESTATS_ON);
}

static void disable_command(struct rig *rig, struct step *step)
{
    (void)step;
    switch_command(rig, TCPESTATS_OFF);
}

/* A reading without an expectation, for what is seen at reads. */
static void look_command(struct rig *rig, struct step *step)
{
    struct tcpestats_sample sample;
    unsigned cls;

    (void)step;
    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        stats_get(rig, cls, &sample);
    }
}

const struct command stats_commands[] = {
    {"look", look_command, false},
    {"keep", keep_command, false},
    {"enable", enable_command, false},
    {"disable", disable_command, false},
    {NULL, NULL, false},
};
