/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and changing the state of one connection. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "memory/state-internal.h"

#define SECOND_NS 1000000000u
#define HOUR_NS (3600 * (uint64_t)SECOND_NS)
#define REREADS 6  /* of a record that somebody is changing, before asking who */
#define REOPENS 64 /* a file that is replaced this often within one call is not usable */
#define RENEWALS 3 /* enough even when others fill the new file up again */

/* A change of one record, as asked for by the caller of te_state_update(). */
struct change {
    const struct te_ident *ident;
    bool create;
    int (*apply)(struct te_entry *entry, bool existed, void *arg);
    void *arg;
};

void te_state_close(struct te_state *st)
{
    struct stat sb;

    if (st->fd >= 0 && !fstat(st->fd, &sb) && sb.st_ino == st->ino && sb.st_dev == st->dev &&
        (st->absent ? fcntl(st->fd, F_GETFL) & O_PATH : te_file_ours(st)))
        close(st->fd);
    *st = (struct te_state)TE_STATE_INIT;
}

/* A few milliseconds late, but without a look at the hardware. */
static uint64_t coarse_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

static uint32_t coarse_second(void)
{
    return (uint32_t)(coarse_now() / SECOND_NS);
}

/* Keeps the directory without our sub-directory: a look into it is the cheapest certainty. */
static void keep_absent(struct te_state *st, int base)
{
    struct stat sb;

    if (base < 0)
        return;
    if (fstat(base, &sb)) {
        close(base);
        return;
    }
    *st = (struct te_state){.fd = base,
                            .pid = (uint32_t)getpid(),
                            .dev = sb.st_dev,
                            .ino = sb.st_ino,
                            .checked = st->checked,
                            .absent = 1};
}

