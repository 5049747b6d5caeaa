/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a verdict says, to people and to machines. */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "verdict.h"

static const struct {
    const char *code, *words;
    const char *advice[DIRECTIONS];
} causes[CAUSE_COUNT] = {
    [CAUSE_UNKNOWN] = {"cannot-tell",
                       "cannot tell",
                       {"Watch longer, or while more is going on.",
                        "Ask at the end that sends: only that one sees what holds it back."}},
    [CAUSE_IDLE] = {"idle", "idle", {NULL, NULL}},
    [CAUSE_SENDER_PROGRAM] =
        {"sender-program",
         "the sending program",
         {"Nothing is wrong with the network: look at what the program waits for, and let it write "
          "more at a time.",
          NULL}},
    [CAUSE_SENDER_BUFFER] =
        {"sender-buffer",
         "the send buffer",
         {"Let the program not set SO_SNDBUF, or set it to two windows; raise the last number of "
          "net.ipv4.tcp_wmem.",
          NULL}},
    [CAUSE_RECEIVER_WINDOW] =
        {"receiver-window",
         "the receiver's window",
         {"At the other end: let the program not set SO_RCVBUF, and raise the last number of "
          "net.ipv4.tcp_rmem.",
          "Let the program not set SO_RCVBUF, and raise the last number of net.ipv4.tcp_rmem."}},
    [CAUSE_RECEIVER_PROGRAM] =
        {"receiver-program",
         "the receiving program",
         {"The network could do more: look at what the program at the other end does instead of "
          "reading.",
          "The network could do more: look at what the program does instead of reading."}},
    [CAUSE_LOSS] = {"loss",
                    "loss on the path",
                    {"Look for errors on links, a radio, a policer, or a queue that is too short; "
                     "congestion control bbr suffers less from losses that are not congestion.",
                     NULL}},
    [CAUSE_REORDERING] = {"reordering",
                          "reordering on the path",
                          {"Look for a path that spreads one connection over several links.",
                           NULL}},
    [CAUSE_TIMEOUTS] =
        {"timeouts",
         "waiting for timeouts",
         {"The last segments of a burst, or all, are lost: look for a path that breaks down for "
          "some time, or for bursts that a queue has no room for.",
          NULL}},
    [CAUSE_ECN] = {"ecn",
                   "congestion that the path marks",
                   {"The path is full and says so: this is its rate.",
                    "The path is full and says so: this is its rate."}},
    [CAUSE_QUEUEING] = {"queueing",
                        "a queue on the path",
                        {"The path carries no more, and a queue before its narrowest link fills "
                         "up: shorten it (fq_codel, cake), or "
                         "use congestion control bbr.",
                         NULL}},
    [CAUSE_SMALL_MSS] =
        {"small-mss",
         "small segments",
         {"Look at the MTU of the path, at TCP_MAXSEG, and at what clamps the MSS on the way.",
          "Look at the MTU of the path, at TCP_MAXSEG, and at what clamps the MSS on the way."}},
    [CAUSE_IDLE_RESTART] =
        {"idle-restart",
         "slow start after each pause",
         {"net.ipv4.tcp_slow_start_after_idle=0 keeps the window; or let the program pause less.",
          NULL}},
    [CAUSE_PATH_RATE] = {"path-rate",
                         "the path's rate",
                         {"The path carries no more than this, or its rate is still being found.",
                          NULL}},
    [CAUSE_GAPS] = {"gaps",
                    "loss or reordering on the way here",
                    {NULL, "Ask at the end that sends: that one can tell loss from reordering."}},
};

static const struct {
    const char *name, *unit, *words;
} quantities[Q_COUNT] = {
    [Q_RATE_OUT] = {"rate_out", "bytes/s", "sent"},
    [Q_RATE_IN] = {"rate_in", "bytes/s", "received"},
    [Q_RETRANSMITTED] = {"retransmitted", "share", "sent again"},
    [Q_NEEDLESS] = {"needless", "share", "of which needless"},
    [Q_TIMEOUTS] = {"timeouts", "count", "timeouts"},
    [Q_RTT] = {"rtt", "us", "round trip"},
    [Q_LEAST_RTT] = {"least_rtt", "us", "least round trip"},
    [Q_RECEIVER] = {"receiver", "share", "held back by the receiver"},
    [Q_PATH] = {"path", "share", "held back by the path"},
    [Q_SENDER] = {"sender", "share", "held back by the sender"},
    [Q_IDLE] = {"idle", "share", "nothing to send"},
    [Q_IN_FLIGHT] = {"in_flight", "bytes", "in flight"},
    [Q_CWND] = {"cwnd", "bytes", "congestion window"},
    [Q_WINDOW] = {"window", "bytes", "other end's window"},
    [Q_WINDOW_LEAST] = {"least_window", "bytes", "its least"},
    [Q_OWN_WINDOW] = {"own_window", "bytes", "this end's window"},
    [Q_OWN_WINDOW_LEAST] = {"least_own_window", "bytes", "its least"},
    [Q_UNREAD] = {"unread", "bytes", "unread here"},
    [Q_ECN_OUT] = {"ecn_out", "share", "congestion marks, out"},
    [Q_ECN_IN] = {"ecn_in", "share", "congestion marks, in"},
    [Q_MSS] = {"mss", "bytes", "segment size"},
    [Q_SEGMENT_IN] = {"segment_in", "bytes", "segments in"},
};

