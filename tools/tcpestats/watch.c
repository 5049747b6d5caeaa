/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats watch: reads what is shown, and what verdicts are made of, of the watched connections
 * at every interval, of many by one sweep. It switches on what it needs, and off again at the end
 * exactly what it switched on.
 */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "borrow.h"
#include "report.h"
#include "term.h"

static int watched_compare(const void *a, const void *b)
{
    return conn_compare(&((const struct watched *)a)->conn, &((const struct watched *)b)->conn);
}

static struct watched *find_watched(const struct watch *watch, const struct conn *conn)
{
    const struct watched key = {.conn = *conn};

    return bsearch(&key, watch->items, watch->sorted, sizeof(key), watched_compare);
}

/* NULL: out of memory. What was found before may have moved. */
static struct watched *add_watched(struct watch *watch, const struct conn *conn)
{
    if (watch->count == watch->room) {
        size_t room = 2 * watch->room;
        struct watched *grown = realloc(watch->items, room * sizeof(*grown));

        if (!grown)
            return NULL;
        watch->items = grown;
        watch->room = room;
    }
    watch->items[watch->count] = (struct watched){.conn = *conn};
    return &watch->items[watch->count++];
}

/* So that each can be found; none has been seen yet. */
static void begin_interval(struct watch *watch)
{
    qsort(watch->items, watch->count, sizeof(*watch->items), watched_compare);
    watch->sorted = watch->count;
    for (size_t i = 0; i < watch->count; i++)
        watch->items[i].seen = watch->items[i].is_read = false;
}

/* It is there: found, which is known already, or NULL for a new one. NULL: out of memory. */
static struct watched *see(struct watch *watch, struct watched *found, const struct conn *conn)
{
    if (!found)
        found = add_watched(watch, conn);
    if (found) {
        found->conn.state = conn->state;
        found->seen = true;
    }
    return found;
}

static struct maybe total(const struct reading *reading, enum tcpestats_field_id id)
{
    struct member_value value = member_read(reading, id);

    return (struct maybe){value.known, value.value};
}

/* Counters that went back belong to another connection on the same addresses and ports. */
static struct maybe increase(struct maybe before, struct maybe now)
{
    if (!before.known || !now.known || now.value < before.value)
        return (struct maybe){false, 0};
    return (struct maybe){true, now.value - before.value};
}

static struct maybe rate(struct maybe before, struct maybe now, uint64_t elapsed_ns)
{
    struct maybe more = increase(before, now);

    if (!more.known || !elapsed_ns)
        return (struct maybe){false, 0};
    more.value = (uint64_t)((double)more.value * 1e9 / (double)elapsed_ns + 0.5);
    return more;
}

/* What each limit had of the time between two readings. */
static void update_limits(struct watched *w, const struct reading *cong)
{
    static const enum tcpestats_field_id ids[LIMITS] = {
        [LIMIT_RECEIVER] = TCPESTATS_F_SndCong_SndLimTimeRwin,
        [LIMIT_PATH] = TCPESTATS_F_SndCong_SndLimTimeCwnd,
        [LIMIT_SENDER] = TCPESTATS_F_SndCong_SndLimTimeSnd,
    };
    uint64_t more[LIMITS], all = 0, upto = 0, before = 0;
    bool known = true;

    w->approximate = false;
    for (unsigned i = 0; i < LIMITS; i++) {
        struct maybe now = total(cong, ids[i]), step = increase(w->limit_ms[i], now);
        struct member_value value = member_read(cong, ids[i]);

        /* The collector's are called approximate as well, but are good to a few per cent. */
        w->approximate |= value.backend && strcmp(value.backend, "collector") &&
                          !strcmp(value.fidelity, "approximate");
        w->limit_ms[i] = now;
        known &= step.known;
        more[i] = step.value;
        all += step.value;
    }
    for (unsigned i = 0; i < LIMITS; i++) {
        w->share[i] = (struct maybe){known && all, 0};
        if (!w->share[i].known)
            continue;
        upto += more[i];
        /* Rounded sums, so that the shares add up. */
        w->share[i].value = (200 * upto + all) / (2 * all) - before;
        before += w->share[i].value;
    }
}

