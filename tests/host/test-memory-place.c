/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which directory the memory is kept in when the caller names none, and which are refused. */
#include <glob.h>

#include "memory-kit.h"

#define USER 4321

/* One row: what there is, and where the file is then to be. NULL: the last resort fails too. */
struct place {
    const char *what;
    const char *setup; /* shell; the directories /run and /tmp are empty */
    const char *runtime, *home;
    const char *expected; /* the directory of the file, a pattern */
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
    {"a name in /tmp that somebody took", "mkdir -m 755 /tmp/tcpestats-4321", NULL, NULL,
     "/tmp/tcpestats-4321-*", USER, 0},
    {"a name in /tmp that somebody took, and others beside it",
     "cd /tmp; mkdir -m 700 tcpestats-4321; mkdir -m 777 tcpestats-4321-0; ln -s /run "
     "tcpestats-4321-1",
     NULL, NULL, "/tmp/tcpestats-4321-??*", USER, 0},
    {"a link in /tmp by somebody", "mkdir -m 777 /run/x; ln -s /run/x /tmp/tcpestats-4321", NULL,
     NULL, "/tmp/tcpestats-4321-*", USER, 0},
    {"a /tmp without its sticky bit", "chmod 777 /tmp", NULL, NULL, NULL, USER, -EACCES},
};

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static bool own_root(uid_t uid, const char *setup)
{
    return !geteuid() && kit_own_mounts() &&
           !mount("none", "/run", "tmpfs", 0, "size=1m,mode=755") &&
           !mount("none", "/tmp", "tmpfs", 0, "size=1m,mode=1777") && !system(setup) &&
           !setgid(uid) && !seteuid(uid) && !chdir("/");
}

/* The one file that fits, a private one. */
static bool is_in(const char *pattern)
{
    char file[128];
    struct stat sb;
    glob_t found;
    bool good;

    snprintf(file, sizeof(file), "%s/" TE_MEMORY_FILE, pattern);
    if (glob(file, 0, NULL, &found))
        return false;
    good = found.gl_pathc == 1 && !lstat(found.gl_pathv[0], &sb) && sb.st_uid == geteuid() &&
           sb.st_mode == (S_IFREG | 0600);
    globfree(&found);
    return good;
}

/* In a child: 0, 77 when not permitted, 1 with a line on stderr. */
static int check_place(const struct place *place)
{
    struct kit_user u;
    int rc;

    if (!own_root(place->uid, place->setup))
        return 77;
    set_or_unset("XDG_RUNTIME_DIR", place->runtime);
    set_or_unset("HOME", place->home);

    kit_begin(&u, NULL);
    /* Later changes of the environment change nothing. */
    setenv("XDG_RUNTIME_DIR", "/run/other", 1);
    setenv("HOME", "/run/other", 1);
    rc = kit_set(&u, 1, 5);
    if (rc != place->error || (place->expected && !is_in(place->expected))) {
        fprintf(stderr, "%s: setting gives %d\n", place->what, rc);
        return 1;
    }
    if (!place->expected)
        return kit_get(&u, 1) != 0;
    set_or_unset("XDG_RUNTIME_DIR", place->runtime);
    set_or_unset("HOME", place->home);
    if (kit_get(&u, 1) != 5 || kit_get_anew(NULL, 1) != 5) {
        fprintf(stderr, "%s: it cannot be read again\n", place->what);
        return 1;
    }
    return 0;
}

START_TEST(the_first_safe_place_is_used)
{
    int failed = 0, refused = 0;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        pid_t pid = suite_fork();
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

/* In a child: 0, 77 when not permitted, otherwise the number of a line. */
static int squat(void)
{
    struct kit_user u;

    if (!own_root(USER, "mkdir /tmp/tcpestats-4321"))
        return 77;
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("HOME");
    kit_begin(&u, NULL);
    if (kit_set(&u, 1, 5) || !is_in("/tmp/tcpestats-4321-*"))
        return __LINE__;
    if (seteuid(0) || rmdir("/tmp/tcpestats-4321") || seteuid(USER))
        return __LINE__;
    kit_later(&u);
    if (kit_get(&u, 1) != 5 || kit_get_anew(NULL, 1) != 5)
        return __LINE__;
    /* And comes back, as a file. */
    if (seteuid(0) || close(open("/tmp/tcpestats-4321", O_CREAT, 0666)) || seteuid(USER))
        return __LINE__;
    kit_later(&u);
    return kit_set(&u, 2, 6) || kit_get(&u, 1) != 5 || kit_get_anew(NULL, 2) != 6 ? __LINE__ : 0;
}

START_TEST(a_user_who_takes_the_name_in_tmp_and_gives_it_back_changes_nothing)
{
    int *line = kit_shared(sizeof(*line));
    pid_t pid = suite_fork();

    if (!pid) {
        *line = squat();
        _exit(0);
    }
    ck_assert_int_eq(kit_wait(pid), 0);
    if (*line == 77)
        printf("SKIP: a name taken in /tmp needs root and mounts\n");
    else
        ck_assert_msg(*line == 0, "line %d", *line);
    munmap(line, sizeof(*line));
}
END_TEST

START_TEST(a_named_place_that_is_not_there_is_an_error_only_for_a_change)
{
    struct kit_user u;
    char dir[90];

    snprintf(dir, sizeof(dir), "%.80s/missing", kit_fresh());
    kit_begin(&u, dir);
    ck_assert_int_eq(kit_get(&u, 1), 0);
    ck_assert_int_eq(kit_set(&u, 1, 5), -EACCES);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    kit_later(&u);
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    ck_assert_int_eq(kit_get(&u, 1), 5);
    kit_done(&u);
}
END_TEST

START_TEST(a_named_place_with_an_unsafe_sub_directory_is_refused)
{
    struct kit_user u;

    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    ck_assert_int_eq(chmod(kit_path(u.dir, ""), 0770), 0);
    kit_later(&u);
    ck_assert_int_eq(kit_get(&u, 1), 0);
    ck_assert_int_eq(kit_set(&u, 1, 5), -EACCES);
    ck_assert_int_eq(chmod(kit_path(u.dir, ""), 0700), 0);
    kit_later(&u);
    ck_assert_int_eq(kit_get(&u, 1), 5);
    kit_done(&u);
}
END_TEST

SUITE("place of the memory", 60, the_first_safe_place_is_used,
      a_user_who_takes_the_name_in_tmp_and_gives_it_back_changes_nothing,
      a_named_place_that_is_not_there_is_an_error_only_for_a_change,
      a_named_place_with_an_unsafe_sub_directory_is_refused)
