/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rasapi32.dll by run-time look-up: so that a lack of a function is a finding, not a failed start.
 */
#ifndef RAS_API_H
#define RAS_API_H

#include "wt.h"

#include <ras.h>
#include <raserror.h>

#define NOT_EXPORTED 0xeeeeeeeeul
#define INVALID_ARGUMENT ((DWORD)E_INVALIDARG)

/* Both kinds of characters. */
enum kind { A, W };
extern const char *const kind_names[2];
#define FOR_KINDS(k) for (int k = A; k <= W; k++)

extern HMODULE ras_module;
void ras_load(void);

/* Each answers NOT_EXPORTED where there is no such function. */
DWORD ras_enum(int kind, void *conns, DWORD *size, DWORD *count);
DWORD ras_status(int kind, HRASCONN conn, void *status);
DWORD ras_get(HRASCONN conn, RAS_STATS *stats);
DWORD ras_get_link(HRASCONN conn, DWORD subentry, RAS_STATS *stats);
DWORD ras_clear(HRASCONN conn);
DWORD ras_clear_link(HRASCONN conn, DWORD subentry);
DWORD ras_hang_up(int kind, HRASCONN conn);

/* Sizes that programs have been compiled with. */
struct generation {
    const char *windows;
    DWORD conn[2];   /* by A and W; 0: no such program */
    DWORD status[2]; /* 0: did not change with this one */
};
extern const struct generation generations[];
extern const size_t n_generations;

/* Of the structures that this program is compiled with. */
#define CONN_SIZE(kind) ((kind) == W ? sizeof(RASCONNW) : sizeof(RASCONNA))

/* Handles of all connections there are. The number of them, at most room. */
DWORD ras_all(HRASCONN *conns, DWORD room);

/* Some connection, or NULL. */
HRASCONN ras_any(void);

const char *ras_code(DWORD code);

#define check_is(got, want, what)                                              \
    do {                                                                       \
        DWORD got_ = (got);                                                    \
        ok(got_ == (DWORD)(want), "%s: %s, expected %s", what, ras_code(got_), \
           ras_code((DWORD)(want)));                                           \
    } while (0)
#define decision_is(id, got, want, what)                                                 \
    do {                                                                                 \
        DWORD got_ = (got);                                                              \
        decision(id, got_ == (DWORD)(want), "%s: %s, expected %s", what, ras_code(got_), \
                 ras_code((DWORD)(want)));                                               \
    } while (0)

/* Is every byte of the memory this one? */
int all_bytes(const void *memory, size_t size, BYTE byte);

#endif
