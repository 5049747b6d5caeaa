/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classes that a command switches on while it runs: what it reads needs them. At its end it
 * switches off exactly what it has switched on.
 */
#ifndef BORROW_H
#define BORROW_H

#include "backend.h"

/* Those of classes (bit n: class n) that are off. */
unsigned classes_off(const struct reading *readings, unsigned classes);

/*
 * Reads classes of a connection, switched on if need be, whoever switched them off. *ours grows by
 * those that were switched on here. What was off when it was recorded stays so.
 */
int borrow_take(const struct conn *conn, unsigned classes, struct reading *readings, unsigned *ours,
                struct failure *failure);

/* Says for people that classes were switched on and off again, for so many connections; 0: nothing.
 */
void borrow_report(size_t connections);

/* Switches off what is ours. A connection that has closed needs nothing. */
void borrow_return(const struct conn *conn, unsigned *ours);

#endif
