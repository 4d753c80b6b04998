"""Headers of C's standard library and POSIX: ``#include <string.h>`` is no wish for a file of the workspace.

Names from ISO C (C11, clause 7) and POSIX.1-2017, "Headers".
"""

SYSTEM_HEADERS = frozenset(
    f"{name}.h"
    for name in (
        # ISO C
        "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg "
        "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype "
        # POSIX
        "aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen monetary mqueue ndbm "
        "net/if netdb netinet/in netinet/tcp nl_types poll pthread pwd regex sched search semaphore spawn strings "
        "stropts sys/ipc sys/mman sys/msg sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs "
        "sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios trace ulimit unistd utime "
        "utmpx wordexp "
        # common beyond them
        "alloca endian features getopt malloc memory sys/ioctl sys/param sys/epoll sys/cdefs windows winsock2 io conio"
    ).split()
)
