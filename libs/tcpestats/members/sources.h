/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is known of a connection to the members of a class, by the two tables of sources. */
#ifndef TE_SOURCES_H
#define TE_SOURCES_H

#include "memory/memory.h"
#include "tcpestats.h"

/* What one row of the table made of the data. */
struct te_reading {
    uint64_t value;
    uint8_t status;   /* enum tcpestats_status */
    uint8_t fidelity; /* enum tcpestats_fidelity, at least; the row's own may be worse */
};

#define TE_FEATURES 0xffffu /* where enum te_collector_feature has its bits */

/*
 * What a row of sources-collector.def needs beside features (enum te_collector_feature), which are
 * there only while a record is.
 */
enum te_need {
    TE_NEED_EGRESS_CLASS = 1 << 24, /* a class for which the programs look at what is sent */
    TE_NEED_CARRY = 1 << 25,        /* a record once was */
    TE_NEED_ORIGIN = 1 << 26,       /* te_carry.snd_origin and rcv_origin */
    TE_NEED_MSS_RCVD = 1 << 27
};

/* Everything that is known of a connection when its members are read. */
struct te_facts {
    const struct te_snapshot *s;
    const struct te_track *t;
    const struct te_bytes *b;
    const struct te_carry *c;
    const struct te_record_copy *record; /* te_no_record where none is live */
    uint32_t have;                       /* features, enum te_need */
    uint64_t since_ns; /* the collector's numbers begin then, later than their class; 0: with it */
};

extern const struct te_record_copy te_no_record;

/* A row of sources-diag.def or of sources-collector.def. */
struct te_source {
    uint16_t field;    /* enum tcpestats_field_id */
    uint16_t info_len; /* bytes of tcp_info that this row needs */
    uint32_t needs;    /* features and enum te_need; 0: sock_diag's */
    uint8_t fidelity;  /* enum tcpestats_fidelity */
    uint8_t clock_driven;
    const char *since;
    const char *source;
    const char *note;
};

/*
 * The row that tells a member on a kernel that sends info_len bytes of tcp_info; never NULL. have:
 * features and enum te_need, 0: without a collector. The collector's row is taken where sock_diag
 * has none or has to approximate, or where the table says so.
 */
const struct te_source *te_source_best(unsigned field, unsigned info_len, uint32_t have);

/* The collector's rows of a member in their order: the i-th, or NULL. */
const struct te_source *te_source_collector(unsigned field, unsigned i);

/* A row by its number in tcpestats_value.row, or NULL. */
const struct te_source *te_source_by_number(unsigned number);

/* What the rows may use. record: te_no_record where none is live. */
uint32_t te_facts_have(const struct te_record_copy *record, uint32_t features,
                       const struct te_carry *carry);

/*
 * Reads all members of sample->cls. Members of a block that is switched off get
 * TCPESTATS_CLASS_OFF; sample->enabled and enabled_inbound must be set.
 */
void te_sources_read(struct tcpestats_sample *sample, const struct te_facts *facts);

#endif
