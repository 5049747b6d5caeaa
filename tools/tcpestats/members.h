/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a member is read out of the Windows structures. Both builds decode the same packed
 * structures, so both say the same. Which members there are tells the library's table, which the
 * build for Windows has compiled in.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpestats.h"

/* Bit n set: class n. */
#define CLASSES_ALL ((1u << TCPESTATS_CLASS_COUNT) - 1)
#define CLASSES_SWITCHED (CLASSES_ALL & ~(1u << TCPESTATS_SYN_OPTS)) /* those with a switch */

/* The number of a class from its name in any case, or TCPESTATS_CLASS_COUNT. */
unsigned class_find(const char *name);

/* The ids of a class' members are class_first(cls) ... class_first(cls + 1) - 1. */
unsigned class_first(unsigned cls);

#define RW_SIZE_MAX 8
#define ROS_SIZE_MAX 16
#define ROD_SIZE_MAX 160

/* enum tcpestats_status, and one more for a host that tells the numbers but not their status. */
#define STATUS_NOT_REPORTED 5

/* One class of one connection as it was read. */
struct reading {
    unsigned cls;
    enum tcpestats_abi abi;
    uint64_t time_ns; /* of the reading, monotonic */
    uint64_t
        late_ns;  /* for so long the collector has counted, if less than the class is on; or 0 */
    bool enabled; /* of Bandwidth the outbound direction */
    bool enabled_inbound;
    bool has_status; /* else decided from the value and the switches; and fidelity is not known */
    uint8_t status[TCPESTATS_CLASS_FIELDS_MAX], fidelity[TCPESTATS_CLASS_FIELDS_MAX];
    uint8_t backend[TCPESTATS_CLASS_FIELDS_MAX]; /* enum tcpestats_backend */
    uint16_t row[TCPESTATS_CLASS_FIELDS_MAX];    /* 0: where it came from is not known */
    uint8_t ros[ROS_SIZE_MAX], rod[ROD_SIZE_MAX];
};

struct member_value {
    bool known;
    uint64_t value;
    const char *fidelity; /* of this very number, or NULL */
    const char *backend;  /* who told it, or NULL */
    uint16_t row;         /* of backend_value_source(), 0: not known */
    const char *reason;   /* why it is not known */
};

struct member_value member_read(const struct reading *reading, unsigned id);

/* The status that member_read() gives this reason for; of words it never gives, not reported. */
unsigned status_of_reason(const char *reason);

/* Is anything of the class collected? SynOpts needs no switch and always is. */
bool reading_is_on(const struct reading *reading);

const char *fidelity_name(unsigned fidelity);
const char *backend_name(unsigned backend);
const char *collector_name(unsigned state);
const char *kind_name(enum tcpestats_kind kind);

#endif
