/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes of one user that start before, during and after a login, with different environments,
 * and places that come and go: all must find what was acknowledged, wherever it is.
 */
#include <sys/file.h>

#include "memory-kit.h"

#define USER 4321
#define STEPS 4

/* A process that starts, reads what the one before it wrote, and writes. */
struct step {
    const char *setup; /* shell, as root; NULL ends the scene */
    const char *runtime, *home;
    int found; /* number of the step whose value is read; 0: everything is off */
    const char *file;
};

/* The first process of a scene runs to its end. */
struct scene {
    const char *what;
    uid_t uid;
    bool apart; /* the first process does not see the others */
    struct step step[STEPS];
};

#define LOGIN "mkdir -p -m 755 /run/user; mkdir -m 700 /run/user/4321; chown 4321 /run/user/4321"
#define LOGOUT "rm -r /run/user/4321"
#define ROOT_LOGIN "mkdir -p -m 755 /run/user; mkdir -m 700 /run/user/0"
#define HOME "mkdir -p -m 755 /run/h/.cache; chown 4321 /run/h/.cache"
#define OWN_RUN "/run/user/4321"
#define IN_RUN OWN_RUN "/tcpestats"
#define IN_HOME "/run/h/.cache/tcpestats"
#define IN_TMP "/tmp/tcpestats-4321"

/* A file that is none of ours in the first place. */
#define BAD_FILE                                                                           \
    LOGIN "; mkdir -m 700 " IN_RUN "; head -c 60096 /dev/zero >" IN_RUN "/" TE_MEMORY_FILE \
          "; chmod 600 " IN_RUN "/" TE_MEMORY_FILE "; chown -R 4321 " IN_RUN

