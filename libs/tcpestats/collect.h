/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector adds to one call: is there a record of the connection, and what does it say?
 */
#ifndef TE_COLLECT_H
#define TE_COLLECT_H

#include "connection.h"
#include "hot.h"

/* One call's view of a connection and its record. */
struct te_collect {
    struct te_hot *hot;         /* what the lane remembers, or NULL */
    struct te_record_copy copy; /* of the record, if live */
    struct te_record_copy gone; /* last words of one that has gone, if last */
    struct te_collector_view view;
    struct te_collector_starts starts; /* of the record's sequence numbers, if told in this call */
    const struct te_collector_record *record;
    bool live, last;
    uint32_t asked;    /* classes that the collector was asked for in this call */
    uint32_t switches; /* te_switches() before the state was read */
    uint64_t checked_ns;
};

/* First, before the state is read: looks at the record that the lane remembers. */
void te_collect_peek(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                     const struct te_snapshot *s, struct te_collect *c);

/*
 * Then, with the state: asks the collector for the classes that are on, unless it has them. True if
 * it did; the state must then be read again, so that no switch thrown meanwhile is missed. A record
 * that is behind the connection is looked at anew, but not if by less than lag_ns.
 */
bool te_collect_ask(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                    const struct te_snapshot *s, uint32_t enabled, uint64_t lag_ns,
                    struct te_collect *c);

/* The record's own snapshot where that is newer than s, which then becomes it. */
void te_collect_newer(const struct te_collect *c, struct te_snapshot *s);

/* What there is to take in; s and b are what is shown. */
struct te_news te_collect_news(const struct te_collect *c, const struct te_snapshot *s,
                               const struct te_bytes *b);

/* What a reading is made of. */
struct te_facts te_collect_facts(const struct te_collect *c, const struct te_snapshot *s,
                                 const struct te_bytes *b, const struct te_entry *entry);

/*
 * At the end: remembers for te_get_hot() what was found and shown. care: enum te_care that s and b
 * satisfy.
 */
void te_collect_keep(struct tcpestats *te, struct te_collect *c, const struct te_snapshot *s,
                     const struct te_bytes *b, unsigned care, const struct te_entry *entry);

/* After a switch was thrown to off: takes the classes back. */
void te_collect_off(struct tcpestats *te, const struct te_snapshot *s, uint32_t classes,
                    struct te_collect *c);

/*
 * Answers a Get from the record alone, without a system call unless the thread's namespace may have
 * changed. False: the connection has to be looked up.
 */
bool te_get_hot(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                enum tcpestats_class cls, struct tcpestats_sample *sample);

struct te_ident te_ident_of(const struct te_snapshot *s);

/*
 * What is remembered of a connection; nothing, with everything off, if that can't be looked at: a
 * broken state file must not keep anybody from reading numbers.
 */
void te_recall(struct tcpestats *te, struct te_lane *lane, const struct te_snapshot *s,
               struct te_entry *entry);

/* Takes what this call saw into the state and into entry, for a class that will be shown. */
void te_remember(struct tcpestats *te, struct te_lane *lane, enum tcpestats_class cls,
                 const struct te_collect *c, const struct te_snapshot *s, const struct te_bytes *b,
                 struct te_entry *entry);

/* How well byte counts must be known for a class. */
enum te_care te_care_of(enum tcpestats_class cls);

/* Fills a caller's sample; choice may be NULL. Honours sample->size. */
void te_sample_fill(struct tcpestats_sample *sample, enum tcpestats_class cls, uint32_t enabled,
                    const struct te_facts *facts, const struct te_choice *choice);

#endif
