/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What readings of one connection, one after the other, have shown of it: counts, means, extremes.
 * Pure: no system calls, no allocation. verdict.h is what makes use of it. */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "members.h"

/* The classes that the members below are of. */
#define EVIDENCE_CLASSES                                                         \
    (1u << TCPESTATS_DATA | 1u << TCPESTATS_SND_CONG | 1u << TCPESTATS_PATH |    \
     1u << TCPESTATS_SEND_BUFF | 1u << TCPESTATS_REC | 1u << TCPESTATS_OBS_REC | \
     1u << TCPESTATS_FINE_RTT)

/* COUNTER(name, member): what grows; kept is the growth since the first reading. */
#define EVIDENCE_COUNTERS(COUNTER)                  \
    COUNTER(ACKED, Data_ThruBytesAcked)             \
    COUNTER(RECEIVED, Data_ThruBytesReceived)       \
    COUNTER(SEGS_OUT, Data_DataSegsOut)             \
    COUNTER(SEGS_IN, Data_DataSegsIn)               \
    COUNTER(RETRANS, Path_PktsRetrans)              \
    COUNTER(DSACKS, Path_DsackDups)                 \
    COUNTER(TIMEOUTS, Path_Timeouts)                \
    COUNTER(MORE_TIMEOUTS, Path_SubsequentTimeouts) \
    COUNTER(ECN_OUT, Path_EcnSignals)               \
    COUNTER(ECN_IN, Rec_CeRcvd)                     \
    COUNTER(DUP_ACKS_OUT, Rec_DupAcksOut)           \
    COUNTER(MS_RECEIVER, SndCong_SndLimTimeRwin)    \
    COUNTER(MS_PATH, SndCong_SndLimTimeCwnd)        \
    COUNTER(MS_SENDER, SndCong_SndLimTimeSnd)

/* GAUGE(name, member): what is known as of the readings only. */
#define EVIDENCE_GAUGES(GAUGE)                \
    GAUGE(RTT, FineRtt_SumRtt) /* smoothed */ \
    GAUGE(LEAST_RTT, FineRtt_MinRtt)          \
    GAUGE(IN_FLIGHT, SendBuff_CurRetxQueue)   \
    GAUGE(UNSENT, SendBuff_CurAppWQueue)      \
    GAUGE(CWND, SndCong_CurCwnd)              \
    GAUGE(WINDOW, ObsRec_CurRwinRcvd)         \
    GAUGE(OWN_WINDOW, Rec_CurRwinSent)        \
    GAUGE(UNREAD, Rec_CurAppRQueue)           \
    GAUGE(REASSEMBLY, Rec_CurReasmQueue)      \
    GAUGE(MSS, Path_CurMss)                   \
    GAUGE(REORDERING, Path_RetranThresh)      \
    GAUGE(TIMEOUT_RUN, Path_CurTimeoutCount)  \
    GAUGE(RTO, Path_CurRto)

#define EVIDENCE_ID(name, member) E_##name,
enum evidence_counter { EVIDENCE_COUNTERS(EVIDENCE_ID) EVIDENCE_COUNTER_COUNT };
enum evidence_gauge { EVIDENCE_GAUGES(EVIDENCE_ID) EVIDENCE_GAUGE_COUNT };
#undef EVIDENCE_ID

struct gauge {
    unsigned count; /* readings that knew it */
    double sum, least, most, last;
};

/* To be made by the functions below only. */
struct evidence {
    unsigned frames;
    bool is_life; /* by totals, as of a whole connection: it was not watched */
    uint64_t first_ns, last_ns;
    uint64_t last[EVIDENCE_COUNTER_COUNT]; /* as last read */
    double growth[EVIDENCE_COUNTER_COUNT];
    uint32_t unknown; /* bit n: some reading did not know counter n */
    struct gauge gauge[EVIDENCE_GAUGE_COUNT];
    bool is_collected; /* the limits' times were the collector's */

    /* Readings in which it was so. */
    unsigned queues;       /* the queues are known */
    unsigned idle;         /* nothing in flight, nothing to send */
    unsigned held;         /* a segment and more was there to be sent */
    unsigned closed;       /* the other end's window was smaller than two segments */
    unsigned own_closed;   /* this end's was less than what lay unread */
    unsigned in_timeout;   /* a retransmission timeout had passed without an answer since */
    unsigned out_of_order; /* data lay in the reassembly queue */

    /* Of waits for acknowledgements that took longer than a round trip. */
    uint64_t silent_ns;
    uint64_t progress_ns; /* when something was last found to be acknowledged */
    unsigned still;       /* readings since then that found nothing */

    /* Of pauses. */
    double cwnd_before; /* the window before this pause, 0: no pause */
    unsigned restarts;  /* pauses after which it was smaller */
};

void evidence_begin(struct evidence *evidence);

/* The next readings: readings[n] is of class n, or all zeros but for cls if it was not read. */
void evidence_add(struct evidence *evidence, const struct reading *readings);

/*
 * Instead of these: the one reading of a connection that has ended. Its totals are what has grown
 * since it began, elapsed_ns before; 0: that is not known.
 */
void evidence_add_life(struct evidence *evidence, const struct reading *readings,
                       uint64_t elapsed_ns);

/*
 * Instead of these: what a connection was at two times, begun without gauges. It was not watched in
 * between, so that of queues nothing is known; of windows and the round trip what is remembered.
 */
void evidence_add_span(struct evidence *evidence, const struct reading *begun,
                       const struct reading *now);

/* What the last readings have shown, so many at least as soon as there were as many, and twice as
 * many at most. All zeros to begin with. */
#define RECENT_READINGS 10

struct recent {
    struct evidence shown, next; /* next: what will be shown once it has enough */
};

void recent_add(struct recent *recent, const struct reading *readings);

#endif
