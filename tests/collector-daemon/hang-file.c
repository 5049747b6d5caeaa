/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hang-file.h"
#include "suite.h"

#define ROOM (1 << 17)
#define FILES 0x1000 /* nodes from here on are files, by the number in their name */

#define SPOILERS 64

static pid_t server, spoilers[SPOILERS];
static unsigned spoiler_count, spoiled;
static char mounted[256];
static atomic_uint *count; /* of files, in all processes */

/* --- the file system --- */

static void reply(int fd, uint64_t unique, int error, const void *data, size_t size)
{
    static char out[4096];
    struct fuse_out_header head = {(uint32_t)(sizeof(head) + size), error, unique};

    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), data, size);
    if (write(fd, out, sizeof(head) + size) < 0 && errno != ENOENT)
        _exit(1);
}

static struct fuse_attr attr_of(uint64_t node)
{
    return (struct fuse_attr){
        .ino = node,
        .size = node >= FILES ? 4096 : 0,
        .mode = node >= FILES ? S_IFREG | 0666 : S_IFDIR | 0777,
        .nlink = 1,
        .blksize = 4096,
    };
}

static void serve(int fd, const struct fuse_in_header *in, const void *arg)
{
    struct fuse_init_out init = {
        .major = FUSE_KERNEL_VERSION,
        .minor = 31,
        .max_readahead = 4096,
        .flags = FUSE_WRITEBACK_CACHE,
        .max_write = 4096,
    };
    struct fuse_attr_out attr = {.attr_valid = 1000, .attr = attr_of(in->nodeid)};
    struct fuse_entry_out entry = {.entry_valid = 1000, .attr_valid = 1000};
    struct fuse_open_out open = {.fh = 1};
    static const char zeroes[4000];

    switch (in->opcode) {
    case FUSE_INIT:
        reply(fd, in->unique, 0, &init, sizeof(init));
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        reply(fd, in->unique, 0, &attr, sizeof(attr));
        break;
    case FUSE_LOOKUP:
        entry.nodeid = FILES + strtoull(arg, NULL, 10);
        entry.attr = attr_of(entry.nodeid);
        reply(fd, in->unique, 0, &entry, sizeof(entry));
        break;
    case FUSE_OPEN:
        reply(fd, in->unique, 0, &open, sizeof(open));
        break;
    case FUSE_READ:
        reply(fd, in->unique, 0, zeroes, sizeof(zeroes));
        break;
    case FUSE_WRITE: /* never answered */
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
        reply(fd, in->unique, 0, zeroes, 0);
        break;
    default:
        reply(fd, in->unique, -ENOSYS, zeroes, 0);
    }
}

static void serve_all(int fd)
{
    static char room[ROOM] __attribute__((aligned(8)));
    const struct fuse_in_header *in = (const struct fuse_in_header *)room;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        ssize_t got = read(fd, room, sizeof(room) - 1);

        if (got < 0 && errno != EINTR && errno != ENOENT)
            _exit(0);
        if (got < (ssize_t)sizeof(*in))
            continue;
        room[got] = '\0';
        serve(fd, in, in + 1);
    }
}

bool hang_begin(const char *dir)
{
    char options[96];
    int fd;

    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", fd);
    if (fd < 0 || mount("hang", dir, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
        printf("SKIP: no file system can be mounted over /dev/fuse: %s\n", strerror(errno));
        return false;
    }
    snprintf(mounted, sizeof(mounted), "%s", dir);
    count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne((void *)count, MAP_FAILED);
    fflush(NULL);
    server = suite_fork();
    if (!server)
        serve_all(fd);
    close(fd);
    return true;
}

void hang_end(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    for (unsigned i = 0; i < spoiler_count; i++) {
        kill(spoilers[i], SIGKILL);
        waitpid(spoilers[i], NULL, 0);
    }
    umount2(mounted, MNT_DETACH);
}

/* --- its files --- */

static int open_file(unsigned number)
{
    char path[300];
    int fd;

    snprintf(path, sizeof(path), "%s/%u", mounted, number);
    fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "open of %s: %s", path, strerror(errno));
    return fd;
}

int hang_open(void)
{
    return open_file(atomic_fetch_add(count, 1) + 1);
}

void hang_spoil(void)
{
    int ready[2];
    char byte;
    pid_t pid;

    ck_assert_uint_lt(spoiler_count, SPOILERS);
    ck_assert_int_eq(pipe(ready), 0);
    fflush(NULL);
    pid = suite_fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (spoiled < *count)
            if (write(open_file(++spoiled), "x", 1) != 1)
                _exit(1);
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    spoilers[spoiler_count++] = pid;
    spoiled = *count;
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
}

static char state_of(pid_t pid)
{
    char path[64], line[512], *end;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    fclose(file);
    end = strrchr(line, ')');
    return end ? end[2] : 0;
}

bool hang_is_below(pid_t pid)
{
    char path[80];
    bool hangs = state_of(pid) == 'D';
    FILE *file;
    int child;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    file = fopen(path, "re");
    while (file && !hangs && fscanf(file, "%d", &child) == 1)
        hangs = hang_is_below(child);
    if (file)
        fclose(file);
    return hangs;
}
