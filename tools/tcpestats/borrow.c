/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "borrow.h"

#include "print.h"

unsigned classes_off(const struct reading *readings, unsigned classes)
{
    unsigned off = 0;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls && !reading_is_on(&readings[cls]))
            off |= 1u << cls;
    return off;
}

int borrow_take(const struct conn *conn, unsigned classes, struct reading *readings, unsigned *ours,
                struct failure *failure)
{
    int code = backend_take(conn, classes, readings, failure);
    unsigned off = code || backend_is_recording() ? 0 : classes_off(readings, classes);

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT && !code; cls++)
        if (off & 1u << cls) {
            code = backend_set(conn, cls, true, failure);
            if (!code)
                *ours |= 1u << cls;
        }
    return code || !off ? code : backend_take(conn, classes, readings, failure);
}

void borrow_return(const struct conn *conn, unsigned *ours)
{
    struct failure ignored;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (*ours & 1u << cls)
            backend_set(conn, cls, false, &ignored);
    *ours = 0;
}

void borrow_report(size_t connections)
{
    if (connections)
        print_line(stderr, "tcpestats: classes had been off for %zu connection%s and are off again",
                   connections, connections == 1 ? "" : "s");
}