/* Is it still certain that there is no file? */
static bool still_absent(const struct te_state *st)
{
    struct stat sb;

    return !fstat(st->fd, &sb) && sb.st_ino == st->ino && sb.st_dev == st->dev && sb.st_nlink &&
           faccessat(st->fd, TE_PRIVATE_DIR, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
}

/* Opens the file, or makes it if create. -ENOENT: there is none, or none that is any good. */
static int open_file(struct te_state *st, const char *dir, bool create, struct te_wait *wait)
{
    int base = -1, dir_fd, rc;

    st->checked = coarse_second();
    dir_fd = te_dir_open(dir, create, &base);
    if (dir_fd < 0) {
        if (dir_fd == -ENOENT)
            keep_absent(st, base);
        return dir_fd;
    }
    rc = te_file_open(st, dir_fd);
    if (create && (rc == -ENOENT || rc == TE_BAD))
        rc = te_build_first(st, dir, dir_fd, wait);
    close(dir_fd);
    return rc == TE_BAD ? -ENOENT : rc;
}

/*
 * Once a second: lets go of a file that is no longer the one at the path, though it still has a
 * name, and of one whose header is damaged, since those who open it now would not use it.
 */
static void check_path(struct te_state *st, const char *dir)
{
    struct stat sb;
    int dir_fd = te_dir_open(dir, false, NULL);

    st->checked = coarse_second();
    if (dir_fd >= 0) {
        if (fstatat(dir_fd, TE_STATE_FILE, &sb, AT_SYMLINK_NOFOLLOW)) {
            if (errno == ENOENT)
                te_state_close(st);
        } else if (sb.st_ino != st->ino || sb.st_dev != st->dev || !te_file_intact(st)) {
            te_state_close(st);
        }
        close(dir_fd);
    } else if (dir_fd != -EMFILE && dir_fd != -ENFILE && dir_fd != -ENOMEM) {
        te_state_close(st);
    }
}

/* The file at the path, open and ours. */
static int ready(struct te_state *st, const char *dir, bool create, struct te_wait *wait)
{
    if (st->fd >= 0 && st->absent)
        te_state_close(st);
    if (st->fd >= 0 && !te_file_ours(st))
        *st = (struct te_state)TE_STATE_INIT;
    if (st->fd >= 0 && st->checked != coarse_second())
        check_path(st, dir);
    return st->fd >= 0 ? 0 : open_file(st, dir, create, wait);
}

/* --- reading --- */

/* Looks for the record in the open file. TE_STALE, -ENOENT, -EBUSY, -EIO. */
static int look_up(const struct te_state *st, const struct te_ident *ident,
                   struct te_record *record)
{
    uint32_t home = te_home(ident, st->pages), rereads = 0;
    uint64_t torn = 0; /* the record as it was when nobody held the lock */
    struct te_wait wait = {0, 0};
    struct te_sight sight;
    union te_page page;

    if (!te_file_current(st))
        return TE_STALE;
    for (uint32_t i = home; i < home + TE_CHAIN; i++) {
        int rc = te_file_read(st, te_page_offset(i), &page, sizeof(page));

        if (rc)
            return rc;
        te_page_look(&page, i, st->seed, ident, &sight);
        if (sight.found) {
            *record = page.slot[sight.slot];
            return 0;
        }
        /*
         * Half of somebody's change, or damage: then nobody holds the lock, and it stays the same.
         * Without a lock alone it may be half of a change that has ended, before the next one.
         */
        if (sight.torn && rereads++ < REREADS) {
            i--;
            continue;
        }
        if (sight.torn) {
            uint64_t sum = te_sum(i, &page.slot[sight.slot], sizeof(page.slot[0]));
            bool locked = te_locked(st, te_page_offset(i), TE_PAGE);

            if (locked || sum != torn) {
                if (!te_wait(&wait))
                    return -EBUSY;
                torn = locked ? 0 : sum;
                i--;
                continue;
            }
        }
        if (sight.ended)
            return -ENOENT;
    }
    return -ENOENT;
}

static int leave_as_is(struct te_entry *entry, bool existed, void *arg)
{
    (void)entry, (void)existed, (void)arg;
    return 0;
}

int te_state_read(struct te_state *st, const char *dir, const struct te_ident *ident,
                  struct te_entry *entry)
{
    struct te_record record;
    struct te_wait wait = {0, 0};
    struct te_guard guard;
    int rc = TE_STALE;

    if (!ident->cookie)
        return -ENOENT;
    if (st->fd >= 0 && st->checked == coarse_second()) {
        if (!st->absent)
            rc = look_up(st, ident, &record);
        else if (still_absent(st))
            rc = -ENOENT;
    }
    for (int i = 0; rc == TE_STALE && i < REOPENS; i++) {
        te_guard_enter(&guard);
        if (i)
            te_state_close(st);
        rc = ready(st, dir, false, &wait);
        te_guard_leave(&guard);
        if (!rc)
            rc = look_up(st, ident, &record);
    }
    if (rc)
        return rc == TE_STALE ? -EBUSY : rc;
    *entry = record.entry;
    /* A record that is only ever read must not look forgotten. */
    if (coarse_now() > record.touched + HOUR_NS)
        te_state_update(st, dir, ident, false, leave_as_is, NULL, NULL, NULL);
    return 0;
}

/* --- changing --- */

/* The record is locked and loaded, or absent and zeroed; old is what its slot holds. */
static int apply(struct te_state *st, const struct change *change, uint32_t page, uint32_t slot,
                 bool existed, struct te_record *record, const struct te_record *old)
{
    uint64_t now = te_now();
    int rc = change->apply(&record->entry, existed, change->arg);

    if (rc < 0 || (!rc && (!existed || now <= record->touched + HOUR_NS)))
        return rc;
    record->netns = change->ident->netns;
    record->cookie = change->ident->cookie;
    record->touched = now;
    record->checksum = te_record_sum(record, st->seed, page, slot);
    rc = te_file_write(st, te_page_offset(page) + slot * sizeof(*record), record, old,
                       sizeof(*record));
    return rc;
}

/* One try in the open file: TE_STALE, TE_FULL, or final. */
static int change_record(struct te_state *st, const struct change *change, struct te_wait *wait)
{
    /* Aligned, so that what is written lies in one page of memory, as it does in the file. */
    _Alignas(TE_PAGE) union te_page page;
    uint32_t home = te_home(change->ident, st->pages), room_page = 0, room = TE_SLOTS, count = 0;
    struct te_sight sight = {.found = false};
    struct te_record old;
    int rc;

    do {
        uint32_t i = home + count;

        rc = te_lock(st, te_page_offset(i), TE_PAGE, wait);
        if (rc)
            break;
        count++;
        if (i == home && !te_file_current(st))
            rc = TE_STALE;
        else
            rc = te_file_read(st, te_page_offset(i), &page, sizeof(page));
        if (rc)
            break;
        te_page_look(&page, i, st->seed, change->ident, &sight);
        if (sight.room < TE_SLOTS && room == TE_SLOTS) {
            room_page = i;
            room = sight.room;
            old = page.slot[room];
        }
    } while (!sight.ended && count < TE_CHAIN);

    if (!rc && sight.found) {
        old = page.slot[sight.slot];
        rc = apply(st, change, home + count - 1, sight.slot, true, &page.slot[sight.slot], &old);
    } else if (!rc && !change->create) {
        rc = -ENOENT;
    } else if (!rc && room == TE_SLOTS) {
        rc = TE_FULL;
    } else if (!rc) {
        memset(&page, 0, sizeof(page));
        rc = apply(st, change, room_page, room, false, &page.slot[0], &old);
    }
    if (count)
        te_unlock(st, te_page_offset(home), (uint64_t)count * TE_PAGE);
    return rc;
}

static int make_room(struct te_state *st, const char *dir, const struct te_ident *ident,
                     te_alive_fn *alive, void *alive_arg, struct te_wait *wait)
{
    int dir_fd = te_dir_open(dir, false, NULL), rc;

    if (dir_fd < 0)
        return dir_fd == -ENOENT ? TE_STALE : dir_fd;
    rc = te_renew(st, dir_fd, ident, alive, alive_arg, wait);
    close(dir_fd);
    return rc;
}

int te_state_update(struct te_state *st, const char *dir, const struct te_ident *ident, bool create,
                    int (*change)(struct te_entry *entry, bool existed, void *arg),
                    void *change_arg, te_alive_fn *alive, void *alive_arg)
{
    const struct change asked = {ident, create, change, change_arg};
    struct te_wait wait = {0, 0};
    struct te_guard guard;
    int renewals = 0, rc = TE_STALE;

    if (!ident->cookie)
        return -EINVAL;
    te_guard_enter(&guard);
    for (int i = 0; rc == TE_STALE && i < REOPENS; i++) {
        bool kept;

        if (i)
            te_state_close(st);
        kept = st->fd >= 0;
        rc = ready(st, dir, create, &wait);
        if (!rc)
            rc = change_record(st, &asked, &wait);
        /* Opened for reading only, but that may have been long ago. */
        if (rc == -EROFS && kept)
            rc = TE_STALE;
        while (rc == TE_FULL && renewals++ < RENEWALS) {
            rc = make_room(st, dir, ident, alive, alive_arg, &wait);
            if (!rc)
                rc = change_record(st, &asked, &wait);
        }
    }
    te_guard_leave(&guard);
    return rc == TE_STALE ? -EBUSY : rc == TE_FULL ? -ENOSPC : rc;
}
