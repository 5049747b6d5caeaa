/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the user typed to a list of connections. */
#ifndef CONNS_H
#define CONNS_H

#include "backend.h"

struct conns {
    struct conn *items; /* sorted by conn_compare(), no duplicates */
    size_t count, room;
};

struct selection {
    struct selector *selectors;
    size_t count; /* 0: everything */
};

/* Parses selectors; what they name need not exist. Free with selection_free() in any case. */
int selection_parse(struct selection *selection, char *const *texts, size_t count,
                    struct failure *failure);
void selection_free(struct selection *selection);

/*
 * Fills conns with what the selection means now. An exit code other than TOOL_OK may come with
 * connections: some were found, but not all that were asked for. A selection of everything is
 * never "not found". Free conns with conns_free() in any case.
 */
int selection_resolve(const struct selection *selection, struct conns *conns,
                      struct failure *failure);
void conns_free(struct conns *conns);

/*
 * Does the selection mean this connection? Where it wants owners they have to be loaded; one whose
 * owner is not known is not meant.
 */
bool selection_matches(const struct selection *selection, const struct conn *conn);

/* Is each connection named by itself? */
bool selection_is_named(const struct selection *selection);

/* Do the owners of connections have to be loaded for it? */
bool selection_needs_owners(const struct selection *selection);

int conns_add(struct conns *conns, const struct conn *conn, struct failure *failure);

int endpoint_compare(const struct endpoint *a, const struct endpoint *b);

/* Orders by addresses, ports, interface and identity. */
int conn_compare(const void *a, const void *b);

const char *state_name(enum conn_state state); /* NULL: unknown */
enum conn_state state_of_linux(uint32_t number);

#define CONN_LABEL_MAX (2 * ENDPOINT_TEXT_MAX)

/*
 * The connection as the user would select it: an interface whose name could not be typed as it is
 * shown goes by its number.
 */
void conn_label(const struct conn *conn, char label[CONN_LABEL_MAX]);

#endif