static float number_of(struct maybe number)
{
    return number.known ? (float)number.value : -1;
}

/* Out of memory there is no history. */
static void keep_moment(struct watched *w)
{
    struct history *history = w->history;

    if (!history)
        w->history = history = calloc(1, sizeof(*history));
    if (!history)
        return;
    history->moments[history->next] = (struct moment){number_of(w->rate_out), number_of(w->rate_in),
                                                      number_of(w->rtt_us)};
    history->next = (history->next + 1) % HISTORY;
    history->count += history->count < HISTORY;
}

/* Out of memory there is no verdict. */
static void keep_evidence(struct watched *w, const struct reading *readings)
{
    if (!w->recent)
        w->recent = calloc(1, sizeof(*w->recent));
    if (w->recent)
        recent_add(w->recent, readings);
}

void watch_verdict(const struct watched *w, struct verdict *verdict)
{
    static const struct evidence none;

    verdict_make(w->recent ? &w->recent->shown : &none, verdict);
}

static void update(struct watched *w, const struct reading *readings)
{
    const struct reading *data = &readings[TCPESTATS_DATA], *path = &readings[TCPESTATS_PATH];
    struct maybe out = total(data, TCPESTATS_F_Data_DataBytesOut);
    struct maybe in = total(data, TCPESTATS_F_Data_DataBytesIn);
    struct maybe retrans = total(path, TCPESTATS_F_Path_PktsRetrans);

    /* Windows' name for the smoothed one. */
    w->rtt_us = total(&readings[TCPESTATS_FINE_RTT], TCPESTATS_F_FineRtt_SumRtt);
    w->elapsed_ns = w->time_ns ? data->time_ns - w->time_ns : 0;
    w->rate_out = rate(w->bytes_out, out, w->elapsed_ns);
    w->rate_in = rate(w->bytes_in, in, w->elapsed_ns);
    w->new_retrans = increase(w->retrans, retrans);
    w->bytes_out = out;
    w->bytes_in = in;
    w->retrans = retrans;
    w->time_ns = data->time_ns;
    update_limits(w, &readings[TCPESTATS_SND_CONG]);
    if (term_is_live())
        keep_moment(w);
    keep_evidence(w, readings);
    w->is_read = true;
}

/* Switches off what we switched on. What has closed since needs nothing. */
static void release(struct watched *watched)
{
    borrow_return(&watched->conn, &watched->ours);
    free(watched->history);
    free(watched->recent);
    watched->history = NULL;
    watched->recent = NULL;
}

static int update_one(struct watched *watched, struct failure *failure)
{
    struct reading readings[TCPESTATS_CLASS_COUNT];
    int code = borrow_take(&watched->conn, EVIDENCE_CLASSES, readings, &watched->ours, failure);

    if (!code)
        update(watched, readings);
    return code;
}

struct sweep {
    struct watch *watch;
    const struct selection *selection;
    struct failure *failure;
};

/* A connection that moves in the kernel's tables meanwhile may come twice. */
static int see_swept(const struct conn *conn, const struct reading *readings, void *arg)
{
    const struct sweep *sweep = arg;
    struct watched *found = find_watched(sweep->watch, conn);

    if ((found && found->seen) || (!found && !selection_matches(sweep->selection, conn)))
        return 0;
    found = see(sweep->watch, found, conn);
    if (!found)
        return fail_with(sweep->failure, TOOL_OTHER, "out of memory");
    if (!classes_off(readings, EVIDENCE_CLASSES))
        update(found, readings);
    return term_stopping();
}

/* What is new and came twice is not in order before now. */
static void drop_twins(struct watch *watch)
{
    size_t kept = 0;

    if (watch->count == watch->sorted)
        return;
    qsort(watch->items, watch->count, sizeof(*watch->items), watched_compare);
    for (size_t i = 0; i < watch->count; i++) {
        if (kept && !watched_compare(&watch->items[kept - 1], &watch->items[i])) {
            release(&watch->items[i]);
            continue;
        }
        watch->items[kept++] = watch->items[i];
    }
    watch->count = watch->sorted = kept;
}

