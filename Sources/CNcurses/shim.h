#ifndef FATHOM_CNCURSES_SHIM_H
#define FATHOM_CNCURSES_SHIM_H

#ifndef _XOPEN_SOURCE_EXTENDED
#define _XOPEN_SOURCE_EXTENDED 1
#endif
#define NCURSES_WIDECHAR 1

#include <ncursesw/curses.h>

#endif
