// What of ncurses Swift cannot import: globals that are concurrency errors in Swift 6, and macros. Everything else
// Swift calls by its own name.

#ifndef FATHOM_CNCURSES_SHIM_H
#define FATHOM_CNCURSES_SHIM_H

#ifndef _XOPEN_SOURCE_EXTENDED
#define _XOPEN_SOURCE_EXTENDED 1
#endif
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif

#if __has_include(<ncursesw/curses.h>)
#include <ncursesw/curses.h>
#else
#include <curses.h>
#endif

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <wchar.h>

// Like initscr(), which would end the process where it fails: this returns NULL.
static inline SCREEN *fathom_new_screen(FILE *output) { return newterm(NULL, output, stdin); }

static inline WINDOW *fathom_window(void) { return stdscr; }
static inline int fathom_color_count(void) { return COLORS; }
static inline int fathom_pair_count(void) { return COLOR_PAIRS; }

// A pair of colours, of whatever numbers the terminal has. Older forms of ncurses know only short ones.
static inline int fathom_init_pair(int pair, int foreground, int background) {
#if defined(NCURSES_EXT_COLORS) && NCURSES_EXT_COLORS
    return init_extended_pair(pair, foreground, background);
#else
    return init_pair((short)pair, (short)foreground, (short)background);
#endif
}

static inline attr_t fathom_bold(void) { return A_BOLD; }
static inline attr_t fathom_dim(void) { return A_DIM; }
static inline attr_t fathom_reverse(void) { return A_REVERSE; }
static inline attr_t fathom_underline(void) { return A_UNDERLINE; }
static inline attr_t fathom_italic(void) { return A_ITALIC; }

// A string capability of the terminal, or NULL where it has none.
static inline const char *fathom_capability(const char *name) {
    const char *value = tigetstr(name);
    return value == (const char *)-1 ? NULL : value;
}

// Declared in <wchar.h>, but not to everyone.
extern int wcwidth(wchar_t character);

// The columns that the C library, and so ncurses, gives a character; negative where it cannot be printed.
static inline int fathom_width(unsigned int scalar) { return wcwidth((wchar_t)scalar); }

#ifdef __linux__
extern int memfd_create(const char *name, unsigned int flags);
#endif

// A file in memory, gone with its descriptor; negative where the system has none that can be written to.
static inline int fathom_memory_file(void) {
#ifdef __linux__
    return memfd_create("fathom", 1 /* MFD_CLOEXEC */);
#else
    return -1;
#endif
}

// Whether LC_CTYPE, as setlocale left it, is UTF-8.
static inline int fathom_locale_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

// The terminal's size in cells; 0 where the system does not know it.
static inline int fathom_window_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return 0;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 1;
}

#endif