static const struct scene scenes[] = {
    {"root's service, then a login",
     0,
     false,
     {{"true", NULL, NULL, 0, "/run/tcpestats"},
      {ROOT_LOGIN, NULL, NULL, 1, "/run/tcpestats"},
      {"true", "/run/user/0", "/run", 2, "/run/tcpestats"},
      {"rm -r /run/user/0", NULL, NULL, 3, "/run/tcpestats"}}},
    {"root's login, then a service, then the logout",
     0,
     false,
     {{ROOT_LOGIN, "/run/user/0", "/run", 0, "/run/tcpestats"},
      {"true", NULL, NULL, 1, "/run/tcpestats"},
      {"rm -r /run/user/0", NULL, NULL, 2, "/run/tcpestats"}}},
    {"root without /run at first",
     0,
     false,
     {{ROOT_LOGIN "; chmod 775 /run", NULL, NULL, 0, "/run/user/0/tcpestats"},
      {"chmod 755 /run", NULL, NULL, 1, "/run/user/0/tcpestats"}}},
    {"a user's service with a home, then a login",
     USER,
     false,
     {{HOME, NULL, "/run/h", 0, IN_HOME},
      {LOGIN, OWN_RUN, "/run/h", 1, IN_HOME},
      {"true", NULL, "/run/h", 2, IN_HOME},
      {LOGOUT, NULL, "/run/h", 3, IN_HOME}}},
    {"a user's service without a home, then a login",
     USER,
     false,
     {{"true", NULL, NULL, 0, IN_TMP},
      {HOME "; " LOGIN, OWN_RUN, "/run/h", 1, IN_TMP},
      {LOGOUT, NULL, "/run/h", 2, IN_TMP}}},
    {"a user's login, then a service",
     USER,
     false,
     {{HOME "; " LOGIN, OWN_RUN, "/run/h", 0, IN_RUN},
      {"true", NULL, NULL, 1, IN_RUN},
      {"true", NULL, "/run/h", 2, IN_RUN},
      {"true", "/run/x", "/run/h", 3, IN_RUN}}},
    {"the usual place by other names",
     USER,
     false,
     {{HOME "; " LOGIN, "/run/user/4321/", "/run/h", 0, IN_RUN},
      {"true", NULL, "/run/h", 1, IN_RUN},
      {"ln -s user /run/other", "/run/other/4321", NULL, 2, IN_RUN},
      {LOGOUT, "/run/other/4321", "/run/h", 0, IN_HOME}}},
    {"a login while the file is elsewhere, by another name",
     USER,
     false,
     {{HOME, NULL, "/run/h", 0, IN_HOME}, {LOGIN, "/run/user//4321", "/run/h", 1, IN_HOME}}},
    {"the logout, and the next login",
     USER,
     false,
     {{HOME "; " LOGIN, OWN_RUN, "/run/h", 0, IN_RUN},
      {LOGOUT, NULL, "/run/h", 0, IN_HOME},
      {LOGIN, OWN_RUN, "/run/h", 2, IN_HOME}}},
    {"a runtime directory to keep apart, first",
     USER,
     true,
     {{"mkdir -m 700 /run/x; chown 4321 /run/x", "/run/x", NULL, 0, "/run/x/tcpestats"},
      {LOGIN, OWN_RUN, NULL, 0, IN_RUN},
      {"true", NULL, NULL, 2, IN_RUN}}},
    {"a runtime directory to keep apart, later",
     USER,
     true,
     {{LOGIN, OWN_RUN, NULL, 0, IN_RUN},
      {"mkdir -m 700 /run/x; chown 4321 /run/x", "/run/x", NULL, 0, "/run/x/tcpestats"},
      {"mkdir -m 700 /run/y; chown 4321 /run/y", "/run/y", NULL, 0, "/run/y/tcpestats"}}},
    {"two files, by a home that was not told",
     USER,
     false,
     {{HOME, NULL, "/run/h", 0, IN_HOME},
      {LOGIN, NULL, NULL, 0, IN_RUN},
      {"true", NULL, "/run/h", 2, IN_RUN},
      {LOGOUT, NULL, "/run/h", 1, IN_HOME}}},
    {"two files, by a /tmp that was another",
     USER,
     false,
     {{"true", NULL, "/run/h", 0, IN_TMP},
      {"mv " IN_TMP " /tmp/x; " HOME, NULL, "/run/h", 0, IN_HOME},
      {"mv /tmp/x " IN_TMP, NULL, "/run/h", 2, IN_HOME}}},
    {"an empty directory in an earlier place",
     USER,
     false,
     {{HOME, NULL, "/run/h", 0, IN_HOME},
      {LOGIN "; mkdir -m 700 " IN_RUN "; chown 4321 " IN_RUN, NULL, "/run/h", 1, IN_HOME}}},
    {"a file of another boot in an earlier place",
     USER,
     false,
     {{HOME, NULL, "/run/h", 0, IN_HOME},
      {BAD_FILE, OWN_RUN, "/run/h", 1, IN_HOME},
      {"rm -r " IN_HOME, OWN_RUN, "/run/h", 0, IN_RUN}}},
    {"an unsafe directory in an earlier place",
     USER,
     false,
     {{LOGIN, NULL, NULL, 0, IN_RUN},
      {"chmod 750 " IN_RUN, NULL, NULL, 0, IN_TMP},
      {"chmod 700 " IN_RUN, NULL, NULL, 1, IN_RUN}}},
};

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void be(const struct scene *scene, const struct step *step)
{
    set_or_unset("XDG_RUNTIME_DIR", step->runtime);
    set_or_unset("HOME", step->home);
    if (seteuid(scene->uid))
        _exit(77);
}

/* Each step writes its number. NULL, or what is wrong. */
static const char *play_step(const struct scene *scene, int number, struct kit_user *first)
{
    const struct step *step = &scene->step[number - 1];
    struct kit_user own, *u = number == 1 ? first : &own;
    char file[128];

    if (seteuid(0) || system(step->setup))
        return "cannot set up";
    be(scene, step);
    kit_begin(u, NULL);
    if (kit_get(u, 1) != step->found)
        return "something else is found";
    if (kit_set(u, 1, (uint32_t)number) || kit_get(u, 1) != number)
        return "setting fails";
    snprintf(file, sizeof(file), "%s/" TE_MEMORY_FILE, step->file);
    if (access(file, F_OK))
        return "it is in another place";
    if (kit_get_anew(NULL, 1) != number)
        return "what was set is lost";
    if (u == &own)
        kit_done(&own);
    be(scene, &scene->step[0]);
    kit_later(first);
    if (kit_get(first, 1) != (scene->apart ? 1 : number))
        return "the first process sees something else";
    return NULL;
}

