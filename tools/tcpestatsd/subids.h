/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a user id is: /etc/subuid lends ranges of them to users, who could be as many as they like.
 */
#ifndef TCPESTATSD_SUBIDS_H
#define TCPESTATSD_SUBIDS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The account that an id is on: its own number, or its owner's. A range of root's (for containers,
 * say) is an account of its own, unlike any user's, since nothing in it is root's business.
 */
uint64_t subids_account(uid_t uid);

#endif
