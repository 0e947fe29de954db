#include "signals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif

void fathom_handle_signal(int number, fathom_signal_handler handler) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_RESTART | SA_SIGINFO | SA_ONSTACK;
    sigaction(number, &action, NULL);
}

void fathom_use_signal_stack(void) {
    // Enough for a backtrace, which the smallest stack the system allows would be too small for.
    stack_t stack = {.ss_size = 1 << 16};
    stack.ss_sp = malloc(stack.ss_size);
    if (stack.ss_sp != NULL) {
        sigaltstack(&stack, NULL);
    }
}

#if __has_include(<execinfo.h>)
enum { LONGEST_BACKTRACE = 64 };

void fathom_prepare_backtrace(void) {
    void *frames[1];
    (void)backtrace(frames, 1);
}

void fathom_write_backtrace(int descriptor) {
    void *frames[LONGEST_BACKTRACE];
    backtrace_symbols_fd(frames, backtrace(frames, LONGEST_BACKTRACE), descriptor);
}
#else
void fathom_prepare_backtrace(void) {}

void fathom_write_backtrace(int descriptor) {
    (void)descriptor;
}
#endif

static void set_simple(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
}

void fathom_default_signal(int number) {
    set_simple(number, SIG_DFL);
}

void fathom_ignore_signal(int number) {
    set_simple(number, SIG_IGN);
}

bool fathom_is_ignored(const struct sigaction *action) {
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

bool fathom_is_default(const struct sigaction *action) {
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

bool fathom_is_fault(const siginfo_t *origin) {
    switch (origin->si_signo) {
    case SIGILL:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
        // What a process sends is numbered 0 and below.
        return origin->si_code > 0;
    default:
        return false;
    }
}

const void *fathom_fault_address(const siginfo_t *origin) {
    return origin->si_addr;
}

bool fathom_child_has_ended(pid_t child, int *status, bool *by_signal) {
    siginfo_t end;
    memset(&end, 0, sizeof end);
    if (waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid != child) {
        return false;
    }
    *status = end.si_status;
    *by_signal = end.si_code != CLD_EXITED;
    return true;
}