/* Which of them is watched is known already. */
static int read_swept(const struct conn *conn, const struct reading *readings, void *arg)
{
    const struct sweep *sweep = arg;
    struct watched *found = find_watched(sweep->watch, conn);

    if (found && found->seen && !found->is_read && !classes_off(readings, EVIDENCE_CLASSES))
        update(found, readings);
    return term_stopping();
}

/* Which there are, where it takes more than a look to know. */
static int resolve(struct watch *watch, const struct selection *selection, struct failure *failure)
{
    struct conns now;
    struct failure later;
    int code = selection_resolve(selection, &now, &later);

    /* What is not there may come, and what was may go. */
    if (code == TOOL_NOT_FOUND)
        code = TOOL_OK;
    if (code)
        fail_with(failure, later.code, "%s", later.text);
    for (size_t i = 0; i < now.count && !code; i++)
        if (!see(watch, find_watched(watch, &now.items[i]), &now.items[i]))
            code = fail_with(failure, TOOL_OTHER, "out of memory");
    drop_twins(watch);
    conns_free(&now);
    return code;
}

/* Reads what has not been read yet; moves what has gone from watch to closed. */
static int update_rest(struct watch *watch, struct conns *closed, struct failure *failure)
{
    struct failure later;
    size_t kept = 0;
    int code = TOOL_OK;

    for (size_t i = 0; i < watch->count; i++) {
        struct watched *watched = &watch->items[i];
        unsigned before = watched->ours;
        int result = TOOL_OK;

        if (watched->seen && !watched->is_read && !code && !term_stopping())
            result = update_one(watched, &later);
        watch->switched += watched->ours && !before;
        if (result && result != TOOL_NOT_FOUND)
            code = fail_with(failure, later.code, "%s", later.text);
        if ((watched->seen || term_stopping()) && result != TOOL_NOT_FOUND) {
            watch->items[kept++] = *watched;
            continue;
        }
        release(watched);
        if (conns_add(closed, &watched->conn, &later) && !code)
            code = fail_with(failure, later.code, "%s", later.text);
    }
    watch->count = kept;
    return code;
}

/* What a row is sorted by; what is not known comes last. */
static double weight(const struct watched *w, enum watch_sort sort)
{
    const struct maybe numbers[] = {
        [SORT_BOTH] = {true, w->rate_out.value + w->rate_in.value},
        [SORT_OUT] = w->rate_out,
        [SORT_IN] = w->rate_in,
        [SORT_RTT] = w->rtt_us,
        [SORT_NEW_RETRANS] = w->new_retrans,
        [SORT_RETRANS] = w->retrans,
        [SORT_CONNECTION] = {true, 0},
    };

    return numbers[sort].known ? (double)numbers[sort].value : -1;
}

static const struct screen *order; /* qsort() passes nothing on */

static int in_order(const void *first, const void *second)
{
    const struct watched *a = first, *b = second;
    double weight_a = weight(a, order->sort), weight_b = weight(b, order->sort);
    int result = conn_compare(&a->conn, &b->conn);

    if (weight_a != weight_b)
        result = weight_a > weight_b ? -1 : 1;
    return order->reversed ? -result : result;
}

void watch_sort(struct watch *watch)
{
    order = &watch->screen;
    qsort(watch->items, watch->count, sizeof(*watch->items), in_order);
}

/* One interval. */
static int step(struct watch *watch, const struct selection *selection, struct conns *closed,
                struct failure *failure)
{
    const bool is_named = selection_is_named(selection);
    const bool is_plain = !is_named && !selection_needs_owners(selection);
    struct sweep sweep = {watch, selection, failure};
    int code = TOOL_OK;

    begin_interval(watch);
    if (!is_plain)
        code = resolve(watch, selection, failure);
    if (!code && !is_named) {
        code = backend_sweep(EVIDENCE_CLASSES, is_plain ? see_swept : read_swept, &sweep, failure);
        code = term_stopping() ? TOOL_OK : code;
        drop_twins(watch);
    }
    if (!code)
        code = update_rest(watch, closed, failure);
    if (!code)
        watch_sort(watch);
    return code;
}