static bool own_root(void)
{
    return !geteuid() && kit_own_mounts() &&
           !mount("none", "/run", "tmpfs", 0, "size=1m,mode=755") &&
           !mount("none", "/tmp", "tmpfs", 0, "size=1m,mode=1777") && !chdir("/");
}

/* In a child: 0, 77 when not permitted, 1 with a line on stderr. */
static int play(const struct scene *scene)
{
    struct kit_user first;

    if (!own_root())
        return 77;
    for (int number = 1; number <= STEPS && scene->step[number - 1].setup; number++) {
        const char *wrong = play_step(scene, number, &first);

        if (wrong) {
            fprintf(stderr, "%s: step %d: %s\n", scene->what, number, wrong);
            return 1;
        }
    }
    return 0;
}

START_TEST(what_was_acknowledged_is_found_by_all_processes)
{
    int failed = 0, refused = 0;

    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        pid_t pid = suite_fork();
        int status;

        if (!pid)
            _exit(play(&scenes[i]));
        status = kit_wait(pid);
        refused += status == 77;
        failed += status && status != 77;
    }
    if (refused)
        printf("SKIP: logins and the memory: %d scenes need root and mounts\n", refused);
    ck_assert_int_eq(failed, 0);
}
END_TEST

/* In a child: 0, 77 when not permitted, otherwise the number of a line. */
static int play_race(void)
{
    static const struct scene scene = {.uid = USER, .step = {{.home = "/run/h"}}};
    struct kit_user mine, theirs;
    int lock;
    pid_t pid;

    if (!own_root())
        return 77;
    if (system(HOME "; mkdir -m 700 " IN_HOME "; chown 4321 " IN_HOME))
        return __LINE__;
    lock = open(IN_HOME, O_RDONLY);
    if (flock(lock, LOCK_EX))
        return __LINE__;
    pid = fork();
    if (!pid) {
        /* Has chosen the home, and waits for the lock to make the file. */
        be(&scene, &scene.step[0]);
        kit_begin(&mine, NULL);
        _exit(kit_set(&mine, 1, 11) || kit_get_anew(NULL, 2) != 12);
    }
    usleep(100000);
    if (system(LOGIN))
        return __LINE__;
    be(&scene, &scene.step[0]);
    kit_begin(&theirs, NULL);
    if (kit_set(&theirs, 2, 12) || access(IN_RUN "/" TE_MEMORY_FILE, F_OK))
        return __LINE__;
    flock(lock, LOCK_UN);
    close(lock);
    if (kit_wait(pid))
        return __LINE__;
    return kit_get_anew(NULL, 1) == 11 && kit_get_anew(NULL, 2) == 12 ? 0 : __LINE__;
}

START_TEST(two_that_make_the_first_file_during_a_login_make_one)
{
    int *line = kit_shared(sizeof(*line));

    /* The lock is waited for for half a second, in which a busy machine may not come this far. */
    for (int i = 0; i < 8; i++) {
        pid_t pid = suite_fork();

        if (!pid) {
            *line = play_race();
            _exit(0);
        }
        ck_assert_int_eq(kit_wait(pid), 0);
        if (*line == 0 || *line == 77)
            break;
    }
    if (*line == 77)
        printf("SKIP: a file made during a login needs root and mounts\n");
    else
        ck_assert_msg(*line == 0, "line %d", *line);
    munmap(line, sizeof(*line));
}
END_TEST

SUITE("logins and the memory", 60, what_was_acknowledged_is_found_by_all_processes,
      two_that_make_the_first_file_during_a_login_make_one)
