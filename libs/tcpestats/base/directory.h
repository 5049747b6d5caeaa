/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private directory of a user's files, and the places where it may be. All checks that nobody
 * else can put anything into it are made here; later steps are relative to the descriptor.
 */
#ifndef TE_DIRECTORY_H
#define TE_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/guard.h"

#define TE_PRIVATE_DIR "tcpestats" /* the sub-directory's name */

/* There is something by that name, but no file of ours. Outside the range of errno. */
#define TE_BAD (-4003)

/* How much a directory must prove before our sub-directory is looked for in it. */
enum te_trust {
    TE_AS_TOLD, /* the caller named it */
    TE_OURS,    /* a real directory, of this user, that nobody else may write to */
    TE_OF_ROOT, /* root's: nobody else may write to it */
    TE_SHARED,  /* everybody's, with the sticky bit */
};

struct te_place {
    const char *path, *name; /* name: of our sub-directory */
    enum te_trust trust;
    bool alone; /* where it is possible, no other place matters */
};

/*
 * Looks into one place. 0: either *fd is our sub-directory, or that is missing and *base the
 * directory (O_PATH) to make it in; the other is negative. -EACCES etc.: not here.
 */
int te_place_look(const struct te_place *place, int *fd, int *base);

/* Makes our sub-directory. A descriptor or a negative errno. */
int te_place_make(const struct te_place *place, int base);

/* Is there a file of this boot in our sub-directory? 0, -ENOENT, TE_BAD, or an error. */
typedef int te_probe_fn(int dir_fd);

#define TE_PATH_SIZE 4096

/* Where the private directory may be, as the environment had it when this was made. */
struct te_places {
    const char *dir; /* the only place, as in tcpestats_options.state_dir; NULL: the usual ones */
    char runtime[TE_PATH_SIZE], cache[TE_PATH_SIZE]; /* "": none */
};

/* Reads the environment. dir is kept, not copied; NULL: the usual places. */
void te_places_init(struct te_places *places, const char *dir);

/*
 * Opens our private sub-directory. A descriptor of the one with a file of this boot; where there is
 * none and create is set, of the one to make it in. Else -ENOENT, or -EACCES etc. when no place is
 * safe.
 */
int te_places_open(const struct te_places *places, te_probe_fn *probe, bool create);

/*
 * Locks the names in our sub-directory: 0, -EBUSY, -EACCES. wait NULL: now or not at all. Unlocked
 * by name too: after a fork() in another thread it is not enough to close the descriptor.
 */
int te_dir_lock(int fd, struct te_wait *wait);
void te_dir_unlock(int fd);

/* What tells this boot of the machine from all others. 0, or a negative errno. */
int te_boot_id(uint64_t boot[2]);

#endif
