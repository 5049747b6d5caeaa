/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between diag.c and the kernel: what is asked, the kept-open socket, one question's answer. */
#ifndef TE_EXCHANGE_H
#define TE_EXCHANGE_H

#include <linux/netlink.h>

#include "kernel/diag.h"

/* States, as bits, of what we call a connection. */
#define TE_DIAG_STATES                                                                    \
    (1u << TE_ESTABLISHED | 1u << TE_SYN_SENT | 1u << TE_FIN_WAIT1 | 1u << TE_FIN_WAIT2 | \
     1u << TE_CLOSE_WAIT | 1u << TE_LAST_ACK | 1u << TE_CLOSING)

/* idiag_ext for enum te_want. */
uint8_t te_diag_extensions(uint32_t want);

/* Is the answer about a connection, and in a state that we report? */
bool te_diag_is_connection(const struct te_snapshot *s);

/* The descriptor is not our socket any more. Positive, as no errno is. */
#define TE_NOT_OURS 1

/* Opens d, or opens it anew when the thread has changed its namespace. 0 or a negative errno. */
int te_diag_ready(struct te_diag *d, bool netns_fixed);

/*
 * How often a look-up as a whole may ask again after an answer was lost. Counted, not timed: a
 * thread that the machine lets wait has lost nothing. Each time may take 15 ms.
 */
#define TE_DIAG_RETRIES 10

/*
 * Sends request, whose sequence number it sets, until the answer is there, and parses that. 0,
 * TE_NOT_OURS, the negative errno that the kernel answered, or another one when it did not:
 * -EAGAIN, -ENOBUFS or -ENOMEM once *retries are used up, others at once.
 */
int te_diag_exchange(struct te_diag *d, struct nlmsghdr *request, unsigned *retries,
                     struct te_snapshot *snapshot);

#endif
