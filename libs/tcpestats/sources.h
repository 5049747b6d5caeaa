/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a snapshot and what is remembered to the members of a class, by sources-diag.def. */
#ifndef TE_SOURCES_H
#define TE_SOURCES_H

#include "tcpestats.h"
#include "track.h"

/* What one row of the table made of the data. */
struct te_reading {
    uint64_t value;
    uint8_t status;   /* enum tcpestats_status */
    uint8_t fidelity; /* enum tcpestats_fidelity, at least; the row's own may be worse */
};

/* A row of sources-diag.def. */
struct te_source {
    uint16_t field;    /* enum tcpestats_field_id */
    uint16_t info_len; /* bytes of tcp_info that this row needs */
    uint8_t fidelity;  /* enum tcpestats_fidelity */
    uint8_t clock_driven;
    const char *since;
    const char *source;
    const char *note;
    struct te_reading (*read)(const struct te_snapshot *s, const struct te_track *t,
                              const struct te_bytes *b);
};

/* The best row for a member on a kernel that sends info_len bytes of tcp_info; never NULL. */
const struct te_source *te_source_of(unsigned field, unsigned info_len);

/*
 * Reads all members of sample->cls. Members of a block that is switched off get
 * TCPESTATS_CLASS_OFF; sample->enabled and enabled_inbound must be set.
 */
void te_sources_read(struct tcpestats_sample *sample, const struct te_snapshot *s,
                     const struct te_track *t, const struct te_bytes *b);

/* Receive window that we advertise: exact where the kernel tells it. */
uint32_t te_rwin_sent(const struct te_snapshot *s);

/* Time with data to send in which neither the receiver's window nor the send buffer was short. */
uint64_t te_cwnd_limited_us(const struct te_tcp_info *ti);

#endif
