/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

const char *state_name(enum conn_state state)
{
    static const char *const names[STATE_COUNT] = {NULL,        "ESTABLISHED", "SYN_SENT",
                                                   "FIN_WAIT1", "FIN_WAIT2",   "CLOSE_WAIT",
                                                   "LAST_ACK",  "CLOSING"};

    return names[state];
}

/* Is the name one that can be typed as it is shown, in a shell as well? */
static bool is_plain(const char *zone)
{
    static const char plain[] = "-_.@+";

    while (*zone) {
        uint32_t c = utf8_next(&zone);

        if (!utf8_is_printable(c) ||
            (c < 0x80 && !isalnum((int)c) && !memchr(plain, (int)c, sizeof(plain) - 1)))
            return false;
    }
    return true;
}

/* The states without statistics are not in the list. */
enum conn_state state_of_linux(uint32_t number)
{
    static const enum conn_state states[] = {
        [1] = STATE_ESTABLISHED, [2] = STATE_SYN_SENT, [4] = STATE_FIN_WAIT1, [5] = STATE_FIN_WAIT2,
        [8] = STATE_CLOSE_WAIT,  [9] = STATE_LAST_ACK, [11] = STATE_CLOSING,
    };

    return number < sizeof(states) / sizeof(states[0]) ? states[number] : STATE_UNKNOWN;
}

void conn_label(const struct conn *conn, char label[CONN_LABEL_MAX])
{
    char zone[ZONE_MAX] = "", remote[ENDPOINT_TEXT_MAX];

    backend_zone_name(conn, zone);
    if (!is_plain(zone))
        snprintf(zone, sizeof(zone), "%u", (unsigned)conn->scope);
    endpoint_format(&conn->local, zone, label);
    endpoint_format(&conn->remote, "", remote);
    strcat(label, "-");
    strcat(label, remote);
}

#define COMPARE(a, b) \
    if ((a) != (b))   \
    return (a) < (b) ? -1 : 1

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    int order = memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));

    COMPARE(a->address.family, b->address.family);
    if (order)
        return order;
    COMPARE(a->port, b->port);
    return 0;
}

int conn_compare(const void *first, const void *second)
{
    const struct conn *a = first, *b = second;
    int order;

    COMPARE(a->netns, b->netns);
    order = endpoint_compare(&a->local, &b->local);
    if (!order)
        order = endpoint_compare(&a->remote, &b->remote);
    if (order)
        return order;
    COMPARE(a->scope, b->scope);
    COMPARE(a->identity, b->identity);
    return 0;
}

int conns_add(struct conns *conns, const struct conn *conn, struct failure *failure)
{
    if (conns->count == conns->room) {
        size_t room = conns->room ? 2 * conns->room : 64;
        struct conn *grown = realloc(conns->items, room * sizeof(*grown));

        if (!grown)
            return fail_with(failure, TOOL_OTHER, "out of memory");
        conns->items = grown;
        conns->room = room;
    }
    conns->items[conns->count++] = *conn;
    return TOOL_OK;
}

void conns_free(struct conns *conns)
{
    free(conns->items);
    *conns = (struct conns){NULL, 0, 0};
}

static void sort_unique(struct conns *conns)
{
    size_t kept = 0;

    if (conns->count)
        qsort(conns->items, conns->count, sizeof(*conns->items), conn_compare);
    for (size_t i = 0; i < conns->count; i++)
        if (!kept || conn_compare(&conns->items[kept - 1], &conns->items[i]))
            conns->items[kept++] = conns->items[i];
    conns->count = kept;
}

/* In any of the namespaces that are looked into. */
static bool zone_exists(const char *zone)
{
    bool exists = false;

    for (size_t i = 0; i < backend_netns_count() && !exists; i++)
        exists = backend_zone(backend_netns_at(i), zone);
    return exists;
}

int selection_parse(struct selection *selection, char *const *texts, size_t count,
                    struct failure *failure)
{
    *selection = (struct selection){.count = count};
    if (!count)
        return TOOL_OK;
    selection->selectors = calloc(count, sizeof(*selection->selectors));
    if (!selection->selectors)
        return fail_with(failure, TOOL_OTHER, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct selector *selector = &selection->selectors[i];
        const char *wrong = selector_parse(texts[i], selector);

        if (wrong)
            return fail_with(failure, TOOL_USAGE, "'%.100s' selects no connection: %s", texts[i],
                             wrong);
        if (selector->zone[0] && !zone_exists(selector->zone))
            return fail_with(failure, TOOL_NOT_FOUND, "there is no interface '%s'", selector->zone);
        if (selector->user[0] && backend_user(selector->user, &selector->uid, failure))
            return failure->code;
    }
    return TOOL_OK;
}

void selection_free(struct selection *selection)
{
    free(selection->selectors);
    *selection = (struct selection){NULL, 0};
}

