/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests of private files have in common: a scratch directory that goes away with the program,
 * child processes, and mounts of their own.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "suite.h"

#define KIT __attribute__((unused)) static

static char kit_root[64];
static pid_t kit_owner;

KIT int kit_remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
    (void)sb, (void)type, (void)ftw;
    return remove(path) && 0;
}

__attribute__((constructor)) static void kit_start(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(kit_root, sizeof(kit_root), "%.40s/te-test-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(kit_root)) {
        perror(kit_root);
        exit(1);
    }
    kit_owner = getpid();
}

__attribute__((destructor)) static void kit_end(void)
{
    if (getpid() == kit_owner)
        nftw(kit_root, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* An empty directory to be given as state_dir. */
KIT const char *kit_fresh(void)
{
    static char dir[96];

    snprintf(dir, sizeof(dir), "%s/XXXXXX", kit_root);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    return dir;
}

/* Path of a file in our sub-directory; "" for the sub-directory itself. */
KIT const char *kit_path(const char *dir, const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/" TE_PRIVATE_DIR "/%s", dir, name);
    return path;
}

KIT uint64_t kit_now_us(void)
{
    return te_now() / 1000;
}

/* The exit status of a child, 128 + n if signal n ended it. */
KIT int kit_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

KIT void *kit_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

/* A mount namespace of our own, so that file systems can be mounted. false: not permitted. */
KIT bool kit_own_mounts(void)
{
    if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
        return false;
    return !mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
}

/* Number of names in our sub-directory. */
KIT int kit_count_names(const char *dir)
{
    char command[320];
    FILE *pipe;
    int count = -1;

    snprintf(command, sizeof(command), "ls -A '%s' | wc -l", kit_path(dir, ""));
    pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_int_eq(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

#endif
