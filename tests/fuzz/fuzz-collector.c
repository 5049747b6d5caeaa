/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The collector's socket protocol, from a message's bytes to what the programs are told: four peers
 * of three users send whatever the input says, sockets die, programs fail. At every step the
 * daemon's ledger, its users' accounts and the programs' records must tell the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "requests.h"

#define RECORDS 6
#define QUOTA 3
#define PEERS 4

/* --- programs that do what the input says --- */

const uint64_t programs_capabilities;

struct programs {
    int fd;
};

static struct programs programs = {-1};
static struct te_collector_record *records;
static int next_error; /* of the next call of programs_enable() or programs_release() */
static bool died[RECORDS];
static struct awaited {
    uint64_t cookie, epoch; /* cookie 0: nobody is */
    uint32_t classes;
} awaited[RECORDS];

int programs_open(struct programs **result, const struct programs_options *options)
{
    MUST(options->records == RECORDS);
    if (programs.fd < 0) {
        programs.fd = memfd_create("records", MFD_CLOEXEC);
        MUST(programs.fd >= 0 && !ftruncate(programs.fd, RECORDS * sizeof(*records)));
        records = mmap(NULL, RECORDS * sizeof(*records), PROT_READ | PROT_WRITE, MAP_SHARED,
                       programs.fd, 0);
        MUST(records != MAP_FAILED);
    }
    memset(records, 0, RECORDS * sizeof(*records));
    memset(died, 0, sizeof(died));
    memset(awaited, 0, sizeof(awaited));
    *result = &programs;
    return 0;
}

void programs_close(struct programs *p)
{
    MUST(p == &programs);
}

uint32_t programs_features(const struct programs *p)
{
    MUST(p == &programs);
    return 1;
}

void programs_losses(const struct programs *p, struct programs_losses *losses)
{
    (void)p;
    *losses = (struct programs_losses){0};
}

uint32_t programs_hz(const struct programs *p)
{
    MUST(p == &programs);
    return 250;
}

int programs_map_fd(const struct programs *p)
{
    return p->fd;
}

static int take_error(void)
{
    int error = next_error;

    next_error = 0;
    return error;
}

int programs_enable(struct programs *p, int netns_fd, const struct programs_target *target,
                    uint32_t slot, uint64_t epoch, uint32_t classes)
{
    struct te_record_head *head = &records[slot].head;
    int error = take_error();

    MUST(p == &programs && slot < RECORDS && classes && netns_fd >= 0);
    MUST(fcntl(netns_fd, F_GETFD) >= 0);
    MUST(target->cookie && target->local_port && target->remote_port);
    MUST(target->family == AF_INET || target->family == AF_INET6);
    MUST(!head->live || (head->epoch == epoch && head->cookie == target->cookie));
    MUST(head->live || epoch > head->epoch);
    if (error == -EINPROGRESS && !head->live) {
        awaited[slot] = (struct awaited){target->cookie, epoch, classes};
        return error;
    }
    if (error == -EINPROGRESS) /* never of one that has shown itself */
        error = 0;
    if (error == -ENOENT)
        head->live = 0;
    if (error)
        return error;
    awaited[slot].cookie = 0;
    head->live = 1;
    head->epoch = epoch;
    head->cookie = target->cookie;
    head->enabled = classes;
    return 0;
}

int programs_release(struct programs *p, int netns_fd, const struct programs_target *target,
                     uint32_t slot)
{
    int error = take_error();

    MUST(p == &programs && slot < RECORDS && netns_fd >= 0);
    MUST(!records[slot].head.live || records[slot].head.cookie == target->cookie);
    awaited[slot].cookie = 0;
    if (error == -EINPROGRESS)
        error = -EAGAIN;
    if (!error || error == -ENOENT)
        records[slot].head.live = 0;
    return error;
}

bool programs_owner(const struct programs *p, uint32_t slot, uint64_t epoch,
                    struct programs_owner *owner)
{
    MUST(p == &programs && slot < RECORDS);
    if (records[slot].head.epoch != epoch)
        return false;
    *owner = (struct programs_owner){.uid = 1, .have_starts = true, .snd_start = 1, .rcv_start = 2};
    return true;
}

int programs_dead_fd(const struct programs *p)
{
    (void)p;
    return -1;
}

void programs_reap(struct programs *p, void (*dead)(void *arg, uint32_t slot, uint64_t epoch),
                   void *arg)
{
    MUST(p == &programs);
    for (uint32_t slot = 0; slot < RECORDS; slot++)
        if (died[slot])
            dead(arg, slot, records[slot].head.epoch);
    memset(died, 0, sizeof(died));
}

int programs_adjust(struct programs *p, uint32_t classes)
{
    (void)classes;
    MUST(p == &programs);
    return 0;
}

uint32_t programs_attached(const struct programs *p)
{
    MUST(p == &programs);
    return 0;
}

/* --- what must hold --- */

static struct collector collector;
static struct peer peers[PEERS];

static void check_entry(const struct entry *entry, uint32_t connections[3])
{
    const struct te_record_head *head = &records[entry->slot].head;

    MUST(ledger_find(&collector.ledger, entry->target.cookie, entry->ns) == entry);
    MUST(!head->live || head->epoch == entry->epoch);
    MUST(!awaited[entry->slot].cookie || entry->wait_ns);
    for (const struct want *want = entry->wants; want; want = want->next) {
        MUST(want->user && want->classes);
        connections[want->user->uid]++;
    }
    if (head->live && head->epoch == entry->epoch)
        MUST((head->enabled & entry->classes) == entry->classes);
    MUST((entry->classes & ledger_union(entry)) == ledger_union(entry));
}

