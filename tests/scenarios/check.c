/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holding the statistics to what the script says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

static const char *const statuses[] = {"known", "nosample", "unavailable", "off", "notinuse"};

/* "[diag]", "[collector]", "[6.18]" or several with commas: is the check for this run? */
static bool applies(struct rig *rig)
{
    const char *word = step_peek(rig->step);
    char tags[64], *at = NULL, *tag;
    unsigned major, minor;

    if (!word || word[0] != '[')
        return true;
    step_word(rig->step);
    snprintf(tags, sizeof(tags), "%s", word + 1);
    tags[strcspn(tags, "]")] = '\0';
    for (tag = strtok_r(tags, ",", &at); tag; tag = strtok_r(NULL, ",", &at)) {
        if (sscanf(tag, "%u.%u", &major, &minor) == 2) {
            if (rig->kernel_version < major * 1000 + minor) {
                rig->stats.too_old++;
                return false;
            }
        } else if (strcmp(tag, "diag") != 0 && strcmp(tag, "collector") != 0) {
            fail(rig, "no such tag: %s", tag);
        } else if (strcmp(tag, rig->backend) != 0) {
            rig->stats.other_backend++;
            return false;
        }
    }
    return true;
}

/* Takes and forgets the words of a check for another run. */
static void pass_over(struct step *step)
{
    while (step_word(step))
        ;
}

/* From the one action to the other: the least and the most time that can have passed. */
static void span(struct rig *rig, const char *unit, uint64_t range[static 2])
{
    const struct mark *from = need_mark(rig), *to = need_mark(rig);
    uint64_t slack = 0, divide = strcmp(unit, "ms") == 0 ? 1000 : 1, most;

    if (step_take(rig->step, "slack"))
        slack = need_time(rig);
    range[0] = to->moment.before_us > from->moment.after_us + slack
                   ? to->moment.before_us - from->moment.after_us - slack
                   : 0;
    most = to->moment.after_us - from->moment.before_us + slack;
    range[0] /= divide;
    range[1] = (most + divide - 1) / divide;
}

/* So many bytes between two marks, in bit/s; an estimate may be off by a factor of three. */
static void rate(struct rig *rig, uint64_t range[static 2])
{
    uint64_t bits = need_number(rig) * 8;
    const struct mark *from = need_mark(rig), *to = need_mark(rig);
    uint64_t bit_rate = bits * 1000000 / (to->moment.after_us - from->moment.before_us);

    range[0] = bit_rate / 3;
    range[1] = bit_rate * 3;
}