const char *cause_code(enum cause cause)
{
    return causes[cause].code;
}

enum cause cause_find(const char *code)
{
    unsigned cause = 0;

    while (cause < CAUSE_COUNT && strcmp(causes[cause].code, code))
        cause++;
    return (enum cause)cause;
}

const char *cause_words(enum cause cause)
{
    return causes[cause].words;
}

const char *cause_advice(enum cause cause, enum direction direction)
{
    return causes[cause].advice[direction];
}

const char *certainty_name(enum certainty certainty)
{
    static const char *const names[] = {"none", "low", "high"};

    return names[certainty];
}

const char *quantity_name(enum quantity_id id)
{
    return quantities[id].name;
}

const char *quantity_unit(enum quantity_id id)
{
    return quantities[id].unit;
}

const char *quantity_words(enum quantity_id id)
{
    return quantities[id].words;
}

/* ---- Sentences ---- */

const char *quantity_text(const struct verdict *v, enum quantity_id id,
                          char text[QUANTITY_TEXT_MAX])
{
    double value = v->q[id].value;
    char rate[16];

    if (!v->q[id].known)
        return strcpy(text, "an unknown number");
    if (!strcmp(quantities[id].unit, "share"))
        snprintf(text, QUANTITY_TEXT_MAX, value < 0.0995 ? "%.2g %%" : "%.0f %%", 100 * value);
    else if (!strcmp(quantities[id].unit, "us"))
        snprintf(text, QUANTITY_TEXT_MAX, "%.3g ms", value / 1000);
    else if (!strcmp(quantities[id].unit, "count"))
        snprintf(text, QUANTITY_TEXT_MAX, "%.0f", value);
    else {
        format_rate((uint64_t)value, rate);
        if (strcmp(quantities[id].unit, "bytes/s"))
            rate[strlen(rate) - 2] = 0; /* "/s" */
        snprintf(text, QUANTITY_TEXT_MAX, "%s", rate);
    }
    return text;
}

static bool is_finding(const struct verdict_side *side)
{
    return side->cause != CAUSE_UNKNOWN && side->cause != CAUSE_IDLE;
}

/* How sure: in front of what is said. */
static const char *opening(const struct verdict_side *side)
{
    return side->certainty == CERTAINTY_HIGH ? "" : "Probably: ";
}

/*
 * Templates: {name} is a quantity, and what stands in [ ] is left out where one in it is not known.
 * The first of a cause is for the end that sends, the second for
 * the one that receives.
 */
