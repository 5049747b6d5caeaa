/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "closer.h"
#include "log.h"

struct job {
    struct job *next;
    struct user *user;
    atomic_bool done;
    unsigned count;
    int fds[];
};

static int event = -1;
static struct job *jobs; /* of the main thread */

#define LINGER_US 10000

static void wake(int number)
{
    (void)number;
}

int closer_init(void)
{
    struct sigaction action = {.sa_handler = wake};

    if (sigaction(SIGALRM, &action, NULL) != 0)
        return -errno;
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return event >= 0 ? event : -errno;
}

void closer_close_socket(int fd)
{
    static const struct itimerval on = {{0, LINGER_US}, {0, LINGER_US}}, off;

    setitimer(ITIMER_REAL, &on, NULL);
    close(fd);
    setitimer(ITIMER_REAL, &off, NULL);
}

static void *work(void *arg)
{
    struct job *job = arg;
    uint64_t one = 1;

    for (unsigned i = 0; i < job->count; i++)
        close(job->fds[i]);
    atomic_store(&job->done, true);
    /* The job is not ours any more. */
    return write(event, &one, sizeof(one)) == sizeof(one) ? NULL : &event;
}

static int start(struct job *job)
{
    pthread_attr_t attr;
    sigset_t all, old;
    pthread_t thread;
    int error;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, (size_t)sysconf(_SC_THREAD_STACK_MIN) + 65536);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, &attr, work, job);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

void closer_close(struct user *user, const int *fds, unsigned count)
{
    struct job *job;
    int error;

    if (!count)
        return;
    job = malloc(sizeof(*job) + count * sizeof(*fds));
    error = job ? 0 : ENOMEM;
    user->stuck += count;
    if (job) {
        job->user = user;
        job->count = count;
        atomic_init(&job->done, false);
        memcpy(job->fds, fds, count * sizeof(*fds));
        error = start(job);
    }
    if (error) {
        free(job);
        say_seldom(LOG_LEVEL_ERROR, "user %u sent descriptors that stay open: %s",
                   (unsigned)user->uid, strerror(error));
        return;
    }
    job->next = jobs;
    jobs = job;
}

void closer_collect(struct users *users)
{
    struct job **at = &jobs;
    uint64_t count;

    if (read(event, &count, sizeof(count)) < 0)
        return;
    while (*at) {
        struct job *job = *at;

        if (!atomic_load(&job->done)) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        job->user->stuck -= job->count;
        users_put(users, job->user);
        free(job);
    }
}