/* They have to be there at the start; when the last has closed there is nothing to wait for. */
static int check_named(const struct selection *selection, struct failure *failure)
{
    struct conns now;
    int code;

    if (!selection_is_named(selection))
        return TOOL_OK;
    code = selection_resolve(selection, &now, failure);
    conns_free(&now);
    return code;
}

/* Waits for the next interval. False: the end, failure tells whether a good one. */
static bool await(struct watch *watch, uint64_t deadline_ns, struct failure *failure)
{
    failure->code = TOOL_OK;
    for (;;) {
        enum term_event event = term_wait(deadline_ns);

        if (event == TERM_TIME)
            return true;
        if (event == TERM_STOP || (event == TERM_KEY && !watch_key(watch, term_key())) ||
            watch_redraw(watch, failure))
            return false;
    }
}

/* What has ended within the last interval of a recording was shown in it; now it has gone. */
static int show_ended(struct watch *watch, struct conns *closed, struct failure *failure)
{
    size_t count = watch->count;
    int code = TOOL_OK;

    for (size_t i = 0; i < count && !code; i++)
        if (backend_ending(&watch->items[i].conn))
            code = conns_add(closed, &watch->items[i].conn, failure);
    if (!code && closed->count && !term_is_live()) {
        watch->interval++;
        watch->count = 0;
        code = watch_show(watch, closed, failure);
        watch->count = count;
    }
    conns_free(closed);
    return code;
}

static int loop(struct watch *watch, const struct selection *selection, bool *ever,
                struct failure *failure)
{
    const struct tool *tool = watch->tool;
    struct conns closed = {NULL, 0, 0};
    uint64_t next = backend_now_ns();
    bool more = true;
    int code = step(watch, selection, &closed, failure);

    conns_free(&closed);
    if (!code)
        code = watch_redraw(watch, failure);
    while (!code && (!tool->count || watch->interval < tool->count)) {
        *ever |= watch->count > 0;
        next += tool->interval_ns;
        /* Late by more than an interval (a stopped process): do not try to catch up. */
        if (next < backend_now_ns())
            next = backend_now_ns();
        /* A recording has its own pace only where somebody looks on. */
        if (backend_is_recording() && !term_is_live())
            next = backend_now_ns();
        if (!await(watch, next, failure))
            return failure->code;
        if (watch->screen.frozen)
            continue;
        code = backend_play(tool->interval_ns, &more, failure);
        if (!code && !more)
            code = show_ended(watch, &closed, failure);
        if (code || !more)
            break;
        watch->interval++;
        code = step(watch, selection, &closed, failure);
        if (!code && !term_stopping())
            code = watch_show(watch, &closed, failure);
        conns_free(&closed);
        if (!watch->count && selection_is_named(selection))
            break;
    }
    *ever |= watch->count > 0;
    return code;
}

int command_watch(const struct tool *tool, struct failure *failure)
{
    struct watch watch = {.tool = tool, .room = 64};
    struct selection selection;
    bool ever = false;
    int code = selection_parse(&selection, tool->args, tool->arg_count, failure);

    watch.items = malloc(watch.room * sizeof(*watch.items));
    if (!watch.items && !code)
        code = fail_with(failure, TOOL_OTHER, "out of memory");
    if (!code)
        code = check_named(&selection, failure);
    if (!code) {
        if (!tool->json && !selection_is_named(&selection))
            report_list_limits();
        term_begin(!tool->json);
        code = loop(&watch, &selection, &ever, failure);
        for (size_t i = 0; i < watch.count; i++)
            release(&watch.items[i]);
        term_end();
        borrow_report(watch.switched);
        if (!code && !ever && selection.count)
            code = fail_with(failure, TOOL_NOT_FOUND, "no TCP connection matched");
    }
    if (code)
        report_failure(tool, failure);
    free(watch.items);
    selection_free(&selection);
    return code;
}
