// SQLite's interface; Swift imports all that is needed of it but one cast. No logic.
#ifndef AVATAR_RELAY_CLEDGERSQLITE_SHIM_H
#define AVATAR_RELAY_CLEDGERSQLITE_SHIM_H

#include <sqlite3.h>

// SQLITE_TRANSIENT, which has SQLite copy the text, is a cast that Swift does not import.
static inline int avatar_relay_bind_text(sqlite3_stmt *statement, int place, const char *text, int size) {
  return sqlite3_bind_text(statement, place, text, size, SQLITE_TRANSIENT);
}

#endif