static int status_named(const char *word)
{
    unsigned i;

    for (i = 1; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (strcmp(statuses[i], word) == 0)
            return (int)i;
    return -1;
}

/* What is told of a sequence number, from the initial one on; only the collector knows that. */
static uint64_t relative(const struct rig *rig, unsigned id, const struct tcpestats_value *v)
{
    uint32_t isn = id == TCPESTATS_F_Data_RcvNxt ? rig->peer.isn : rig->peer.kernel_isn;

    if (tcpestats_field(id)->kind != TCPESTATS_KIND_SEQUENCE || v->fidelity != TCPESTATS_EXACT)
        return v->value;
    return (uint32_t)(v->value - isn);
}

static void check_known(struct rig *rig, unsigned id, const struct tcpestats_value *v,
                        const uint64_t range[static 2])
{
    uint64_t value = relative(rig, id, v);

    if (v->status != TCPESTATS_KNOWN)
        fail(rig, "%s is %s", tcpestats_field(id)->name, statuses[v->status]);
    if (v->fidelity == TCPESTATS_UNAVAILABLE)
        fail(rig, "%s is known and unavailable at once", tcpestats_field(id)->name);
    if (value < range[0] || value > range[1])
        fail(rig, "%s is %llu, expected %llu..%llu", tcpestats_field(id)->name,
             (unsigned long long)value, (unsigned long long)range[0], (unsigned long long)range[1]);
}

static void check_member(struct rig *rig, struct step *step)
{
    struct tcpestats_sample sample;
    uint64_t range[2];
    const char *word;
    unsigned id;
    int status;

    if (!applies(rig)) {
        pass_over(step);
        return;
    }
    id = stats_member(rig, need_word(rig, "member"));
    stats_get(rig, tcpestats_field(id)->cls, &sample);
    rig->stats.checked++;
    word = need_word(rig, "==, span, rate or a status");
    status = status_named(word);
    if (status >= 0) {
        const struct tcpestats_value *v = &sample.values[id - sample.first];

        if (v->status != status ||
            (status == TCPESTATS_NO_SOURCE) != (v->fidelity == TCPESTATS_UNAVAILABLE))
            fail(rig, "%s is %s with value %llu, fidelity %u", tcpestats_field(id)->name,
                 statuses[v->status], (unsigned long long)v->value, v->fidelity);
        return;
    }
    if (strcmp(word, "==") == 0)
        need_range(rig, range);
    else if (strcmp(word, "span") == 0)
        span(rig, tcpestats_field(id)->unit, range);
    else if (strcmp(word, "rate") == 0)
        rate(rig, range);
    else
        fail(rig, "==, span, rate or a status expected");
    check_known(rig, id, &sample.values[id - sample.first], range);
}

/* Data and Path against what crossed the TUN. */
static void check_wire(struct rig *rig, struct step *step)
{
    const struct wire *w = &rig->peer.wire;
    unsigned i;
    const struct {
        unsigned id;
        uint64_t value;
    } expected[] = {
        {TCPESTATS_F_Data_DataBytesOut, w->bytes_out},
        {TCPESTATS_F_Data_DataSegsOut, w->data_segs_out},
        /* SYN-ACKs of a passive open are the listener's; the SYN is not. */
        {TCPESTATS_F_Data_SegsOut, w->segs_out - w->syn_acks},
        {TCPESTATS_F_Data_DataSegsIn, w->data_segs_in},
        {TCPESTATS_F_Data_SegsIn, w->segs_in},
        {TCPESTATS_F_Path_PktsRetrans, w->segs_again},
        {TCPESTATS_F_Path_BytesRetrans, w->bytes_again},
    };
    struct tcpestats_sample sample = {.count = 0};

    (void)step;
    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const uint64_t range[2] = {expected[i].value, expected[i].value};
        const struct tcpestats_field *field = tcpestats_field(expected[i].id);
        const struct tcpestats_value *value;

        if (!sample.count || sample.cls != field->cls) {
            stats_get(rig, field->cls, &sample);
        }
        value = &sample.values[expected[i].id - sample.first];
        if (value->status == TCPESTATS_CLASS_OFF)
            continue;
        rig->stats.checked++;
        check_known(rig, expected[i].id, value, range);
    }
}

static void check_refused(struct rig *rig, int error)
{
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    struct tcpestats_conn conn = rig->stats.conn;
    struct tcpestats_rw rw = {sizeof(rw), TCPESTATS_ON, TCPESTATS_ON};
    int found = tcpestats_find(rig->stats.te, &conn);
    int got = tcpestats_get(rig->stats.te, &rig->stats.conn, TCPESTATS_DATA, &sample);
    int set = tcpestats_set(rig->stats.te, &rig->stats.conn, TCPESTATS_DATA, &rw);

    rig->stats.checked++;
    if (found != error || got != error || set != error)
        fail(rig, "find, get and set said %d, %d, %d, not %d", found, got, set, error);
}

static void check_gone(struct rig *rig, struct step *step)
{
    (void)step;
    check_refused(rig, -ENOENT);
}

static void check_closed(struct rig *rig, struct step *step)
{
    (void)step;
    check_refused(rig, -ESHUTDOWN);
}

/* Linux' names of the states that tcpestats_find() accepts, by number. */
static void check_state(struct rig *rig, struct step *step)
{
    static const char *const names[] = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                        "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                        "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};
    const char *expected = need_word(rig, "state");
    struct tcpestats_conn conn = rig->stats.conn;
    int error = tcpestats_find(rig->stats.te, &conn);

    (void)step;
    rig->stats.checked++;
    if (error)
        fail(rig, "tcpestats_find: %s", tcpestats_strerror(error));
    if (conn.state >= sizeof(names) / sizeof(names[0]) || strcmp(names[conn.state], expected) != 0)
        fail(rig, "the state is %u", conn.state);
}

const struct command check_commands[] = {
    {"check wire", check_wire, false},     {"check gone", check_gone, false},
    {"check closed", check_closed, false}, {"check state", check_state, false},
    {"check", check_member, false},        {NULL, NULL, false},
};