static const char *const sentences[CAUSE_COUNT][DIRECTIONS] = {
    [CAUSE_UNKNOWN] = {"Cannot tell what holds it back: nothing stands out in what was seen.",
                       "Cannot tell from this end what holds the sender back: {rate_in} arrive, "
                       "this end's window and program would take more."},
    [CAUSE_IDLE] = {"Nothing was to be sent.", "Nothing arrived."},
    [CAUSE_SENDER_PROGRAM] = {"The program here gives too little to send: {rate_out}[, and nothing "
                              "waited to be sent for "
                              "{idle} of the time].",
                              NULL},
    [CAUSE_SENDER_BUFFER] =
        {"The send buffer here is too small: {in_flight} in flight in a round trip of {rtt} make "
         "{rate_out}, and the congestion window of {cwnd} was not used up.",
         NULL},
    [CAUSE_RECEIVER_WINDOW] =
        {"The receiver's window is too small: at most {window} in a round trip of {rtt} make "
         "{rate_out}[; it held the sender back for {receiver} of the time].",
         "This end's receive window is too small: at most {own_window} in a round trip of "
         "{least_rtt} "
         "make {rate_in}."},
    [CAUSE_RECEIVER_PROGRAM] =
        {"The program at the other end reads too slowly: its window fell to {least_window}, and "
         "held the sender back for {receiver} of the time.",
         "The program here reads too slowly: {unread} lay unread, and the window fell to "
         "{least_own_window}."},
    [CAUSE_LOSS] = {"Segments are lost on the path: {retransmitted} were sent again[, of which "
                    "{needless} had arrived before].",
                    NULL},
    [CAUSE_REORDERING] = {"Segments are overtaken on the path, and taken for lost: {retransmitted} "
                          "were sent again[, of which {needless} had arrived before].",
                          NULL},
    [CAUSE_TIMEOUTS] = {"The sender waits for retransmission timeouts: {timeouts} passed, and "
                        "{retransmitted} of the segments were sent again.",
                        NULL},
    [CAUSE_ECN] = {"The path marks congestion: {ecn_out} of the segments, at {rate_out}.",
                   "The path marks congestion: {ecn_in} of the segments, at {rate_in}."},
    [CAUSE_QUEUEING] = {"Packets wait in a queue on the path: a round trip takes {rtt}, and "
                        "{least_rtt} without a queue, at {rate_out}.",
                        NULL},
    [CAUSE_SMALL_MSS] = {"Segments are small: {mss} each, at {rate_out}.",
                         "Segments are small: {segment_in} each, at {rate_in}."},
    [CAUSE_IDLE_RESTART] = {"After each pause of the program the congestion window starts small "
                            "again[: it pauses for {idle} of the time].",
                            NULL},
    [CAUSE_PATH_RATE] = {"The path carries {rate_out}, and shows neither loss nor a queue worth "
                         "the name: congestion control allows no more.",
                         NULL},
    [CAUSE_GAPS] = {NULL, "Segments arrive out of order or not at all: the end that sends can tell "
                          "which."},
};

static enum quantity_id find_quantity(const char *name, size_t length)
{
    unsigned id = 0;

    while (id < Q_COUNT &&
           (strncmp(quantities[id].name, name, length) || quantities[id].name[length]))
        id++;
    return (enum quantity_id)id;
}

/* Are all quantities known up to the end of these brackets? */
static bool is_told(const struct verdict *v, const char *at)
{
    for (const char *end = at + strcspn(at, "]"); (at = strchr(at, '{')) && at < end; at++)
        if (!v->q[find_quantity(at + 1, strcspn(at + 1, "}"))].known)
            return false;
    return true;
}

static void write_sentence(const struct verdict *v, enum direction direction, const char *before,
                           char text[VERDICT_TEXT_MAX])
{
    const struct verdict_side *side = &v->side[direction];
    const char *at = sentences[side->cause][direction];
    size_t used = (size_t)snprintf(text, VERDICT_TEXT_MAX, "%s%s", before,
                                   is_finding(side) ? opening(side) : "");

    while (at && *at && used < VERDICT_TEXT_MAX - QUANTITY_TEXT_MAX) {
        size_t length = strcspn(at, "{[]");
        char piece[QUANTITY_TEXT_MAX];

        used += (size_t)snprintf(text + used, VERDICT_TEXT_MAX - used, "%.*s", (int)length, at);
        at += length;
        if (*at == '[' && !is_told(v, at))
            at += strcspn(at, "]");
        if (*at == '{') {
            length = strcspn(++at, "}");
            used += (size_t)snprintf(text + used, VERDICT_TEXT_MAX - used, "%s",
                                     quantity_text(v, find_quantity(at, length), piece));
            at += length;
        }
        at += *at != 0;
    }
}

void verdict_sentence(const struct verdict *v, enum direction direction,
                      char text[VERDICT_TEXT_MAX])
{
    write_sentence(v, direction, "", text);
}

bool verdict_other_way(const struct verdict *v, char text[VERDICT_TEXT_MAX])
{
    enum direction other = v->direction == DIRECTION_OUT ? DIRECTION_IN : DIRECTION_OUT;

    if (v->q[other == DIRECTION_OUT ? Q_RATE_OUT : Q_RATE_IN].value <= 0 ||
        !is_finding(&v->side[other]))
        return false;
    write_sentence(v, other, "The other way: ", text);
    return true;
}

bool verdict_has_sent(const struct verdict *v)
{
    return v->q[Q_PATH].known && v->side[DIRECTION_OUT].cause != CAUSE_IDLE;
}
