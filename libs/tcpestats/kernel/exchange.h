/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between diag.c and the kernel: the kept-open socket, and one question's answer. */
#ifndef TE_EXCHANGE_H
#define TE_EXCHANGE_H

#include <linux/netlink.h>

#include "kernel/diag.h"

/* idiag_ext for enum te_want. */
uint8_t te_diag_extensions(uint32_t want);

/* Is the answer about a connection, and in a state that we report? */
bool te_diag_is_connection(const struct te_snapshot *s);

/*
 * How often a look-up as a whole may ask again after an answer was lost. Counted, not timed: a
 * thread that the machine lets wait has lost nothing. Each time may take 15 ms.
 */
#define TE_DIAG_RETRIES 10

/*
 * Sends request, whose sequence number it sets, until the answer is there, and parses that. 0, the
 * negative errno that the kernel answered, or another one when it did not: -EAGAIN, -ENOBUFS or
 * -ENOMEM once *retries are used up, others at once. Fills all of the snapshot.
 */
int te_diag_exchange(struct te_diag *d, const struct te_netns *ns, struct nlmsghdr *request,
                     unsigned *retries, struct te_snapshot *snapshot);

/* As many questions as one message may hold. */
#define TE_DIAG_BATCH 16

/*
 * Sends count requests of one size in one message, each about this tuple, and looks once for the
 * answers. A bit for each that was answered by "none" or by a listener; the others are to be asked
 * for singly. d is open.
 */
uint32_t te_diag_sift(struct te_diag *d, void *requests, size_t size, unsigned count,
                      const struct te_tuple *tuple);

#endif