static void check_all(void)
{
    uint32_t connections[3] = {0}, in_use = 0;

    for (uint32_t slot = 0; slot < RECORDS; slot++) {
        const struct entry *entry = ledger_at(&collector.ledger, slot);

        if (entry) {
            in_use++;
            check_entry(entry, connections);
        } else {
            MUST(!records[slot].head.live && !awaited[slot].cookie);
        }
    }
    MUST(in_use == collector.ledger.in_use);
    for (uid_t uid = 0; uid < 3; uid++) {
        const struct user *user = users_find(&collector.users, uid);

        MUST((user ? user->account->records : 0) == connections[uid]);
        MUST(uid == 0 || connections[uid] <= QUOTA);
    }
}

static void check_answer(const struct te_collector_answer *answer, const void *data, int map_fd,
                         const struct peer *peer)
{
    struct te_collector_request request;
    struct te_collector_answer rest = *answer;

    memcpy(&request, data, sizeof(request));
    MUST(answer->magic == TE_COLLECTOR_MAGIC && answer->protocol == TE_COLLECTOR_PROTOCOL);
    MUST(answer->serial == request.serial && answer->call == request.call);
    MUST(answer->error <= 0 && answer->error > -4096);
    MUST((map_fd >= 0) == (!answer->error && request.call == TE_COLLECTOR_HELLO));
    MUST(peer->trusted || answer->error);
    if (answer->error) {
        rest.magic = rest.protocol = rest.call = rest.serial = 0;
        rest.error = 0;
        MUST(memcmp(&rest, &(struct te_collector_answer){0}, sizeof(rest)) == 0);
        MUST(answer->call != TE_COLLECTOR_ENABLE || !answer->slot);
    } else if (request.call == TE_COLLECTOR_ENABLE) {
        MUST(answer->slot < RECORDS && records[answer->slot].head.live);
        MUST(records[answer->slot].head.cookie == request.cookie);
        MUST(records[answer->slot].head.epoch == answer->epoch);
        MUST((records[answer->slot].head.enabled & request.classes) == request.classes);
        MUST(answer->starts.known == (peer->user->uid < 2));
    }
}

/* --- steps --- */

/* Any bytes, or a request whose parts come from few values, so that they meet. */
static size_t take_message(struct input *in, uint8_t message[256], unsigned how)
{
    static const uint32_t classes[] = {2, 8, 0x800001fe, ~0u, 0, 1, 1u << 9, 0x104};
    struct te_collector_request request = {
        .magic = TE_COLLECTOR_MAGIC,
        .protocol = TE_COLLECTOR_PROTOCOL,
        .family = AF_INET,
        .local_port = 1,
        .remote_port = 2,
    };
    size_t size;

    if (how & 0x80) {
        size = take_8(in);
        take(in, message, size);
        return size;
    }
    request.call = 1 + how % 4;
    request.serial = take_8(in);
    request.cookie = request.serial % 16;
    request.classes = classes[take_8(in) % 8];
    memcpy(message, &request, sizeof(request));
    if (how & 0x40) {
        size = take_8(in) % sizeof(request);
        message[size] ^= take_8(in);
    }
    return sizeof(request);
}

static void send_message(struct input *in, unsigned number)
{
    static const int errors[] = {0, -ENOENT, -EINPROGRESS, -ENOMEM};
    struct peer *peer = &peers[number];
    struct te_collector_answer answer;
    uint8_t message[256];
    unsigned how = take_8(in);
    size_t size = take_message(in, message, how);
    int map_fd;

    next_error = errors[(how >> 2) % 8 < 4 ? (how >> 2) % 4 : 0];
    if (request_answer(&collector, peer, message, size, 1, &answer, &map_fd))
        check_answer(&answer, message, map_fd, peer);
    else
        MUST(map_fd == -1);
    next_error = 0;
}

/* The one that is waited for shows itself. */
static void show(unsigned slot)
{
    struct te_record_head *head = &records[slot].head;

    if (!awaited[slot].cookie)
        return;
    head->live = 1;
    head->epoch = awaited[slot].epoch;
    head->cookie = awaited[slot].cookie;
    head->enabled = awaited[slot].classes;
    awaited[slot].cookie = 0;
}

static void step(struct input *in)
{
    unsigned what = take_8(in), slot = what / 8 % RECORDS;

    switch (what % 8) {
    case 0: /* a socket ends, and that is told */
        died[slot] = records[slot].head.live;
        records[slot].head.live = 0;
        collector_reap(&collector);
        break;
    case 1: /* or not, until somebody looks */
        records[slot].head.live = 0;
        break;
    case 2:
        collector_tick(&collector, clock_ns() + UINT64_C(60000000000));
        break;
    case 3: /* a client comes again */
        request_forget(&collector, &peers[what / 8 % PEERS]);
        break;
    case 4:
        show(slot);
        break;
    default:
        send_message(in, what / 8 % PEERS);
    }
    check_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct collector_options options = {
        .records = RECORDS, .quota = QUOTA, .lease = UINT64_C(600000000000)};
    static int ends[2] = {-1, -1};
    struct input in = {data, size};

    if (ends[0] < 0)
        MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    MUST(collector_init(&collector, &options) == 0);
    for (unsigned i = 0; i < PEERS; i++) {
        peers[i] = (struct peer){
            .socket = ends[0], .trusted = i != 3, .user = users_get(&collector.users, i % 3)};
        MUST(peers[i].user);
    }
    while (in.left)
        step(&in);
    for (unsigned i = 0; i < PEERS; i++) {
        request_forget(&collector, &peers[i]);
        users_put(&collector.users, peers[i].user);
    }
    collector_free(&collector);
    MUST(!collector.users.first && !collector.users.accounts && !collector.namespaces.first);
    return 0;
}