static int collect(const struct conn *conn, void *arg)
{
    struct {
        struct conns *conns;
        struct failure *failure;
    } *to = arg;

    return conns_add(to->conns, conn, to->failure);
}

static int list_all(struct conns *conns, struct failure *failure)
{
    struct {
        struct conns *conns;
        struct failure *failure;
    } to = {conns, failure};

    return backend_list(collect, &to, failure);
}

static bool owner_matches(const struct selector *selector, const struct conn *conn)
{
    size_t count;
    const struct owner *owners = backend_owners(conn, &count);

    for (size_t i = 0; i < count; i++)
        if ((!selector->pid || selector->pid == owners[i].pid) &&
            (!selector->process[0] || backend_process_is(&owners[i], selector->process)))
            return true;
    return false;
}

static bool zone_matches(const struct selector *selector, const struct conn *conn)
{
    return !selector->zone[0] || !conn->scope ||
           backend_zone(conn->netns, selector->zone) == conn->scope;
}

/* In each namespace there may be one. */
static int resolve_exact(const struct selector *selector, struct conns *conns,
                         struct failure *failure)
{
    size_t before = conns->count;
    int code = TOOL_NOT_FOUND;

    for (size_t i = 0; i < backend_netns_count(); i++) {
        struct conn conn = {
            .local = selector->local,
            .remote = selector->remote,
            .netns = backend_netns_at(i),
        };

        if (selector->zone[0])
            conn.scope = backend_zone(conn.netns, selector->zone);
        if (selector->zone[0] && !conn.scope)
            continue;
        code = backend_find(&conn, failure);
        if (!code && conns_add(conns, &conn, failure))
            return failure->code;
    }
    return conns->count > before ? TOOL_OK : code;
}

static bool matches(const struct selector *selector, const struct conn *conn)
{
    return selector_matches(selector, &conn->local, &conn->remote) &&
           zone_matches(selector, conn) &&
           (!selector->user[0] || backend_user_is(conn, selector->user, selector->uid)) &&
           (!selector->cgroup[0] || backend_cgroup_has(selector->cgroup, conn)) &&
           (!selector_wants_owner(selector) || owner_matches(selector, conn));
}

bool selection_matches(const struct selection *selection, const struct conn *conn)
{
    for (size_t i = 0; i < selection->count; i++)
        if (matches(&selection->selectors[i], conn))
            return true;
    return !selection->count;
}

bool selection_is_named(const struct selection *selection)
{
    bool named = selection->count > 0;

    for (size_t i = 0; i < selection->count; i++)
        named = named && selection->selectors[i].exact;
    return named;
}

static int resolve_conditions(const struct selector *selector, const struct conns *all,
                              struct conns *conns, struct failure *failure)
{
    size_t before = conns->count;
    enum process_view view;

    if (selector->cgroup[0] && backend_cgroup_check(selector->cgroup, failure))
        return failure->code;
    for (size_t i = 0; i < all->count; i++)
        if (matches(selector, &all->items[i]) && conns_add(conns, &all->items[i], failure))
            return failure->code;
    if (selector_wants_owner(selector)) {
        view = backend_process(selector->pid, selector->process);
        if (view == PROCESS_HIDDEN)
            return backend_owner_unknown(failure);
        if (view == PROCESS_ABSENT && conns->count == before)
            return fail_with(failure, TOOL_NOT_FOUND, "there is no such process");
    }
    if (conns->count == before)
        return fail_with(failure, TOOL_NOT_FOUND,
                         "no TCP connection matches; 'tcpestats list' shows those there are");
    return TOOL_OK;
}

/* Of the owners even a control group may have to be known. */
static bool needs_owners(const struct selector *selector)
{
    return selector_wants_owner(selector) || selector->cgroup[0];
}

bool selection_needs_owners(const struct selection *selection)
{
    bool needs = false;

    for (size_t i = 0; i < selection->count; i++)
        needs = needs || needs_owners(&selection->selectors[i]);
    return needs;
}

int selection_resolve(const struct selection *selection, struct conns *conns,
                      struct failure *failure)
{
    struct conns all = {NULL, 0, 0};
    bool listed = false, owners = false;
    int result = TOOL_OK;

    *conns = all;
    if (!selection->count)
        result = list_all(conns, failure);
    for (size_t i = 0; i < selection->count; i++) {
        const struct selector *selector = &selection->selectors[i];
        struct failure trouble;
        int code = TOOL_OK;

        if (selector->exact) {
            code = resolve_exact(selector, conns, &trouble);
        } else {
            if (needs_owners(selector) && !owners) {
                code = backend_owners_load(&trouble);
                owners = true;
                conns_free(&all);
                listed = false;
            }
            if (!code && !listed)
                code = list_all(&all, &trouble);
            listed = true;
            if (!code)
                code = resolve_conditions(selector, &all, conns, &trouble);
        }
        if (code && !result) {
            result = code;
            *failure = trouble;
        }
    }
    conns_free(&all);
    sort_unique(conns);
    return result;
}
