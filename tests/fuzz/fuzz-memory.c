/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mapped memory under a program of uses and damages. Input: the program; each step is a byte
 * and its operands. A file's content depends on the boot, so that raw contents are given as noise,
 * as changes of a good file, or with their checksums put right ("forged").
 *
 * Every entry that the library is made to write has a serial number. What is read must be one that
 * was written for that very connection, or nothing; a forger may write what he likes, then the
 * library must only come through it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "memory/format.h"

#define STEPS_MAX 48
#define IDENTS 16
#define SERIALS 4096
#define HANDLES 2

static char dir[64], sub[96], path[128], spare[128];

static struct te_places places;

static struct {
    struct te_memory handle[HANDLES];
    uint32_t serial;
    uint16_t owner[SERIALS]; /* by serial: the ident that it was written for */
    uint8_t verdict;         /* of alive() */
    bool forged;
} run;

/* In the place of libc's: a lock that noise says is held is taken away at once. */
int nanosleep(const struct timespec *request, struct timespec *rest)
{
    (void)request, (void)rest;
    return 0;
}

static void clean_up(void)
{
    unlink(path);
    unlink(spare);
    rmdir(sub);
    rmdir(dir);
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    if (!tmp)
        tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(dir, sizeof(dir), "%.40s/te-fuzz-XXXXXX", tmp);
    MUST(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/" TE_PRIVATE_DIR, dir);
    snprintf(path, sizeof(path), "%s/" TE_MEMORY_FILE, sub);
    snprintf(spare, sizeof(spare), "%s/spare", dir);
    te_places_init(&places, dir);
    atexit(clean_up);
}

struct conn {
    struct te_tuple tuple;
    struct te_ident ident;
};

/* Two namespaces and two devices, cookies that differ in one byte, and some of the same addresses.
 */
static struct te_ident *conn_of(struct conn *c, unsigned i)
{
    memset(c, 0, sizeof(*c));
    c->tuple.family = 2;
    c->tuple.local_port = (uint16_t)(i / 4);
    c->ident = (struct te_ident){0x100 + i, 4026531840u + i % 2, &c->tuple, i / 2 % 2 * 7};
    return &c->ident;
}

static void fill(struct te_entry *entry, uint32_t serial)
{
    memset(entry, (int)(serial * 37 + 1), sizeof(*entry));
    entry->enabled = serial;
}

static int alive(void *arg, const struct te_ident *ident)
{
    (void)arg, (void)ident;
    return run.verdict % 3 - 1;
}

/* The serial that is there, 0 for none. */
static uint32_t look(unsigned h, unsigned who)
{
    struct te_entry entry, expected;
    struct te_entry_ref ref;
    struct conn c;

    te_memory_ready(&run.handle[h], alive, NULL);
    if (!te_memory_read(&run.handle[h], conn_of(&c, who), &entry, &ref))
        return 0;
    if (!run.forged) {
        MUST(entry.enabled && entry.enabled <= run.serial && run.owner[entry.enabled] == who);
        fill(&expected, entry.enabled);
        MUST(!memcmp(&entry, &expected, sizeof(entry)));
    }
    return entry.enabled;
}

static void update(unsigned h, unsigned who)
{
    struct te_memory *memory = &run.handle[h];
    struct te_entry_ref ref;
    struct te_entry entry;
    uint64_t looked;
    uint32_t found;
    struct conn c;
    int rc = -EAGAIN;

    te_memory_ready(memory, alive, NULL);
    run.serial += run.serial < SERIALS - 1;
    run.owner[run.serial] = (uint16_t)who;
    for (int i = 0; rc == -EAGAIN && i < 10; i++) {
        bool existed = te_memory_read(memory, conn_of(&c, who), &entry, &ref);

        fill(&entry, run.serial);
        if (existed) {
            te_memory_show(memory, &ref, run.serial);
            rc = te_memory_write(memory, &ref, &entry);
        } else {
            rc = te_memory_add(memory, &c.ident, &entry, alive, NULL);
        }
    }
    MUST(!rc);
    looked = memory->looked_ns;
    found = look(h, who);
    /* A damaged file is given up once a second; that may be now. */
    MUST(run.forged || found == run.serial || looked != memory->looked_ns);
}

/* Tampering with what is at the path. -1: nothing there. */
static int open_path(void)
{
    return open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
}

static void overwrite(off_t at, const void *bytes, size_t size)
{
    int fd = open_path();

    if (fd >= 0) {
        MUST(pwrite(fd, bytes, size, at) == (ssize_t)size);
        close(fd);
    }
}

static void copy_range(off_t from, off_t to, size_t size)
{
    uint8_t buf[2 * sizeof(struct te_slot)];
    int fd = open_path();
    ssize_t got;

    if (fd < 0)
        return;
    got = pread(fd, buf, size < sizeof(buf) ? size : sizeof(buf), from);
    MUST(got <= 0 || pwrite(fd, buf, (size_t)got, to) == got);
    close(fd);
}

/* Nobody has it mapped: who truncates it then ends its readers. */
static void set_length(off_t length)
{
    int fd = open_path();

    for (int h = 0; h < HANDLES; h++)
        te_memory_close(&run.handle[h]);
    if (fd >= 0) {
        MUST(!ftruncate(fd, length));
        close(fd);
    }
}

/* Puts the checksums of a slot right, or of the header with so many slots. */
static void forge(uint8_t number, uint32_t slots)
{
    struct te_memory map = TE_MEMORY_INIT(&places);
    int dir_fd = open(sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    run.forged = true;
    if (dir_fd < 0)
        return;
    if (!te_file_map(&map, dir_fd)) {
        struct te_table table = te_table_of(&map);
        struct te_entry_ref ref = te_table_ref(&table, number % table.slots);
        struct te_slot *slot = ref.slot;

        for (uint32_t turn = (uint32_t)slot->turn, i = 0; i < 2; i++, turn--) {
            struct te_slot_copy *copy = &slot->copy[turn & 1];

            copy->checksum = te_sum(ref.seed + turn, &copy->entry, te_entry_size(&copy->entry));
        }
        if (slots) {
            table.header->slots = slots;
            table.header->checksum = te_sum(0, table.header, offsetof(struct te_header, checksum));
        }
        te_memory_close(&map);
    }
    close(dir_fd);
    if (slots)
        set_length((off_t)te_file_size(slots & 0xff));
}

/* The whole file as the input has it, under the same inode or another. */
static void replace(struct input *in)
{
    int fd;

    unlink(spare);
    fd = open(spare, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, in->at, in->left) == (ssize_t)in->left);
    close(fd);
    in->left = 0;
    if (rename(spare, path))
        unlink(spare);
}

/* Other things than a private file under that name. */
static void disturb(uint8_t how)
{
    unlink(spare);
    switch (how % 5) {
    case 0:
        unlink(path);
        break;
    case 1:
        if (!rename(path, spare))
            MUST(!symlink(spare, path));
        break;
    case 2:
        MUST(!link(path, spare) || errno == ENOENT || errno == EPERM);
        break;
    case 3:
        chmod(path, 0644);
        break;
    default:
        chmod(path, 0600);
    }
}

static void step(struct input *in)
{
    uint8_t op = take_8(in), bytes[256];
    unsigned h = op / 16 % HANDLES;
    off_t at, to;

    switch (op % 16) {
    case 0:
    case 1:
        look(h, take_8(in) % IDENTS);
        break;
    case 2:
    case 3:
        update(h, take_8(in) % IDENTS);
        break;
    case 4: /* many: the file must grow */
        for (unsigned i = 0, n = take_8(in); i < n; i++)
            update(h, IDENTS + i);
        break;
    case 5:
        at = take_16(in);
        op = take_8(in);
        take(in, bytes, op);
        overwrite(at, bytes, op);
        break;
    case 6:
        at = take_16(in);
        memset(bytes, take_8(in), sizeof(bytes));
        for (unsigned n = take_8(in); n; n--, at += sizeof(bytes))
            overwrite(at, bytes, sizeof(bytes));
        break;
    case 7:
        set_length(take_16(in) * 8);
        break;
    case 8: /* slot by slot */
        at = (off_t)te_file_size(take_8(in) % 64);
        to = (off_t)te_file_size(take_8(in) % 64);
        copy_range(at, to, sizeof(struct te_slot));
        break;
    case 9: /* the word that is the lock, of some slot */
        at = (off_t)(te_file_size(take_8(in) % 64) + offsetof(struct te_slot, turn));
        take(in, bytes, sizeof(uint64_t));
        overwrite(at, bytes, sizeof(uint64_t));
        break;
    case 10:
        disturb(take_8(in));
        break;
    case 11:
        te_memory_close(&run.handle[h]);
        break;
    case 12: /* a second has passed */
        run.handle[h].looked_ns = 0;
        break;
    case 13:
        run.verdict = take_8(in);
        break;
    case 14:
        replace(in);
        break;
    default:
        op = take_8(in);
        forge(op % 64, op & 0x80 ? take_32(in) : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    if (!dir[0])
        set_up();
    unlink(path);
    unlink(spare);
    run.serial = 0;
    run.verdict = 2;
    run.forged = false;
    for (int h = 0; h < HANDLES; h++)
        run.handle[h] = (struct te_memory)TE_MEMORY_INIT(&places);
    for (int i = 0; i < STEPS_MAX && in.left; i++)
        step(&in);
    /* Whatever has happened, it is usable again. */
    for (int h = 0; h < HANDLES; h++) {
        update((unsigned)h, (unsigned)h);
        te_memory_close(&run.handle[h]);
    }
    return 0;
}
