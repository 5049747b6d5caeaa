/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which directory the shared state is kept in when the caller names none, and which are refused. */
#include "state-kit.h"

#define USER 4321

/* One row: what there is, and where the file is then to be. NULL: the last resort fails too. */
struct place {
    const char *what;
    const char *setup; /* shell; the directories /run and /tmp are empty */
    const char *runtime, *home;
    const char *expected; /* the directory of the file */
    uid_t uid;
    int error; /* where expected is NULL */
};

static const struct place places[] = {
    {"a runtime directory of our own", "mkdir -m 700 /run/x", "/run/x", NULL, "/run/x/tcpestats", 0,
     0},
    {"a relative one", "mkdir -m 700 /run/x", "run/x", NULL, "/run/tcpestats", 0, 0},
    {"an empty one", "true", "", NULL, "/run/tcpestats", 0, 0},
    {"one that is not there", "true", "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"a symbolic link to one", "mkdir -m 700 /run/y; ln -s y /run/x", "/run/x", NULL,
     "/run/tcpestats", 0, 0},
    {"a file", "touch /run/x", "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"one that the group may write to", "mkdir -m 770 /run/x", "/run/x", NULL, "/run/tcpestats", 0,
     0},
    {"one that all may write to", "mkdir -m 1777 /run/x", "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"one that all may read", "mkdir -m 755 /run/x", "/run/x", NULL, "/run/x/tcpestats", 0, 0},
    {"somebody else's", "mkdir -m 700 /run/x; chown 4321 /run/x", "/run/x", NULL, "/run/tcpestats",
     0, 0},
    {"root with a login", "mkdir -p -m 700 /run/user/0", "/run/user/0", "/run", "/run/tcpestats", 0,
     0},
    {"root without /run", "mkdir -p -m 700 /run/user/0; chmod 775 /run", NULL, NULL,
     "/run/user/0/tcpestats", 0, 0},
    {"a foreign /run/user", "mkdir -p -m 700 /run/user/4321", NULL, NULL, "/tmp/tcpestats-4321",
     USER, 0},
    {"root with nothing", "true", NULL, NULL, "/run/tcpestats", 0, 0},
    {"a sub-directory that others may read", "mkdir -m 700 /run/x; mkdir -m 750 /run/x/tcpestats",
     "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"a foreign sub-directory", "mkdir -m 700 /run/x /run/x/tcpestats; chown 4321 /run/x/tcpestats",
     "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"a sub-directory by symbolic link", "mkdir -m 700 /run/x /run/x/y; ln -s y /run/x/tcpestats",
     "/run/x", NULL, "/run/tcpestats", 0, 0},
    {"a user's own /run/user",
     "mkdir -p -m 755 /run/user; mkdir -m 700 /run/user/4321; "
     "chown 4321 /run/user/4321",
     NULL, NULL, "/run/user/4321/tcpestats", USER, 0},
    {"a user with a cache", "mkdir -p -m 755 /run/h/.cache; chown 4321 /run/h/.cache", NULL,
     "/run/h", "/run/h/.cache/tcpestats", USER, 0},
    {"a foreign cache", "mkdir -p -m 755 /run/h/.cache", NULL, "/run/h", "/tmp/tcpestats-4321",
     USER, 0},
    {"a user without a home", "true", NULL, NULL, "/tmp/tcpestats-4321", USER, 0},
    {"a user with a relative home", "mkdir -p /run/h/.cache; chown 4321 /run/h/.cache", NULL,
     "run/h", "/tmp/tcpestats-4321", USER, 0},
    {"a name in /tmp that somebody took", "mkdir -m 755 /tmp/tcpestats-4321", NULL, NULL, NULL,
     USER, -EACCES},
    {"a link in /tmp by somebody", "mkdir -m 777 /run/x; ln -s /run/x /tmp/tcpestats-4321", NULL,
     NULL, NULL, USER, -EACCES},
    {"a /tmp without its sticky bit", "chmod 777 /tmp", NULL, NULL, NULL, USER, -EACCES},
};

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* In a child: 0, 77 when not permitted, 1 with a line on stderr. */
static int check_place(const struct place *place)
{
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(1);
    struct te_entry entry;
    char file[128];
    struct stat sb;
    int rc;

    if (geteuid() || !kit_own_mounts() || mount("none", "/run", "tmpfs", 0, "size=1m,mode=755") ||
        mount("none", "/tmp", "tmpfs", 0, "size=1m,mode=1777"))
        return 77;
    if (system(place->setup)) {
        fprintf(stderr, "%s: cannot set up\n", place->what);
        return 1;
    }
    if (setgid(place->uid) || setuid(place->uid) || chdir("/"))
        return 77;
    set_or_unset("XDG_RUNTIME_DIR", place->runtime);
    set_or_unset("HOME", place->home);

    rc = te_state_read(&st, NULL, &ident, &entry);
    if (rc != (place->expected ? -ENOENT : place->error)) {
        fprintf(stderr, "%s: the first reading gives %d\n", place->what, rc);
        return 1;
    }
    rc = kit_set(&st, NULL, 1, 5);
    if (!place->expected) {
        if (rc != place->error)
            fprintf(stderr, "%s: setting gives %d\n", place->what, rc);
        return rc != place->error;
    }
    snprintf(file, sizeof(file), "%s/" TE_STATE_FILE, place->expected);
    if (rc || lstat(file, &sb)) {
        fprintf(stderr, "%s: setting gives %d, and %s: %s\n", place->what, rc, file,
                strerror(errno));
        return 1;
    }
    if (kit_get(&st, NULL, 1) != 5 || kit_get_anew(NULL, 1) != 5) {
        fprintf(stderr, "%s: it cannot be read again\n", place->what);
        return 1;
    }
    return 0;
}

START_TEST(the_first_safe_place_is_used)
{
    int failed = 0, refused = 0;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        pid_t pid = kit_fork();
        int status;

        if (!pid)
            _exit(check_place(&places[i]));
        status = kit_wait(pid);
        refused += status == 77;
        failed += status && status != 77;
    }
    if (refused)
        printf("SKIP: the choice of a directory: %d cases need root and mounts\n", refused);
    ck_assert_int_eq(failed, 0);
}
END_TEST

START_TEST(a_named_place_that_is_not_there_is_an_error_only_for_a_change)
{
    struct te_state st = TE_STATE_INIT;
    char dir[160];

    snprintf(dir, sizeof(dir), "%s/missing", kit_fresh());
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 5), -EACCES);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 5), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 5);
    te_state_close(&st);
}
END_TEST

START_TEST(a_named_place_with_an_unsafe_sub_directory_is_refused)
{
    struct te_state st = TE_STATE_INIT;
    const char *dir = kit_fresh();

    ck_assert_int_eq(kit_set(&st, dir, 1, 5), 0);
    te_state_close(&st);
    ck_assert_int_eq(chmod(kit_path(dir, ""), 0770), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), -EACCES);
    ck_assert_int_eq(kit_set(&st, dir, 1, 5), -EACCES);
    ck_assert_int_eq(chmod(kit_path(dir, ""), 0700), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 5);
    te_state_close(&st);
}
END_TEST

SUITE("place of the state", 60, the_first_safe_place_is_used,
      a_named_place_that_is_not_there_is_an_error_only_for_a_change,
      a_named_place_with_an_unsafe_sub_directory_is_refused)
