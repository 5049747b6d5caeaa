/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory and descriptors that run out, at every point where one is asked for. Whatever fails says
 * so in the documented words, leaves nothing behind, and works again when there is enough.
 *
 * Memory: malloc and its like are the program's own here, so that those of libnl fail as well; with
 * the sanitizers, which bring theirs, the library's calls are interposed by the linker (build.mk).
 */
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "kit.h"
#include "memory/memory.h"

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);

/* The next `after` requests succeed, then one or all fail. */
static struct {
    bool armed, all;
    unsigned after, failed;
} scarce;

static bool fails(void)
{
    if (!scarce.armed || (scarce.failed && !scarce.all))
        return false;
    if (scarce.after) {
        scarce.after--;
        return false;
    }
    scarce.failed++;
    errno = ENOMEM;
    return true;
}

#ifdef SANITIZED

#define LEAST 6 /* allocations of the library alone */

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

#else

#define LEAST 12 /* with those of libnl */

/* For libc and libnl to find, too. */
#define EXPORTED __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

EXPORTED void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

EXPORTED void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
    return __real_strdup(text);
}

#endif

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

/* --- everything that the library does, each step of which may fail in one way --- */

#define GROWTH 200 /* entries that do not fit into a new file */

static struct net_pair pair;
static unsigned listed;

static int count_listed(const struct tcpestats_conn *conn, void *arg)
{
    (void)conn, (void)arg;
    listed++;
    return 0;
}

/* Makes the file grow. The entry that could not be written is not there. */
static int grow(uint32_t first)
{
    struct te_tuple tuple = {.family = 2};
    struct te_ident ident = {0, 4711, &tuple, 0};
    struct te_entry entry = {.enabled = 2};
    struct te_entry_ref ref;
    struct te_places places;
    struct te_memory memory = TE_MEMORY_INIT(&places);
    int rc = 0;

    te_places_init(&places, state_dir);
    for (uint32_t i = 0; i < GROWTH && !rc; i++) {
        ident.cookie = first + i;
        memcpy(tuple.remote, &ident.cookie, 4);
        te_memory_ready(&memory, NULL, NULL);
        rc = te_memory_add(&memory, &ident, &entry, NULL, NULL);
        if (rc && te_memory_read(&memory, &ident, &entry, &ref))
            rc = -EILSEQ;
    }
    te_memory_close(&memory);
    return rc;
}

struct step {
    const char *name;
    int result;
};

#define STEPS 6

/* With a handle, or with one of its own when *te is NULL; then that is left there. */
static void use_all(struct tcpestats **te, struct step steps[STEPS])
{
    struct tcpestats_conn conn = kit_conn(&pair.client_tuple);
    static struct tcpestats_sample sample;
    static uint32_t cookies = 1;
    struct tcpestats_source source = {.size = sizeof(source)};

    memset(steps, 0, STEPS * sizeof(*steps));
    steps[0] = (struct step){"open", *te ? 0 : kit_open(te)};
    if (!*te)
        return;
    steps[1] = (struct step){"find", tcpestats_find(*te, &conn)};
    steps[2] = (struct step){"set", kit_set(*te, &conn, TCPESTATS_DATA, TCPESTATS_ON)};
    steps[3] = (struct step){"get", kit_get(*te, &conn, TCPESTATS_DATA, &sample)};
    steps[4] = (struct step){"list", tcpestats_list(*te, count_listed, NULL)};
    steps[5] = (struct step){"grow", grow(cookies)};
    cookies += GROWTH;
    tcpestats_field_source(*te, 0, &source);
}

/* True if all went well. */
static bool check_steps(const struct step steps[STEPS], int error, const char *when, unsigned n)
{
    bool well = true;

    for (int i = 0; i < STEPS; i++) {
        ck_assert_msg(steps[i].result == 0 || steps[i].result == error, "%s %u: %s: %d", when, n,
                      steps[i].name, steps[i].result);
        well = well && steps[i].result == 0;
    }
    return well;
}

static void must_work(struct tcpestats **te)
{
    struct step steps[STEPS];

    listed = 0;
    use_all(te, steps);
    ck_assert(check_steps(steps, 0, "afterwards", 0));
    ck_assert_uint_eq(listed, 2);
}

/* A new file, that has to be made and to grow again. */
static void forget_state(void)
{
    net_run("rm -rf %s/*", state_dir);
}

static bool begin(void)
{
    if (!net_enter())
        return false;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    kit_begin();
    return true;
}

static void run_out_of_memory(bool all)
{
    struct step steps[STEPS];
    unsigned failed = 1, n;
    bool well = false;

    for (n = 0; failed; n++) {
        struct tcpestats *te = NULL;
        unsigned before = net_descriptors();

        forget_state();
        scarce.after = n;
        scarce.failed = 0;
        scarce.all = all;
        scarce.armed = true;
        use_all(&te, steps);
        scarce.armed = false;
        failed = scarce.failed;
        well = check_steps(steps, -ENOMEM, "allocation", n);
        must_work(&te);
        tcpestats_close(te);
        ck_assert_uint_eq(net_descriptors(), before);
        ck_assert_uint_lt(n, 5000);
    }
    printf("%u allocations, %s\n", n - 1, all ? "all from one on" : "one at a time");
    /* It has failed, and not just once; and in the end there was enough. */
    ck_assert_uint_gt(n, LEAST);
    ck_assert(well);
}

START_TEST(every_single_allocation_may_fail)
{
    if (!begin())
        return;
    run_out_of_memory(false);
    kit_end();
}
END_TEST

START_TEST(memory_may_run_out_at_any_point)
{
    if (!begin())
        return;
    run_out_of_memory(true);
    kit_end();
}
END_TEST

/* --- descriptors --- */

static void allow(unsigned descriptors)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = descriptors;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The lowest number that is free: all below are taken, so that this is the limit of none left. */
static unsigned lowest_free(void)
{
    int fd = dup(0);

    ck_assert_int_ge(fd, 0);
    close(fd);
    return (unsigned)fd;
}

static void run_out_of_descriptors(bool used_before)
{
    struct step steps[STEPS];
    bool well = false;
    unsigned n;

    for (n = 0; !well; n++) {
        struct tcpestats *te = NULL;
        unsigned before = net_descriptors();

        forget_state();
        if (used_before) {
            must_work(&te);
            forget_state();
        }
        allow(lowest_free() + n);
        use_all(&te, steps);
        allow(1024);
        well = check_steps(steps, -EMFILE, "descriptors", n);
        must_work(&te);
        tcpestats_close(te);
        ck_assert_uint_eq(net_descriptors(), before);
        ck_assert_uint_lt(n, 20);
    }
    printf("%u descriptors\n", n - 1);
    ck_assert_uint_gt(n, 1);
}

START_TEST(descriptors_may_run_out_at_any_point)
{
    if (!begin())
        return;
    run_out_of_descriptors(false);
    kit_end();
}
END_TEST

START_TEST(a_handle_in_use_survives_the_end_of_descriptors)
{
    if (!begin())
        return;
    run_out_of_descriptors(true);
    kit_end();
}
END_TEST

SUITE("scarcity", 120, every_single_allocation_may_fail, memory_may_run_out_at_any_point,
      descriptors_may_run_out_at_any_point, a_handle_in_use_survives_the_end_of_descriptors)
