/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared state file under a program of uses and damages. Input: the program; each step is a
 * byte and its operands. A file's content depends on the boot, so that raw contents are given as
 * noise, as changes of a good file, or with their checksums put right ("forged").
 *
 * Every entry that the library is made to write has a serial number. What is read must be one that
 * was written for that very connection, or nothing; a forger may write what he likes, then the
 * library must only come through it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "memory/state-internal.h"

#define STEPS_MAX 48
#define IDENTS 16
#define SERIALS 4096
#define HANDLES 2

static char dir[64], sub[96], path[128], spare[128];

static struct {
    struct te_state handle[HANDLES];
    uint32_t serial;
    uint16_t owner[SERIALS]; /* by serial: the ident that it was written for */
    uint8_t verdict;         /* of alive() */
    bool forged;
} run;

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
    snprintf(path, sizeof(path), "%s/" TE_STATE_FILE, sub);
    snprintf(spare, sizeof(spare), "%s/spare", dir);
    atexit(clean_up);
}

static struct te_ident ident_of(unsigned i)
{
    /* Two namespaces, and cookies that differ in one byte. */
    return (struct te_ident){4026531840u + i % 2, 0x100 + i / 2};
}

static void fill(struct te_entry *entry, uint32_t serial)
{
    memset(&entry->track, (int)(serial * 37 + 1), sizeof(entry->track));
    memset(&entry->carry, (int)(serial * 91 + 7), sizeof(entry->carry));
    entry->enabled = serial;
}

struct write {
    unsigned who;
    uint32_t serial;
};

static int change(struct te_entry *entry, bool existed, void *arg)
{
    struct write *write = arg;

    (void)existed;
    write->serial = run.serial < SERIALS - 1 ? ++run.serial : run.serial;
    run.owner[write->serial] = (uint16_t)write->who;
    fill(entry, write->serial);
    return 1;
}

static int alive(void *arg, const struct te_ident *ident, const struct te_entry *entry)
{
    (void)arg, (void)ident, (void)entry;
    return run.verdict % 3 - 1;
}

/* The serial that is there, 0 for none. */
static uint32_t look(unsigned h, unsigned who)
{
    struct te_ident ident = ident_of(who);
    struct te_entry entry, expected;
    int rc = te_state_read(&run.handle[h], dir, &ident, &entry);

    if (rc) {
        MUST(rc == -ENOENT || rc == -EACCES || rc == -EBUSY);
        return 0;
    }
    if (!run.forged) {
        MUST(entry.enabled && entry.enabled <= run.serial && run.owner[entry.enabled] == who);
        expected = entry;
        fill(&expected, entry.enabled);
        MUST(!memcmp(&entry, &expected, sizeof(entry)));
    }
    return entry.enabled;
}

static void update(unsigned h, unsigned who)
{
    struct write write = {who, 0};
    struct te_ident ident = ident_of(who);
    int rc = te_state_update(&run.handle[h], dir, &ident, true, change, &write, alive, NULL);
    uint32_t checked = run.handle[h].checked, found;

    MUST(!rc);
    found = look(h, who);
    /* A damaged header is given up once a second; that may be now. */
    MUST(run.forged || run.serial == SERIALS - 1 || found == write.serial ||
         checked != run.handle[h].checked);
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
    uint8_t buf[2 * TE_PAGE];
    int fd = open_path();
    ssize_t got;

    if (fd < 0)
        return;
    got = pread(fd, buf, size < sizeof(buf) ? size : sizeof(buf), from);
    MUST(got <= 0 || pwrite(fd, buf, (size_t)got, to) == got);
    close(fd);
}

static void set_length(off_t length)
{
    int fd = open_path();

    if (fd >= 0) {
        MUST(!ftruncate(fd, length));
        close(fd);
    }
}

/* Puts the checksum of a slot right, or of the header with so many pages. */
static void forge(uint8_t page, uint8_t slot, uint32_t pages)
{
    struct te_record record;
    struct te_header header;
    int fd = open_path();
    off_t at = (off_t)(te_page_offset(page) + slot * sizeof(record));

    run.forged = true;
    if (fd < 0)
        return;
    if (pages && pread(fd, &header, sizeof(header), 0) == sizeof(header)) {
        te_file_header(&header, pages, header.file_id, header.boot);
        MUST(pwrite(fd, &header, sizeof(header), 0) == sizeof(header));
        MUST(!ftruncate(fd, (off_t)te_file_size(pages & 0xff)));
    } else if (slot < TE_SLOTS && pread(fd, &record, sizeof(record), at) == sizeof(record)) {
        record.checksum = te_record_sum(&record, run.handle[0].seed, page, slot);
        MUST(pwrite(fd, &record, sizeof(record), at) == sizeof(record));
    }
    close(fd);
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
    case 8: /* record by record, or page by page */
        at = take_16(in) % 512;
        to = take_16(in) % 512;
        copy_range(at * (off_t)sizeof(struct te_record), to * (off_t)sizeof(struct te_record),
                   sizeof(struct te_record));
        break;
    case 9:
        at = take_8(in) % 32;
        to = take_8(in) % 32;
        copy_range(at * TE_PAGE, to * TE_PAGE, TE_PAGE);
        break;
    case 10:
        disturb(take_8(in));
        break;
    case 11:
        te_state_close(&run.handle[h]);
        break;
    case 12: /* a second has passed */
        run.handle[h].checked--;
        break;
    case 13:
        run.verdict = take_8(in);
        break;
    case 14:
        replace(in);
        break;
    default:
        op = take_8(in);
        forge(op % 32, take_8(in), op & 0x80 ? take_32(in) : 0);
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
        run.handle[h] = (struct te_state)TE_STATE_INIT;
    for (int i = 0; i < STEPS_MAX && in.left; i++)
        step(&in);
    /* Whatever has happened, it is usable again. */
    for (int h = 0; h < HANDLES; h++) {
        update((unsigned)h, (unsigned)h);
        te_state_close(&run.handle[h]);
    }
    return 0;
}
