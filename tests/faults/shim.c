/* Disk faults, and a diary of durability, for the processes that preload this library.
 *
 * Law: a call on a file whose path lies below $FAULT_ROOT and matches the pattern of the control page fails as
 * the page says; every other call goes to the kernel unchanged. While the page is all zero, the cost is one
 * load from shared memory. The page is the file $FAULT_CONTROL, mapped by the test and by every process.
 * While the page says so, the diary $FAULT_CONTROL.diary gets a line before each write below the root (W), after
 * each successful sync below it (S), and before each HTTP reply that goes out on a socket (R).
 * Calls that are not libc's (io_uring, mmap stores) are not seen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct page {                  /* disk.py packs the same layout */
    atomic_uint write_error;   /* errno of writes and allocations, 0 = none */
    atomic_uint sync_error;    /* errno of fsync and fdatasync, 0 = none */
    atomic_llong room;         /* bytes that may still be written before write_error begins */
    atomic_ullong write_hits;  /* calls that failed */
    atomic_ullong sync_hits;
    atomic_ullong diary;       /* whether to keep the diary */
    char pattern[216];         /* fnmatch pattern of whole paths */
};

static struct page *page;
static const char *root;
static int diary = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *control = getenv("FAULT_CONTROL");
    char name[4096];
    root = getenv("FAULT_ROOT");
    if (control == NULL || root == NULL)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (at != MAP_FAILED)
        page = at;
    snprintf(name, sizeof name, "%s.diary", control);
    diary = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The path of fd; empty when it has none. */
static void path_of(int fd, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
}

static int below_root(const char *path)
{
    return strncmp(path, root, strlen(root)) == 0;
}

static int concerned(int fd)
{
    char path[4096];
    path_of(fd, path, sizeof path);
    return below_root(path) && fnmatch(page->pattern, path, 0) == 0;
}

static void write_down(char what, const char *path)
{
    char line[4200];
    int length = snprintf(line, sizeof line, "%c %s\n", what, path);
    if (syscall(SYS_write, diary, line, (size_t)length) < 0)
        abort();
}

static int keeping_diary(void)
{
    return page != NULL && atomic_load(&page->diary) != 0;
}

static void note_file(char what, int fd)
{
    char path[4096];
    int saved = errno;
    if (!keeping_diary())
        return;
    path_of(fd, path, sizeof path);
    if (below_root(path))
        write_down(what, path);
    errno = saved;
}

static void note_reply(const void *data, size_t count)
{
    char head[16] = "";
    if (!keeping_diary() || count < 12 || memcmp(data, "HTTP/1.1 ", 9) != 0)
        return;
    memcpy(head, data, 12);
    write_down('R', head);
}

/* How many of `count` bytes may be written to fd: all, some, or none with errno set. */
static ssize_t allowed(int fd, size_t count)
{
    int saved = errno;
    if (page == NULL)
        return (ssize_t)count;
    note_file('W', fd);
    unsigned error = atomic_load(&page->write_error);
    if (error == 0 || !concerned(fd)) {
        errno = saved;
        return (ssize_t)count;
    }
    long long before = atomic_fetch_sub(&page->room, (long long)count);
    if (before >= (long long)count) {
        errno = saved;
        return (ssize_t)count;
    }
    atomic_store(&page->room, 0);
    if (before > 0) {
        errno = saved;
        return (ssize_t)before;
    }
    atomic_fetch_add(&page->write_hits, 1);
    errno = (int)error;
    return -1;
}

ssize_t write(int fd, const void *data, size_t count)
{
    ssize_t room = count ? allowed(fd, count) : 0;
    note_reply(data, count);
    return room < 0 ? -1 : syscall(SYS_write, fd, data, (size_t)room);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at)
{
    ssize_t room = count ? allowed(fd, count) : 0;
    return room < 0 ? -1 : syscall(SYS_pwrite64, fd, data, (size_t)room, at);
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t at)
{
    return pwrite64(fd, data, count, at);
}

/* A vector that does not fit whole is not written at all: the kernel may do so too. */
static int vector_fails(int fd, const struct iovec *vector, int entries)
{
    size_t count = 0;
    for (int i = 0; i < entries; i++)
        count += vector[i].iov_len;
    ssize_t room = count ? allowed(fd, count) : 0;
    if (room >= 0 && (size_t)room < count) {
        errno = (int)atomic_load(&page->write_error);
        atomic_fetch_add(&page->write_hits, 1);
        return 1;
    }
    return room < 0;
}

ssize_t writev(int fd, const struct iovec *vector, int entries)
{
    if (entries > 0)
        note_reply(vector->iov_base, vector->iov_len);
    return vector_fails(fd, vector, entries) ? -1 : syscall(SYS_writev, fd, vector, entries);
}

ssize_t pwritev64(int fd, const struct iovec *vector, int entries, off64_t at)
{
    return vector_fails(fd, vector, entries) ? -1 : syscall(SYS_pwritev, fd, vector, entries, at, 0L);
}

ssize_t pwritev(int fd, const struct iovec *vector, int entries, off_t at)
{
    return pwritev64(fd, vector, entries, at);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags)
{
    ssize_t room = count ? allowed(out, count) : 0;
    return room < 0 ? -1 : syscall(SYS_copy_file_range, in, from, out, to, (size_t)room, flags);
}

int fallocate64(int fd, int mode, off64_t at, off64_t count)
{
    ssize_t room = allowed(fd, (size_t)count);
    if (room >= 0 && room < count)
        errno = ENOSPC;
    return room < count ? -1 : (int)syscall(SYS_fallocate, fd, mode, at, count);
}

int fallocate(int fd, int mode, off_t at, off_t count)
{
    return fallocate64(fd, mode, at, count);
}

int posix_fallocate64(int fd, off64_t at, off64_t count)
{
    return fallocate64(fd, 0, at, count) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t at, off_t count)
{
    return posix_fallocate64(fd, at, count);
}

static int synced(int fd, long call)
{
    unsigned error = page == NULL ? 0 : atomic_load(&page->sync_error);
    if (error != 0 && concerned(fd)) {
        atomic_fetch_add(&page->sync_hits, 1);
        errno = (int)error;
        return -1;
    }
    int result = (int)syscall(call, fd);
    if (result == 0)
        note_file('S', fd);
    return result;
}

int fsync(int fd)
{
    return synced(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return synced(fd, SYS_fdatasync);
}

ssize_t send(int fd, const void *data, size_t count, int flags)
{
    note_reply(data, count);
    return syscall(SYS_sendto, fd, data, count, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (message->msg_iovlen > 0)
        note_reply(message->msg_iov->iov_base, message->msg_iov->iov_len);
    return syscall(SYS_sendmsg, fd, message, flags);
}
